/** A person of whom each field of an export has a value that is nowhere else. */
import type { Profile } from '../../demo/braze/emulator.ts';

const own = (name: string): string => `cnry-${name}-${crypto.randomUUID()}`;
const hex = crypto.randomUUID().replaceAll('-', '').slice(0, 24);

const DAY = 86_400_000;
const time = (before: number): string => new Date(Date.now() - before).toISOString();

/** Who it is: their own page says so, and the credentials that their browser has. */
export const PERSON = own('person');

/**
 * By its path in the export. Of what a profile shows two are not here: `external_id`, and `random_bucket`, a number below 10,000 which may be
 * anywhere.
 */
export const CANARIES = {
  'apps.0.name': own('app'),
  attributed_ad: own('ad'),
  attributed_adgroup: own('adgroup'),
  attributed_campaign: own('attributed'),
  attributed_source: own('source'),
  braze_id: hex,
  'campaigns_received.0.name': own('campaign'),
  'campaigns_received.0.api_campaign_id': crypto.randomUUID(),
  'canvases_received.0.name': own('canvas'),
  'canvases_received.0.api_canvas_id': crypto.randomUUID(),
  'cards_clicked.0.name': own('card'),
  country: own('country'),
  created_at: '2019-03-07T04:05:06.789Z',
  'custom_attributes.tier': own('tier'),
  'custom_attributes.points': 7_340_158_293,
  'custom_attributes.home.street': own('street'),
  'custom_attributes.pets.1': own('pet'),
  'custom_events.0.name': own('event'),
  'custom_events.0.first': time(5 * DAY + 12_345),
  'devices.0.model': own('device'),
  dob: '1953-11-29',
  email: `${own('mail')}@canary.example`,
  email_subscribe: own('email-subscribe'),
  first_name: own('first'),
  gender: own('gender'),
  home_city: own('city'),
  language: own('language'),
  'last_coordinates.0': 12.340_987_1,
  'last_coordinates.1': 45.671_230_9,
  last_name: own('last'),
  phone: '+447700900873',
  'purchases.0.name': own('product'),
  'purchases.0.first': time(6 * DAY + 54_321),
  push_subscribe: own('push-subscribe'),
  'push_tokens.0.token': own('token'),
  'push_tokens.0.device_id': own('push-device'),
  time_zone: own('zone'),
  total_revenue: 84_213.57,
  uninstalled_at: '2018-02-03T01:02:03.456Z',
  'user_aliases.0.alias_name': own('alias'),
  'user_aliases.0.alias_label': own('label'),
} as const;

export type CanaryPath = keyof typeof CANARIES;

/** The name that flows keep it under. */
export const keptAs = (path: string): string => path.replaceAll('.', '_');

/** What their texts may show. */
export const REVEALED: readonly CanaryPath[] = ['custom_attributes.home.street', 'first_name'];

const LIST = CANARIES['custom_attributes.pets.1'];

export const CANARY_PROFILE: Profile = {
  braze_id: CANARIES.braze_id,
  external_id: PERSON,
  user_aliases: [
    {
      alias_name: CANARIES['user_aliases.0.alias_name'],
      alias_label: CANARIES['user_aliases.0.alias_label'],
    },
  ],
  standard: {
    country: CANARIES.country,
    current_location: {
      longitude: CANARIES['last_coordinates.0'],
      latitude: CANARIES['last_coordinates.1'],
    },
    dob: CANARIES.dob,
    email: CANARIES.email,
    email_subscribe: CANARIES.email_subscribe,
    first_name: CANARIES.first_name,
    gender: CANARIES.gender,
    home_city: CANARIES.home_city,
    language: CANARIES.language,
    last_name: CANARIES.last_name,
    phone: CANARIES.phone,
    push_subscribe: CANARIES.push_subscribe,
    push_tokens: [
      {
        app_id: 'an-app',
        token: CANARIES['push_tokens.0.token'],
        device_id: CANARIES['push_tokens.0.device_id'],
      },
    ],
    time_zone: CANARIES.time_zone,
  },
  custom_attributes: {
    tier: CANARIES['custom_attributes.tier'],
    points: CANARIES['custom_attributes.points'],
    home: { street: CANARIES['custom_attributes.home.street'] },
    pets: ['a cat', LIST],
  },
  events: [
    { name: CANARIES['custom_events.0.name'], time: CANARIES['custom_events.0.first'], properties: {} },
  ],
  purchases: [
    {
      product_id: CANARIES['purchases.0.name'],
      time: CANARIES['purchases.0.first'],
      price: CANARIES.total_revenue,
      currency: 'EUR',
      quantity: 1,
      properties: {},
    },
  ],
  canvas_entries: [
    {
      canvas_id: CANARIES['canvases_received.0.api_canvas_id'],
      dispatch_id: 'an-entry',
      time: time(DAY),
      context: {},
    },
  ],
  campaign_sends: [
    {
      campaign_id: CANARIES['campaigns_received.0.api_campaign_id'],
      dispatch_id: 'a-send',
      time: time(DAY),
      trigger_properties: {},
    },
  ],
  created_at: CANARIES.created_at,
  updated_at: time(DAY),
};

/** What Braze has of it and the emulator has no place for. */
export const BESIDE = {
  apps: [{ name: CANARIES['apps.0.name'] }],
  attributed_ad: CANARIES.attributed_ad,
  attributed_adgroup: CANARIES.attributed_adgroup,
  attributed_campaign: CANARIES.attributed_campaign,
  attributed_source: CANARIES.attributed_source,
  cards_clicked: [{ name: CANARIES['cards_clicked.0.name'] }],
  devices: [{ model: CANARIES['devices.0.model'] }],
  uninstalled_at: CANARIES.uninstalled_at,
} as const;

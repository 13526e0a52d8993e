/** For each endpoint, a body that it takes. */
import type { EndpointPath } from '../../demo/braze/endpoint.ts';

const alias = { alias_name: 'v-1', alias_label: 'parley' };
const recipients = [{ external_user_id: 'ana' }];

export const canvases = [{ id: 'welcome' }];
export const campaigns = [{ id: 'news' }];

/** The sends ask for {@link canvases} and {@link campaigns} in the settings. */
export const bodies: Readonly<Record<EndpointPath, unknown>> = {
  '/users/track': { attributes: [{ external_id: 'ana', first_name: 'Ana' }] },
  '/users/identify': { aliases_to_identify: [{ external_id: 'ana', user_alias: alias }] },
  '/users/alias/new': { user_aliases: [alias] },
  '/users/merge': {
    merge_updates: [
      { identifier_to_merge: { external_id: 'ana' }, identifier_to_keep: { external_id: 'ben' } },
    ],
  },
  '/users/delete': { external_ids: ['ana'] },
  '/users/export/ids': { external_ids: ['ana'], fields_to_export: ['email'] },
  '/canvas/trigger/send': { canvas_id: 'welcome', recipients },
  '/campaigns/trigger/send': { campaign_id: 'news', recipients },
  '/subscription/status/set': {
    subscription_group_id: '0b4d2f0e-5f4c-4c0c-9d0a-6c1e2a3b4c5d',
    subscription_state: 'subscribed',
    external_id: ['ana'],
  },
};

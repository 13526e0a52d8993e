/**
 * Cases of an endpoint: what is sent, what is answered, and what it leaves on the profiles.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Profile } from '../../demo/braze/emulator.ts';
import type { TestWorkspace } from './workspace.ts';

/** The pages of Braze's documentation that the cases restate, relative to https://www.braze.com/docs/. */
export const pages = {
  track: 'api/endpoints/user_data/post_user_track',
  attributes: 'api/objects_filters/user_attributes_object',
  events: 'api/objects_filters/event_object',
  purchases: 'api/objects_filters/purchase_object',
  dataTypes: 'user_guide/data/activation/attributes/data_types',
  nested: 'user_guide/data/activation/attributes/nested_custom_attribute_support',
  aliases: 'api/endpoints/user_data/post_user_alias',
  identify: 'api/endpoints/user_data/post_user_identify',
  merge: 'api/endpoints/user_data/post_users_merge',
  delete: 'api/endpoints/user_data/post_user_delete',
  export: 'api/endpoints/export/user_data/post_users_identifier',
  canvas: 'api/endpoints/messaging/send_messages/post_send_triggered_canvases',
  campaign: 'api/endpoints/messaging/send_messages/post_send_triggered_campaigns',
  entry: 'user_guide/messaging/canvas/create_a_canvas',
  context: 'user_guide/messaging/canvas/create_a_canvas/context_and_event_properties',
  reentry: 'user_guide/messaging/messaging_fundamentals/re_eligibility',
  recipients: 'api/objects_filters/recipient_object',
  subscription: 'api/endpoints/subscription_groups/post_update_user_subscription_group_status',
  errors: 'api/errors',
  limits: 'api/api_limits',
} as const;

export interface Case {
  readonly fact: string;
  readonly page: string;
  /** Where `send` goes; `/users/track` by default. */
  readonly path?: string;
  /** Bodies that were accepted before: by `/users/track`, or by the endpoint that {@link to} names. */
  readonly given?: readonly unknown[];
  readonly send: unknown;
  /** 201 by default. */
  readonly status?: number;
  readonly answer?: unknown;
  /** The profiles afterwards, oldest first, without ids, times and empty members. */
  readonly profiles?: readonly unknown[];
}

export const noIdentifier = "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required";
export const noData = "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields.";

export const ana = { external_id: 'ana' };
export const alias = { alias_name: 'v-1', alias_label: 'parley' };
export const time = '2026-03-01T11:00:00.000Z';

/** A body among `given` that is for another endpoint than `/users/track`. */
export const to = (path: string, body: unknown): unknown => new Map([[path, body]]);

export const attributes = (...objects: readonly unknown[]): unknown => ({ attributes: objects });
export const events = (...objects: readonly unknown[]): unknown => ({ events: objects });

/** The answer to one object that is the only one and not valid. */
export const onlyError = (type: string, array = 'attributes'): unknown => ({
  message: noData,
  errors: [{ type, input_array: array, index: 0 }],
});

/** Makes a test of each case. */
export function testEach(workspace: TestWorkspace, cases: readonly Case[]): void {
  for (const {
    fact,
    page,
    path = '/users/track',
    given = [],
    send,
    status = 201,
    answer,
    profiles,
  } of cases) {
    test(`${fact} (${page})`, async () => {
      for (const [givenPath, body] of given.flatMap(destinationOf)) {
        const { status: before } = await workspace.post(givenPath, body);
        assert.ok(before < 300, `${givenPath} answered ${String(before)} to what the case takes as given`);
      }
      const reply = await workspace.post(path, send);
      assert.equal(reply.status, status);
      if (answer !== undefined) assert.deepEqual(reply.body, answer);
      if (profiles) assert.deepEqual(workspace.emulator.profiles().map(essence), profiles);
    });
  }
}

function destinationOf(given: unknown): (readonly [path: string, body: unknown])[] {
  return given instanceof Map ? [...(given as ReadonlyMap<string, unknown>)] : [['/users/track', given]];
}

/** A profile without what every profile has: only members with something in them, and none that were not asked for. */
export function essence(profile: Profile): Record<string, unknown> {
  const { braze_id: _id, created_at: _created, updated_at: _updated, ...told } = profile;
  return Object.fromEntries(
    Object.entries(told).filter(([, value]) => typeof value !== 'object' || Object.keys(value).length > 0),
  );
}

/** Action-based delivery: who enters a Canvas by an event. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { serveEmulator } from '../../demo/braze/serve.ts';
import type { WorkspaceSettings } from '../../demo/braze/settings.ts';
import { alias, ana, attributes, essence, events, pages, testEach, time, to, type Case } from './cases.ts';
import { startWorkspace } from './workspace.ts';

const canvases: WorkspaceSettings['canvases'] = [
  { id: 'come-back', entry: { event: 'left' } },
  { id: 'weekend', entry: { event: 'left', properties: { flow: 'weekend', step: 2, is_new: true } } },
  { id: 'often', entry: { event: 'called', reentry: true } },
  { id: 'resting', state: 'paused', entry: { event: 'left' } },
  { id: 'retired', state: 'archived', entry: { event: 'left' } },
  { id: 'triggered' },
];
const workspace = await startWorkspace({ canvases, blocklist: { attributes: [], events: ['secret'] } });

const left = (properties: object = {}, at = time): object => ({
  ...ana,
  name: 'left',
  time: at,
  properties,
});
const called = (at: string): object => ({ ...ana, name: 'called', time: at });
const entered = (context: object = {}, at = time): object => ({
  canvas_id: 'come-back',
  event: 'left',
  time: at,
  context,
});
const eventOf = ({ external_id: _id, ...event }: Record<string, unknown>): object => ({
  properties: {},
  ...event,
});
/** Ana's profile after these events and entries. */
const anaWith = (performed: readonly object[], entries: readonly object[]): object => ({
  ...ana,
  events: performed.map((event) => eventOf(event as Record<string, unknown>)),
  ...(entries.length > 0 && { canvas_entries: entries }),
});

const weekend = { flow: 'weekend', step: 2, is_new: true };
const early = '2026-02-01T08:00:00.000Z';
const late = '2026-02-01T08:00:00.999Z';
const later = '2026-02-01T08:00:01.000Z';
const oftenAt = (at: string): object => ({ canvas_id: 'often', event: 'called', time: at, context: {} });

const ben = { external_id: 'ben' };
const mergeIntoBen = { merge_updates: [{ identifier_to_merge: ana, identifier_to_keep: ben }] };

const cases: readonly Case[] = [
  {
    fact: 'an event lets in, at its time and with its properties as the context; a Canvas that is paused or archived does not',
    page: pages.context,
    send: events(left({ node: 'city', minutes: 3 })),
    profiles: [anaWith([left({ node: 'city', minutes: 3 })], [entered({ node: 'city', minutes: 3 })])],
  },
  {
    fact: 'an event by another name lets nobody in',
    page: pages.entry,
    send: events({ ...ana, name: 'Left', time }),
    profiles: [anaWith([{ name: 'Left', time }], [])],
  },
  {
    fact: 'the properties of the filter must all be equal, and there may be others',
    page: pages.entry,
    send: events(left({ ...weekend, node: 'city' })),
    profiles: [
      anaWith(
        [left({ ...weekend, node: 'city' })],
        [
          entered({ ...weekend, node: 'city' }),
          { ...entered({ ...weekend, node: 'city' }), canvas_id: 'weekend' },
        ],
      ),
    ],
  },
  ...[
    { flow: 'weekend', step: 2 },
    { ...weekend, flow: 'Weekend' },
    { ...weekend, step: '2' },
    { ...weekend, is_new: false },
  ].map((properties) => ({
    fact: `${JSON.stringify(properties)} is not what the filter wants`,
    page: pages.entry,
    send: events(left(properties)),
    profiles: [anaWith([left(properties)], [entered(properties)])],
  })),
  {
    fact: 'somebody enters once, whatever they do after it',
    page: pages.reentry,
    given: [events(left({ node: 'city' }))],
    send: events(left({ node: 'name' }, '2026-03-01T11:30:00.000Z')),
    profiles: [
      anaWith(
        [left({ node: 'city' }), left({ node: 'name' }, '2026-03-01T11:30:00.000Z')],
        [entered({ node: 'city' })],
      ),
    ],
  },
  {
    fact: 'with re-entry somebody enters again, but not twice in one second',
    page: pages.reentry,
    send: events(called(early), called(late), called(later)),
    profiles: [anaWith([called(early), called(late), called(later)], [oftenAt(early), oftenAt(later)])],
  },
  {
    fact: 'an anonymous visitor enters',
    page: 'user_guide/messaging/canvas/faqs',
    send: events({ user_alias: alias, name: 'left', time, _update_existing_only: false }),
    profiles: [
      {
        user_aliases: [alias],
        events: [{ name: 'left', time, properties: {} }],
        canvas_entries: [entered()],
      },
    ],
  },
  {
    fact: 'an event that is not taken in lets nobody in',
    page: pages.events,
    given: [attributes(ana)],
    send: events({ ...left(), name: 'secret' }, { ...left({ time: 'now' }) }),
    profiles: [ana],
  },
  {
    fact: 'nobody enters for somebody who is not there',
    page: pages.events,
    given: [attributes(ana)],
    send: events({ external_id: 'ben', name: 'left', time, _update_existing_only: true }),
    profiles: [ana],
  },
  {
    fact: 'who has entered as somebody that was merged does not enter again',
    page: pages.reentry,
    given: [events(left()), attributes(ben), to('/users/merge', mergeIntoBen)],
    send: events({ ...left({}, later), ...ben }),
    profiles: [{ ...anaWith([left(), left({}, later)], [entered()]), ...ben }],
  },
];
testEach(workspace, cases);

test(`a Canvas that is entered by an event is not triggered by a request (${pages.canvas})`, async () => {
  await workspace.track(attributes(ana));
  const send = { canvas_id: 'come-back', recipients: [{ external_user_id: 'ana' }] };
  const { status, body } = await workspace.post('/canvas/trigger/send', send);
  assert.deepEqual([status, body], [400, { message: 'Invalid Canvas ID' }]);
  assert.deepEqual(workspace.emulator.profiles().map(essence), [ana]);
});

test(`an export tells who entered by an event, like who was triggered (${pages.export})`, async () => {
  await workspace.track(events(left()));
  const { body } = await workspace.post('/users/export/ids', {
    external_ids: ['ana'],
    fields_to_export: ['canvases_received'],
  });
  assert.deepEqual(body, {
    message: 'success',
    users: [{ canvases_received: [{ api_canvas_id: 'come-back', last_entered: time }] }],
  });
});

test('what the settings say when the event arrives decides, and not what they say when it is seen', async () => {
  workspace.emulator.setSettings({ consistencyDelay: 60_000 });
  await workspace.track(events(left()));
  workspace.emulator.setSettings({ canvases: [], consistencyDelay: 0 });
  workspace.emulator.settle();
  workspace.emulator.setSettings({ canvases });
  assert.deepEqual(workspace.emulator.profiles().map(essence), [anaWith([left()], [entered()])]);
});

test('entries by events are kept in the file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'emulator-'));
  after(() => rm(folder, { recursive: true, force: true }));
  const serve = () =>
    serveEmulator({ port: 0, workspaces: [{ keys: [], canvases }], file: join(folder, 'braze.json') });
  await workspace.track(events(left()));
  const first = await serve();
  first.emulator.restore(workspace.emulator.profiles());
  await first.close();
  const second = await serve();
  const kept = second.emulator.profiles().map(essence);
  await second.close();
  assert.deepEqual(kept, [anaWith([left()], [entered()])]);
});

/**
 * One emulator over HTTP for a file of tests, and the words to talk to it.
 */
import { after, beforeEach } from 'node:test';
import type { Emulator, EmulatorKey, EmulatorOptions, WorkspaceOptions } from '../../demo/braze/emulator.ts';
import { serveEmulator } from '../../demo/braze/serve.ts';

export const KEY = '7b0c9e4e-8a0f-4a55-9a44-3f6f0e6d1c21';
export const KEY_WITHOUT_TRACK = '1f2e3d4c-5b6a-4978-8695-a4b3c2d1e0f9';

const ALL_PERMISSIONS = [
  'users.track',
  'users.alias.new',
  'users.identify',
  'users.merge',
  'users.delete',
  'users.export.ids',
  'canvas.trigger.send',
  'campaigns.trigger.send',
  'subscription.status.set',
];

/** What the emulator's clock says in every test: 2026-03-01T12:00:00Z. */
export const NOW = Date.UTC(2026, 2, 1, 12);

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed if it is JSON, else the text. */
  readonly body: unknown;
}

export interface TestWorkspace {
  readonly url: string;
  readonly emulator: Emulator;
  /** Sends a body to `/users/track`: with the right key and as JSON, unless told otherwise. */
  readonly track: (body: unknown, init?: RequestInit) => Promise<Reply>;
  /** The same for any endpoint. */
  readonly post: (path: string, body: unknown, init?: RequestInit) => Promise<Reply>;
  readonly call: (path: string, init?: RequestInit) => Promise<Reply>;
}

/** Serves an emulator until the file's tests are over, and forgets its state before each of them. */
export async function startWorkspace({
  inspectorScript,
  ...workspace
}: Partial<WorkspaceOptions> & Pick<EmulatorOptions, 'inspectorScript'> = {}): Promise<TestWorkspace> {
  const keys: readonly EmulatorKey[] = [
    { key: KEY, permissions: ALL_PERMISSIONS },
    { key: KEY_WITHOUT_TRACK, permissions: ['users.identify'] },
  ];
  const { url, emulator, close } = await serveEmulator({
    workspaces: [{ keys, ...workspace }],
    clock: () => NOW,
    port: 0,
    ...(inspectorScript && { inspectorScript }),
  });
  after(close);
  beforeEach(() => emulator.reset());

  async function call(path: string, init: RequestInit = {}): Promise<Reply> {
    const response = await fetch(url + path, init);
    return { status: response.status, headers: response.headers, body: jsonOrText(await response.text()) };
  }

  function post(path: string, body: unknown, init: RequestInit = {}): Promise<Reply> {
    return call(path, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...init,
    });
  }

  return { url, emulator, call, post, track: (body, init) => post('/users/track', body, init) };
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A message of the emulator's stream: the name of the event and its data. */
export type Message = readonly [event: string, data: Readonly<Record<string, unknown>>];

/** Reads a stream of server-sent events: each call of the returned function resolves with the next message. */
export function messagesOf(response: Response): () => Promise<Message> {
  const messages = readMessages(response);
  return async () => {
    const { value, done } = await messages.next();
    if (done) throw new Error('The stream has ended.');
    return value;
  };
}

async function* readMessages(response: Response): AsyncGenerator<Message, undefined> {
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, event = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      yield [event, JSON.parse(data) as Record<string, unknown>];
    }
  }
  return undefined;
}

/** The relay as a process of its own that serves the built widget and the flow of words, over a SQLite file. */
import { serveRelay, type RunningRelay } from '../../server/adapters/node.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { Store } from '../../server/store/store.ts';
import { answerParent } from '../relay/child.ts';
import { SESSION_SECRET } from '../server/relay-fixture.ts';
import { WORDS_FLOW } from './browser-flow.ts';

export interface WordsRelayStart {
  readonly settings: unknown;
  readonly key: string;
  /** Of the store. */
  readonly file: string;
  /** Folder of the built widget. */
  readonly assets: string;
  readonly port: number;
}

let relay: RunningRelay | undefined;
let store: Store | undefined;
const settled = new Set<() => void>();

answerParent({
  start: async ({ settings, key, file, assets, port }: WordsRelayStart) => {
    store = withNews(createSqliteStore({ file, clock: () => Date.now() }));
    relay = await serveRelay({
      settings,
      env: { BRAZE_SANDBOX_KEY: key, SESSION_SECRET, PARLEY_DEVELOPMENT: '1' },
      flows: [{ source: 'words.json', json: WORDS_FLOW }],
      assets,
      port,
      hostname: '127.0.0.1',
      store,
      log: () => undefined,
    });
    return relay.url;
  },
  /** Resolves once nothing is left to deliver. */
  drained: () =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        store?.stats().then(({ unsettled }) => {
          if (unsettled > 0) return;
          settled.delete(look);
          resolve();
        }, reject);
      };
      settled.add(look);
      look();
    }),
  close: () => relay?.close(),
});

function withNews(opened: Store): Store {
  return {
    ...opened,
    settle: async (...args) => {
      const left = await opened.settle(...args);
      for (const hear of settled) hear();
      return left;
    },
  };
}

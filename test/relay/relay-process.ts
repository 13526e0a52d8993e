/** The relay as a process of its own, over a SQLite file: it can be killed, and started again on what it left. */
import { getHeapStatistics } from 'node:v8';
import { createLog } from '../../server/adapters/log.ts';
import { serveRelay, type RunningRelay } from '../../server/adapters/node.ts';
import type { LogEntry } from '../../server/log-fields.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { Store } from '../../server/store/store.ts';
import { FLOW, SESSION_SECRET } from '../server/relay-fixture.ts';
import { answerParent } from './child.ts';
import { setTrap, type Trap } from './trapped-store.ts';

export interface RelayStart {
  readonly settings: unknown;
  readonly key: string;
  /** Of the store. */
  readonly file: string;
  /** Folder of the built widget; an empty one starts faster. */
  readonly assets: string;
  readonly port: number;
  /** Whether it logs as an operator's relay does, to the standard output. */
  readonly isLogging?: boolean;
  readonly trap?: Trap;
  /** That of the relay's suites, if absent. */
  readonly flow?: unknown;
  /** Variables besides, or in place of those that every relay of the tests has. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface RelayUsage {
  /** Microseconds of CPU since it was started, user and system. */
  readonly cpu: number;
  /** Bytes, after what is not needed any more is gone where that can be asked for (`--expose-gc`). */
  readonly heap: number;
  readonly rss: number;
}

let relay: RunningRelay | undefined;
let store: Store | undefined;
const errors = new Set<string>();
/** Milliseconds that a request took the relay at most, by the pattern of its route. */
const longest = new Map<string, number>();
/** Called after each time that work was settled. */
const settled = new Set<() => void>();

const tell = answerParent({
  start: async (options: RelayStart) => {
    const { settings, key, file, assets, port, isLogging = false, trap, flow = FLOW, env } = options;
    const opened = withNews(createSqliteStore({ file, clock: () => Date.now() }));
    store = trap ? setTrap(opened, trap, (call) => tell('trapped', call)) : opened;
    relay = await serveRelay({
      settings,
      env: {
        BRAZE_SANDBOX_KEY: key,
        BRAZE_PROD_KEY: key,
        SESSION_SECRET,
        PARLEY_DEVELOPMENT: '1',
        ...env,
      },
      flows: [{ source: 'flow.json', json: flow }],
      assets,
      port,
      hostname: '127.0.0.1',
      store,
      operatorPort: 0,
      log: isLogging ? timed(createLog()) : timed(noteErrors),
    });
    return { url: relay.url, operatorUrl: relay.operatorUrl };
  },
  usage: (): RelayUsage => {
    globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    return { cpu: user + system, heap: getHeapStatistics().used_heap_size, rss: process.memoryUsage.rss() };
  },
  /** Without a garbage collection, whose work is not the relay's. */
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  stats: () => store?.stats(),
  /** What its log has told as an error, each once; where it is none that logs to the standard output. */
  errors: () => [...errors],
  /** By its log: from where it has the request to where the answer leaves. Undefined where there was none. */
  longest: (route: string) => longest.get(route),
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

function noteErrors({ level, event }: LogEntry): void {
  if (level === 'error') errors.add(event);
}

function timed(log: (entry: LogEntry) => void): (entry: LogEntry) => void {
  return (entry) => {
    const { event, route, milliseconds = 0 } = entry;
    if (event === 'request' && route !== undefined)
      longest.set(route, Math.max(milliseconds, longest.get(route) ?? 0));
    log(entry);
  };
}

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

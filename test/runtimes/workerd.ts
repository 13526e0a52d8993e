/** workerd, started from here: the runtime of Cloudflare Workers, with everything that its platform keeps in a folder or in memory. */
import { createRequire } from 'node:module';

/** What we use of miniflare, which is not installed where types are checked. */
interface MiniflareModule {
  readonly Miniflare: new (options: object) => {
    readonly ready: Promise<URL>;
    dispose(): Promise<void>;
  };
}

export interface WorkerdOptions {
  readonly script: string;
  readonly bindings?: Readonly<Record<string, string>>;
  readonly durableObjects?: Readonly<
    Record<string, { readonly className: string; readonly useSQLite: true }>
  >;
  /** Folder where Durable Objects are kept. In memory if absent. */
  readonly durableObjectsPersist?: string;
  readonly [option: string]: unknown;
}

export interface Workerd {
  readonly url: string;
  close(): Promise<void>;
}

/** @param hear is told each line of what Workers log */
export async function startWorkerd(
  options: WorkerdOptions,
  hear: (line: string) => void = () => undefined,
): Promise<Workerd> {
  const { Miniflare } = createRequire(import.meta.url)('miniflare') as MiniflareModule;
  const worker = new Miniflare({
    modules: true,
    compatibilityDate: '2026-07-01',
    compatibilityFlags: ['nodejs_compat'],
    host: '127.0.0.1',
    port: 0,
    handleRuntimeStdio: (stdout: NodeJS.ReadableStream, stderr: NodeJS.ReadableStream) => {
      hearLines(stdout, hear);
      hearLines(stderr, hear);
      stderr.on('data', (chunk: Buffer) => process.stderr.write(chunk));
    },
    ...options,
  });
  const { origin } = await worker.ready;
  return { url: origin, close: () => worker.dispose() };
}

function hearLines(stream: NodeJS.ReadableStream, hear: (line: string) => void): void {
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(hear);
  });
}

/** The built widget from its folders, read once and kept in memory, with its compressed form once somebody has asked for it. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';
import type { Ports } from '../ports.ts';

interface Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly brotli: () => Promise<Uint8Array<ArrayBuffer>>;
  readonly headers: Readonly<Record<'content-type' | 'etag' | 'vary', string>>;
}

const compress = promisify(brotliCompress);

/** Scripts, and the licences of what is in them. */
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

/**
 * @param folders what the first has, the others need not have: those of earlier releases, for pages that were loaded before this one
 * @throws {Error} where a folder cannot be read, with the command that makes it
 */
export async function readAssets(folders: readonly string[]): Promise<Ports['assets']> {
  const assets = new Map<string, Asset>();
  for (const folder of folders.toReversed()) await readFolder(folder, assets);
  return async (request) => {
    const asset = assets.get(new URL(request.url).pathname);
    if (!asset) return undefined;
    if (!acceptsBrotli(request.headers.get('accept-encoding') ?? '')) {
      return new Response(asset.body, { headers: asset.headers });
    }
    // Another representation has another strong validator: RFC 9110, section 8.8.3.3.
    const etag = asset.headers.etag.replace(/"$/, '-br"');
    return new Response(await asset.brotli(), {
      headers: { ...asset.headers, etag, 'content-encoding': 'br' },
    });
  };
}

async function readFolder(folder: string, assets: Map<string, Asset>): Promise<void> {
  const files = await readdir(folder, { recursive: true }).catch(() => {
    throw new Error(`There is no built widget in ${folder}. Run: npm run build`);
  });
  for (const file of files) {
    const type = TYPES[extname(file)];
    if (type === undefined) continue;
    const body = new Uint8Array(await readFile(join(folder, file)));
    assets.set(`/${file.replaceAll('\\', '/')}`, {
      body,
      brotli: compressedOf(body),
      headers: {
        'content-type': type,
        etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"`,
        vary: 'accept-encoding',
      },
    });
  }
}

/**
 * Compressed at the first request for it, and not at the start: all of them take half a second of a core, which whoever starts a relay would
 * wait for. The largest that every visitor fetches takes a tenth of a second, beside the requests of others.
 */
function compressedOf(body: Uint8Array): Asset['brotli'] {
  let compressing: Promise<Uint8Array<ArrayBuffer>> | undefined;
  return () => (compressing ??= compress(body).then((compressed) => new Uint8Array(compressed)));
}

/** RFC 9110, section 12.5.3: a quality of 0 is a refusal. */
function acceptsBrotli(accepted: string): boolean {
  return accepted.split(',').some((coding) => {
    const [name, ...parameters] = coding.split(';').map((part) => part.trim().toLowerCase());
    return name === 'br' && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

/** The built widget from a folder, read once and kept in memory with its compressed form. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import type { Ports } from '../ports.ts';

interface Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly brotli: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<'content-type' | 'cache-control' | 'etag' | 'vary', string>>;
}

/** Chunks carry a hash of their content in their name (`rollup.config.mjs`), so they never change: a year, RFC 8246. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** @throws {Error} where the folder cannot be read, with the command that makes it */
export async function readAssets(folder: string): Promise<Ports['assets']> {
  const assets = new Map<string, Asset>();
  const files = await readdir(folder, { recursive: true }).catch(() => {
    throw new Error(`There is no built widget in ${folder}. Run: npm run build`);
  });
  for (const file of files.filter((name) => name.endsWith('.js'))) {
    const body = new Uint8Array(await readFile(join(folder, file)));
    assets.set(`/${file.replaceAll('\\', '/')}`, {
      body,
      brotli: new Uint8Array(brotliCompressSync(body)),
      headers: {
        'content-type': 'text/javascript; charset=utf-8',
        'cache-control': file.includes('assets') ? IMMUTABLE : 'no-cache',
        etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"`,
        vary: 'accept-encoding',
      },
    });
  }
  return async (request) => {
    const asset = assets.get(new URL(request.url).pathname);
    if (!asset) return undefined;
    if (!acceptsBrotli(request.headers.get('accept-encoding') ?? '')) {
      return new Response(asset.body, { headers: asset.headers });
    }
    // Another representation has another strong validator: RFC 9110, section 8.8.3.3.
    const etag = asset.headers.etag.replace(/"$/, '-br"');
    return new Response(asset.brotli, { headers: { ...asset.headers, etag, 'content-encoding': 'br' } });
  };
}

/** RFC 9110, section 12.5.3: a quality of 0 is a refusal. */
function acceptsBrotli(accepted: string): boolean {
  return accepted.split(',').some((coding) => {
    const [name, ...parameters] = coding.split(';').map((part) => part.trim().toLowerCase());
    return name === 'br' && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

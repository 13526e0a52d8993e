/**
 * What the real parts take from the runtime without asking, made to come out the same every time: hashes and signatures, which other
 * threads make; the time limit of requests; and the pace of the SQLite store, which goes by the machine's own clock.
 */
import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

const limits = new WeakMap<AbortSignal, number>();

/** Milliseconds that a request with this signal may take. */
export const limitOf = (signal: AbortSignal | null | undefined): number =>
  (signal && limits.get(signal)) ?? Infinity;

/** Resolves when the work is done and everything is again as it was. */
export async function withoutChance<T>(work: () => Promise<T>): Promise<T> {
  const restores = [tameCrypto(), tameTimeouts(), tamePace(), hush()];
  try {
    return await work();
  } finally {
    for (const restore of restores) restore();
  }
}

function replace<T extends object, K extends keyof T & string>(owner: T, name: K, value: T[K]): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, { value, configurable: true, writable: true });
  return () => {
    if (before) Object.defineProperty(owner, name, before);
    else Reflect.deleteProperty(owner, name);
  };
}

/** SHA-256, HMAC and HKDF over it, at once: that is all that the relay uses here. */
function tameCrypto(): () => void {
  const { subtle } = crypto;
  const secrets = new WeakMap<CryptoKey, Uint8Array>();
  const importKey = subtle.importKey.bind(subtle) as (...args: unknown[]) => Promise<CryptoKey>;
  const bytesOf = (data: BufferSource) =>
    ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);
  const copy = (bytes: Uint8Array) => new Uint8Array(bytes).buffer;
  const macOf = (key: CryptoKey, data: BufferSource) =>
    createHmac('sha256', secrets.get(key) ?? new Uint8Array())
      .update(bytesOf(data))
      .digest();
  const restores = [
    replace(subtle, 'importKey', (async (format: string, secret: BufferSource, ...rest: unknown[]) => {
      const key = await importKey(format, secret, ...rest);
      secrets.set(key, new Uint8Array(bytesOf(secret)));
      return key;
    }) as SubtleCrypto['importKey']),
    replace(subtle, 'deriveKey', async (algorithm, base, derived, ...rest) => {
      const { salt, info } = algorithm as HkdfParams;
      const secret = secrets.get(base) ?? new Uint8Array();
      const bytes = new Uint8Array(hkdfSync('sha256', secret, bytesOf(salt), bytesOf(info), 32));
      return subtle.importKey('raw', bytes, derived, ...rest);
    }),
    replace(subtle, 'digest', async (_, data) => copy(createHash('sha256').update(bytesOf(data)).digest())),
    replace(subtle, 'sign', async (_, key, data) => copy(macOf(key, data))),
    replace(subtle, 'verify', async (_, key, signature, data) => {
      const [given, right] = [bytesOf(signature), macOf(key, data)];
      return given.length === right.length && timingSafeEqual(given, right);
    }),
  ];
  return () => restores.forEach((restore) => restore());
}

/** The network keeps the time limit: by the world's time, and by the tab's, which may stand still. */
function tameTimeouts(): () => void {
  return replace(AbortSignal, 'timeout', (milliseconds) => {
    const { signal } = new AbortController();
    limits.set(signal, milliseconds);
    return signal;
  });
}

/** It is never a busy time: each look at the clock is seconds after the one before. */
function tamePace(): () => void {
  let now = 0;
  return replace(performance, 'now', () => (now += 10_000));
}

/** A conversation that cannot go on says so to the developer. */
const hush = () => replace(console, 'warn', () => undefined);

/**
 * A UUIDv7 (RFC 9562, section 5.7): 48 bits of time, so that ids sort as conversations began, and 74 bits of chance.
 * @param now milliseconds since 1970
 * @param random 16 random bytes; they are overwritten
 */
export function createUuid(now: number, random: Uint8Array): string {
  const bytes = random;
  for (let index = 0; index < 6; index += 1) bytes[index] = Math.floor(now / 2 ** (40 - 8 * index)) % 256;
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The names that are not IANA's own, and the offsets that the platform takes for one. */
const friendlyZone = /^(?:Eastern|Central|Mountain|Pacific) Time \(US & Canada\)$/;
const offset = /^[+-]/;

/** How IANA writes names: `Asia/Kolkata`, `Etc/UTC`, `US/Alaska`, `EST5EDT`, but not `ASIA/KOLKATA`. */
const ianaStyle = /^(?![A-Z]{3,}\/)[A-Z][^/]*(?:\/[A-Z][^/]*)*$/;

/**
 * An IANA name as IANA writes it, whatever its letter case was, or a name in the style of "Eastern Time (US & Canada)";
 * `undefined` for others. An older name of a zone stays the older name, unless it is written in another way than IANA
 * writes: then it becomes the zone's own, since the platform does not tell how the older one is written.
 */
export function timeZoneName(value: string): string | undefined {
  if (offset.test(value)) return undefined;
  try {
    const zone = new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone;
    const isItself = zone.toLowerCase() === value.toLowerCase();
    return isItself || !ianaStyle.test(value) ? zone : value;
  } catch {
    return friendlyZone.test(value) ? value : undefined;
  }
}

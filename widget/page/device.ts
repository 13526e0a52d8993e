/** What the browser tells of the device. */
import type { DeviceContext } from '../contract/wire.ts';

/** What there is to tell it by: `navigator`, with User-Agent Client Hints where the browser has them. */
export interface DeviceHints {
  readonly userAgent: string;
  readonly language: string;
  /** 5 on a phone or a tablet, however many fingers it could tell apart; up to 10 on a PC with a touch screen; else 0. */
  readonly maxTouchPoints: number;
  /** https://wicg.github.io/ua-client-hints/#navigatoruadata: page scripts and extensions put what they like here. */
  readonly userAgentData?:
    | { readonly platform?: string | null | undefined; readonly mobile?: boolean | undefined }
    | null
    | undefined;
}

/**
 * Operating systems by `<touch points> <platform hint> <user agent>`, the first that fits. Hint and user agent are looked at together:
 * a hint may be `""`, `Unknown`, or `Linux` for what is built on it, and a user agent may be another's. An Android browser says
 * Linux too, and one on an iPhone says Mac OS X.
 */
const SYSTEMS: readonly (readonly [RegExp, string?])[] = [
  [/Windows/, 'Windows'],
  // A large tablet asks for the desktop site by itself: as this very Linux, but with 5 touch points, which Chromium says of all of them
  // (https://github.com/bowser-js/bowser/issues/556, `ui/base/TouchDevice.java`).
  [/(?<!like )Android|^5 .*X11; Linux x86_64/, 'Android'],
  // An iPad asks for it as a Macintosh, of which none has a touch screen; there are no hints (two spaces) in Safari's engine.
  [/^\d+ iOS|iP(hone|ad|od)|^5 {2}.*Macintosh/, 'iOS'],
  [/CrOS|Chrom\w+ OS/, 'ChromeOS'],
  [/mac ?OS/i, 'macOS'],
  [/TV\b|Tizen/],
  [/Linux/, 'Linux'],
];

/**
 * `type` is `mobile` for a tablet, too; a television is a `desktop`.
 * @param timeZone asked when somebody reads it: in a browser that takes its time
 */
export function deviceOf(hints: DeviceHints, timeZone: () => string | undefined): DeviceContext {
  const { userAgent, userAgentData, maxTouchPoints, language } = hints;
  const told = [maxTouchPoints, userAgentData?.platform, userAgent].join(' ');
  const system = SYSTEMS.find(([pattern]) => pattern.test(told))?.[1];
  const mobile =
    system === 'iOS' || system === 'Android' || /Mobi|Tablet;/.test(userAgent) || userAgentData?.mobile;
  return {
    type: mobile && !/TV\b/.test(userAgent) ? 'mobile' : 'desktop',
    language,
    operating_system: system,
    get time_zone() {
      const zone = timeZone();
      // The name that Chromium has for a time zone it does not know; it is none of IANA's.
      return zone && zone !== 'Etc/Unknown' ? zone : undefined;
    },
  } as DeviceContext;
}

/** What the browser tells of the device. */
import type { DeviceContext } from '../contract/wire.ts';

/** What there is to tell it by: `navigator`, with User-Agent Client Hints where the browser has them. */
export interface DeviceHints {
  readonly userAgent: string;
  readonly language: string;
  readonly maxTouchPoints: number;
  /** https://wicg.github.io/ua-client-hints/#navigatoruadata */
  readonly userAgentData?: { readonly platform: string; readonly mobile: boolean };
}

/** Client Hints' platform names, where ours differ. */
const PLATFORMS: Readonly<Record<string, string>> = { 'Chrome OS': 'ChromeOS', 'Chromium OS': 'ChromeOS' };

/** In order: an Android browser says Linux too, and one on an iPhone says Mac OS X. */
const USER_AGENTS: readonly (readonly [RegExp, string])[] = [
  [/Android/, 'Android'],
  [/iPhone|iPad|iPod/, 'iOS'],
  [/CrOS/, 'ChromeOS'],
  [/Windows/, 'Windows'],
  [/Macintosh/, 'macOS'],
  [/Linux|X11/, 'Linux'],
];

export function deviceOf(hints: DeviceHints, timeZone: string | undefined): DeviceContext {
  const system = operatingSystemOf(hints);
  return {
    type: isMobile(hints, system) ? 'mobile' : 'desktop',
    language: hints.language,
    ...(system !== undefined && { operating_system: system }),
    ...(timeZone !== undefined && { time_zone: timeZone }),
  };
}

function operatingSystemOf({ userAgentData, userAgent, maxTouchPoints }: DeviceHints): string | undefined {
  const platform = userAgentData?.platform;
  if (platform && platform !== 'Unknown') return PLATFORMS[platform] ?? platform;
  const found = USER_AGENTS.find(([pattern]) => pattern.test(userAgent))?.[1];
  // An iPad asks for desktop pages as a Macintosh; no Macintosh has a touch screen.
  return found === 'macOS' && maxTouchPoints > 1 ? 'iOS' : found;
}

function isMobile({ userAgentData, userAgent }: DeviceHints, system: string | undefined): boolean {
  return userAgentData?.mobile ?? (system === 'iOS' || userAgent.includes('Mobi'));
}

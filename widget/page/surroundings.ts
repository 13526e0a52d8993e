/** What stands around the conversation at this moment: the page and the device. */
import type { Surroundings } from '../flow/walk.ts';
import { deviceOf } from './device.ts';

/** Longest string that the relay takes, because it is the longest that Braze keeps. */
const MAX_LENGTH = 255;

export function readSurroundings(): Surroundings {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions() as { timeZone?: string };
  return { page: { path: location.pathname.slice(0, MAX_LENGTH) }, device: deviceOf(navigator, timeZone) };
}

/** `push_tokens` of an attributes object. Source: `api/endpoints/user_data/post_user_track` and its list of errors. */
import { isObject, type Judged } from './json.ts';

/** A token as the profile keeps it. Braze makes up a `device_id` where none is given; the emulator does not, so that runs can be compared. */
export interface PushToken {
  readonly app_id: string;
  readonly token: string;
  /** 8 to 255 bytes. */
  readonly device_id?: string;
}

export function judgePushTokens(value: unknown): Judged<readonly PushToken[]> {
  if (!Array.isArray(value) || !value.every(isObject)) {
    return { problem: "'push_tokens' must be an array of objects", code: 'BAD_PUSH_TOKEN_VALUE' };
  }
  const tokens: PushToken[] = [];
  for (const item of value) {
    const { app_id: app, token, device_id: device } = item;
    if (typeof token !== 'string' || token === '') {
      return { problem: "'token' of 'push_tokens' must be a string", code: 'BAD_PUSH_TOKEN_STRING' };
    }
    // "A valid app identifier from the current workspace": the emulator knows no apps, so any will do.
    if (typeof app !== 'string' || app === '') {
      return {
        problem: "'app_id' of 'push_tokens' must be an app identifier",
        code: 'BAD_PUSH_TOKEN_APP_ID',
      };
    }
    if (device !== undefined && !isDeviceId(device)) {
      return { problem: "'device_id' of 'push_tokens' must have 8 to 255 bytes", code: 'BAD_DEVICE_ID' };
    }
    tokens.push({ app_id: app, token, ...(device === undefined ? {} : { device_id: device }) });
  }
  return { value: tokens };
}

function isDeviceId(value: unknown): value is string {
  return typeof value === 'string' && Buffer.byteLength(value) >= 8 && Buffer.byteLength(value) <= 255;
}

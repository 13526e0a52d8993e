/** The endpoints that there are. */
import type { Endpoint } from './endpoint.ts';
import { aliasNew } from './endpoints/alias-new.ts';
import { campaignSend } from './endpoints/campaign-send.ts';
import { canvasSend } from './endpoints/canvas-send.ts';
import { deleteUsers } from './endpoints/delete.ts';
import { exportIds } from './endpoints/export-ids.ts';
import { identify } from './endpoints/identify.ts';
import { merge } from './endpoints/merge.ts';
import { subscriptionStatusSet } from './endpoints/subscription-status.ts';
import { track } from './endpoints/track.ts';

export const endpoints: ReadonlyMap<string, Endpoint> = new Map(
  [
    track,
    identify,
    aliasNew,
    merge,
    deleteUsers,
    exportIds,
    canvasSend,
    campaignSend,
    subscriptionStatusSet,
  ].map((endpoint) => [endpoint.path, endpoint]),
);
export const knownPaths: ReadonlySet<string> = new Set(endpoints.keys());

/** What a key needs for all of the endpoints. */
export const endpointPermissions: readonly string[] = [...endpoints.values()].map(
  ({ permission }) => permission,
);

/** Every action that there is. Made of the files of this folder by `npm run schema`. */
import type { Action } from './action.ts';
import { action as campaignsTriggerSend } from './campaigns-trigger-send.ts';
import { action as canvasTriggerSend } from './canvas-trigger-send.ts';
import { action as subscriptionStatusSet } from './subscription-status-set.ts';
import { action as usersAliasNew } from './users-alias-new.ts';
import { action as usersExportIds } from './users-export-ids.ts';
import { action as usersIdentify } from './users-identify.ts';
import { action as usersMerge } from './users-merge.ts';
import { action as usersTrack } from './users-track.ts';

export const ACTIONS: readonly Action[] = [
  campaignsTriggerSend,
  canvasTriggerSend,
  subscriptionStatusSet,
  usersAliasNew,
  usersExportIds,
  usersIdentify,
  usersMerge,
  usersTrack,
];

/** What a node of a flow calls. */
import type { Action } from './action.ts';
import { ACTIONS } from './registry.ts';

const BY_CALL: ReadonlyMap<string, Action> = new Map(ACTIONS.map((action) => [action.call, action]));

/** `undefined` where there is no such thing, as in a flow with mistakes. */
export function calledBy({ call }: { readonly call?: string | undefined }): Action | undefined {
  return call === undefined ? undefined : BY_CALL.get(call);
}

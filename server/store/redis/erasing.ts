/** Visitors who are erased, and what is left to do elsewhere about them, in a snapshot of what is in Redis. */
import { isDue } from '../provisional.ts';
import type { RedisRules } from './rows.ts';
import { NO_VALUE } from './snapshot.ts';
import { isKnown, type KeptErasure } from './visitor.ts';
import type { ErasureDue, LeaveToErase } from '../store.ts';

export function eraseIn(
  { snapshot, isErased }: RedisRules,
  visitor: string,
  life: number,
  leave?: LeaveToErase,
): boolean {
  if (isErased(visitor)) return false;
  const now = snapshot.clock();
  const left = leave?.by(leave.names.map((name) => snapshot.freshValue(name)));
  const state = snapshot.visitor(visitor);
  snapshot.doings().takesRoom = !isKnown(state);
  for (const { environment } of state.rows.values()) snapshot.addToShare(environment, -1);
  snapshot.doings().kept -= state.entries.size;
  for (const name of state.names.keys())
    if (snapshot.value(name).visitor === visitor) snapshot.setValue(name, NO_VALUE);
  for (const kept of [state.rows, state.entries, state.deferred, state.letters, state.names, state.weights])
    kept.clear();
  state.isWiped = true;
  state.settlements = { until: 0, written: 0 };
  state.erasedUntil = now + life;
  if (left) state.erasure = { erasure: left.erasure, until: now + left.wait, attempts: 0 };
  return true;
}

/** @param visitors among whom it looks. @returns the longest due first */
const listErasures = (
  { snapshot }: RedisRules,
  visitors: readonly string[],
  environments: readonly string[],
  isWanted: (until: number) => boolean,
  limit: number,
): readonly KeptErasure[] =>
  visitors
    .flatMap((visitor) => snapshot.visitor(visitor).erasure ?? [])
    .filter(({ erasure, until }) => environments.includes(erasure.environment) && isWanted(until))
    .sort((one, other) => one.until - other.until || (one.erasure.visitor < other.erasure.visitor ? -1 : 1))
    .slice(0, limit);

export function claimErasures(
  rules: RedisRules,
  visitors: readonly string[],
  environments: readonly string[],
  limit: number,
  lease: number,
): readonly ErasureDue[] {
  const now = rules.snapshot.clock();
  const due = listErasures(rules, visitors, environments, (until) => isDue(until, now), limit);
  return due.map((kept) => {
    const attempts = kept.attempts + 1;
    rules.snapshot.visitor(kept.erasure.visitor).erasure = { ...kept, until: now + lease, attempts };
    return { erasure: kept.erasure, attempts };
  });
}

export function expireErasures(
  rules: RedisRules,
  visitors: readonly string[],
  environments: readonly string[],
  age: number,
  limit: number,
): readonly KeptErasure['erasure'][] {
  const then = rules.snapshot.clock() - age;
  const over = listErasures(rules, visitors, environments, (until) => until <= then, limit);
  return over.map(({ erasure }) => {
    rules.snapshot.visitor(erasure.visitor).erasure = undefined;
    return erasure;
  });
}

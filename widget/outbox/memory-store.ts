/** The same store in memory, for browsers that refuse to keep anything: the conversation works, and lasts as long as the page. */
import type { Submission } from '../contract/wire.ts';
import type { Snapshot } from '../flow/snapshot.ts';
import type { Verdict } from '../flow/verdict.ts';
import { isUnchanged, type OutboxStore } from './store.ts';

export function createMemoryStore(): OutboxStore {
  const snapshots = new Map<string, Snapshot>();
  const submissions = new Map<string, Submission>();
  const verdicts = new Map<string, Verdict>();
  let credential: string | undefined;
  let seed: string | undefined;

  return {
    readSnapshot: async (flow) => snapshots.get(flow),
    async commit(previous, next, submission) {
      if (!isUnchanged(snapshots.get(next.flow), previous)) return false;
      snapshots.set(next.flow, next);
      if (submission) submissions.set(submission.id, submission);
      return true;
    },
    readSubmissions: async () => [...submissions.values()].filter(({ id }) => !verdicts.has(id)),
    async keepVerdict(id, verdict) {
      if (submissions.has(id)) verdicts.set(id, verdict);
    },
    readVerdict: async (id) => verdicts.get(id),
    async settle(id) {
      submissions.delete(id);
      verdicts.delete(id);
    },
    readCredential: async () => credential,
    async swapCredential(previous, next) {
      if (credential === previous) credential = next;
      return credential ?? next;
    },
    keepSeed: async (offered) => (seed ??= offered),
  };
}

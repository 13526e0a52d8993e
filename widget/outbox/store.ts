/**
 * What the browser keeps: where each conversation stands, each submission until it has its receipt, and the visitor credential.
 * One IndexedDB object store through idb-keyval, so that one transaction covers them all.
 */
import { createStore, promisifyRequest, type UseStore } from 'idb-keyval';
import type { Submission } from '../contract/wire.ts';
import type { Snapshot } from '../flow/snapshot.ts';
import type { Verdict } from '../flow/verdict.ts';

export interface OutboxStore {
  readSnapshot(flow: string): Promise<Snapshot | undefined>;
  /**
   * Writes a snapshot, and the submission that came of it, in one transaction. False, and nothing written, where another tab
   * has brought the conversation further than `previous` meanwhile.
   */
  commit(previous: Snapshot | undefined, next: Snapshot, submission?: Submission): Promise<boolean>;
  /** Every submission without a verdict, oldest first. */
  readSubmissions(): Promise<readonly Submission[]>;
  /** Keeps the verdict on a submission until its conversation has heard it. */
  keepVerdict(id: string, verdict: Verdict): Promise<void>;
  readVerdict(id: string): Promise<Verdict | undefined>;
  /** Forgets a submission: it has its receipt, and nobody waits for it. */
  settle(id: string): Promise<void>;
  readCredential(): Promise<string | undefined>;
  /** Replaces the visitor credential if it is still `previous`, and gives back the one that holds now. */
  swapCredential(previous: string | undefined, next: string): Promise<string>;
  /** The seed that was drawn first in this browser, which is the one offered where there is none yet. */
  keepSeed(offered: string): Promise<string>;
}

/** An outbox record. A widget of a later release takes those of every earlier one by their version. */
interface OutboxRecord {
  readonly version: 1;
  readonly submission: Submission;
  readonly verdict?: Verdict;
}

const CREDENTIAL = 'visitor';
const SEED = 'seed';
const snapshotKey = (flow: string): IDBValidKey => ['conversation', flow];
/** Keys sort as submissions were made: a UUIDv7 by time, then the step as a number. */
const submissionKey = (id: string): IDBValidKey => {
  const dot = id.lastIndexOf('.');
  return ['submission', id.slice(0, dot), Number(id.slice(dot + 1))];
};
const submissionKeys = () => IDBKeyRange.bound(['submission'], ['submission', []]);

/** Whether a conversation stands in the store as the caller last saw it. */
export function isUnchanged(stored: Snapshot | undefined, previous: Snapshot | undefined): boolean {
  return stored?.conversation === previous?.conversation && stored?.step === previous?.step;
}

/** @param relay origin of the relay: what is kept for one relay never goes to another */
export async function openIndexedStore(relay: string): Promise<OutboxStore> {
  const use = createStore(`parley ${relay}`, 'records');
  const store = createIndexedStore(use);
  // Private modes and full disks refuse only when the database is opened.
  await store.readCredential();
  return store;
}

function createIndexedStore(use: UseStore): OutboxStore {
  const read = <T>(request: (records: IDBObjectStore) => IDBRequest): Promise<T> =>
    use('readonly', (records) => promisifyRequest(request(records) as IDBRequest<T>));
  const write = (change: (records: IDBObjectStore) => void) =>
    use('readwrite', (records) => {
      change(records);
      return promisifyRequest(records.transaction);
    });

  /** Writes a text if the one that is there is still `previous`, and gives back the one that is there then. */
  const swap = async (key: string, previous: string | undefined, next: string): Promise<string> => {
    let current = next;
    await write((records) => {
      const request = records.get(key) as IDBRequest<string | undefined>;
      request.onsuccess = () => {
        if (request.result === previous) records.put(next, key);
        else current = request.result ?? next;
      };
    });
    return current;
  };

  return {
    readSnapshot: (flow) => read<Snapshot | undefined>((records) => records.get(snapshotKey(flow))),
    async commit(previous, next, submission) {
      let isCurrent = false;
      await write((records) => {
        const request = records.get(snapshotKey(next.flow)) as IDBRequest<Snapshot | undefined>;
        request.onsuccess = () => {
          isCurrent = isUnchanged(request.result, previous);
          if (!isCurrent) return;
          records.put(next, snapshotKey(next.flow));
          if (!submission) return;
          records.put({ version: 1, submission } satisfies OutboxRecord, submissionKey(submission.id));
        };
      });
      return isCurrent;
    },
    async readSubmissions() {
      const found = await read<OutboxRecord[]>((records) => records.getAll(submissionKeys()));
      return found.filter(({ verdict }) => !verdict).map(({ submission }) => submission);
    },
    keepVerdict: (id, verdict) =>
      write((records) => {
        const request = records.get(submissionKey(id)) as IDBRequest<OutboxRecord | undefined>;
        request.onsuccess = () => {
          if (request.result) records.put({ ...request.result, verdict }, submissionKey(id));
        };
      }),
    async readVerdict(id) {
      const record = await read<OutboxRecord | undefined>((records) => records.get(submissionKey(id)));
      return record?.verdict;
    },
    settle: (id) => write((records) => records.delete(submissionKey(id))),
    readCredential: () => read<string | undefined>((records) => records.get(CREDENTIAL)),
    swapCredential: (previous, next) => swap(CREDENTIAL, previous, next),
    keepSeed: (offered) => swap(SEED, undefined, offered),
  };
}

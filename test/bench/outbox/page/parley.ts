/** Parley: the widget's own outbox, storage and transport, on what the browser gives it. */
import type { Submission } from '../../../../widget/contract/wire.ts';
import { createBrowserPorts } from '../../../../widget/browser-ports.ts';
import type { Snapshot } from '../../../../widget/flow/snapshot.ts';
import { ANSWERS, FLOW, type Open } from './contender.ts';

export const openParley: Open = async ({ relay }) => {
  const ports = createBrowserPorts(relay, (...told) => reportError(JSON.stringify(told)));
  const connect = await ports.loadDelivery();
  const { store, ...delivery } = connect();
  const tabs = ports.connectTabs((news) => outbox.hear(news));
  const outbox = delivery.createOutbox({
    store,
    send: (claimed) => delivery.relay.send(claimed),
    listener: { settled: () => undefined, waiting: () => undefined },
    ports: { ...ports, ...delivery, tell: tabs.tell },
    owner: crypto.randomUUID(),
  });
  outbox.connect();
  let previous: Snapshot | undefined;
  return {
    async put(submission) {
      const next = snapshotOf(submission, (previous?.step ?? 0) + 1);
      const isKept = await store.commit({
        previous,
        next,
        submissions: [submission],
        isOver: false,
        now: Date.now(),
      });
      if (!isKept) throw new Error('Another tab has brought the conversation further; there is none.');
      previous = next;
    },
    settle: () => outbox.flush(),
  };
};

/** Where the conversation stands with this submission: it is written with it, in one transaction. */
function snapshotOf({ id }: Submission, step: number): Snapshot {
  return {
    conversation: id.slice(0, id.lastIndexOf('.')),
    seed: 'a2f1c09e',
    flow: FLOW.flow,
    revision: FLOW.revision,
    step,
    node: FLOW.node,
    answers: ANSWERS,
    path: Object.entries(ANSWERS).map(([node, answer]) => ({ node, answer })),
  };
}

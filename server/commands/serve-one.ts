/** One of the processes of `parley serve --processes N`: it does what the one that has started it tells it. */
import { createLog } from '../adapters/log.ts';
import { nodeRuntime } from '../adapters/node-runtime.ts';
import { runRelay, type OneOfSeveral } from '../adapters/process.ts';
import { takeOrders } from '../adapters/process-cluster.ts';
import type {
  Answers,
  Order,
  Page,
  Question,
  SharedSources,
  StartOrder,
} from '../adapters/process-messages.ts';
import { configSourcesOf } from '../adapters/process-sources.ts';
import { guardLog } from '../log-fields.ts';
import type { Ports } from '../ports.ts';
import { endOnFault, leaveSignals, openingPorts, reloading, tellChange, tellWarnings } from './serving.ts';
import { openStore } from './store-file.ts';

interface Started {
  readonly relay: OneOfSeveral;
  readonly log: Ports['log'];
}

/** Resolves with the exit code when it has been told to close, and rejects where it cannot start. */
export async function serveOne(): Promise<number> {
  leaveSignals();
  let started: Started | undefined;
  let end: (() => void) | undefined;
  let fail: ((error: unknown) => void) | undefined;
  const over = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  const heed = async (order: Exclude<Order, { type: 'ask' }>) => {
    if (order.type === 'start') {
      started = await start(order.order, (whose) => link.tell({ type: 'forgotten', whose }));
      link.tell({ type: 'listening', url: started.relay.url });
    } else if (started) {
      await obey(order, started);
      if (order.type === 'close') end?.();
    }
  };
  /** One after the other. */
  let work = Promise.resolve();
  const link = takeOrders((order) => {
    if (order.type !== 'ask') work = work.then(() => heed(order)).catch((error: unknown) => fail?.(error));
    // Nobody waits with a scrape for a reload; and where there is no answer, whoever asks goes on after a while.
    else if (started)
      void answer(started.relay, order.question).then(
        (found) => link.tell({ type: 'answer', id: order.id, answer: found }),
        () => undefined,
      );
  });
  try {
    await over;
    return 0;
  } finally {
    link.end();
  }
}

type ForgottenNews = Extract<Order, { readonly type: 'forget' }>['whose'];

async function start(
  { number, port, announced, level, assets, store, ...shared }: StartOrder,
  forgotten: (whose: ForgottenNews) => void,
): Promise<Started> {
  const write = createLog(level);
  const { log } = guardLog((entry) => write({ ...entry, process: number }));
  const startAt = async (at: number) => {
    const opened = await openStore(store, shared.env, sourcesOf(shared).settings, tellChange(log));
    // Of one store it is the same for all.
    if (number === 1) tellWarnings(opened, log);
    return openingPorts(() =>
      runRelay(
        {
          ...sourcesOf(shared),
          ...(assets && { assets }),
          port: at,
          log,
          store: opened.store,
          tellForgotten: (environment, externalId) => forgotten({ environment, externalId }),
        },
        nodeRuntime,
      ),
    );
  };
  let relay = await startAt(port);
  // With port 0 the system chooses one, which all share who ask for 0 while one has it. Where all were away, it has chosen anew.
  if (announced !== undefined && relay.url !== announced) {
    await relay.close();
    relay = await startAt(Number(new URL(announced).port));
  }
  const started = relay;
  endOnFault((text) => started.redact(text));
  return { relay, log };
}

async function obey(
  order: Exclude<Order, { type: 'start' | 'ask' }>,
  { relay, log }: Started,
): Promise<void> {
  switch (order.type) {
    case 'reload':
      await reloading(
        () => relay.reload(sourcesOf(order.sources)),
        (text) => relay.redact(text),
        log,
      );
      break;
    case 'replace_flows':
      await relay.replaceFlows(order.flows);
      break;
    case 'forget':
      relay.forgetProfile(order.whose.environment, order.whose.externalId);
      break;
    case 'close':
      await relay.close();
      break;
  }
}

const sourcesOf = (shared: SharedSources) => ({ ...configSourcesOf(shared), flows: shared.flows });

async function answer({ view }: OneOfSeveral, question: Question): Promise<Answers[Question['about']]> {
  switch (question.about) {
    case 'pulse':
      return true;
    case 'families':
      return view.families(question.isOfStore);
    case 'readiness':
      return view.lookAtReadiness('operator');
    case 'page':
      return pageOf(await view.places.request(question.path));
  }
}

async function pageOf(response: Response): Promise<Page> {
  return { status: response.status, headers: [...response.headers], body: await response.text() };
}

/** The queue's side of a wake-up call: it calls the shard, and again as long as something is left there. */
import type { Ports } from '../../ports.ts';
import type { Bindings, ShardObject, WakeUp } from './bindings.ts';

/** As the platform gives it (https://developers.cloudflare.com/queues/configuration/javascript-apis/). */
export interface MessageBatch {
  /** Name of the queue. */
  readonly queue: string;
  readonly messages: readonly QueueMessage[];
}

export interface QueueMessage {
  readonly body: unknown;
  /** Deliveries, this one too. */
  readonly attempts: number;
  ack(): void;
  retry(options: { readonly delaySeconds: number }): void;
}

export interface QueueOptions {
  /** Names of the queue that calls, and of the one that takes what was given up. */
  readonly names: Pick<Bindings, 'wakeUpQueue' | 'deadLetterQueue'>;
  readonly shardAt: (index: number) => Pick<ShardObject, 'wake' | 'forgetWakeUp'>;
  readonly shards: number;
  readonly log: Ports['log'];
}

/** Seconds between two calls, doubled each time. With 20 retries, as `wrangler.jsonc` has them, it calls for some three hours. */
const PAUSE = { first: 30, most: 600 };

/** Each message has its own end: of a queue that it does not know the shard is called, which is right of one of the two. Never rejects. */
export async function takeWakeUps(
  { queue, messages }: MessageBatch,
  { names, shardAt, shards, log }: QueueOptions,
): Promise<void> {
  const isDead = queue === names.deadLetterQueue;
  if (!isDead && queue !== names.wakeUpQueue)
    log({ level: 'error', event: 'queue_unknown', advice: unknownWords(queue, names) });
  await Promise.all(
    messages.map(async (message) => {
      const shard = shardIn(message.body, shards);
      if (shard === undefined) {
        log({ level: 'error', event: 'wake_up_unknown', advice: UNKNOWN });
        message.ack();
      } else if (isDead) await bury(message, shard);
      else await call(message, shard);
    }),
  );

  async function call(message: QueueMessage, shard: number): Promise<void> {
    const again = () =>
      message.retry({ delaySeconds: Math.min(PAUSE.most, PAUSE.first * 2 ** (message.attempts - 1)) });
    try {
      if ((await shardAt(shard).wake()) === 0) message.ack();
      else again();
    } catch {
      again();
    }
  }

  async function bury(message: QueueMessage, shard: number): Promise<void> {
    let submissions: number | undefined;
    try {
      submissions = await shardAt(shard).forgetWakeUp();
    } catch {
      // Its call is taken for lost after a while.
    }
    if (submissions !== 0)
      log({ level: 'error', event: 'wake_up_given_up', shard, submissions, advice: GIVEN_UP });
    message.ack();
  }
}

const unknownWords = (queue: string, { wakeUpQueue, deadLetterQueue }: QueueOptions['names']): string =>
  `"${queue}" is neither WAKE_UP_QUEUE ("${wakeUpQueue}") nor DEAD_LETTER_QUEUE ("${deadLetterQueue}"). Name both queues there as wrangler.jsonc has them under queues: else nobody hears when nothing is delivered for hours.`;

const UNKNOWN =
  'A queue of this Worker brought something that is no wake-up call, or of a shard that there is not. Give the Worker queues of its own, and do not lower SHARD_COUNT while something is left.';

const GIVEN_UP =
  'What was promised in this shard has not been delivered for hours. Nothing is lost: the shard looks again every half minute by its alarm. See /readyz for what Braze says, and /operator/stats for how much is left.';

function shardIn(body: unknown, shards: number): number | undefined {
  const { shard } = (body ?? {}) as Partial<WakeUp>;
  return Number.isInteger(shard) && (shard as number) >= 0 && (shard as number) < shards ? shard : undefined;
}

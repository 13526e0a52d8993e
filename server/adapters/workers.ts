/** Puts the relay on Cloudflare: a Worker in front of a Durable Object for each shard (docs/decisions/0041). */
import { bareProblem } from '../problem.ts';
import type { WorkerEnv } from './workers/bindings.ts';
import { createFaultLog, isLasting } from './workers/faults.ts';
import { createFront, type Front, type WorkerContext } from './workers/front.ts';
import { readParts, type WorkerOptions, type WorkerParts } from './workers/parts.ts';
import { takeWakeUps, type MessageBatch } from './workers/queue.ts';
import { webPorts } from './web-ports.ts';

/** Seconds until the queue calls again where the settings are wrong: with 20 retries there are three hours to mend them. */
const UNTIL_MENDED = 600;

/**
 * A Worker's default export; the classes that it exports besides are of `workers/objects.ts`. It is made with the first request, because the
 * bindings come with it. What is wrong with the settings is in the log then, and nobody is served.
 */
export function createWorker(options: WorkerOptions) {
  let made: { readonly parts: WorkerParts; readonly front: Front } | undefined;
  const say = createFaultLog({ event: 'worker_broken' });
  const make = (env: WorkerEnv) => {
    if (!made) {
      const parts = readParts(options, env);
      made = { parts, front: createFront(parts) };
    }
    return made;
  };

  return {
    async fetch(request: Request, env: WorkerEnv, context: WorkerContext): Promise<Response> {
      try {
        return await make(env).front.fetch(request, context);
      } catch (error) {
        if (made || !isLasting(error)) throw error;
        say(error);
        return bareProblem(
          503,
          'The relay is not set up yet: its log says what is missing.',
          webPorts.createId(),
        );
      }
    },
    async queue(batch: MessageBatch, env: WorkerEnv): Promise<void> {
      let ready: ReturnType<typeof make>;
      try {
        ready = make(env);
      } catch (error) {
        if (!isLasting(error)) throw error;
        say(error);
        // Those that were given up, too: nobody is there who could be told.
        for (const message of batch.messages) message.retry({ delaySeconds: UNTIL_MENDED });
        return;
      }
      const { parts, front } = ready;
      await takeWakeUps(batch, {
        names: parts.bindings,
        shardAt: (index) => front.shardAt(index),
        shards: parts.bindings.shardCount,
        log: parts.ports.log,
      });
    },
  };
}

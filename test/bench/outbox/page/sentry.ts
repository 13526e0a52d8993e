/** Sentry's offline transport, over its fetch transport: https://docs.sentry.io/platforms/javascript/best-practices/offline-caching/ */
import { importPeer, type Open } from './contender.ts';

/** As much of it as is used here (`@sentry/browser`). */
interface Sentry {
  readonly makeBrowserOfflineTransport: () => (options: {
    readonly url: string;
    readonly recordDroppedEvent: () => void;
    readonly maxQueueSize: number;
    readonly flushAtStartup: boolean;
  }) => { send(envelope: readonly [object, readonly (readonly [object, object])[]]): PromiseLike<unknown> };
}

export const openSentry: Open = async ({ relay, count }) => {
  const { makeBrowserOfflineTransport } = (await importPeer('sentry')) as Sentry;
  const transport = makeBrowserOfflineTransport()({
    url: `${relay}/api/1/envelope/?sentry_version=7&sentry_key=0123456789abcdef0123456789abcdef`,
    recordDroppedEvent: () => undefined,
    // 30 by default; what is beyond is dropped and nobody is told.
    maxQueueSize: count,
    // Else what an earlier page stored waits until the browser was offline and is online again.
    flushAtStartup: true,
  });
  return {
    async put(submission) {
      const event = crypto.randomUUID().replaceAll('-', '');
      await transport.send([
        { event_id: event, sent_at: new Date().toISOString() },
        [[{ type: 'event' }, { event_id: event, message: 'submission', extra: { submission } }]],
      ]);
    },
    // It sends by itself: one, and then one every 100 ms (`MIN_DELAY` of @sentry/core's transports/offline).
    settle: () => Promise.resolve(),
  };
};

/**
 * Segment's Analytics.js with its Segment.io destination, whose queue is the `PersistedPriorityQueue`: in memory, written to localStorage
 * in one piece when the page is left. https://github.com/segmentio/analytics-next/tree/master/packages/browser
 */
import type { Submission } from '../../../../widget/contract/wire.ts';
import { importPeer, type Open } from './contender.ts';

/** As much of it as is used here (`@segment/analytics-next`). */
interface Segment {
  readonly AnalyticsBrowser: {
    load(
      settings: {
        readonly writeKey: string;
        readonly cdnSettings: { readonly integrations: Readonly<Record<'Segment.io', object>> };
      },
      options: { readonly integrations: Readonly<Record<'Segment.io', object>> },
    ): PromiseLike<unknown> & { track(event: string, properties: Submission): Promise<unknown> };
  };
}

const WRITE_KEY = 'bench';

export const openSegment: Open = async ({ relay }) => {
  const { AnalyticsBrowser } = (await importPeer('segment')) as Segment;
  const { host, protocol } = new URL(relay);
  const analytics = AnalyticsBrowser.load(
    // With settings of its own it asks Segment's servers for none.
    { writeKey: WRITE_KEY, cdnSettings: { integrations: { 'Segment.io': { apiKey: WRITE_KEY } } } },
    { integrations: { 'Segment.io': { apiHost: `${host}/v1`, protocol: protocol.slice(0, -1) } } },
  );
  await analytics;
  return {
    async put(submission) {
      await analytics.track('submission', submission);
    },
    // It sends by itself.
    settle: () => Promise.resolve(),
  };
};

/** A brand whose conversation submits each of its answers, over a way on which they can be held up. */
import type { HTTPRequest, Page } from 'puppeteer-core';
import type { SubmissionsRequest } from '../../widget/contract/wire.ts';
import { arrivalsIn, wordOf, WORDS_FLOW } from '../crash/browser-flow.ts';
import { openBrand, type Brand, type BrandOptions } from './brand.ts';
import { serveGate, type Gate } from './outbox-gate.ts';

export interface WordsBrand extends Brand {
  /** Before the relay. */
  readonly gate: Gate;
  /** What was said and is at Braze: an entry for each time, in the order in which it arrived. */
  words(): readonly string[];
}

/** Milliseconds: a tab can be frozen before the relay has answered, also on a machine that is busy. */
const DEADLINE = 10_000;

/** @param site what the settings say of the site, beside its origin */
export async function openWordsBrand(
  site?: object,
  options: Partial<Pick<BrandOptions, 'flows' | 'env' | 'clock'>> = {},
): Promise<WordsBrand> {
  const brand = await openBrand({
    flows: [WORDS_FLOW],
    deadline: DEADLINE,
    ...(site && { site }),
    ...options,
  });
  const gate = await serveGate(brand.relayUrl);
  brand.setBody(
    `<parley-chat flow="words" relay="${gate.url}"></parley-chat><script crossorigin="anonymous" src="${gate.url}/parley.js"></script>`,
  );
  return {
    ...brand,
    gate,
    words: () => arrivalsIn(brand.emulator.profiles()).map(({ word }) => word),
    async close() {
      await gate.close();
      await brand.close();
    },
  };
}

export interface Watch {
  /** What left the page: the words of each request, oldest first. */
  batches(): Promise<readonly (readonly string[])[]>;
  /** What the relay was told is lost, request by request. */
  losses(): Promise<readonly unknown[]>;
}

/** From now on, also on its next documents. */
export function watchRequests(page: Page): Watch {
  const bodies: Promise<SubmissionsRequest>[] = [];
  page.on('request', (request) => {
    if (request.method() !== 'POST' || !request.url().endsWith('/v1/submissions')) return;
    bodies.push(bodyOf(request));
  });
  return {
    batches: async () => (await Promise.all(bodies)).map(({ submissions }) => submissions.map(wordOf)),
    losses: async () => (await Promise.all(bodies)).flatMap(({ losses }) => losses ?? []),
  };
}

async function bodyOf(request: HTTPRequest): Promise<SubmissionsRequest> {
  return JSON.parse((await request.fetchPostData()) ?? '') as SubmissionsRequest;
}

/**
 * Tsubame-misaki, the coffee roaster: a message of a Canvas of theirs, as it is in the customer's mailbox. Its entry link is made while
 * the message is rendered, as Braze does with Connected Content (`docs/entry-links.md`).
 */
import type { Context } from 'hono';
import type { Customer, Introduce } from './customers.ts';

/** In the segment that the Canvas is for: dark roasts, three times or more. */
const HARUMI: Customer = {
  id: 'tsubame-0412',
  attributes: {
    first_name: '春海',
    last_name: '小西',
    email: 'harumi@example.com',
    language: 'ja',
    dark_roast_orders: 5,
  },
};

/** What stands in the message where its link belongs. */
const LINK = '{{entry_link}}';

export interface TsubameOptions {
  readonly introduce: Introduce;
  readonly relayUrl: () => string | Promise<string>;
  /** The relay's `ENTRY_LINK_KEY`. */
  readonly entryLinkKey: string;
}

/** @returns what makes a page of the roaster's its visitor's own */
export function createTsubame({ introduce, relayUrl, entryLinkKey }: TsubameOptions) {
  const orderLink = async (page: string): Promise<string> => {
    const response = await fetch(`${await relayUrl()}/v1/entry-links`, {
      method: 'POST',
      headers: { authorization: `Bearer ${entryLinkKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        flow: 'tsubame-tasting',
        cohort: 'fukairi',
        campaign: 'tameshi-yaki-11',
        external_id: HARUMI.id,
        site: 'tsubame',
        environment: 'sandbox',
        page,
      }),
    });
    const { link } = (await response.json()) as { readonly link?: string };
    if (link === undefined) throw new Error(`The relay answered ${response.status} to an entry link.`);
    return link;
  };
  return async (c: Context, html: string): Promise<string> => {
    if (!html.includes(LINK)) return html;
    await introduce(HARUMI);
    return html.replaceAll(LINK, await orderLink(new URL('/', c.req.url).href));
  };
}

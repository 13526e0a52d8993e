/** What only some flows have: the inputs beyond words and choices, pictures, and offers of someone else. */
import { html, type TemplateResult } from 'lit';
import type { ImageBubble, Offer } from '../contract/flow.ts';
import { ParleyHandoffEvent } from '../events.ts';
import { isSafeLink } from '../flow/markup.ts';
import type { SpokenBubble } from '../flow/transcript.ts';
import { furtherEn } from '../locale/en-further.ts';
import type { Words } from '../locale/en.ts';
import { consentControl } from './inputs/consent.ts';
import type { Controls } from './inputs/control.ts';
import { dateControl } from './inputs/date.ts';
import { multilineControl } from './inputs/multiline.ts';
import { numberControl } from './inputs/number.ts';
import { phoneControl } from './inputs/phone.ts';
import { ratingControl } from './inputs/rating.ts';
import { renderLink } from './spans.ts';

export type FurtherBubble = Exclude<SpokenBubble, { readonly content: unknown }>;

export interface Further {
  readonly controls: Partial<Controls>;
  /** @param node id of the node that it belongs to */
  readonly renderBubble: (bubble: FurtherBubble, node: string) => TemplateResult;
  readonly refusals: Words['refusals'];
}

export const further: Further = {
  controls: {
    multiline: multilineControl,
    phone: phoneControl,
    date: dateControl,
    number: numberControl,
    rating: ratingControl,
    consent: consentControl,
  },
  renderBubble: (bubble, node) =>
    'image' in bubble
      ? renderImage(bubble)
      : html`<span class="offers">${bubble.offers.map((offer) => renderOffer(offer, node))}</span>`,
  refusals: furtherEn.refusals,
};

/** Its size is known before it comes: nothing moves. */
function renderImage({ image, alt, width, height }: ImageBubble<string>) {
  return html`<img
    src=${image}
    alt=${alt}
    width=${width}
    height=${height}
    loading="lazy"
    decoding="async"
    referrerpolicy="strict-origin"
  />`;
}

function renderOffer(offer: Offer<string>, node: string) {
  if ('event' in offer) {
    const take = ({ target }: Event) => target?.dispatchEvent(new ParleyHandoffEvent(offer.event, node));
    return html`<button class="pill" @click=${take}>${offer.text}</button>`;
  }
  const href = 'phone' in offer ? `tel:${offer.phone}` : offer.link;
  return isSafeLink(href) ? renderLink(href, offer.text, 'pill') : offer.text;
}

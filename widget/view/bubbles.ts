/** What the other side says that is more than plain words: markup, pictures, and offers of someone else. Fetched with flows that have any. */
import { html, nothing, type TemplateResult } from 'lit';
import type { ImageBubble, Offer } from '../contract/flow.ts';
import { fire } from '../events.ts';
import { isSafeLink, readMarkup, type Span } from '../flow/markup.ts';
import type { SpokenBubble } from '../flow/transcript.ts';
import type { Language } from '../flow/walk.ts';
import { css, laterSheets } from './css.ts';

laterSheets.push(css`
  .offers,
  li img {
    max-width: 82%;
  }
  .words a {
    color: inherit;
    text-underline-offset: 2px;
  }
  li img {
    height: auto;
    max-height: 320px;
    object-fit: contain;
    border-radius: min(18px, var(--_radius));
    background: var(--_bubble);
  }
  .offers {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    margin-block: 4px 8px;
  }
`);

/** A bubble without words of its own. */
export type FurtherBubble = Exclude<SpokenBubble, { readonly content: unknown }>;

export interface Bubbles {
  readonly renderSpans: (spans: readonly Span[]) => unknown;
  /** @param node id of the node that it belongs to */
  readonly renderBubble: (bubble: FurtherBubble, node: string) => TemplateResult;
  readonly language: Pick<Language, 'readMarkup'>;
}

export const bubbles: Bubbles = {
  renderSpans,
  renderBubble: (bubble, node) =>
    'image' in bubble
      ? renderImage(bubble)
      : html`<span class="offers">${bubble.offers.map((offer) => renderOffer(offer, node))}</span>`,
  language: { readMarkup },
};

/** Words as DOM: nothing of them is ever parsed as HTML. */
function renderSpans(spans: readonly Span[]): unknown {
  return spans.map((span) => {
    if (typeof span === 'string') return span;
    if ('strong' in span) return html`<strong>${renderSpans(span.strong)}</strong>`;
    if ('em' in span) return html`<em>${renderSpans(span.em)}</em>`;
    return renderLink(span.link, renderSpans(span.content));
  });
}

/** Another site opens in a tab of its own, and learns nothing of this one. What is no address is only its words. */
function renderLink(href: string, content: unknown, className = ''): unknown {
  if (!URL.canParse(href, document.baseURI)) return content;
  const { protocol, origin } = new URL(href, document.baseURI);
  const isElsewhere = protocol.startsWith('http') && origin !== location.origin;
  return html`<a
    class=${className}
    href=${href}
    target=${isElsewhere ? '_blank' : nothing}
    rel=${isElsewhere ? 'noopener noreferrer' : nothing}
    >${content}</a
  >`;
}

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
    const take = ({ target }: Event) => target && fire(target, 'parley-handoff', { name: offer.event, node });
    return html`<button class="pill" @click=${take}>${offer.text}</button>`;
  }
  const href = 'phone' in offer ? `tel:${offer.phone}` : offer.link;
  return isSafeLink(href) ? renderLink(href, offer.text, 'pill') : offer.text;
}

/** Markup as it is seen, and as it is read aloud. */
import { html, nothing } from 'lit';
import type { Span } from '../flow/markup.ts';

/** Words as DOM: nothing of them is ever parsed as HTML. */
export function renderSpans(spans: readonly Span[]): unknown {
  return spans.map((span) => {
    if (typeof span === 'string') return span;
    if ('strong' in span) return html`<strong>${renderSpans(span.strong)}</strong>`;
    if ('em' in span) return html`<em>${renderSpans(span.em)}</em>`;
    return renderLink(span.link, renderSpans(span.content));
  });
}

/** Another site opens in a tab of its own, and learns nothing of this one. What is no address is only its words. */
export function renderLink(href: string, content: unknown, className = ''): unknown {
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

export function plainOf(spans: readonly Span[]): string {
  return spans
    .map((span) => {
      if (typeof span === 'string') return span;
      return plainOf('strong' in span ? span.strong : 'em' in span ? span.em : span.content);
    })
    .join('');
}

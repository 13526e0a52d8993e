/** Texts without their markup, for where there is none. */
import type { Span } from '../../widget/flow/markup.ts';

/** @param linkOf how a link is written */
export function plainText(
  spans: readonly Span[],
  linkOf: (words: string, href: string) => string = (words) => words,
): string {
  const textOf = (span: Span): string => {
    if (typeof span === 'string') return span;
    if ('link' in span) return linkOf(plainText(span.content, linkOf), span.link);
    return plainText('strong' in span ? span.strong : span.em, linkOf);
  };
  return spans.map(textOf).join('');
}

/** Markup as it is read aloud. */
import type { Span } from '../flow/markup.ts';

export const plainOf = (spans: readonly Span[]): string =>
  spans
    .map((span) => {
      if (typeof span === 'string') return span;
      return plainOf('strong' in span ? span.strong : 'em' in span ? span.em : span.content);
    })
    .join('');

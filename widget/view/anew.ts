import { html, nothing } from 'lit';

/**
 * Content that is rendered into elements of its own each time that the count is one more, as if it had not been there before. Lit keeps
 * the elements of a template and changes what is in them; what comes of another template it puts in their place.
 */
export const anew = (count: number, content: unknown) =>
  count % 2 ? html`${content}` : html`${nothing}${content}`;

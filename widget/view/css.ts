/**
 * A sheet of styles, made once for all elements that adopt it: no `<style>`, so that a strict Content Security Policy has nothing to
 * refuse. In place of Lit's own tag, which brings what browsers without constructed sheets need: none that the widget runs in.
 */
export function css({ raw }: TemplateStringsArray): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(raw.join(''));
  return sheet;
}

/** Sheets of what is fetched after the chat, in the order in which it came. Every chat of the page adopts them. */
export const laterSheets: CSSStyleSheet[] = [];

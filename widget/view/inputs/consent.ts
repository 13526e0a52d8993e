import type { FurtherControl } from './control.ts';
import { renderButtons } from './options.ts';

export const consentControl: FurtherControl<'consent'> = {
  render: (asked) =>
    renderButtons(asked, [
      { value: true, text: asked.ask.yes ?? asked.words.yes },
      { value: false, text: asked.ask.no ?? asked.words.no },
    ]),
  wordsOf: ({ yes, no }, answer, _, words) => (answer === true ? (yes ?? words.yes) : (no ?? words.no)),
};

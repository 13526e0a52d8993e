import { furtherEn as en } from '../../locale/en-further.ts';
import type { Control } from './control.ts';
import { renderButtons } from './options.ts';

export const consentControl: Control<'consent'> = {
  render: (asked) =>
    renderButtons(asked, [
      { value: true, text: asked.ask.yes ?? en.yes },
      { value: false, text: asked.ask.no ?? en.no },
    ]),
  wordsOf: ({ yes = en.yes, no = en.no }, answer) => (answer === true ? yes : no),
};

import { fetchPhoneNumbers, readPhone } from '../../reading/phone.ts';
import type { Control } from './control.ts';
import { readLine, renderLine } from './line.ts';

export const phoneControl: Control<'phone'> = {
  render: (asked) => renderLine(asked, { type: 'tel', dir: 'ltr' }),
  read: (form, { ask }) => readPhone(readLine(form), ask.country),
  wordsOf: (_, answer) => String(answer),
  prepare: () => void fetchPhoneNumbers().catch(() => undefined),
};

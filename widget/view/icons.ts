/** The widget's drawings. They say nothing that a label does not say. */
import { html } from 'lit';

const draw = (path: string, width = 2) =>
  html`<svg
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width=${width}
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    <path d=${path} />
  </svg>`;

export const sendIcon = draw('M12 19V5M5.5 11.5 12 5l6.5 6.5');
export const closeIcon = draw('m6 6 12 12M18 6 6 18');
export const menuIcon = draw('M5 12h.01M12 12h.01M19 12h.01', 3);

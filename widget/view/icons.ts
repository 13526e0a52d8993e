/** The widget's drawings. They say nothing that a label does not say. */
import { svg, html } from 'lit';

const draw = (path: unknown) =>
  html`<svg
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="2"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${path}
  </svg>`;

export const sendIcon = draw(svg`<path d="M12 19V5M5.5 11.5 12 5l6.5 6.5" />`);
export const closeIcon = draw(svg`<path d="m6 6 12 12M18 6 6 18" />`);

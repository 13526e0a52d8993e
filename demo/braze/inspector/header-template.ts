/** The head of the page: what it is, which workspace it shows, and whether it is live. */
import { html, nothing, svg, type TemplateResult } from 'lit';
import type { WorkspaceSummary } from '../change.ts';
import { textIn } from './fields.ts';
import { counted } from './wording.ts';

interface Header {
  readonly workspaces: readonly WorkspaceSummary[];
  /** Name of the one that is shown; `undefined` until that is known. */
  readonly workspace: string | undefined;
  readonly isLive: boolean;
  readonly isPaused: boolean;
  /** How many requests came during the pause. */
  readonly missed: number;
  readonly onSwitch: (workspace: string) => void;
  readonly onPause: () => void;
  readonly onReset: () => void;
}

const mark = svg`<svg viewBox="0 0 16 16" aria-hidden="true">
  <rect width="16" height="16" rx="4" fill="currentColor" />
  <path d="M3.5 8h2L7 4.5l2 7L10.5 8h2" fill="none" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" />
</svg>`;

export function headerTemplate(header: Header): TemplateResult<1> {
  const { isLive, isPaused, missed, onPause, onReset } = header;
  const state = isPaused ? `Paused, ${counted(missed, 'new request')}` : 'Live';
  return html`<header>
    ${mark}
    <h1>Braze emulator</h1>
    <p>A local stand-in for demos and tests. It is not Braze and not affiliated with Braze.</p>
    <div class="actions">
      ${switchTemplate(header)}
      <span class="live ${isLive && !isPaused ? 'on' : ''} ${isPaused ? 'paused' : ''}"
        >${isLive ? state : 'Not connected'}</span
      >
      <button class="button" type="button" aria-pressed=${isPaused ? 'true' : 'false'} @click=${onPause}>
        Pause
      </button>
      <button class="button" type="button" aria-haspopup="dialog" @click=${onReset}>Reset…</button>
    </div>
  </header>`;
}

function switchTemplate({ workspaces, workspace, onSwitch }: Header): TemplateResult<1> | typeof nothing {
  if (workspaces.length < 2) return nothing;
  return html`<label class="switch">
    <span>Workspace</span>
    <select @change=${(event: Event) => onSwitch(textIn(event))}>
      ${workspaces.map(
        ({ name }) => html`<option value=${name} .selected=${name === workspace}>${name}</option>`,
      )}
    </select>
  </label>`;
}

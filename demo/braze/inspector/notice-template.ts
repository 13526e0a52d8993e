/** What a reader of any view should know: the faults that are on, and what did not work. */
import { html, nothing, type TemplateResult } from 'lit';
import type { Status } from '../change.ts';
import { chaosText } from './chaos-panel.ts';
import { faultText } from './wording.ts';

/**
 * @param status `undefined` until the emulator has said something
 * @param problem why the last thing that was asked for here was not done; empty if it was
 * @param onNormal called when the faults shall end
 */
export function noticeTemplate(
  status: Status | undefined,
  problem: string,
  onNormal: () => void,
): TemplateResult<1> {
  return html`${faultsTemplate(status, onNormal)}
    <p class="problem" role="alert">${problem}</p>`;
}

function faultsTemplate(
  status: Status | undefined,
  onNormal: () => void,
): TemplateResult<1> | typeof nothing {
  const { fault, chaos, held = 0 } = status ?? {};
  if (!fault && !chaos && held === 0) return nothing;
  const sentences = [
    fault && `Fault: ${faultText(fault)}`,
    chaos && `Chaos: ${chaosText(chaos)}.`,
    held > 0 && `Waiting for an answer now: ${String(held)}.`,
  ];
  return html`<section class="notice" aria-label="Faults">
    <p>${sentences.filter(Boolean).join(' ')}</p>
    <button class="button" type="button" @click=${onNormal}>Answer normally</button>
  </section>`;
}

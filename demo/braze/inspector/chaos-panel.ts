import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Chaos } from '../chaos.ts';
import type { FaultKind } from '../faults.ts';
import { put } from './calls.ts';
import { chaosPanelStyles } from './chaos-panel.styles.ts';
import { noResult, numberField, resultOf, resultTemplate, type Result } from './fields.ts';
import { formStyles } from './form.styles.ts';
import { baseStyles } from './theme.styles.ts';

const kinds: readonly (readonly [kind: FaultKind, title: string])[] = [
  ['status', 'Errors that pass (429, 5xx)'],
  ['slow', 'Slow answers'],
  ['hold', 'No answers'],
  ['lost', 'Lost answers'],
  ['reset', 'Resets'],
  ['malformed', 'Garbled answers'],
  ['errors', 'Refused objects'],
  ['throttle', 'Rate limits'],
  ['skew', 'Wrong clocks'],
];

/** Faults by chance, that come again with the same seed. */
export class ChaosPanel extends LitElement {
  static override readonly styles = [baseStyles, formStyles, chaosPanelStyles];
  static override readonly properties = {
    chaos: { attribute: false },
    seed: { state: true },
    percent: { state: true },
    left: { state: true },
    result: { state: true },
  };

  /** What is going on now. */
  declare chaos: Chaos | null;
  declare seed: number | undefined;
  declare percent: number | undefined;
  /** Kinds that are left out. */
  declare left: ReadonlySet<FaultKind>;
  declare result: Result;

  constructor() {
    super();
    this.chaos = null;
    this.seed = 1;
    this.percent = 10;
    // A held answer waits until somebody changes the faults, which few expect of chance.
    this.left = new Set(['hold']);
    this.result = noResult;
  }

  override render(): TemplateResult<1> {
    const { chaos } = this;
    return html`<form @submit=${this.#handleSubmit}>
      <h2>Chaos</h2>
      <p class="muted">
        Faults by chance. The same seed and the same requests meet the same faults again.
        ${chaos ? html`<strong>On: ${chaosText(chaos)}.</strong>` : 'It is off.'}
      </p>
      <fieldset class="kinds">
        <legend>What may happen</legend>
        ${kinds.map(([kind, title]) => this.#renderKind(kind, title))}
      </fieldset>
      <div class="fields">
        ${numberField({
          name: 'Seed',
          value: this.seed,
          min: 0,
          max: 4_294_967_295,
          onInput: (seed) => {
            this.seed = seed;
          },
        })}
        ${numberField({
          name: 'Percent of requests',
          value: this.percent,
          min: 0,
          max: 100,
          step: 0.1,
          onInput: (percent) => {
            this.percent = percent;
          },
        })}
        <button class="button primary" type="submit">${chaos ? 'Start again' : 'Start chaos'}</button>
        ${
          chaos
            ? html`<button class="button" type="button" @click=${this.#handleStop}>Stop chaos</button>`
            : nothing
        }
        ${resultTemplate(this.result)}
      </div>
    </form>`;
  }

  #renderKind(kind: FaultKind, title: string): TemplateResult<1> {
    return html`<label>
      <input type="checkbox" .checked=${!this.left.has(kind)} @change=${() => this.#toggle(kind)} /> ${title}
    </label>`;
  }

  #toggle(kind: FaultKind): void {
    const left = new Set(this.left);
    if (!left.delete(kind)) left.add(kind);
    this.left = left;
  }

  readonly #handleSubmit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const chosen = kinds.map(([kind]) => kind).filter((kind) => !this.left.has(kind));
    const chaos = { seed: this.seed, share: (this.percent ?? 0) / 100, kinds: chosen };
    this.result = await resultOf(put('chaos', chaos), 'Chaos has begun.');
  };

  readonly #handleStop = async (): Promise<void> => {
    this.result = await resultOf(put('chaos', null), 'Chaos is over.');
    this.renderRoot.querySelector('button')?.focus();
  };
}

/** "10 % of requests, seed 1". */
export function chaosText({ share, seed }: Chaos): string {
  return `${(share * 100).toLocaleString('en')} % of requests, seed ${String(seed)}`;
}

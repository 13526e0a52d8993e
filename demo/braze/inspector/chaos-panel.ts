import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { Chaos } from '../chaos.ts';
import type { FaultKind } from '../faults.ts';
import { put } from './calls.ts';
import { chaosPanelStyles } from './chaos-panel.styles.ts';
import { withoutSent } from './draft.ts';
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

/** What the form says. An empty field is `undefined`, and not sent. */
interface ChaosFields {
  readonly seed: number | undefined;
  readonly share: number | undefined;
  readonly kinds: readonly FaultKind[];
}

const usual: ChaosFields = {
  seed: 1,
  share: 0.1,
  // A held answer waits until somebody changes the faults, which few expect of chance.
  kinds: kinds.map(([kind]) => kind).filter((kind) => kind !== 'hold'),
};

/** Faults by chance, that come again with the same seed. */
export class ChaosPanel extends LitElement {
  static override readonly styles = [baseStyles, formStyles, chaosPanelStyles];
  static override readonly properties = {
    chaos: { attribute: false },
    draft: { state: true },
    result: { state: true },
  };

  /** What is going on now. */
  declare chaos: Chaos | null;
  /** What was changed here and not started yet. */
  declare draft: Partial<ChaosFields>;
  declare result: Result;

  /** What is going on, or was last. */
  #last: Chaos | undefined;

  constructor() {
    super();
    this.chaos = null;
    this.draft = {};
    this.result = noResult;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('chaos') && this.chaos) this.#last = this.chaos;
  }

  get #fields(): ChaosFields {
    return { ...usual, ...this.#last, ...this.draft };
  }

  override render(): TemplateResult<1> {
    const { chaos } = this;
    const { seed, share } = this.#fields;
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
          value: seed,
          min: 0,
          max: 4_294_967_295,
          onInput: (value) => this.#set({ seed: value }),
        })}
        ${numberField({
          name: 'Percent of requests',
          value: share === undefined ? undefined : percentOf(share),
          min: 0,
          max: 100,
          step: 'any',
          onInput: (percent) => this.#set({ share: percent === undefined ? undefined : percent / 100 }),
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
      <input
        type="checkbox"
        .checked=${this.#fields.kinds.includes(kind)}
        @change=${() => this.#toggle(kind)}
      />
      ${title}
    </label>`;
  }

  #toggle(toggled: FaultKind): void {
    const before = this.#fields.kinds;
    const isOn = (kind: FaultKind): boolean => before.includes(kind) !== (kind === toggled);
    this.#set({ kinds: kinds.map(([kind]) => kind).filter(isOn) });
  }

  #set(change: Partial<ChaosFields>): void {
    this.draft = { ...this.draft, ...change };
    this.result = noResult;
  }

  readonly #handleSubmit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const { draft } = this;
    const call = put<ChaosFields>('chaos', this.#fields);
    this.result = await resultOf(call, 'Chaos has begun.');
    if (this.result.isBad) return;
    this.chaos = (await call) as Chaos;
    this.draft = withoutSent(this.draft, draft);
  };

  readonly #handleStop = async (): Promise<void> => {
    this.result = await resultOf(put('chaos', null), 'Chaos is over.');
    if (this.result.isBad) return;
    this.renderRoot.querySelector('button')?.focus();
  };
}

/** "10 % of requests, seed 1". */
export function chaosText({ share, seed }: Chaos): string {
  return `${percentOf(share).toLocaleString('en')} % of requests, seed ${String(seed)}`;
}

/** Without what binary fractions add: 7, and not 7.000000000000001. */
function percentOf(share: number): number {
  return Number((share * 100).toPrecision(12));
}

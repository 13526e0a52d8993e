import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { Fault } from '../faults.ts';
import type { InputArray } from '../endpoints/track.ts';
import { faultPanelStyles } from './fault-panel.styles.ts';
import {
  defaultSettings,
  presetNameOf,
  presets,
  type FaultPreset,
  type FaultSettings,
} from './fault-presets.ts';
import { baseStyles } from './theme.styles.ts';

/** A choice of how the emulator answers `/users/track` from now on. */
export class FaultPanel extends LitElement {
  static override readonly styles = [baseStyles, faultPanelStyles];
  static override readonly properties = {
    fault: { attribute: false },
    apply: { attribute: false },
    choice: { state: true },
    settings: { state: true },
    message: { state: true },
  };

  /** The fault that is set now. */
  declare fault: Fault | null;
  /** Sets another; rejects with a sentence if it cannot be. */
  declare apply: (fault: Fault | null) => Promise<void>;
  /** Name of the preset that is chosen and not applied yet. */
  declare choice: string | undefined;
  declare settings: FaultSettings;
  declare message: string;

  constructor() {
    super();
    this.fault = null;
    this.apply = () => Promise.resolve();
    this.choice = undefined;
    this.settings = defaultSettings;
    this.message = '';
  }

  /** What was chosen and not applied gives way when somebody sets another fault. */
  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('fault');
    const now = presetNameOf(this.fault);
    if (before === undefined || presetNameOf(before) === now || now === this.choice) return;
    this.choice = undefined;
    this.message = '';
  }

  override render(): TemplateResult<1> {
    const chosen = this.choice ?? presetNameOf(this.fault);
    return html`<form @submit=${this.#handleSubmit}>
      <h2>How shall it answer?</h2>
      <p class="muted">
        Try what a visitor meets when Braze is slow, refuses or fails. It concerns /users/track only.
      </p>
      <fieldset>
        <legend class="hidden">How /users/track is answered</legend>
        ${presets.map((preset) => this.#renderPreset(preset, preset.name === chosen))}
      </fieldset>
      <div class="foot">
        ${this.#renderSettings(chosen)}
        <label>
          <span>For</span>
          <select ?disabled=${chosen === 'none'} @change=${this.#handleTimes}>
            <option value="">every request, until changed</option>
            <option value="1">the next request only</option>
            <option value="3">the next three requests</option>
          </select>
        </label>
        <button class="button primary" type="submit">Apply</button>
        <p role="status">${this.message}</p>
      </div>
    </form>`;
  }

  #renderPreset(preset: FaultPreset, isChosen: boolean): TemplateResult<1> {
    return html`<div class="preset">
      <input
        type="radio"
        name="preset"
        id=${`preset-${preset.name}`}
        aria-describedby=${`text-${preset.name}`}
        .value=${preset.name}
        .checked=${isChosen}
        @change=${() => this.#choose(preset.name)}
      />
      <label for=${`preset-${preset.name}`}>${preset.title}</label>
      <p class="muted" id=${`text-${preset.name}`}>${preset.text}</p>
    </div>`;
  }

  #renderSettings(name: string): TemplateResult<1> | typeof nothing {
    const { seconds, errorText, errorArray, errorIndex } = this.settings;
    if (name === 'slow') {
      return html` <label>
        <span>Seconds</span>
        <input
          type="number"
          min="0"
          max="600"
          step="0.1"
          required
          .value=${String(seconds)}
          @input=${(event: Event) => this.#set({ seconds: numberIn(event) })}
        />
      </label>`;
    }
    if (name !== 'errors') return nothing;
    return html` <label class="wide">
        <span>What it says</span>
        <input
          required
          .value=${errorText}
          @input=${(event: Event) => this.#set({ errorText: textIn(event) })}
        />
      </label>
      <label>
        <span>About</span>
        <select @change=${(event: Event) => this.#set({ errorArray: textIn(event) as InputArray })}>
          ${(['attributes', 'events', 'purchases'] as const).map(
            (array) => html`<option .selected=${array === errorArray} value=${array}>${array}</option>`,
          )}
        </select>
      </label>
      <label>
        <span>Object, from 0</span>
        <input
          type="number"
          min="0"
          max="74"
          required
          .value=${String(errorIndex)}
          @input=${(event: Event) => this.#set({ errorIndex: numberIn(event) })}
        />
      </label>`;
  }

  #choose(name: string): void {
    this.choice = name;
    this.message = '';
  }

  #set(change: Partial<FaultSettings>): void {
    this.settings = { ...this.settings, ...change };
  }

  readonly #handleTimes = (event: Event): void => {
    this.#set({ times: Number(textIn(event)) || undefined });
  };

  readonly #handleSubmit = (event: Event): void => {
    event.preventDefault();
    const name = this.choice ?? presetNameOf(this.fault);
    const preset = presets.find((candidate) => candidate.name === name);
    if (!preset) return;
    this.apply(preset.faultOf(this.settings)).then(
      () => {
        this.message = `Applied: ${preset.title}.`;
      },
      (error: unknown) => {
        this.message = error instanceof Error ? error.message : 'The emulator does not answer.';
      },
    );
  };
}

function textIn({ currentTarget }: Event): string {
  return (currentTarget as HTMLInputElement | HTMLSelectElement).value;
}

function numberIn(event: Event): number {
  return Number(textIn(event));
}

import { html, LitElement, type PropertyValues, type TemplateResult } from 'lit';
import { endpointPaths, type EndpointPath } from '../endpoint.ts';
import type { Fault } from '../faults.ts';
import { put } from './calls.ts';
import { withoutSent } from './draft.ts';
import { faultPanelStyles } from './fault-panel.styles.ts';
import {
  defaultFields,
  faultOf,
  fieldsOf,
  presetNameOf,
  presets,
  type FaultFields,
  type FaultPreset,
} from './fault-presets.ts';
import {
  choiceField,
  noResult,
  numberField,
  resultOf,
  resultTemplate,
  textIn,
  type Result,
} from './fields.ts';
import { formStyles } from './form.styles.ts';
import { baseStyles } from './theme.styles.ts';

/** A choice of how the emulator answers from now on. */
export class FaultPanel extends LitElement {
  static override readonly styles = [baseStyles, formStyles, faultPanelStyles];
  static override readonly properties = {
    fault: { attribute: false },
    choice: { state: true },
    draft: { state: true },
    result: { state: true },
  };

  /** The fault that is set now. */
  declare fault: Fault | null;
  /** Name of the preset that is chosen and not applied yet. */
  declare choice: string | undefined;
  /** What was changed here and not applied yet. */
  declare draft: Partial<FaultFields>;
  declare result: Result;

  /** Name of the preset that was applied last from here. */
  #applied: string | undefined;

  constructor() {
    super();
    this.fault = null;
    this.choice = undefined;
    this.draft = {};
    this.result = noResult;
  }

  /** A choice stands until the fault is what was chosen; what was said of a fault, until there is another. */
  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('fault')) return;
    const before = presetNameOf(changed.get('fault') ?? null);
    const now = presetNameOf(this.fault);
    if (now === this.choice) this.choice = undefined;
    if (before === this.#applied && now !== before) this.result = noResult;
  }

  get #chosen(): string {
    return this.choice ?? presetNameOf(this.fault);
  }

  /** Those of the fault that is set, where it is what is chosen, with what was changed here. */
  get #fields(): FaultFields {
    const isSet = this.fault !== null && this.#chosen === presetNameOf(this.fault);
    return { ...defaultFields, ...(isSet && this.fault && fieldsOf(this.fault)), ...this.draft };
  }

  override render(): TemplateResult<1> {
    const chosen = this.#chosen;
    return html`<form @submit=${this.#handleSubmit}>
      <h2>How shall it answer?</h2>
      <p class="muted">Try what a visitor meets when Braze is slow, refuses or fails.</p>
      <fieldset class="presets">
        <legend class="hidden">How requests are answered</legend>
        ${presets.map((preset) => this.#renderPreset(preset, preset.name === chosen))}
      </fieldset>
      <div class="fields">
        ${this.#renderOwnFields(chosen)} ${chosen === 'none' ? '' : this.#renderReach(chosen)}
        <button class="button primary" type="submit">Apply</button>
        ${resultTemplate(this.result)}
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

  /** The fields that only this preset has. */
  #renderOwnFields(name: string): unknown {
    const fields = this.#fields;
    const number = (
      title: string,
      field: NumberName,
      min: number,
      max?: number,
      step: number | 'any' = 1,
    ): TemplateResult<1> =>
      numberField({
        name: title,
        value: fields[field],
        min,
        ...(max !== undefined && { max }),
        step,
        onInput: (value) => this.#set({ [field]: value }),
      });
    switch (name) {
      case 'status':
        return number('Status', 'status', 400, 599);
      case 'slow':
        return number('Seconds', 'seconds', 0, 2_147_483, 'any');
      case 'throttle':
        return [
          number('Requests let through', 'limit', 0),
          number('In so many seconds', 'windowSeconds', 0.001, 86_400, 'any'),
        ];
      case 'skew':
        return number('Seconds ahead (negative: behind)', 'aheadSeconds', -31_536_000, 31_536_000, 'any');
      case 'errors':
        return [
          html`<label class="field wide">
            <span>What it says</span>
            <input
              required
              .value=${fields.errorText}
              @input=${(event: Event) => this.#set({ errorText: textIn(event) })}
            />
          </label>`,
          choiceField({
            name: 'About',
            value: fields.errorArray,
            choices: (['attributes', 'events', 'purchases'] as const).map((array) => [array, array]),
            onChange: (errorArray) => this.#set({ errorArray }),
          }),
          number('Object, from 0', 'errorIndex', 0),
        ];
      default:
        return '';
    }
  }

  /** Where it hits, and how often. */
  #renderReach(name: string): TemplateResult<1> {
    const paths: readonly EndpointPath[] = name === 'errors' ? ['/users/track'] : endpointPaths;
    return html`${choiceField<EndpointPath | ''>({
      name: 'At',
      value: this.#fields.path ?? '',
      choices: [['', 'every endpoint'], ...paths.map((path) => [path, path] as const)],
      onChange: (path) => this.#set({ path: path === '' ? undefined : path }),
    })}
    ${numberField({
      name: 'How many requests',
      value: this.#fields.times,
      min: 1,
      isOptional: true,
      hint: 'all of them',
      onInput: (times) => this.#set({ times }),
    })}`;
  }

  #choose(name: string): void {
    this.choice = name;
    this.result = noResult;
    // Only one endpoint has errors by object.
    if (name === 'errors' && this.#fields.path !== undefined) this.#set({ path: '/users/track' });
  }

  #set(change: { readonly [Name in keyof FaultFields]?: FaultFields[Name] | undefined }): void {
    this.draft = { ...this.draft, ...(change as Partial<FaultFields>) };
    this.result = noResult;
  }

  readonly #handleSubmit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const name = this.#chosen;
    const preset = presets.find((candidate) => candidate.name === name);
    if (!preset) return;
    const { draft } = this;
    const call = put('fault', faultOf(preset, this.#fields));
    this.#applied = preset.name;
    this.result = await resultOf(call, `Applied: ${preset.title}.`);
    if (this.result.isBad) return;
    this.fault = await call;
    this.draft = withoutSent(this.draft, draft);
    if (this.choice === name) this.choice = undefined;
  };
}

/** Names of fields that are numbers, and must be there. */
type NumberName = 'status' | 'seconds' | 'errorIndex' | 'limit' | 'windowSeconds' | 'aheadSeconds';

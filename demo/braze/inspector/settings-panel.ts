import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { Sendable, WorkspaceSettings } from '../settings.ts';
import { put, settingsAddress } from './calls.ts';
import { withoutSent } from './draft.ts';
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
import { LiveAnswer } from './live-answer.ts';
import { settingsPanelStyles } from './settings-panel.styles.ts';
import { baseStyles } from './theme.styles.ts';

type Blocklist = WorkspaceSettings['blocklist'];
type State = NonNullable<Sendable['state']>;

/** What a workspace does where the documentation knows of several ways. */
export class SettingsPanel extends LitElement {
  static override readonly styles = [baseStyles, formStyles, settingsPanelStyles];
  static override readonly properties = {
    workspace: { attribute: false },
    revision: { attribute: false },
    draft: { state: true },
    result: { state: true },
  };

  /** The first one if `undefined`. */
  declare workspace: string | undefined;
  /** Another one whenever something has changed in the emulator. */
  declare revision: number;
  /** What was changed here and not saved yet. */
  declare draft: Partial<WorkspaceSettings>;
  declare result: Result;

  readonly #settings = new LiveAnswer<WorkspaceSettings>(this);
  /** What was changed of other workspaces and not saved yet. */
  readonly #drafts = new Map<string | undefined, Partial<WorkspaceSettings>>();

  constructor() {
    super();
    this.workspace = undefined;
    this.revision = 0;
    this.draft = {};
    this.result = noResult;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('workspace')) {
      this.#drafts.set(changed.get('workspace'), this.draft);
      this.draft = this.#drafts.get(this.workspace) ?? {};
      this.result = noResult;
    }
    this.#settings.show(settingsAddress(this.workspace));
    if (changed.has('revision')) this.#settings.refresh();
  }

  override render(): TemplateResult<1> {
    const saved = this.#settings.value;
    if (!saved) return html`<p class="waiting">Asking the emulator…</p>`;
    const settings = { ...saved, ...this.draft };
    return html`<form @submit=${this.#handleSubmit}>
      <h2>Settings</h2>
      <p class="muted">
        Braze’s accounts differ, and its documentation with them. What is saved counts from the next request
        on.
      </p>
      <fieldset>
        <legend>Requests</legend>
        <div class="fields">${this.#renderRequests(settings)}</div>
      </fieldset>
      <fieldset>
        <legend>Blocklist</legend>
        <div class="fields">
          ${this.#renderNames('Custom attributes, one per line', 'attributes', settings.blocklist)}
          ${this.#renderNames('Events, one per line', 'events', settings.blocklist)}
        </div>
      </fieldset>
      ${this.#renderSendables('Canvases', 'canvases', settings.canvases)}
      ${this.#renderSendables('Campaigns', 'campaigns', settings.campaigns)}
      <div class="fields save">
        <button class="button primary" type="submit">Save</button>
        ${resultTemplate(this.result)}
      </div>
    </form>`;
  }

  #renderRequests(settings: WorkspaceSettings): TemplateResult<1>[] {
    return [
      choiceField({
        name: 'Objects in a request',
        value: settings.objectLimit,
        choices: [
          ['combined75', '75 in all'],
          ['perArray75', '75 in each array'],
          ['combined50', '50 in all'],
        ],
        onChange: (objectLimit) => this.#set({ objectLimit }),
      }),
      choiceField({
        name: 'Errors of objects are told as',
        value: settings.errorStyle,
        choices: [
          ['sentence', 'sentences, as seen'],
          ['code', 'codes, as listed'],
        ],
        onChange: (errorStyle) => this.#set({ errorStyle }),
      }),
      choiceField({
        name: 'Where no page says what a broken rule does',
        value: settings.undocumented,
        choices: [
          ['refuse', 'refuse the object'],
          ['ignore', 'leave the value out'],
        ],
        onChange: (undocumented) => this.#set({ undocumented }),
      }),
      choiceField({
        name: 'fields_to_export is',
        value: settings.requiresFieldsToExport ? 'required' : 'optional',
        choices: [
          ['required', 'required'],
          ['optional', 'optional'],
        ],
        onChange: (choice) => this.#set({ requiresFieldsToExport: choice === 'required' }),
      }),
      numberField({
        name: 'Milliseconds until seen',
        value: settings.consistencyDelay,
        min: 0,
        max: 2_147_483_647,
        onInput: (consistencyDelay = 0) => this.#set({ consistencyDelay }),
      }),
      numberField({
        name: 'Out of order, by this seed',
        value: settings.shuffleSeed ?? undefined,
        min: 0,
        max: 4_294_967_295,
        isOptional: true,
        hint: 'in order',
        onInput: (seed) => this.#set({ shuffleSeed: seed ?? null }),
      }),
    ];
  }

  #renderNames(title: string, list: keyof Blocklist, blocklist: Blocklist): TemplateResult<1> {
    return html`<label class="field wide">
      <span>${title}</span>
      <textarea
        spellcheck="false"
        .value=${blocklist[list].join('\n')}
        @input=${(event: Event) => this.#set({ blocklist: { ...blocklist, [list]: textIn(event).split('\n') } })}
      ></textarea>
    </label>`;
  }

  #renderSendables(
    title: string,
    setting: 'canvases' | 'campaigns',
    sendables: readonly Sendable[],
  ): TemplateResult<1> | typeof nothing {
    if (sendables.length === 0) return nothing;
    return html`<fieldset>
      <legend>${title}</legend>
      <div class="fields">
        ${sendables.map((sendable) =>
          choiceField<State>({
            name: titleOf(sendable),
            value: sendable.state ?? 'active',
            choices: [
              ['active', 'active'],
              ['paused', 'paused'],
              ['archived', 'archived'],
            ],
            onChange: (state) =>
              this.#set({
                [setting]: sendables.map((other) => (other === sendable ? { ...other, state } : other)),
              }),
          }),
        )}
      </div>
    </fieldset>`;
  }

  #set(change: Partial<WorkspaceSettings>): void {
    this.draft = { ...this.draft, ...change };
    this.result = noResult;
  }

  readonly #handleSubmit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const { draft, workspace } = this;
    const call = put<Partial<WorkspaceSettings>>('settings', tidy(draft), workspace);
    const result = await resultOf(call, 'Saved.');
    // Another workspace is shown by now: what is kept of this one is saved.
    if (workspace !== this.workspace) {
      if (!result.isBad) this.#drafts.set(workspace, withoutSent(this.#drafts.get(workspace) ?? {}, draft));
      return;
    }
    this.result = result;
    if (result.isBad) return;
    this.#settings.learn(settingsAddress(workspace), (await call) as WorkspaceSettings);
    this.draft = withoutSent(this.draft, draft);
  };
}

function titleOf({ id, name = id, entry }: Sendable): string {
  return entry ? `${name}, entered by ${entry.event}` : name;
}

/** Without the empty lines that somebody needs who is writing. */
function tidy({ blocklist, ...others }: Partial<WorkspaceSettings>): Partial<WorkspaceSettings> {
  if (!blocklist) return others;
  const { attributes, events } = blocklist;
  return { ...others, blocklist: { attributes: namesIn(attributes), events: namesIn(events) } };
}

function namesIn(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.trim()).filter(Boolean);
}

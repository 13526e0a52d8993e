import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Profile } from '../profiles.ts';
import type { Sendable, WorkspaceSettings } from '../settings.ts';
import { settingsAddress } from './calls.ts';
import { detailStyles } from './detail.styles.ts';
import { LiveAnswer } from './live-answer.ts';
import { profileDetailStyles } from './profile-detail.styles.ts';
import { hrefOf } from './route.ts';
import { baseStyles } from './theme.styles.ts';
import type { Happening } from './timeline.ts';
import { valuesTemplate } from './values.ts';
import { counted, fullTime, isAnonymous, nameOf } from './wording.ts';

/** One person in full: identifiers, standard and custom attributes apart, and all that happened. */
export class ProfileDetail extends LitElement {
  static override readonly styles = [baseStyles, detailStyles, profileDetailStyles];
  static override readonly properties = { profile: { attribute: false }, workspace: { attribute: false } };

  /** `null` if there is no such person. */
  declare profile: Profile | null;
  /** The one that the address names. */
  declare workspace: string | undefined;

  /** Canvases and campaigns have their names there. */
  readonly #settings = new LiveAnswer<WorkspaceSettings>(this);

  constructor() {
    super();
    this.profile = null;
    this.workspace = undefined;
  }

  protected override willUpdate(): void {
    this.#settings.show(settingsAddress(this.workspace));
  }

  override render(): TemplateResult<1> {
    const { profile } = this;
    const { canvases = [], campaigns = [] } = this.#settings.value ?? {};
    if (!profile) {
      return html`<div class="head">
        <h2 tabindex="-1">This person is not here any more</h2>
        <p class="muted">Deleted, merged into someone else, or forgotten at a reset.</p>
      </div>`;
    }
    return html`${this.#renderHead(profile)}
      <div class="pair">
        <section>
          <h3>Standard attributes <span class="muted">fields that Braze knows</span></h3>
          ${valuesTemplate(profile.standard, 'None yet.')}
        </section>
        <section>
          <h3>Custom attributes <span class="muted">all other names</span></h3>
          ${valuesTemplate(profile.custom_attributes, 'None yet.')}
        </section>
      </div>
      ${this.#renderTimeline('Events', 'event', eventsOf(profile))}
      <div class="pair">
        ${this.#renderTimeline('Canvas entries', 'entry', canvasEntriesOf(profile, canvases), 'No context.')}
        ${this.#renderTimeline('Campaign sends', 'send', campaignSendsOf(profile, campaigns), 'No trigger properties.')}
      </div>
      ${profile.purchases.length > 0 ? this.#renderTimeline('Purchases', 'purchase', purchasesOf(profile)) : nothing}`;
  }

  #renderHead(profile: Profile): TemplateResult<1> {
    const { external_id: id, user_aliases: aliases, braze_id: brazeId } = profile;
    const { workspace } = this;
    const known = id ?? aliases[0]?.alias_name ?? brazeId;
    return html`<div class="head">
      <h2 tabindex="-1"><bdi>${nameOf(profile)}</bdi></h2>
      <p class="muted">
        ${isAnonymous(profile) ? 'Anonymous' : 'Identified'} · since ${fullTime(profile.created_at)} · changed
        ${fullTime(profile.updated_at)}
      </p>
      <ul class="identifiers" aria-label="Identifiers">
        ${id === undefined ? nothing : this.#renderIdentifier('external_id', id)}
        ${aliases.map((alias) => this.#renderIdentifier(`alias ${alias.alias_label}`, alias.alias_name))}
        ${this.#renderIdentifier('braze_id', brazeId)}
      </ul>
      <a class="link requests" href=${hrefOf({ view: 'requests', workspace, search: known })}
        >Requests that name this person</a
      >
    </div>`;
  }

  #renderIdentifier(kind: string, value: string): TemplateResult<1> {
    return html`<li>
      <span class="muted"><bdi>${kind}</bdi></span> <code><bdi>${value}</bdi></code>
    </li>`;
  }

  #renderTimeline(
    title: string,
    one: string,
    happenings: readonly Happening[],
    ifNoValues = 'No properties.',
  ): TemplateResult<1> {
    const many = one === 'entry' ? 'entries' : `${one}s`;
    const count = happenings.length;
    return html`<section>
      <h3>
        ${title} <span class="muted">${counted(count, one, many)}${count > 1 ? ', newest first' : ''}</span>
      </h3>
      <emulator-timeline
        .happenings=${happenings}
        .of=${this.profile?.braze_id ?? ''}
        .ifNoValues=${ifNoValues}
      ></emulator-timeline>
    </section>`;
  }
}

function eventsOf({ events }: Profile): readonly Happening[] {
  return events.map(({ name, time, properties, app_id: app }) => ({
    title: name,
    time,
    values: properties,
    ...(app === undefined ? {} : { note: `app_id ${app}` }),
  }));
}

function purchasesOf({ purchases }: Profile): readonly Happening[] {
  return purchases.map(({ product_id: title, time, quantity, price, currency, properties }) => ({
    title,
    time,
    values: { quantity, price, currency, ...properties },
  }));
}

function canvasEntriesOf(
  { canvas_entries: entries }: Profile,
  canvases: readonly Sendable[],
): readonly Happening[] {
  return entries.map(({ canvas_id: id, time, context, ...by }) => ({
    ...titled(
      'canvas_id',
      id,
      canvases,
      'event' in by ? `by the event ${by.event}` : `dispatch_id ${by.dispatch_id}`,
    ),
    time,
    values: context,
  }));
}

function campaignSendsOf(
  { campaign_sends: sends }: Profile,
  campaigns: readonly Sendable[],
): readonly Happening[] {
  return sends.map(({ campaign_id: id, dispatch_id: dispatch, time, trigger_properties: values }) => ({
    ...titled('campaign_id', id, campaigns, `dispatch_id ${dispatch}`),
    time,
    values,
  }));
}

/** Called by its name, with its id in small print, where the settings name it. */
function titled(
  kind: string,
  id: string,
  sendables: readonly Sendable[],
  by: string,
): Pick<Happening, 'title' | 'note'> {
  const name = sendables.find((sendable) => sendable.id === id)?.name;
  return name === undefined ? { title: id, note: by } : { title: name, note: `${kind} ${id} · ${by}` };
}

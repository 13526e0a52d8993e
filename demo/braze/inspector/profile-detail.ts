import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { ProfileEvent, ProfilePurchase } from '../events.ts';
import type { Profile } from '../profiles.ts';
import { detailStyles } from './detail.styles.ts';
import { profileDetailStyles } from './profile-detail.styles.ts';
import { baseStyles } from './theme.styles.ts';
import { valuesTemplate } from './values.ts';
import { counted, fullTime, isAnonymous, nameOf } from './wording.ts';

/** One person in full: identifiers, standard and custom attributes apart, events and purchases. */
export class ProfileDetail extends LitElement {
  static override readonly styles = [baseStyles, detailStyles, profileDetailStyles];
  static override readonly properties = { profile: { attribute: false } };

  declare profile: Profile | undefined;

  constructor() {
    super();
    this.profile = undefined;
  }

  override render(): TemplateResult<1> {
    const { profile } = this;
    if (!profile)
      return html`<div class="head"><h2 tabindex="-1">This person is not here any more</h2></div>`;
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
      <section>
        <h3>Events <span class="muted">${counted(profile.events.length, 'event')}, newest first</span></h3>
        ${
          profile.events.length > 0
            ? html`<ol>
                ${profile.events.toReversed().map((event) => this.#renderEvent(event))}
              </ol>`
            : html`<p class="muted">None yet.</p>`
        }
      </section>
      ${
        profile.purchases.length > 0
          ? html`<section>
              <h3>Purchases</h3>
              <ol>
                ${profile.purchases.toReversed().map((purchase) => this.#renderPurchase(purchase))}
              </ol>
            </section>`
          : nothing
      }`;
  }

  #renderHead(profile: Profile): TemplateResult<1> {
    return html`<div class="head">
      <h2 tabindex="-1"><bdi>${nameOf(profile)}</bdi></h2>
      <p class="muted">
        ${isAnonymous(profile) ? 'Anonymous' : 'Identified'} · since ${fullTime(profile.created_at)} · changed
        ${fullTime(profile.updated_at)}
      </p>
      <ul class="identifiers" aria-label="Identifiers">
        ${profile.external_id === undefined ? nothing : this.#renderIdentifier('external_id', profile.external_id)}
        ${profile.user_aliases.map((alias) =>
          this.#renderIdentifier(`alias ${alias.alias_label}`, alias.alias_name),
        )}
        ${this.#renderIdentifier('braze_id', profile.braze_id)}
      </ul>
    </div>`;
  }

  #renderIdentifier(kind: string, value: string): TemplateResult<1> {
    return html`<li>
      <span class="muted">${kind}</span> <code><bdi>${value}</bdi></code>
    </li>`;
  }

  #renderEvent({ name, time, properties }: ProfileEvent): TemplateResult<1> {
    return html`<li class="event">
      <p class="line">
        <strong><bdi>${name}</bdi></strong> <time datetime=${time}>${fullTime(time)}</time>
      </p>
      ${valuesTemplate(properties, 'No properties.')}
    </li>`;
  }

  #renderPurchase({
    product_id: product,
    quantity,
    price,
    currency,
    time,
    properties,
  }: ProfilePurchase): TemplateResult<1> {
    return html`<li class="event">
      <p class="line">
        <strong><bdi>${product}</bdi></strong> <time datetime=${time}>${fullTime(time)}</time>
      </p>
      ${valuesTemplate({ quantity, price, currency, ...properties }, '')}
    </li>`;
  }
}

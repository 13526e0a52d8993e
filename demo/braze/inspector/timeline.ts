import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { detailStyles } from './detail.styles.ts';
import { baseStyles } from './theme.styles.ts';
import { timelineStyles } from './timeline.styles.ts';
import { valuesTemplate } from './values.ts';
import { counted, fullTime } from './wording.ts';

/** Something that happened to a person. */
export interface Happening {
  readonly title: string;
  /** ISO 8601. */
  readonly time: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Said in small print. */
  readonly note?: string;
}

/** As many as are drawn at a time: somebody may have thousands. */
const PORTION = 25;

/** What happened to a person, newest first. */
export class Timeline extends LitElement {
  static override readonly styles = [baseStyles, detailStyles, timelineStyles];
  static override readonly properties = {
    happenings: { attribute: false },
    of: { attribute: false },
    ifNoValues: { attribute: false },
    portions: { state: true },
  };

  /** Oldest first. */
  declare happenings: readonly Happening[];
  /** Whose they are: with another person the list is short again. */
  declare of: string;
  declare ifNoValues: string;
  declare portions: number;

  constructor() {
    super();
    this.happenings = [];
    this.of = '';
    this.ifNoValues = 'No properties.';
    this.portions = 1;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('of')) this.portions = 1;
  }

  override render(): TemplateResult<1> {
    const shown = this.happenings.slice(-PORTION * this.portions).reverse();
    const left = this.happenings.length - shown.length;
    if (shown.length === 0) return html`<p class="muted">None yet.</p>`;
    return html`<ol>
        ${shown.map((happening) => this.#renderHappening(happening))}
      </ol>
      ${
        left > 0
          ? html`<button class="button" type="button" @click=${this.#handleMore}>
              Show ${Math.min(left, PORTION)} more of ${counted(left, 'older one')}
            </button>`
          : nothing
      }`;
  }

  #renderHappening({ title, time, values, note }: Happening): TemplateResult<1> {
    // It gets the focus when the button that brought it has gone.
    return html`<li tabindex="-1">
      <p class="line">
        <strong><bdi>${title}</bdi></strong> <time datetime=${time}>${fullTime(time)}</time>
      </p>
      ${note === undefined ? nothing : html`<p class="note"><bdi>${note}</bdi></p>`}
      ${valuesTemplate(values, this.ifNoValues)}
    </li>`;
  }

  readonly #handleMore = async (): Promise<void> => {
    const before = PORTION * this.portions;
    this.portions += 1;
    await this.updateComplete;
    if (this.renderRoot.querySelector('button')) return;
    this.renderRoot.querySelectorAll<HTMLElement>('ol > li')[before]?.focus();
  };
}

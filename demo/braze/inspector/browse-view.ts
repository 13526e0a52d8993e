import { LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { browseStyles } from './browse.styles.ts';
import { browseTemplate, type Words } from './browse-template.ts';
import { BrowsingController, type Subject } from './browsing.ts';
import { ChoiceFocus } from './choice-focus.ts';
import type { Route } from './route.ts';
import { baseStyles } from './theme.styles.ts';

/** A list of what one workspace has, and one thing of it in full. */
export abstract class BrowseView<Row, Thing> extends LitElement {
  static override readonly styles = [baseStyles, browseStyles];
  static override readonly properties: Readonly<Record<string, object>> = {
    route: { attribute: false },
    revision: { attribute: false },
    isPaused: { attribute: false },
  };

  declare route: Route;
  /** Another one whenever something has changed in the emulator. */
  declare revision: number;
  /** Does it stay as it is? */
  declare isPaused: boolean;

  readonly #words: Words;
  readonly #browsing: BrowsingController<Row, Thing>;
  readonly #focus = new ChoiceFocus();
  /** Was something in the view focused before it was drawn anew? */
  #hadFocus = false;

  constructor(view: Route['view'], subject: Subject<Row>, words: Words) {
    super();
    this.#browsing = new BrowsingController(this, subject);
    this.#words = words;
    this.route = { view };
    this.revision = 0;
    this.isPaused = false;
  }

  protected abstract renderList(rows: readonly Row[], selected: string | undefined): TemplateResult<1>;
  /** `null` is a thing that is not there. */
  protected abstract renderDetail(thing: Thing | null): TemplateResult<1>;

  protected override willUpdate(changed: PropertyValues<this>): void {
    this.#hadFocus = Boolean(this.shadowRoot?.activeElement);
    if (changed.has('route')) this.#browsing.show(this.route);
    if (changed.has('revision')) this.#browsing.refresh();
    if (changed.has('isPaused')) this.#browsing.pause(this.isPaused);
  }

  override render(): TemplateResult<1> {
    const { page, problem, thing, selected } = this.#browsing;
    return browseTemplate({
      ...this.#words,
      route: this.route,
      total: page?.total,
      problem,
      list: this.renderList(page?.rows ?? [], selected),
      detail: thing === undefined ? nothing : this.renderDetail(thing),
    });
  }

  protected override updated(): void {
    // What had the focus has gone: with a reset the search goes, too.
    if (this.#hadFocus && !this.shadowRoot?.activeElement) {
      this.renderRoot.querySelector<HTMLElement>('#search, .empty h2')?.focus();
    }
    if (!this.#browsing.isThingCurrent) return;
    const list = this.renderRoot.querySelector<LitElement>('.rows > *');
    const detail = this.renderRoot.querySelector<LitElement>('.detail > :not(a)');
    void this.#focus.follow(this.route.id, list, detail);
  }
}

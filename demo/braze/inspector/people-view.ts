import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { Profile } from '../profiles.ts';
import type { ProfileSummary } from '../summaries.ts';
import { browseStyles } from './browse.styles.ts';
import { browseTemplate } from './browse-template.ts';
import { BrowsingController } from './browsing.ts';
import { ChoiceFocus } from './choice-focus.ts';
import type { Route } from './route.ts';
import { baseStyles } from './theme.styles.ts';

/** The people of one workspace, and one of them in full. */
export class PeopleView extends LitElement {
  static override readonly styles = [baseStyles, browseStyles];
  static override readonly properties = {
    route: { attribute: false },
    revision: { attribute: false },
    isPaused: { attribute: false },
    changes: { attribute: false },
  };

  declare route: Route;
  /** Another one whenever something has changed in the emulator. */
  declare revision: number;
  /** Does it stay as it is? */
  declare isPaused: boolean;
  /** How often each one has changed, by `braze_id`. */
  declare changes: ReadonlyMap<string, number>;

  readonly #browsing = new BrowsingController<ProfileSummary, Profile>(this, {
    path: 'profiles',
    idOf: (row) => row.braze_id,
  });
  readonly #focus = new ChoiceFocus();

  constructor() {
    super();
    this.route = { view: 'people' };
    this.revision = 0;
    this.isPaused = false;
    this.changes = new Map();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('route')) this.#browsing.show(this.route);
    if (changed.has('revision')) this.#browsing.refresh();
    if (changed.has('isPaused')) this.#browsing.pause(this.isPaused);
  }

  override render(): TemplateResult<1> {
    const { page, thing, selected } = this.#browsing;
    return browseTemplate({
      route: this.route,
      total: page?.total,
      names: ['person', 'people'],
      searchHint: 'By external_id, alias, e-mail, phone, name or braze_id',
      ifEmpty: {
        title: 'Nobody is here yet',
        text: 'Open a demo page and talk to the widget, or call /users/track: people appear as they arrive.',
      },
      list: html`<emulator-profile-list
        .rows=${page?.rows ?? []}
        .changes=${this.changes}
        .selected=${selected}
        .route=${this.route}
      ></emulator-profile-list>`,
      detail:
        thing === undefined
          ? nothing
          : html`<emulator-profile-detail
              .profile=${thing}
              .workspace=${this.route.workspace}
            ></emulator-profile-detail>`,
    });
  }

  protected override updated(): void {
    if (!this.#browsing.isThingCurrent) return;
    const list = this.renderRoot.querySelector('emulator-profile-list');
    const detail = this.renderRoot.querySelector('emulator-profile-detail');
    void this.#focus.follow(this.route.id, list, detail);
  }
}

import { html, type TemplateResult } from 'lit';
import type { Profile } from '../profiles.ts';
import type { ProfileSummary } from '../summaries.ts';
import { BrowseView } from './browse-view.ts';

const WORDS = {
  names: ['person', 'people'],
  searchHint: 'By external_id, alias, e-mail, phone, name or braze_id',
  ifEmpty: {
    title: 'Nobody is here yet',
    text: 'Open a demo page and talk to the widget, or call /users/track: people appear as they arrive.',
  },
} as const;

/** The people of one workspace, and one of them in full. */
export class PeopleView extends BrowseView<ProfileSummary, Profile> {
  static override readonly properties = { ...BrowseView.properties, changes: { attribute: false } };

  /** How often each one has changed, by `braze_id`. */
  declare changes: ReadonlyMap<string, number>;

  constructor() {
    super('people', { path: 'profiles', idOf: (row) => row.braze_id }, WORDS);
    this.changes = new Map();
  }

  protected renderList(rows: readonly ProfileSummary[], selected: string | undefined): TemplateResult<1> {
    return html`<emulator-profile-list
      .rows=${rows}
      .changes=${this.changes}
      .selected=${selected}
      .route=${this.route}
    ></emulator-profile-list>`;
  }

  protected renderDetail(profile: Profile | null): TemplateResult<1> {
    return html`<emulator-profile-detail
      .profile=${profile}
      .workspace=${this.route.workspace}
    ></emulator-profile-detail>`;
  }
}

import { html, type TemplateResult } from 'lit';
import type { JournalEntry } from '../journal.ts';
import type { EntrySummary } from '../summaries.ts';
import { BrowseView } from './browse-view.ts';

const WORDS = {
  names: ['request', 'requests'],
  searchHint: 'By path, status, verdict, or anything in the body',
  ifEmpty: {
    title: 'No requests yet',
    text: 'Each call to the REST API shows up here, with the answer it got.',
  },
} as const;

/** The requests to one workspace, and one of them in full. */
export class RequestsView extends BrowseView<EntrySummary, JournalEntry> {
  constructor() {
    super('requests', { path: 'journal', idOf: (row) => String(row.id) }, WORDS);
  }

  protected renderList(rows: readonly EntrySummary[], selected: string | undefined): TemplateResult<1> {
    return html`<emulator-request-list
      .rows=${rows}
      .selected=${selected}
      .route=${this.route}
    ></emulator-request-list>`;
  }

  protected renderDetail(entry: JournalEntry | null): TemplateResult<1> {
    return html`<emulator-request-detail .entry=${entry}></emulator-request-detail>`;
  }
}

import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { JournalEntry } from '../journal.ts';
import { summaryOfEntry } from '../summaries.ts';
import { detailStyles } from './detail.styles.ts';
import { requestDetailStyles } from './request-detail.styles.ts';
import { baseStyles } from './theme.styles.ts';
import { beginningOf, jsonTemplate, MAX_CHARACTERS, preformatted, valuesTemplate } from './values.ts';
import { cargoText, faultText, fullTime, statusText, verdictText } from './wording.ts';

/** One request as it came, and the answer that it got. */
export class RequestDetail extends LitElement {
  static override readonly styles = [baseStyles, detailStyles, requestDetailStyles];
  static override readonly properties = { entry: { attribute: false } };

  /** `null` if there is no such request. */
  declare entry: JournalEntry | null;

  constructor() {
    super();
    this.entry = null;
  }

  override render(): TemplateResult<1> {
    const { entry } = this;
    if (!entry) {
      return html`<div class="head">
        <h2 tabindex="-1">This request is not here any more</h2>
        <p class="muted">Only the last 1,000 are remembered, until a reset.</p>
      </div>`;
    }
    return html`<div class="head">
        <h2 tabindex="-1">${entry.method} <bdi>${entry.path}</bdi></h2>
        <p class="muted">
          Request ${entry.id} · ${fullTime(entry.at)} · ${cargoText(summaryOfEntry(entry).cargo)}
        </p>
        <p class="verdict">
          <span class="badge ${entry.verdict}">${statusText(entry)}</span> ${verdictText(entry)}${
            entry.fault ? html`: ${faultText(entry.fault)}` : '.'
          }
        </p>
      </div>
      <div class="pair">${this.#renderRequest(entry)} ${this.#renderAnswer(entry)}</div>`;
  }

  #renderRequest({ id, query, headers, body, rawBody }: JournalEntry): TemplateResult<1> {
    const isLong = rawBody.length > MAX_CHARACTERS;
    return html`<section>
      <h3>Request</h3>
      ${body === undefined || isLong ? preformatted(beginningOf(rawBody || '(no body)')) : jsonTemplate(body)}
      ${
        isLong
          ? html`<p class="long">
              The beginning of ${rawBody.length.toLocaleString('en')} characters.
              <a class="link" href="/emulator/journal/${id}" target="_blank" rel="noopener"
                >All of it, as JSON, in a new tab</a
              >
            </p>`
          : nothing
      }
      <details>
        <summary>Headers</summary>
        ${valuesTemplate(headers, 'None.')}
      </details>
      ${
        Object.keys(query).length > 0
          ? html`<details>
              <summary>Query</summary>
              ${valuesTemplate(query, 'None.')}
            </details>`
          : nothing
      }
      ${
        body === undefined
          ? nothing
          : html`<details>
              <summary>Body as it was sent</summary>
              ${preformatted(beginningOf(rawBody))}
            </details>`
      }
    </section>`;
  }

  #renderAnswer({ status, answer, answerHeaders }: JournalEntry): TemplateResult<1> {
    if (status === 0) {
      return html`<section>
        <h3>Answer</h3>
        <p class="muted">None: the connection was cut.</p>
      </section>`;
    }
    return html`<section>
      <h3>Answer <span class="muted">${status}</span></h3>
      ${answerTemplate(answer)}
      <details>
        <summary>Headers</summary>
        ${valuesTemplate(answerHeaders, 'None.')}
      </details>
    </section>`;
  }
}

function answerTemplate(answer: unknown): TemplateResult<1> {
  return typeof answer === 'string' ? preformatted(beginningOf(answer)) : jsonTemplate(answer);
}

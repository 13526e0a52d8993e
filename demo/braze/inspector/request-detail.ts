import { html, LitElement, type TemplateResult } from 'lit';
import type { JournalEntry } from '../journal.ts';
import { detailStyles } from './detail.styles.ts';
import { requestDetailStyles } from './request-detail.styles.ts';
import { baseStyles } from './theme.styles.ts';
import { jsonTemplate, preformatted, valuesTemplate } from './values.ts';
import { cargoOf, faultText, fullTime, statusText, verdictText } from './wording.ts';

/** One request as it came, and the answer that it got. */
export class RequestDetail extends LitElement {
  static override readonly styles = [baseStyles, detailStyles, requestDetailStyles];
  static override readonly properties = { entry: { attribute: false } };

  declare entry: JournalEntry | undefined;

  constructor() {
    super();
    this.entry = undefined;
  }

  override render(): TemplateResult<1> {
    const { entry } = this;
    if (!entry) return html`<div class="head"><h2 tabindex="-1">This request is not here any more</h2></div>`;
    return html`<div class="head">
        <h2 tabindex="-1">${entry.method} <bdi>${entry.path}</bdi></h2>
        <p class="muted">${fullTime(entry.at)} · ${cargoOf(entry)}</p>
        <p class="verdict">
          <span class="badge ${entry.verdict}">${statusText(entry)}</span> ${verdictText(entry)}.
          ${entry.fault ? faultText(entry.fault) : ''}
        </p>
      </div>
      <div class="pair">${this.#renderRequest(entry)} ${this.#renderAnswer(entry)}</div>`;
  }

  #renderRequest({ query, headers, body, rawBody }: JournalEntry): TemplateResult<1> {
    return html`<section>
      <h3>Request</h3>
      ${body === undefined ? preformatted(rawBody || '(no body)') : jsonTemplate(body)}
      <details>
        <summary>Headers and query</summary>
        ${valuesTemplate({ ...headers, ...query }, 'None.')}
      </details>
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
      ${typeof answer === 'string' ? preformatted(answer) : jsonTemplate(answer)}
      <details>
        <summary>Headers</summary>
        ${valuesTemplate(answerHeaders, 'None.')}
      </details>
    </section>`;
  }
}

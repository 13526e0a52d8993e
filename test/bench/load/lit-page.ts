/**
 * The floor: as little of a chat as can be called one, written with Lit. A launcher, a log and one input; what is typed is appended to the
 * log. No flow, no storage, no network, no words but English. Bundled as the widget is, into one classic script.
 */
import { html, LitElement, nothing } from 'lit';
import { css } from '../../../widget/view/css.ts';

class LitPage extends LitElement {
  static override properties = { opened: { type: Boolean }, said: { state: true } };

  static override styles = css`
    :host {
      position: fixed;
      inset: auto 20px 20px auto;
      font:
        16px/1.5 system-ui,
        sans-serif;
    }
    button {
      width: 60px;
      height: 60px;
      border: 0;
      border-radius: 50%;
      background: #2f5fb3;
      color: #fff;
    }
    svg {
      width: 28px;
      fill: none;
      stroke: currentColor;
      stroke-width: 1.8;
    }
    section {
      position: absolute;
      inset: auto 0 72px auto;
      width: 360px;
      padding: 16px;
      border-radius: 16px;
      background: #fff;
      box-shadow: 0 8px 24px rgb(0 0 0 / 20%);
    }
    p {
      padding: 8px 12px;
      border-radius: 12px;
      background: #eef1f6;
    }
    input {
      box-sizing: border-box;
      width: 100%;
      padding: 10px;
      font: inherit;
    }
  `;

  declare opened: boolean;
  declare said: readonly string[];

  constructor() {
    super();
    this.opened = false;
    this.said = ['Hello, and welcome.', 'What is your first name?'];
  }

  protected override render() {
    return html`
      ${
        this.opened
          ? html`<section aria-label="Chat">
              <div role="log">${this.said.map((words) => html`<p>${words}</p>`)}</div>
              <form @submit=${this.#say}><input name="answer" aria-label="Your answer" /></form>
            </section>`
          : nothing
      }
      <button aria-label="Chat" aria-expanded=${this.opened} @click=${this.#toggle}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path
            d="M12 4c-4.7 0-8.5 3.2-8.5 7.2 0 2.2 1.1 4.1 2.9 5.4L5.6 20l4-2c.8.2 1.6.3 2.4.3 4.7 0 8.5-3.2 8.5-7.1S16.7 4 12 4Z"
          />
        </svg>
      </button>
    `;
  }

  readonly #toggle = () => {
    this.opened = !this.opened;
  };

  readonly #say = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    this.said = [...this.said, new FormData(form).get('answer') as string];
    form.reset();
  };
}

customElements.define('lit-page', LitPage);

const script = document.currentScript as HTMLScriptElement;
const page = Object.assign(document.createElement('lit-page'), { opened: 'open' in script.dataset });
document.body.append(page);

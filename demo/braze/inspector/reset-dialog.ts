import { html, LitElement, type TemplateResult } from 'lit';
import { resetDialogStyles } from './reset-dialog.styles.ts';
import { baseStyles } from './theme.styles.ts';

/** Asks before everything is forgotten. */
export class ResetDialog extends LitElement {
  static override readonly styles = [baseStyles, resetDialogStyles];
  static override readonly properties = { onForget: { attribute: false } };

  /** Called if it is to be. */
  declare onForget: () => void;

  constructor() {
    super();
    this.onForget = () => undefined;
  }

  override render(): TemplateResult<1> {
    return html`<dialog aria-labelledby="title" aria-describedby="text">
      <h2 id="title">Forget everything?</h2>
      <p id="text" class="muted">
        People, events, requests and faults are removed, of all workspaces. API keys and settings stay.
      </p>
      <div class="choices">
        <button class="button" type="button" @click=${this.#close}>Keep</button>
        <button class="button primary" type="button" @click=${this.#handleForget}>Forget</button>
      </div>
    </dialog>`;
  }

  ask(): void {
    this.renderRoot.querySelector('dialog')?.showModal();
  }

  readonly #close = (): void => {
    this.renderRoot.querySelector('dialog')?.close();
  };

  readonly #handleForget = (): void => {
    this.#close();
    this.onForget();
  };
}

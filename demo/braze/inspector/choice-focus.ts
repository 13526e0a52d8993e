import type { LitElement } from 'lit';

/** Where the list makes way for what was chosen in it. */
const narrow = matchMedia('(max-width: 52rem)');

/** On a narrow page the focus goes along to the head of what was chosen, and back to its row in the list. */
export class ChoiceFocus {
  #followed: string | undefined;

  /** @param id of what was chosen, `undefined` if nothing was */
  async follow(id: string | undefined, list: LitElement | null, detail: LitElement | null): Promise<void> {
    const before = this.#followed;
    this.#followed = id;
    if (id === before || !narrow.matches) return;
    const shown = id === undefined ? list : detail;
    await shown?.updateComplete;
    if (id === undefined) rowOf(list, before)?.focus();
    else detail?.renderRoot.querySelector('h2')?.focus();
  }
}

function rowOf(list: LitElement | null, id: string | undefined): HTMLAnchorElement | undefined {
  const rows = [...(list?.renderRoot.querySelectorAll('a') ?? [])];
  return rows.find((row) => row.hash.split('?')[0]?.endsWith(`/${String(id)}`)) ?? rows[0];
}

import type { LitElement, ReactiveController } from 'lit';

/**
 * Keeps the focus on the link that has it while rows come, go and change places: a browser drops the focus of what is moved.
 * If the link is gone, the one that took its place gets it.
 */
export class FocusKeeper implements ReactiveController {
  readonly #host: LitElement;
  #focused: { readonly link: HTMLAnchorElement; readonly href: string; readonly index: number } | undefined;

  constructor(host: LitElement) {
    this.#host = host;
    host.addController(this);
  }

  hostUpdate(): void {
    const link = this.#host.shadowRoot?.activeElement;
    this.#focused =
      link instanceof HTMLAnchorElement
        ? { link, href: keyOf(link), index: this.#links.indexOf(link) }
        : undefined;
  }

  hostUpdated(): void {
    if (!this.#focused) return;
    const { href, index } = this.#focused;
    const links = this.#links;
    const next = links.find((link) => keyOf(link) === href) ?? links[Math.min(index, links.length - 1)];
    if (next !== this.#host.shadowRoot?.activeElement) next?.focus({ preventScroll: true });
  }

  get #links(): HTMLAnchorElement[] {
    return [...(this.#host.shadowRoot?.querySelectorAll('a') ?? [])];
  }
}

/** A link's address without what the list was searched for. */
function keyOf(link: HTMLAnchorElement): string {
  return link.hash.split('?')[0] ?? '';
}

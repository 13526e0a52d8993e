import type { ReactiveControllerHost } from 'lit';
import type { News } from '../change.ts';
import { cargoText, clockTime, counted, verdictText } from './wording.ts';

/** Milliseconds from one sentence to the next: a screen reader cannot say more. */
const INTERVAL = 2_000;

/** What happened, in sentences for those who do not see it happen. */
export class NewsReader {
  readonly #host: ReactiveControllerHost;
  #text = '';
  #requests = 0;
  #last: News['last'];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
  }

  get text(): string {
    return this.#text;
  }

  hear({ requests, last }: News): void {
    if (!last) return;
    this.#requests += requests;
    this.#last = last;
    if (this.#timer === undefined) this.#say();
  }

  #say(): void {
    if (!this.#last) return;
    const { at, cargo } = this.#last;
    const many = this.#requests > 1 ? `${counted(this.#requests, 'request')}, the last at ` : '';
    this.#text = `${many}${clockTime(at)}: ${verdictText(this.#last)}, ${cargoText(cargo)}`;
    this.#requests = 0;
    this.#last = undefined;
    this.#host.requestUpdate();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#say();
    }, INTERVAL);
  }
}

import type { ReactiveControllerHost } from 'lit';
import { problemIn } from './calls.ts';

/** Milliseconds from one question to the next while things change all the time: the emulator has other work too. */
const INTERVAL = 200;

/** What an address gave: `null` if there is nothing, or why the emulator refuses to say. */
type Answer<T> = { readonly value: T | null } | { readonly problem: string };

/**
 * What the emulator answers at an address, kept fresh: asked when the address changes, and again when the answer may have
 * changed, one question at a time. The last answer stays until the next one is there.
 */
export class LiveAnswer<T> {
  readonly #host: ReactiveControllerHost;
  #address: string | undefined;
  /** The last one that was no refusal. */
  #answer: { readonly address: string; readonly value: T | null } | undefined;
  #refusal: { readonly address: string; readonly problem: string } | undefined;
  #isDue = false;
  #isAsking = false;
  #isPaused = false;
  #askedAt = -INTERVAL;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
  }

  /** `undefined` until there is an answer, `null` if there is nothing at the address. */
  get value(): T | null | undefined {
    return this.#answer?.value;
  }

  /** Is {@link value} of this address, and not of the one before? */
  get isCurrent(): boolean {
    return this.#answer !== undefined && this.#answer.address === this.#address;
  }

  /** Why the emulator refuses to answer at this address; `undefined` if it does not. */
  get problem(): string | undefined {
    return this.#refusal?.address === this.#address ? this.#refusal?.problem : undefined;
  }

  /** @param address where to ask from now on; nowhere if `undefined`, and then there is no answer */
  show(address: string | undefined): void {
    if (address === this.#address) return;
    this.#address = address;
    if (address === undefined) this.#answer = undefined;
    this.#askedAt = -INTERVAL;
    this.refresh();
  }

  /** Takes what the emulator has said elsewhere for its answer at the address, unless another one is shown by now. */
  learn(address: string, value: T): void {
    if (address === this.#address) this.#take(address, { value });
  }

  /** Asks again: soon, and once however often this is called. */
  refresh(): void {
    this.#isDue = true;
    this.#askInTime();
  }

  /** During a pause only another address is asked, once. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#askInTime();
  }

  #askInTime(): void {
    clearTimeout(this.#timer);
    if (this.#isAsking || !this.#isDue || this.#address === undefined) return;
    if (this.#isPaused && this.isCurrent) return;
    const wait = this.#askedAt + INTERVAL - performance.now();
    if (wait > 0) this.#timer = setTimeout(() => void this.#ask(), wait);
    else void this.#ask();
  }

  async #ask(): Promise<void> {
    const address = this.#address;
    if (address === undefined || this.#isAsking) return;
    this.#isDue = false;
    this.#isAsking = true;
    this.#askedAt = performance.now();
    const before = this.#answer;
    // An emulator that is gone is told by the stream. What was known stays.
    const answer = await answerAt<T>(address).catch(() => undefined);
    this.#isAsking = false;
    // What was learnt meanwhile is newer.
    if (answer && address === this.#address && before === this.#answer) this.#take(address, answer);
    this.#askInTime();
  }

  #take(address: string, answer: Answer<T>): void {
    if ('problem' in answer) {
      this.#refusal = { address, ...answer };
    } else {
      this.#answer = { address, ...answer };
      this.#refusal = undefined;
    }
    this.#host.requestUpdate();
  }
}

async function answerAt<T>(address: string): Promise<Answer<T>> {
  const response = await fetch(address);
  if (response.ok) return { value: (await response.json()) as T };
  return response.status === 404 ? { value: null } : { problem: await problemIn(response) };
}

import type { ReactiveControllerHost } from 'lit';

/** Milliseconds from one question to the next while things change all the time: the emulator has other work too. */
const INTERVAL = 200;

/**
 * What the emulator answers at an address, kept fresh: asked when the address changes, and again when the answer may have
 * changed, one question at a time. The last answer stays until the next one is there.
 */
export class LiveAnswer<T> {
  readonly #host: ReactiveControllerHost;
  #address: string | undefined;
  #answer: { readonly address: string; readonly value: T | null } | undefined;
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

  /** @param address where to ask from now on; nowhere if `undefined`, and then there is no answer */
  show(address: string | undefined): void {
    if (address === this.#address) return;
    this.#address = address;
    if (address === undefined) this.#answer = undefined;
    this.#askedAt = -INTERVAL;
    this.refresh();
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
    // An emulator that is gone is told by the stream. What was known stays.
    const value = await answerAt<T>(address).catch(() => undefined);
    this.#isAsking = false;
    if (value !== undefined && address === this.#address) {
      this.#answer = { address, value };
      this.#host.requestUpdate();
    }
    this.#askInTime();
  }
}

/** `null` if there is nothing. */
async function answerAt<T>(address: string): Promise<T | null> {
  const response = await fetch(address);
  return response.ok ? ((await response.json()) as T) : null;
}

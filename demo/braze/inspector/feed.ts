import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { joined, noNews, type Change, type News, type Status } from '../change.ts';

/**
 * Hears the emulator's stream for as long as the host is on the page. Changes are taken up once a frame, however many they
 * are. The browser connects again by itself when the connection is lost, and then everything may be new.
 */
export class FeedController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #onNews: (news: News) => void;
  #source: EventSource | undefined;
  #waiting: Change | undefined;
  #isFrameAsked = false;
  #status: Status | undefined;
  #isLive = false;
  #isPaused = false;

  /** @param onNews called with what became different, before the host is drawn again */
  constructor(host: ReactiveControllerHost, onNews: (news: News) => void) {
    this.#host = host;
    this.#onNews = onNews;
    host.addController(this);
  }

  /** `undefined` until the emulator has said something. */
  get status(): Status | undefined {
    return this.#status;
  }

  /** False until the first message, and while the connection is lost. */
  get isLive(): boolean {
    return this.#isLive;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** How many requests came during a pause. */
  get missed(): number {
    return this.#isPaused ? (this.#waiting?.requests ?? 0) : 0;
  }

  /** What comes during a pause is taken up at its end. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#askFrame();
  }

  hostConnected(): void {
    const source = new EventSource('/emulator/stream');
    source.addEventListener('snapshot', ({ data }: MessageEvent<string>) => {
      this.#isLive = true;
      this.#hear({ ...noNews, ...(JSON.parse(data) as Status) });
    });
    source.addEventListener('change', ({ data }: MessageEvent<string>) => {
      this.#hear(JSON.parse(data) as Change);
    });
    source.addEventListener('error', () => {
      this.#isLive = false;
      this.#host.requestUpdate();
    });
    this.#source = source;
  }

  hostDisconnected(): void {
    this.#source?.close();
  }

  #hear(change: Change): void {
    this.#waiting = joined(this.#waiting ?? noNews, change);
    this.#askFrame();
  }

  #askFrame(): void {
    if (this.#isFrameAsked) return;
    this.#isFrameAsked = true;
    requestAnimationFrame(this.#takeUp);
  }

  readonly #takeUp = (): void => {
    this.#isFrameAsked = false;
    const change = this.#waiting;
    if (change) {
      // Faults and counts are as they are, pause or not.
      this.#status = change;
      if (!this.#isPaused) {
        this.#waiting = undefined;
        this.#onNews(change);
      }
    }
    this.#host.requestUpdate();
  };
}

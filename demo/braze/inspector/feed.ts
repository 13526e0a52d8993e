import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Change, Snapshot } from '../admin.ts';
import type { Fault } from '../faults.ts';
import { initialState, withChange, withSnapshot, type InspectorState } from './state.ts';

/**
 * Keeps the emulator's state in step with its stream for as long as the host is on the page. The browser connects
 * again by itself when the connection is lost, and then gets a new snapshot.
 */
export class FeedController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  #source: EventSource | undefined;
  #state: InspectorState = initialState;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  get state(): InspectorState {
    return this.#state;
  }

  hostConnected(): void {
    const source = new EventSource('/emulator/stream');
    source.addEventListener('snapshot', ({ data }: MessageEvent<string>) => {
      this.#show(withSnapshot(JSON.parse(data) as Snapshot));
    });
    source.addEventListener('change', ({ data }: MessageEvent<string>) => {
      this.#show(withChange(this.#state, JSON.parse(data) as Change));
    });
    source.addEventListener('error', () => {
      this.#show({ ...this.#state, isLive: false });
    });
    this.#source = source;
  }

  hostDisconnected(): void {
    this.#source?.close();
  }

  /** Sets or clears the fault. Rejects with the emulator's sentence if it takes no such fault. */
  async setFault(fault: Fault | null): Promise<void> {
    const response = await fetch('/emulator/fault', { method: 'PUT', body: JSON.stringify(fault) });
    if (response.ok) return;
    const { message } = (await response.json()) as { message: string };
    throw new Error(message);
  }

  /** Makes the emulator forget everything but its keys. */
  async reset(): Promise<void> {
    await fetch('/emulator/reset', { method: 'POST' });
  }

  #show(state: InspectorState): void {
    this.#state = state;
    this.#host.requestUpdate();
  }
}

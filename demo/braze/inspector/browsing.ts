import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Page } from '../summaries.ts';
import { LiveAnswer } from './live-answer.ts';
import { replaceRoute, type Route } from './route.ts';

/** Rows of a list at a time. However many there are, no more are sent and drawn. */
export const ROWS = 50;

export interface Subject<Row> {
  /** Below `/emulator/`: the list is there, and each thing below it. */
  readonly path: 'profiles' | 'journal';
  readonly idOf: (row: Row) => string;
}

/** A list and the one thing of it that is looked at, both as the emulator has them now. */
export class BrowsingController<Row, Thing> implements ReactiveController {
  readonly #subject: Subject<Row>;
  readonly #list: LiveAnswer<Page<Row>>;
  readonly #thing: LiveAnswer<Thing>;
  #route: Route | undefined;

  constructor(host: ReactiveControllerHost, subject: Subject<Row>) {
    this.#subject = subject;
    this.#list = new LiveAnswer(host);
    this.#thing = new LiveAnswer(host);
    host.addController(this);
  }

  /** `undefined` until the emulator has answered, and where it has rows, but none of them there: the last of them are asked for. */
  get page(): Page<Row> | undefined {
    const { value } = this.#list;
    return value?.rows.length === 0 && value.total > 0 ? undefined : (value ?? undefined);
  }

  /** Why the emulator refuses to list what the address asks for; `undefined` if it does not. */
  get problem(): string | undefined {
    return this.#list.problem;
  }

  /** `undefined` until the emulator has answered, `null` if it is not there. */
  get thing(): Thing | null | undefined {
    return this.#thing.value;
  }

  get isThingCurrent(): boolean {
    return this.#thing.isCurrent;
  }

  /** The one that the address names; until it names one, the first of the list. */
  get selected(): string | undefined {
    const [first] = this.page?.rows ?? [];
    return this.#route?.id ?? (first && this.#subject.idOf(first));
  }

  /** Asks for what belongs to the address. */
  show(route: Route): void {
    this.#route = route;
    const { workspace, search = '', offset = 0 } = route;
    const query = new URLSearchParams({
      ...(workspace !== undefined && { workspace }),
      ...(search !== '' && { search }),
      limit: String(ROWS),
      offset: String(offset),
    });
    this.#list.show(`/emulator/${this.#subject.path}?${query.toString()}`);
    this.#askThing();
  }

  /** Something has changed that may concern either. */
  refresh(): void {
    this.#list.refresh();
    this.#thing.refresh();
  }

  /** What was shown stays until the pause is over, or something else is asked for. */
  pause(isPaused: boolean): void {
    this.#list.pause(isPaused);
    this.#thing.pause(isPaused);
  }

  /** What is selected can be another one with every list. */
  hostUpdate(): void {
    this.#askThing();
  }

  /** Where there are no rows any more, or never were, the last that there are are shown. */
  hostUpdated(): void {
    const total = this.#list.value?.total ?? 0;
    if (!this.#route?.offset || !this.#list.isCurrent || this.#route.offset < total) return;
    replaceRoute({ ...this.#route, offset: Math.max(Math.ceil(total / ROWS) - 1, 0) * ROWS });
  }

  #askThing(): void {
    const { selected } = this;
    const workspace = this.#route?.workspace;
    const query = workspace === undefined ? '' : `?${new URLSearchParams({ workspace }).toString()}`;
    this.#thing.show(
      selected === undefined
        ? undefined
        : `/emulator/${this.#subject.path}/${encodeURIComponent(selected)}${query}`,
    );
  }
}

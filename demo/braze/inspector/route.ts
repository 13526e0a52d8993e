import type { ReactiveController, ReactiveControllerHost } from 'lit';

const views = ['people', 'requests', 'faults', 'settings'] as const;
export type View = (typeof views)[number];

/** Where the reader is. Written in the address as `#people/<id>?workspace=…&search=…&offset=…`. */
export interface Route {
  readonly view: View;
  /** One thing in the view: a `braze_id`, or the number of a request. */
  readonly id?: string | undefined;
  /** The first one, unless another is named. */
  readonly workspace?: string | undefined;
  readonly search?: string | undefined;
  /** How many rows of the list are passed over. */
  readonly offset?: number | undefined;
}

function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.slice(1).split('?');
  const [name, id] = path.split('/');
  const parameters = new URLSearchParams(query);
  return {
    view: views.find((view) => view === name) ?? 'people',
    id: id === '' ? undefined : id,
    workspace: parameters.get('workspace') ?? undefined,
    search: parameters.get('search') ?? undefined,
    offset: offsetIn(parameters.get('offset') ?? ''),
  };
}

/** `undefined` is the beginning, also for what is no whole number that the emulator takes. */
function offsetIn(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) || undefined : undefined;
}

export function hrefOf({ view, id, ...rest }: Route): string {
  const given = Object.entries(rest).filter(
    ([, value]) => value !== undefined && value !== '' && value !== 0,
  );
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return `#${view}${id === undefined ? '' : `/${id}`}${given.length > 0 ? `?${query.toString()}` : ''}`;
}

/** Goes there without a new entry in the history, which is for steps that a reader would want to take back. */
export function replaceRoute(route: Route): void {
  history.replaceState(null, '', hrefOf(route));
  dispatchEvent(new HashChangeEvent('hashchange'));
}

/** Follows the address, so that links, the back button and a reload work as on any page. */
export class RouteController implements ReactiveController {
  readonly #host: ReactiveControllerHost;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  get route(): Route {
    return routeOf(location.hash);
  }

  hostConnected(): void {
    addEventListener('hashchange', this.#onHashChange);
  }

  hostDisconnected(): void {
    removeEventListener('hashchange', this.#onHashChange);
  }

  readonly #onHashChange = (): void => {
    this.#host.requestUpdate();
  };
}

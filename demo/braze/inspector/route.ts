import type { ReactiveController, ReactiveControllerHost } from 'lit';

const views = ['people', 'requests', 'faults'] as const;
export type View = (typeof views)[number];

/** Where the reader is: a view, and perhaps one thing in it. Written in the address as `#people/<id>`. */
export interface Route {
  readonly view: View;
  readonly id: string | undefined;
}

function routeOf(hash: string): Route {
  const [name, id = ''] = hash.slice(1).split('/');
  return { view: views.find((view) => view === name) ?? 'people', id: id === '' ? undefined : id };
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

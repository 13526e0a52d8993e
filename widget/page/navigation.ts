/** A page that goes to another address of the site without being loaded anew. */

/**
 * Hears of each call of an object's method, once that is done. Whoever wraps the method too, before or after, goes on to work.
 * @returns gives the method back, or leaves what others have wrapped since, and hears no more
 */
export function overhear(owner: object, name: string, hear: (told: readonly unknown[]) => void): () => void {
  const methods = owner as Record<string, (...told: unknown[]) => unknown>;
  const isOwn = Object.hasOwn(owner, name);
  const before = methods[name] as (...told: unknown[]) => unknown;
  let isOver = false;
  const wrapper = function (this: unknown, ...told: unknown[]) {
    const result = before.apply(this, told);
    if (!isOver) hear(told);
    return result;
  };
  // Does nothing where the owner is frozen.
  Reflect.set(owner, name, wrapper);
  return () => {
    isOver = true;
    if (methods[name] !== wrapper) return;
    if (isOwn) methods[name] = before;
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
    else delete methods[name];
  };
}

/**
 * Hears when path or query have changed.
 * @returns ends that
 */
export function listenToNavigation(hear: () => void): () => void {
  const read = () => location.pathname + location.search;
  let last = read();
  const check = () => {
    const now = read();
    if (now === last) return;
    last = now;
    hear();
  };
  // https://html.spec.whatwg.org/multipage/nav-history-apis.html#navigation-interface, which is newer than some browsers that we serve.
  const { navigation } = window as Partial<Pick<Window, 'navigation'>>;
  const target = navigation ?? window;
  // The first comes from the one, the second from the other. What is after `#` is not told of, so `hashchange` is of no use.
  const types = ['currententrychange', 'popstate'];
  const methods = navigation ? [] : ['pushState', 'replaceState'];
  for (const type of types) target.addEventListener(type, check);
  const restores = methods.map((name) => overhear(history, name, check));
  return () => {
    for (const type of types) target.removeEventListener(type, check);
    for (const restore of restores) restore();
  };
}

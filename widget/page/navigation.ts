/** A page that goes to another address of the site without being loaded anew. */

type Method = (...told: unknown[]) => unknown;

/** Wrappers that are over, and what each has wrapped. */
const over = new WeakMap<Method, Method>();

/**
 * Hears of each call of an object's method, once that is done. Whoever wraps the method too, before or after, goes on to work.
 * @returns gives the method back, or leaves what others have wrapped since, and hears no more
 */
export function overhear(owner: object, name: string, hear: (told: readonly unknown[]) => void): () => void {
  const methods = owner as Record<string, Method>;
  const before = methods[name] as Method;
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
    giveBack(owner, name, wrapper, before);
  };
}

/** Gives a method back that was wrapped, as soon as nobody else has it wrapped: what we have wrapped may end in any order. */
export function giveBack(owner: object, name: string, wrapper: Method, before: Method): void {
  const methods = owner as Record<string, Method>;
  over.set(wrapper, before);
  for (let now = methods[name], was; (was = now && over.get(now)); now = was) {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
    delete methods[name];
    // It was the object's own, and not of its kind.
    if (methods[name] !== was) methods[name] = was;
  }
}

/**
 * Hears when path or query have changed.
 * @returns ends that
 */
export function listenToNavigation(hear: () => void): () => void {
  const read = () => location.pathname + location.search;
  let last = read();
  const check = () => {
    if (last !== (last = read())) hear();
  };
  // https://html.spec.whatwg.org/multipage/nav-history-apis.html#navigation-interface, which is newer than some browsers that we serve.
  const { navigation } = window as Partial<Pick<Window, 'navigation'>>;
  const target = navigation ?? window;
  // What is after `#` is not told of, so `hashchange` is of no use.
  const type = navigation ? 'currententrychange' : 'popstate';
  const methods = navigation ? [] : ['pushState', 'replaceState'];
  target.addEventListener(type, check);
  const restores = methods.map((name) => overhear(history, name, check));
  return () => {
    target.removeEventListener(type, check);
    for (const restore of restores) restore();
  };
}

/** A store in which the process dies: before one of its calls, or after it and before anybody hears of that. */
import type { Store } from '../../server/store/store.ts';

export interface Trap {
  /** Counted from 1, over the calls of these operations. */
  readonly call: number;
  readonly when: 'before' | 'after';
  readonly operations: readonly string[];
}

/** @param spring called with the name of the operation, just before the process is killed */
export function setTrap(
  store: Store,
  { call, when, operations }: Trap,
  spring: (operation: string) => void,
): Store {
  let calls = 0;
  const die = (operation: string) => {
    spring(operation);
    // No handler, no buffer, no goodbye.
    process.kill(process.pid, 'SIGKILL');
    // It is dead before this is over; nothing more may happen meanwhile.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };
  return new Proxy(store, {
    get: (target, name, receiver) => {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== 'function' || typeof name !== 'string' || !operations.includes(name)) return value;
      return async (...args: readonly unknown[]) => {
        calls += 1;
        const isTrapped = calls === call;
        if (isTrapped && when === 'before') die(name);
        const result: unknown = await Reflect.apply(value, target, args);
        if (isTrapped && when === 'after') die(name);
        return result;
      };
    },
  });
}

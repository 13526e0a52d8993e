import { after, before } from 'node:test';
import type { Store } from '../../server/store/store.ts';
import { installRuntimes } from '../runtimes/prepare.ts';
import { startWorkerd, type Workerd } from '../runtimes/workerd.ts';
import { bundle } from '../runtimes/worker-bundle.ts';
import { describeStore } from '../store/suite.ts';
import { createRemoteStore } from './remote-store.ts';

let workerd: Workerd;
let objects = 0;

before(async () => {
  installRuntimes();
  workerd = await startWorkerd({
    script: await bundle(`export * from './test/stores/object-worker.ts';
      export { default } from './test/stores/object-worker.ts';`),
    durableObjects: { OBJECTS: { className: 'ObjectUnderTest', useSQLite: true } },
  });
});
after(() => workerd.close());

describeStore({
  name: 'a store in a Durable Object',
  isDurable: true,
  open: (clock): Store => {
    objects += 1;
    const path = `/${objects}`;
    return createRemoteStore((body) => fetch(new URL(path, workerd.url), { method: 'POST', body }), clock);
  },
});

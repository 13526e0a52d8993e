/** The names that a marketer chooses in Braze's filters (`docs/retargeting.md`): all that the demos write, and no others. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { it } from 'node:test';
import { sitesOf } from '../../demo/sites.ts';

interface Written {
  readonly nodes: Readonly<Record<string, { readonly events?: readonly { readonly name: string }[] }>>;
}

const sites = sitesOf({
  origins: {
    'tarn-and-tor': 'https://tarn.example',
    tsubame: 'https://tsubame.example',
    carambola: 'https://carambola.example',
  },
  publicKey: '',
});

it('are those of the flows and of the sites’ lifecycle events', () => {
  const written = globSync('demo/flows/**/*.json').flatMap((file) =>
    Object.values((JSON.parse(readFileSync(file, 'utf8')) as Written).nodes).flatMap(({ events = [] }) =>
      events.map(({ name }) => name),
    ),
  );
  const told = Object.values(sites).flatMap(({ events }) => Object.values(events));
  const [, section = ''] = /^## Names\n(.*?)^## /ms.exec(readFileSync('docs/retargeting.md', 'utf8')) ?? [];
  const [events = ''] = section.split('| brand          | attributes');
  const listed = [...events.matchAll(/^\|[^|]*\| `(\w+)`/gm)].map(([, name]) => name);
  assert.deepEqual(listed.sort(), [...new Set([...written, ...told])].sort());
});

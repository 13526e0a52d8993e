import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import {
  elementOf,
  MANIFEST_FILE,
  manifestText,
  readManifest,
  withTables,
  type ElementClass,
  type Manifest,
} from './manifest.ts';

const BEHIND = 'is behind widget/parley-chat.ts; write it anew with: npm run manifest';

describe('what code sees of <parley-chat>', () => {
  let manifest: Manifest;
  let element: ElementClass;
  before(async () => {
    manifest = await readManifest();
    element = elementOf(manifest);
  });

  it('is in custom-elements.json as it is in the source', async () => {
    const written = readFileSync(MANIFEST_FILE, 'utf8');
    assert.equal(written, await manifestText(manifest), `${MANIFEST_FILE} ${BEHIND}`);
  });

  it('is in the README as it is in the source', async () => {
    const readme = readFileSync('README.md', 'utf8');
    assert.equal(readme, await withTables(readme, element), `README.md ${BEHIND}`);
  });

  it('is described, all of it', () => {
    const { attributes = [], members = [], events = [], cssProperties = [], cssParts = [] } = element;
    // What every element has needs no words of ours.
    const own = members.filter(({ name }) => name !== 'focus');
    const bare = [...attributes, ...own, ...events, ...cssProperties, ...cssParts].filter(
      ({ description }) => !description,
    );
    assert.deepEqual(bare, []);
  });

  it('has the methods that pages were promised', () => {
    const methods = element.members?.filter(({ kind }) => kind === 'method').map(({ name }) => name) ?? [];
    const promised = ['open', 'close', 'toggle', 'restart', 'setTags', 'setConsent', 'destroy'];
    assert.deepEqual(
      promised.filter((name) => !methods.includes(name)),
      [],
    );
  });

  it('has a property for each attribute, and an event map for each event', () => {
    const fields = element.members?.filter(({ kind }) => kind === 'field').map(({ name }) => name) ?? [];
    const without = element.attributes?.filter(({ name, fieldName = name }) => !fields.includes(fieldName));
    assert.deepEqual(without, []);
    const typed = readFileSync('widget/events.ts', 'utf8').match(/(?<=^ {2}')parley-\w+(?=':)/gm) ?? [];
    assert.deepEqual(element.events?.map(({ name }) => name).sort(), [...typed].sort());
  });
});

/** What `docs/flows.md` says of the language, held against the language. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { finding, lineOf, LINT_CODES } from '../server/flows/lint/finding.ts';
import { lintFlows } from '../server/flows/lint/source.ts';
import { OPERATORS, problemsOf } from '../widget/flow/condition-check.ts';
import { INPUTS, TYPES } from './flow/arbitrary-flow.ts';
import { EXAMPLES, FLOWS_DOC, type Example } from './flow-examples.ts';

const PICTURES = 'docs/screenshots/flows';

/** Bytes of a picture. */
const LARGEST_PICTURE = 25_000;

/** The block of that language and name. */
function blockOf(info: string): string {
  const [, text] = new RegExp(`^\`\`\`${info}\\n(.*?)^\`\`\`$`, 'ms').exec(FLOWS_DOC) ?? [];
  assert.ok(text, info);
  return text;
}

function exampleOf(id: string): Example {
  const example = EXAMPLES.find(({ source }) => source === `${id}.json`);
  assert.ok(example, id);
  return example;
}

/** The rows of the table below a heading, without its head. */
function rowsBelow(heading: string): readonly (readonly string[])[] {
  const section = FLOWS_DOC.slice(FLOWS_DOC.indexOf(`\n### ${heading}\n`) + 1);
  const [table = ''] = /(?:^\|.*\n)+/m.exec(section) ?? [];
  const rows = table.trim().split('\n').slice(2);
  return rows.map((row) => row.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim()));
}

/** What stands in backquotes. */
function namesIn(cell = ''): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}

describe('docs/flows.md', () => {
  for (const { line, codes, ...source } of EXAMPLES) {
    it(`has an example in line ${line} that lint ${codes.length > 0 ? `says ${codes.join(' and ')} of` : 'takes'}`, () => {
      const findings = lintFlows([source]).flatMap((flow) => flow.findings);
      assert.deepEqual(
        findings.map(({ code }) => code).sort(),
        [...codes].sort(),
        findings.map((each) => lineOf(each, source.source)).join('\n'),
      );
    });
  }

  it('has an example of each type of node and each input, with a picture', () => {
    const pictured = EXAMPLES.filter(({ picture }) => picture !== undefined).map(({ text }) => text);
    for (const type of TYPES) {
      assert.ok(
        pictured.some((text) => new RegExp(`"type": ?"${type}"`).test(text)),
        type,
      );
    }
    for (const input of INPUTS) {
      assert.ok(
        pictured.some((text) => new RegExp(`"input": ?"${input}"`).test(text)),
        input,
      );
    }
  });

  it('shows every picture that there is, and each is small', () => {
    const shown = [...FLOWS_DOC.matchAll(/screenshots\/flows\/([\w-]+\.webp)/g)].map(([, file]) => file);
    assert.deepEqual(readdirSync(PICTURES).sort(), shown.sort());
    for (const file of readdirSync(PICTURES)) {
      assert.ok(statSync(join(PICTURES, file)).size < LARGEST_PICTURE, file);
    }
  });

  it('tells every mistake that there is, with its severity', () => {
    assert.deepEqual(
      rowsBelow('Mistakes').map(([code, severity]) => [namesIn(code)[0], severity]),
      LINT_CODES.map((code) => [code, finding(code, [], '').severity]),
    );
  });

  it('names every operator that there is, and shows conditions that can be evaluated', () => {
    const rows = rowsBelow('Conditions');
    assert.deepEqual(rows.flatMap(([names]) => namesIn(names)).sort(), [...OPERATORS].sort());
    for (const [, example] of rows) {
      for (const condition of namesIn(example)) assert.deepEqual(problemsOf(JSON.parse(condition)), []);
    }
  });

  it('has the words that lint has for its example', () => {
    const example = exampleOf('short');
    const [flow] = lintFlows([{ source: 'flows/short.json', text: example.text }]);
    assert.equal(
      blockOf('text lint'),
      `${flow?.findings.map((each) => lineOf(each, 'flows/short.json')).join('\n') ?? ''}\n`,
    );
  });

  describe('the commands', () => {
    let folder: string;
    let file: string;

    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'parley-'));
      file = join(folder, 'letter.json');
      writeFileSync(file, exampleOf('letter').text);
    });
    after(() => rmSync(folder, { recursive: true }));

    const parley = (args: readonly string[], input = '') => {
      const { stdout } = spawnSync(process.execPath, ['server/cli.ts', ...args], { encoding: 'utf8', input });
      return stdout;
    };

    it('draws the first flow as it is shown', () => {
      assert.equal(parley(['graph', file]), blockOf('mermaid'));
    });

    it('simulates the first flow as it is shown', () => {
      const answers = ['Ada', '!ada@', 'ada@example.com', 'success', ''].join('\n');
      const said = parley(['simulate', '--answers', '-', file], answers);
      assert.ok(said.includes(blockOf('text simulate')), said);
    });
  });
});

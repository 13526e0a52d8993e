import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { loadFlow } from '../../server/flows/load.ts';
import { arbitraryFlow } from './arbitrary-flow.ts';

describe('the flows that properties are tried on', () => {
  it('are such as the relay takes', () => {
    fc.assert(
      fc.property(arbitraryFlow, (flow) => {
        assert.deepEqual(loadFlow(JSON.parse(JSON.stringify(flow)), 'a generated flow'), flow);
      }),
      { numRuns: 1_000 },
    );
  });

  it('have among them all node types, inputs, loops and ways that the relay decides', () => {
    const flows = fc.sample(arbitraryFlow, { numRuns: 1_000, seed: 1 });
    const nodes = flows.flatMap((flow) => Object.values(flow.nodes));
    const count = (has: (node: (typeof nodes)[number]) => boolean) => nodes.filter(has).length;
    for (const type of ['message', 'ask', 'branch', 'split', 'action', 'handoff', 'end']) {
      assert.ok(count((node) => node.type === type) > 100, type);
    }
    const inputs = 'text multiline email phone date number choice choices rating consent'.split(' ');
    for (const input of inputs) {
      assert.ok(count((node) => node.type === 'ask' && node.input === input) > 50, input);
    }
    assert.ok(count((node) => node.type === 'branch' && JSON.stringify(node).includes('profile.')) > 50);
    assert.ok(count((node) => node.type === 'ask' && node.retry?.limit !== undefined) > 50);
    assert.ok(count((node) => node.type === 'ask' && node.optional === true) > 50);
    const isBack = ([id, node]: [string, (typeof nodes)[number]]) =>
      node.type === 'action' && Number(node.on.error.split('_')[1]) < Number(id.split('_')[1]);
    assert.ok(flows.flatMap((flow) => Object.entries(flow.nodes)).filter(isBack).length > 20, 'loops');
  });
});

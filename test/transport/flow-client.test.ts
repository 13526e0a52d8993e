import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFlowClient } from '../../widget/transport/flow-client.ts';

function createWorld(answer: () => Response | Promise<Response>) {
  const sent: { readonly url: string; readonly init: RequestInit | undefined }[] = [];
  const fetchFlow = createFlowClient('https://relay.example', async (input, init) => {
    sent.push({ url: input as string, init });
    return answer();
  });
  return { fetchFlow, sent };
}

describe('the flow client', () => {
  it('fetches a flow by its id and locale, without a cookie', async () => {
    const { fetchFlow, sent } = createWorld(() => Response.json({ id: 'a/b' }));
    assert.deepEqual(await fetchFlow('a/b', 'pt-BR'), { id: 'a/b' });
    assert.equal(sent[0]?.url, 'https://relay.example/v1/flows/a%2Fb?locale=pt-BR');
    assert.equal(sent[0].init?.credentials, 'omit');
  });

  it('says so where there is no such flow', async () => {
    const { fetchFlow } = createWorld(() => Response.json({}, { status: 404 }));
    await assert.rejects(fetchFlow('none', 'en'), /404/);
  });

  it('says so where the relay cannot be reached', async () => {
    const { fetchFlow } = createWorld(() => Promise.reject(new TypeError('Failed to fetch')));
    await assert.rejects(fetchFlow('welcome', 'en'), /Failed to fetch/);
  });
});

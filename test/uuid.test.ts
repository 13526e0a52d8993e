import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createUuid } from '../widget/uuid.ts';

describe('a conversation id', () => {
  it('is the UUIDv7 of RFC 9562, appendix A.6', () => {
    const random = Uint8Array.from([
      0, 0, 0, 0, 0, 0, 0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f,
    ]);
    assert.equal(
      createUuid(Date.UTC(2022, 1, 22, 19, 22, 22), random),
      '017f22e2-79b0-7cc3-98c4-dc0c0c07398f',
    );
  });

  it('sorts by time', () => {
    const random = () => crypto.getRandomValues(new Uint8Array(16));
    const ids = [0, 1, 255, 256, 2 ** 32, 1_800_000_000_000].map((now) => createUuid(now, random()));
    assert.deepEqual(ids, ids.toSorted());
  });

  it('has its version and variant whatever the chance', () => {
    for (const byte of [0x00, 0xff]) {
      const id = createUuid(1_800_000_000_000, new Uint8Array(16).fill(byte));
      assert.match(id, /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    }
  });
});

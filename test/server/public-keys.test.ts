/** Public keys in the settings, of which a relay that starts has to be able to check with each. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { ConfigError } from '../../server/config.ts';
import { configOf } from './relay-in-process.ts';

const encoding = { publicKeyEncoding: { type: 'spki', format: 'pem' } } as const;
const privateKeyEncoding = { type: 'pkcs8', format: 'pem' } as const;
const rsa = (modulusLength: number) =>
  generateKeyPairSync('rsa', { modulusLength, ...encoding, privateKeyEncoding }).publicKey;
const curve = (namedCurve: string) =>
  generateKeyPairSync('ec', { namedCurve, ...encoding, privateKeyEncoding }).publicKey;

const KEYS = {
  'RSA of 2,048 bits': rsa(2_048),
  'RSA of 4,096 bits': rsa(4_096),
  'P-256': curve('P-256'),
  Ed25519: generateKeyPairSync('ed25519', { ...encoding, privateKeyEncoding }).publicKey,
};

/** @param make another length of the bytes in it */
const changed = (pem: string, make: (der: Buffer) => Buffer): string => {
  const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
  return `-----BEGIN PUBLIC KEY-----\n${make(der).toString('base64')}\n-----END PUBLIC KEY-----\n`;
};

const problemsOf = (pem: string): readonly string[] => {
  try {
    configOf({ identity: { keys: [pem] } });
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
};

describe('a public key in the settings', () => {
  for (const [name, pem] of Object.entries(KEYS)) {
    it(`is ${name}, with the line breaks of any machine`, () => {
      assert.deepEqual(problemsOf(pem), []);
      assert.deepEqual(problemsOf(pem.replaceAll('\n', '\r\n')), []);
    });
    for (const [what, make] of [
      ['without its last byte', (der: Buffer) => der.subarray(0, -1)],
      ['without its second half', (der: Buffer) => der.subarray(0, Math.ceil(der.length / 2))],
      ['with a byte too much', (der: Buffer) => Buffer.concat([der, Buffer.alloc(1)])],
    ] as const) {
      it(`is not ${name} ${what}`, () => {
        const [problem, ...others] = problemsOf(changed(pem, make));
        assert.deepEqual(others, []);
        assert.match(
          problem ?? '',
          /^sites\.brand\.identity\.keys\.0: is a public key of which a part is missing/,
        );
      });
    }
  }

  it('is not P-256 whose length was mended and whose point was not', () => {
    const cut = changed(KEYS['P-256'], (der) => {
      const less = Buffer.from(der.subarray(0, -1));
      less[1] = less.length - 2;
      return less;
    });
    assert.match(problemsOf(cut).join(), /a part is missing/);
  });

  for (const [name, pem] of [
    ['RSA of 1,024 bits', rsa(1_024)],
    ['of another curve', curve('P-384')],
    ['of no bytes', '-----BEGIN PUBLIC KEY-----\n\n-----END PUBLIC KEY-----'],
    ['of characters that are no base64', '-----BEGIN PUBLIC KEY-----\nA===\n-----END PUBLIC KEY-----'],
    ['a certificate', KEYS['P-256'].replaceAll('PUBLIC KEY', 'CERTIFICATE')],
  ] as const) {
    it(`is not ${name}`, () => {
      assert.match(problemsOf(pem).join(), /keys\.0: should be a public key in PEM/);
    });
  }
});

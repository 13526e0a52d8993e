/** Files that are not the widget's, and what only the operator may see. */
import assert from 'node:assert/strict';
import type { Attack } from './attack.ts';
import { bearer, FILE_SECRET } from './target.ts';

const CLIMBS = [
  '/../outside.js',
  '/assets/../../outside.js',
  '/assets/../settings.json',
  '/%2e%2e/outside.js',
  '/..%2foutside.js',
  '/%2e%2e%2foutside.js',
  '/%252e%252e%252foutside.js',
  '/..%252foutside.js',
  '/..%5coutside.js',
  '/%5c..%5c..%5coutside.js',
  '/....//outside.js',
  '/..;/outside.js',
  '/.%00./outside.js',
  '/outside.js%00parley.js',
  '/parley.js/../../outside.js',
  '/%c0%ae%c0%ae/outside.js',
  '/%uff0e%uff0e/outside.js',
  '//outside.txt',
  '/.env',
  '/.%65nv',
  '/settings.json',
  '/relay.db',
  '/../relay.db-wal',
  '/etc/passwd',
  '/C:/Windows/win.ini',
  '/parley.js::$DATA',
  '/.git/config',
  '/package.json',
  '/1.2.3/../../outside.js',
];

const OPERATORS = ['/metrics', '/dead-letters', '/v1/dead-letters', '/admin', '/emulator/journal', '/v1/'];

export const PATHS: readonly Attack[] = [
  ...CLIMBS.map((path): Attack => ({
    name: `${path} is nothing`,
    send: (target) => target.send({ path }),
    status: 404,
    after: (_, { text }) => assert.ok(!text.includes(FILE_SECRET)),
  })),
  {
    name: '/..\\outside.js is no path',
    send: (target) => target.send({ path: '/..\\outside.js' }),
    status: 400,
  },
  {
    name: 'a NUL behind a file is no request for it',
    send: (target) => target.send({ path: '/parley.js%00' }),
    status: 404,
  },
  {
    name: 'an address of a file of the machine',
    send: (target) => target.say('GET file:///etc/passwd HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'),
    status: 400,
  },
  {
    name: 'an address of another host is answered by none but this one',
    send: (target) =>
      target.say(
        'GET http://169.254.169.254/latest/meta-data HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
      ),
    status: 404,
  },
  {
    name: 'a tunnel to another host',
    send: (target) => target.say('CONNECT 169.254.169.254:80 HTTP/1.1\r\nhost: 169.254.169.254\r\n\r\n'),
    status: 0,
  },
  ...['__proto__', 'constructor', 'toString', '..%2fwelcome', 'welcome%00', 'WELCOME'].map((id): Attack => ({
    name: `there is no flow ${id}`,
    send: (target) => target.send({ path: `/v1/flows/${id}` }),
    status: 404,
  })),
  ...OPERATORS.map((path): Attack => ({
    name: `${path} is on no public port, whoever asks`,
    send: (target) => target.send({ path, headers: bearer(target.ada.grant.session) }),
    status: 404,
    after: (_, { body }) => assert.doesNotMatch(body, /parley_/),
  })),
];

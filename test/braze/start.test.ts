/** `npm run braze`: the emulator as a process, and the file that it may be asked to keep. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Profile } from '../../demo/braze/emulator.ts';
import { endpointPermissions } from '../../demo/braze/endpoint-list.ts';
import { serveEmulator } from '../../demo/braze/serve.ts';
import { parseStartOptions } from '../../demo/braze/start-options.ts';
import { runScript } from '../demo/running-script.ts';
import { createTimers } from './timers.ts';

/** Runs what `npm run braze` runs after the build. `isUp` resolves with its banner. */
function start(...args: readonly string[]) {
  const running = runScript('demo/braze/start.ts', args, { BRAZE_PORT: '0' });
  return { ...running, isUp: running.prints('external_id') };
}

// Without symbolic links, of which the emulator's messages have none.
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'parley-braze-')));
after(() => rmSync(folder, { recursive: true }));

const urlIn = (banner: string): string => /REST endpoint +(http:\/\/\S+)/.exec(banner)?.[1] ?? '';

const track = (url: string, key: string, body: unknown): Promise<Response> =>
  fetch(`${url}/users/track`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const ana = { attributes: [{ external_id: 'ana', first_name: 'Ana' }] };

/** A file with a profile that is right but for what is given, for each that is given. */
function fileWith(...others: readonly object[]): string {
  const right = {
    braze_id: '000000000000000000000001',
    user_aliases: [],
    standard: {},
    custom_attributes: {},
    events: [],
    purchases: [],
    canvas_entries: [],
    campaign_sends: [],
    created_at: '2026-03-01T11:00:00.000Z',
    updated_at: '2026-03-01T11:00:00.000Z',
  };
  const profiles = others.map((other) => ({ ...right, ...other }));
  return JSON.stringify({ version: 1, workspaces: { brand: { profiles } } });
}

describe('npm run braze', { concurrency: true }, () => {
  it('says what it is and is not, where it is, and how to call it, and ends with Ctrl-C while a page is open', async () => {
    const { child, ended, isUp } = start();
    const banner = await isUp;
    assert.match(banner, /It is not Braze, and not\s+affiliated with Braze/);
    assert.match(banner, /Profiles +in memory, gone when it ends/);
    const url = urlIn(banner);
    const [, inspector = ''] = /Inspector +(\S+)/.exec(banner) ?? [];
    assert.match(await (await fetch(inspector)).text(), /not affiliated with Braze/);
    const [, key = ''] = /API key +(\S+) /.exec(banner) ?? [];
    const [, command = ''] = /(curl [^}]*\}\]\}')/.exec(banner) ?? [];
    assert.ok(command.includes(`${url}/users/track`) && command.includes(`Bearer ${key}`));
    const [, body = ''] = /-d '([^']*)'/.exec(command) ?? [];
    assert.equal((await track(url, key, JSON.parse(body))).status, 201);
    const stream = await fetch(`${url}/emulator/stream`);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    assert.deepEqual([code, stderr], [0, '']);
    await stream.body?.cancel().catch(() => undefined);
  });

  it('has the workspaces, limits and sends that it is told', async () => {
    const { child, isUp, ended } = start(
      ...['--workspace', 'brand=k-brand=1', '--workspace', 'outlet=k-outlet', '--delay', '0'],
      ...['--object-limit', 'combined50', '--rate-headers', 'delta', '--error-style', 'code'],
      ...['--canvas', 'c1=Welcome', '--permissions', 'users.track,canvas.trigger.send'],
    );
    const banner = await isUp;
    const url = urlIn(banner);
    assert.match(
      banner,
      /k-brand=1 +\(workspace "brand": users\.track, canvas\.trigger\.send\)\n +k-outlet /,
    );
    const reply = await track(url, 'k-outlet', ana);
    assert.deepEqual([reply.status, reply.headers.get('x-ratelimit-reset')?.length], [201, 1]);
    const many = { attributes: Array.from({ length: 51 }, () => ({ external_id: 'ana' })) };
    assert.equal((await track(url, 'k-brand=1', many)).status, 400);
    const wrong = await track(url, 'k-brand=1', { attributes: [{ external_id: 'ana', email: 'ana' }] });
    assert.match(await wrong.text(), /"type":"EMAIL_BAD_FORMAT"/);
    const headers = { authorization: 'Bearer k-brand=1', 'content-type': 'application/json' };
    const call = (path: string, body: unknown) =>
      fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    const recipients = [{ external_user_id: 'ana' }];
    assert.equal((await call('/canvas/trigger/send', { canvas_id: 'c1', recipients })).status, 201);
    assert.equal((await call('/users/delete', { external_ids: ['ana'] })).status, 403);
    child.kill('SIGTERM');
    assert.equal((await ended).code, 0);
  });

  it('fails by chance with --seed, and says so', async () => {
    // The first that this seed draws is a status.
    const { child, isUp, ended } = start('--key', 'k1', '--seed', '7', '--share', '1', '--kinds', 'status');
    const banner = await isUp;
    assert.match(banner, /Faults +by chance, seed 7, 100 % of the requests/);
    assert.equal((await track(urlIn(banner), 'k1', ana)).status, 502);
    child.kill('SIGINT');
    assert.equal((await ended).code, 0);
  });

  it('keeps profiles in its file, and has them again', async () => {
    const file = join(folder, 'kept.json');
    const first = start('--key', 'k1', '--file', file, '--delay', '600000');
    const banner = await first.isUp;
    assert.ok(banner.includes(`kept in ${file}`));
    assert.equal((await track(urlIn(banner), 'k1', ana)).status, 201);
    first.child.kill('SIGINT');
    assert.deepEqual(await first.ended.then(({ code, stderr }) => [code, stderr]), [0, '']);
    const second = start('--key', 'k1', '--file', file, '--delay', '0');
    const url = urlIn(await second.isUp);
    const event = { external_id: 'ana', name: 'opened', time: '2026-03-01T11:00:00Z' };
    assert.equal((await track(url, 'k1', { events: [event] })).status, 201);
    second.child.kill('SIGINT');
    await second.ended;
    const { workspaces } = JSON.parse(readFileSync(file, 'utf8')) as {
      workspaces: { workspace: { profiles: readonly Profile[] } };
    };
    const told = workspaces.workspace.profiles.map(({ external_id: id, standard, events }) => [
      id,
      standard,
      events.length,
    ]);
    assert.deepEqual(told, [['ana', { first_name: 'Ana' }, 1]]);
  });

  it('says in one sentence that its port is taken', async () => {
    const other = createServer().listen(0, 'localhost');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, stdout, stderr } = await start('--port', String(port)).ended;
    other.close();
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(
      stderr,
      new RegExp(`^Port ${port} is taken\\. Give it a free one: npm run braze -- --port \\d+\n$`),
    );
  });

  it('says on --help what it can be told', async () => {
    const { code, stdout } = await start('--help').ended;
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: npm run braze -- \[--port PORT\]/);
  });

  const atTheTerminal: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [['--prot', '1'], /Unknown option '--prot'[\s\S]*Usage: npm run braze/],
    [['--port', '70000'], /^--port is "70000"; it should be a port, a number from 0 to 65535\.\n$/],
    [
      ['--host', 'no.such.host.invalid'],
      /^--host is "no\.such\.host\.invalid"; it should be a name or address/,
    ],
    [['--key', 'two words'], /^A key is one or more letters/],
    [['--workspace', 'a=k', '--workspace', 'b=k'], /^The workspaces "a" and "b" have the same key/],
  ];
  for (const [args, says] of atTheTerminal) {
    it(`refuses ${args.join(' ')}, and says what would be right`, async () => {
      const { code, stdout, stderr } = await start(...args).ended;
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, says);
    });
  }

  it('does not start with a file that is not its own, and leaves it as it is', async () => {
    const file = join(folder, 'not-ours.json');
    writeFileSync(file, '{"version":1,');
    const { code, stdout, stderr } = await start('--file', file).ended;
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /it holds no JSON object/);
    assert.ok(stderr.startsWith(`${file} is not a file that the emulator has written: `));
    assert.equal(readFileSync(file, 'utf8'), '{"version":1,');
  });
});

describe('what npm run braze is told', () => {
  const wrong: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [['--key', 'k', '--workspace', 'brand=k'], /^Give --key or --workspace NAME=KEY/],
    [['--workspace', 'brand'], /^--workspace is "brand"; it should be NAME=KEY/],
    [
      ['--permissions', 'users.trak'],
      /^There is no permission "users\.trak" for --permissions; there are users\.track, /,
    ],
    [['--canvas', 'a', '--canvas', 'a'], /^--canvas is given twice with the id "a"/],
    [['--canvas', 'a', '--entry', 'a'], /^--entry is "a"; it should be ID=EVENT, as in --entry winback=/],
    [['--entry', 'a=left'], /^--entry is "a=left", and there is no --canvas a; give it too\.$/],
    [
      ['--canvas', 'a', '--entry', 'a=left', '--entry', 'a=came'],
      /^--entry is given twice for "a"; a Canvas has one entry event\.$/,
    ],
    [['--campaign', '=News'], /^--campaign is "=News"; it should be ID or ID=NAME\.$/],
    [['--delay', '1s'], /^--delay is "1s"; it should be a whole number from 0 to 2147483647\.$/],
    [
      ['--shuffle', '4294967296'],
      /^--shuffle is "4294967296"; it should be a whole number from 0 to 4294967295/,
    ],
    [
      ['--object-limit', '75'],
      /^--object-limit is "75"; it should be combined75, perArray75 or combined50\.$/,
    ],
    [['--error-style', 'x'], /^--error-style is "x"; it should be sentence or code\.$/],
    [['--host', ''], /^--host is empty; leave it out/],
    [['--file', ' '], /^--file is empty; leave it out/],
    [['--share', '0.5'], /^--share is about the faults of --seed; give it too/],
    [['--kinds', 'lost'], /^--kinds is about the faults of --seed; give it too/],
    [['--seed', '1', '--kinds', 'lost,broken'], /^--kinds is "broken"; it should be status, slow, /],
    [['--rate-headers', 'seconds'], /^--rate-headers is "seconds"; it should be epoch or delta\.$/],
    [['--seed', '1', '--share', '2'], /^--share is "2"; it should be a number from 0/],
  ];
  for (const [args, message] of wrong) {
    it(`refuses ${args.join(' ')}, and says what would be right`, () => {
      const ports = { env: {}, permissions: endpointPermissions, newKey: () => 'k' };
      assert.throws(() => parseStartOptions([...args], ports), { name: 'StartError', message });
    });
  }
});

describe('the file of an emulator', () => {
  const permissions = ['users.track'];
  const brand = { name: 'brand', keys: [{ key: 'k-brand', permissions }] };
  const outlet = { name: 'outlet', keys: [{ key: 'k-outlet', permissions }] };

  const broken: readonly (readonly [text: string, says: RegExp])[] = [
    ['{"version":1,', /it holds no JSON object/],
    ['{"version":2,"workspaces":{}}', /its "version" should be 1/],
    ['{"version":1,"workspaces":[]}', /its "workspaces" should be an object/],
    ['{"version":1,"workspaces":{"brand":{}}}', /the workspace "brand" has no list "profiles"/],
    [
      '{"version":1,"workspaces":{"brand":{"profiles":[{"braze_id":"1"}]}}}',
      /"profiles" of the workspace "brand" is wrong at position 0, "braze_id"/,
    ],
    [fileWith({ user_aliases: [null] }), /is wrong at position 0, "user_aliases\.0"/],
    [fileWith({ standard: { push_tokens: [null] } }), /is wrong at position 0, "standard\.push_tokens\.0"/],
    [fileWith({ created_at: 'then' }), /is wrong at position 0, "created_at"/],
    [
      fileWith({ events: [{ name: 'a', time: 1, properties: {} }] }),
      /is wrong at position 0, "events\.0\.time"/,
    ],
    [fileWith({}, {}), /is wrong at position 1: its "braze_id" was there before/],
  ];
  for (const [index, [text, says]] of broken.entries()) {
    it(`does not start with a file that is wrong (${says.source}), and leaves it as it is`, async () => {
      const file = join(folder, `broken-${index}.json`);
      writeFileSync(file, text);
      await assert.rejects(
        serveEmulator({ workspaces: [brand], port: 0, file }),
        ({ name, message }: Error) => {
          assert.equal(name, 'ProfileFileError');
          assert.match(message, says);
          assert.ok(message.startsWith(`${file} is not a file that the emulator has written: `));
          return true;
        },
      );
      assert.equal(readFileSync(file, 'utf8'), text);
    });
  }

  it('has all workspaces by name, and keeps those that are not there this time', async () => {
    const file = join(folder, 'workspaces.json');
    const first = await serveEmulator({ workspaces: [brand, outlet], port: 0, file });
    await track(first.url, 'k-brand', ana);
    await track(first.url, 'k-outlet', { attributes: [{ external_id: 'ben' }] });
    const before = [first.emulator.profiles('brand'), first.emulator.profiles('outlet')];
    await first.close();
    const second = await serveEmulator({ workspaces: [brand], port: 0, file });
    assert.deepEqual(second.emulator.profiles(), before[0]);
    await track(second.url, 'k-brand', { attributes: [{ external_id: 'cem' }] });
    await second.close();
    const third = await serveEmulator({ workspaces: [outlet, brand], port: 0, file });
    assert.deepEqual(third.emulator.profiles('outlet'), before[1]);
    assert.deepEqual(
      third.emulator.profiles('brand').map(({ external_id: id }) => id),
      ['ana', 'cem'],
    );
    await third.close();
  });

  it('is written once for many changes, after a while and without leaving anything beside it', async () => {
    const own = mkdtempSync(join(folder, 'own-'));
    const file = join(own, 'braze.json');
    const timers = createTimers();
    const served = await serveEmulator({ workspaces: [brand], port: 0, file, startTimer: timers.startTimer });
    await track(served.url, 'k-brand', ana);
    await track(served.url, 'k-brand', { attributes: [{ external_id: 'ben' }] });
    assert.deepEqual([timers.waiting().length, readdirSync(own)], [1, ['braze.json.lock']]);
    timers.end(1_000);
    await served.close();
    assert.deepEqual(readdirSync(own), ['braze.json']);
    const text = readFileSync(file, 'utf8');
    assert.ok(text.includes('"ana"') && text.includes('"ben"'));
  });

  it('is not there if it is not asked for, nor before something has changed', async () => {
    const own = mkdtempSync(join(folder, 'own-'));
    const served = await serveEmulator({ workspaces: [brand], port: 0, file: join(own, 'braze.json') });
    await served.close();
    assert.deepEqual(readdirSync(own), []);
  });

  it('is empty after a reset', async () => {
    const file = join(folder, 'reset.json');
    const served = await serveEmulator({ workspaces: [brand], port: 0, file });
    await track(served.url, 'k-brand', ana);
    served.emulator.reset();
    await served.close();
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), {
      version: 1,
      workspaces: { brand: { profiles: [] } },
    });
  });

  it('says if it cannot be written, meanwhile and at the end', async () => {
    const own = mkdtempSync(join(folder, 'own-'));
    const file = join(own, 'braze.json');
    const timers = createTimers();
    const heard = new EventEmitter<{ problem: [Error] }>();
    const onProblem = (problem: Error): void => void heard.emit('problem', problem);
    const { startTimer } = timers;
    const served = await serveEmulator({ workspaces: [brand], port: 0, file, startTimer, onProblem });
    await track(served.url, 'k-brand', ana);
    rmSync(own, { recursive: true });
    const told = once(heard, 'problem');
    timers.end(1_000);
    const [problem] = (await told) as [Error];
    assert.ok(problem.message.startsWith(`${file} cannot be written: `));
    await assert.rejects(served.close(), {
      name: 'ProfileFileError',
      message: new RegExp(`^${file} cannot be written: `),
    });
  });

  const own = (): string => join(mkdtempSync(join(folder, 'own-')), 'braze.json');
  const serve = (file: string) => serveEmulator({ workspaces: [brand], port: 0, file });

  it('is one emulator’s alone: another one is told who has it, and it is free at the end', async () => {
    const file = own();
    const first = await serve(file);
    await assert.rejects(serve(file), {
      name: 'ProfileFileError',
      message: new RegExp(
        `^${file} is kept by another emulator, process ${process.pid}: .* delete ${file}\\.lock\\.$`,
      ),
    });
    const { code, stderr } = await start('--file', file).ended;
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`is kept by another emulator, process ${process.pid}:`));
    await first.close();
    const second = await serve(file);
    // Closed once more it gives back nothing: the file is the second one's now.
    await first.close();
    await assert.rejects(serve(file), { name: 'ProfileFileError' });
    await second.close();
    assert.deepEqual(readdirSync(dirname(file)), []);
  });

  it('is taken over from a process that is no more', async () => {
    const file = own();
    const gone = start('--file', file);
    await gone.isUp;
    gone.child.kill('SIGKILL');
    await gone.ended;
    assert.deepEqual(readdirSync(dirname(file)), ['braze.json.lock']);
    const served = await serve(file);
    assert.equal(readFileSync(`${file}.lock`, 'utf8'), String(process.pid));
    await served.close();
  });

  it('is taken over from an earlier process of the same number, and from nobody who is just taking it', async () => {
    const file = own();
    writeFileSync(`${file}.lock`, String(process.pid));
    await (await serve(file)).close();
    writeFileSync(`${file}.lock`, '');
    await assert.rejects(serve(file), { name: 'ProfileFileError', message: /is kept by another emulator/ });
  });

  it('is free when the emulator could not start', async () => {
    const file = own();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await assert.rejects(serveEmulator({ workspaces: [brand], port, file }), { code: 'EADDRINUSE' });
    other.close();
    writeFileSync(file, '{');
    await assert.rejects(serve(file), { name: 'ProfileFileError', message: /holds no JSON object/ });
    assert.deepEqual(readdirSync(dirname(file)), ['braze.json']);
  });

  it('is for its owner’s eyes only, whatever was left over', async () => {
    const file = own();
    const left = `${file}.${process.pid}.new`;
    writeFileSync(left, '');
    chmodSync(left, 0o644);
    const served = await serve(file);
    await track(served.url, 'k-brand', ana);
    await served.close();
    assert.deepEqual([statSync(file).mode & 0o777, readdirSync(dirname(file))], [0o600, ['braze.json']]);
  });

  it('stays where a symbolic link to it points', async () => {
    const file = own();
    const link = join(dirname(file), 'link.json');
    writeFileSync(file, '{"version":1,"workspaces":{}}');
    symlinkSync(file, link);
    const served = await serve(link);
    await track(served.url, 'k-brand', ana);
    await served.close();
    assert.deepEqual(readFileSync(link, 'utf8'), readFileSync(file, 'utf8'));
    assert.match(readFileSync(file, 'utf8'), /"ana"/);
  });

  it('is told at the start if it cannot be written', async () => {
    const folderThatIsNot = join(dirname(own()), 'nowhere');
    for (const file of [join(folderThatIsNot, 'braze.json'), join(own(), '..', 'a-folder')]) {
      if (file.endsWith('a-folder')) mkdirSync(file);
      await assert.rejects(serve(file), {
        name: 'ProfileFileError',
        message: /cannot be (?:written|read): /,
      });
    }
  });

  it('has again what is as deep as a request may be', async () => {
    const file = own();
    let deep: unknown = 'x';
    for (let depth = 0; depth < 95; depth += 1) deep = [deep];
    const first = await serve(file);
    const event = { external_id: 'ana', name: 'opened', time: '2026-03-01T11:00:00Z', properties: { deep } };
    assert.equal((await track(first.url, 'k-brand', { events: [event] })).status, 201);
    const before = first.emulator.profiles();
    await first.close();
    const second = await serve(file);
    assert.deepEqual(second.emulator.profiles(), before);
    await second.close();
  });
});

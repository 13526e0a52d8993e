import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser, HTTPRequest, KeyInput } from 'puppeteer-core';
import { faultKinds } from '../../demo/braze/faults.ts';
import { serveEmulator, type EmulatorServer } from '../../demo/braze/serve.ts';
import { startDemo } from '../../demo/demo.ts';
import { openBrowser, Visitor } from './visitor.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const KEY = 'c2a1f9d0-5b7e-4c11-8f3a-90d2e6b4a777';

const ada = { alias_name: 'v-77f', alias_label: 'parley' };
const adaAttributes = {
  user_alias: ada,
  _update_existing_only: false,
  first_name: 'Ada',
  last_name: 'Lovelace',
  email: 'ada@example.com',
  interests: ['fell walking', 'maps'],
};

/** The rules of axe that say another thing in other colours. */
const COLOURS = ['color-contrast', 'link-in-text-block'];

/**
 * What axe finds wrong with the page as it is now.
 * @param rules instead of all that there are
 */
async function violations({ page }: Visitor, rules?: readonly string[]): Promise<readonly string[]> {
  await page.addScriptTag({ path: AXE });
  return page.evaluate(async (runOnly) => {
    interface Found {
      readonly id: string;
      readonly nodes: readonly { readonly html: string }[];
    }
    const { axe } = window as unknown as {
      axe: { run: (options: object) => Promise<{ violations: Found[] }> };
    };
    const found = await axe.run(runOnly ? { runOnly } : {});
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
  }, rules);
}

/** What has the focus, as it is called. */
function focused({ page }: Visitor): Promise<string> {
  return page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    const [label] = (element as HTMLInputElement | null)?.labels ?? [];
    const name = element?.getAttribute('aria-label') ?? (label ?? element)?.textContent ?? '';
    return name.replace(/\s+/g, ' ').trim();
  });
}

/** Waits until what is called so has the focus. */
async function hasFocus(marketer: Visitor, name: string): Promise<void> {
  let here = '';
  for (let frames = 0; frames < 300 && !here.startsWith(name); frames += 1) {
    await marketer.page.evaluate(() => new Promise(requestAnimationFrame));
    here = await focused(marketer);
  }
  assert.ok(here.startsWith(name), `"${name}" should have the focus, but "${here}" has it`);
}

/** Goes on with the Tab key to what is called so. */
async function tabTo(marketer: Visitor, name: string): Promise<void> {
  const passed: string[] = [];
  for (let steps = 0; steps < 80; steps += 1) {
    await marketer.page.keyboard.press('Tab');
    const here = await focused(marketer);
    if (here.startsWith(name)) return;
    passed.push(here);
  }
  assert.fail(`The Tab key does not come to "${name}", but to: ${passed.join(' | ')}`);
}

async function press({ page }: Visitor, ...keys: readonly KeyInput[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** The words of the section of a person or request that has this heading. */
function section({ page }: Visitor, heading: string): Promise<string> {
  return page.evaluate((wanted) => {
    const text = (node: Node): string =>
      node instanceof Element && node.shadowRoot
        ? text(node.shadowRoot)
        : node.nodeType === Node.TEXT_NODE
          ? (node.textContent ?? '')
          : [...node.childNodes].map(text).join(' ');
    const sections = (root: Document | ShadowRoot): Element[] => [
      ...root.querySelectorAll('section'),
      ...[...root.querySelectorAll('*')].flatMap(({ shadowRoot }) =>
        shadowRoot ? sections(shadowRoot) : [],
      ),
    ];
    const found = sections(document).find((each) => each.querySelector('h3')?.textContent.includes(wanted));
    return found ? text(found) : '';
  }, heading);
}

/** What stands in a field. */
async function valueOf(marketer: Visitor, selector: string): Promise<string> {
  const field = await marketer.find(`emulator-inspector >>> ${selector}`);
  return field.evaluate((element) => (element as HTMLInputElement | HTMLTextAreaElement).value);
}

/** Waits until the field is there, and gives it the focus. */
async function focusOn(marketer: Visitor, selector: string): Promise<void> {
  await (await marketer.find(`emulator-inspector >>> ${selector}`)).focus();
}

function rowCount({ page }: Visitor): Promise<number> {
  return page.$$eval('emulator-inspector >>> a.row', (rows) => rows.length);
}

describe('the emulator’s inspector', () => {
  let browser: Browser;
  let served: EmulatorServer;
  let marketer: Visitor;

  async function post(path: string, body: unknown): Promise<void> {
    const { status } = await fetch(served.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.equal(status, 201);
  }

  const track = (body: unknown): Promise<void> => post('/users/track', body);

  async function sendAda(): Promise<void> {
    await track({
      attributes: [adaAttributes],
      events: [
        {
          user_alias: ada,
          name: 'chat_opened',
          time: '2026-03-01T11:00:00Z',
          properties: { page: '/walks' },
        },
      ],
    });
    await post('/canvas/trigger/send', {
      canvas_id: 'welcome-canvas',
      recipients: [{ user_alias: ada, context: { offer: 'guided walk' } }],
    });
    await post('/campaigns/trigger/send', {
      campaign_id: 'voucher',
      recipients: [{ user_alias: ada, trigger_properties: { code: 'TARN15' } }],
    });
  }

  before(async () => {
    browser = await openBrowser();
    served = await serveEmulator({
      port: 0,
      hostname: 'localhost',
      workspaces: [
        {
          name: 'sandbox',
          keys: [{ key: KEY, permissions: ['users.track', 'canvas.trigger.send', 'campaigns.trigger.send'] }],
          canvases: [
            { id: 'welcome-canvas', name: 'Welcome' },
            { id: 'winback', name: 'Come back', entry: { event: 'chat_abandoned' } },
          ],
          campaigns: [{ id: 'voucher' }],
        },
        { name: 'prod', keys: [] },
      ],
      inspectorScript: () => readFile('build/demo/inspector.js', 'utf8'),
    });
  });
  beforeEach(async () => {
    served.emulator.reset();
    marketer = await Visitor.arrive(browser);
    await marketer.page.setBypassCSP(true);
    await marketer.page.setViewport({ width: 1280, height: 900 });
    await marketer.page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
  });
  afterEach(() => marketer.leave());
  after(async () => {
    await browser.close();
    await served.close();
  });

  it('shows a profile and its event as they arrive, and runs nothing of what they say', async () => {
    const demo = await startDemo({ relay: 0, pages: 0, braze: 0 }, () => undefined);
    await marketer.visit(`${demo.brazeUrl}/`);
    let wasAlerted = false;
    marketer.page.on('dialog', (dialog) => {
      wasAlerted = true;
      void dialog.dismiss();
    });
    await marketer.reads('Nobody is here yet');
    const visitor = await Visitor.arrive(browser);
    await visitor.visit(`${demo.pagesUrl}/`);
    await visitor.openChat();
    await visitor.answerAll([
      ['first_name', 'Ada'],
      ['last_name', '<img src=x onerror=alert(1)>'],
      ['email', 'ada@example.com'],
      ['date_of_birth', '1815-12-10'],
      ['city', 'Keswick'],
    ]);
    await visitor.hears('Thank you, Ada.');
    await visitor.leave();
    for (const words of ['<img src=x onerror=alert(1)>', 'ada@example.com', 'chat_profile_completed']) {
      await marketer.reads(words);
    }
    assert.deepEqual(await violations(marketer), []);
    assert.equal(wasAlerted, false);
    await demo.close();
  });

  it('finds a person and shows all that is known, standard and custom attributes apart, by keyboard', async () => {
    await track({ attributes: [{ external_id: 'ben', first_name: 'Ben' }] });
    await sendAda();
    await track({ attributes: [{ external_id: 'cleo', first_name: 'Cleo' }] });
    await marketer.visit(served.url);
    await marketer.reads('3 people');
    await tabTo(marketer, 'Search people');
    await marketer.page.keyboard.type('lovelace');
    await marketer.reads('1 person found');
    assert.equal(await rowCount(marketer), 1);
    await tabTo(marketer, 'A Ada Lovelace');
    await press(marketer, 'Enter');
    await marketer.page.waitForFunction(() => location.hash.includes('search=lovelace'));
    await marketer.reads('guided walk');
    const standard = await section(marketer, 'Standard attributes');
    const custom = await section(marketer, 'Custom attributes');
    assert.match(standard, /first_name\s+Ada[\s\S]*email\s+ada@example.com/);
    assert.doesNotMatch(standard, /interests/);
    assert.match(custom, /interests\s+fell walking\s+maps/);
    assert.doesNotMatch(custom, /first_name/);
    assert.match(await section(marketer, 'Events'), /chat_opened[\s\S]*page\s+\/walks/);
    assert.match(await section(marketer, 'Canvas entries'), /welcome-canvas[\s\S]*offer\s+guided walk/);
    assert.match(await section(marketer, 'Campaign sends'), /voucher[\s\S]*code\s+TARN15/);
    await marketer.reads('alias parley');
    await tabTo(marketer, 'Requests that name this person');
    await press(marketer, 'Enter');
    await marketer.reads('3 requests found');
  });

  it('says by which event a Canvas was entered, and pauses that Canvas', async () => {
    const leave = (externalId: string) =>
      track({
        events: [
          {
            external_id: externalId,
            name: 'chat_abandoned',
            time: '2026-03-01T11:00:00Z',
            properties: { node: 'city' },
          },
        ],
      });
    await leave('ada');
    await marketer.visit(`${served.url}/#settings`);
    await tabTo(marketer, 'Come back, entered by chat_abandoned');
    await marketer.page.keyboard.type('pau');
    await tabTo(marketer, 'Save');
    await press(marketer, 'Enter');
    await marketer.reads('Saved.');
    await leave('ben');
    const entered = served.emulator.profiles().map((profile) => profile.canvas_entries.length);
    assert.deepEqual(entered, [1, 0]);
    const [, winback] = served.emulator.settings().canvases;
    assert.deepEqual(winback, {
      id: 'winback',
      name: 'Come back',
      state: 'paused',
      entry: { event: 'chat_abandoned' },
    });
    const [ada] = served.emulator.profiles();
    await marketer.visit(`${served.url}/#people/${ada?.braze_id ?? ''}`);
    await marketer.reads('by the event chat_abandoned');
    // It is called by its name once the settings are there.
    await marketer.reads('Come back');
    assert.match(
      await section(marketer, 'Canvas entries'),
      /Come back[\s\S]*canvas_id winback · by the event chat_abandoned\s+node\s+city/,
    );
  });

  it('shows each request as it came and the answer that it got, by keyboard', async () => {
    await track({ attributes: [{ external_id: 'ben', first_name: 'Ben' }] });
    await track({ attributes: [{ external_id: 'cleo', email: 'nowhere' }, { external_id: 'cleo' }] });
    await marketer.visit(served.url);
    await tabTo(marketer, 'Requests');
    await press(marketer, 'Enter');
    await marketer.reads('2 requests');
    await tabTo(marketer, '201 /users/track');
    await press(marketer, 'ArrowDown', 'Enter');
    await marketer.page.waitForFunction(() => /#requests\/\d+/.test(location.hash));
    await marketer.reads('"Ben"');
    assert.match(await section(marketer, 'Request'), /"external_id"\s*:\s*"ben"/);
    assert.match(await section(marketer, 'Request'), /authorization\s+Bearer with a right key/);
    assert.match(await section(marketer, 'Answer'), /"message"\s*:\s*"success"/);
    await tabTo(marketer, '201 /users/track');
    await press(marketer, 'Home', 'Enter');
    await marketer.reads('Accepted in part.');
    assert.match(await section(marketer, 'Answer'), /"input_array"\s*:\s*"attributes"/);
  });

  it('shows a request that nobody could have meant, whatever its parts are called', async () => {
    const body = '{"constructor": [1], "__proto__": [2], "toString": []}';
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    await fetch(`${served.url}/users/track?hasOwnProperty=1`, { method: 'POST', headers, body });
    await marketer.visit(`${served.url}/#requests`);
    await marketer.reads('1 constructor, 1 __proto__');
    await marketer.reads('hasOwnProperty');
  });

  it('shows the first workspace where the address names one that is not there', async () => {
    await track({ attributes: [{ external_id: 'ben' }] });
    await marketer.visit(`${served.url}/#people?workspace=gone`);
    await marketer.reads('1 person');
  });

  it('moves the focus to what was chosen where the list makes way for it, and back', async () => {
    await sendAda();
    await marketer.page.setViewport({ width: 390, height: 844 });
    await marketer.visit(served.url);
    await marketer.reads('1 person');
    await tabTo(marketer, 'A Ada Lovelace');
    await press(marketer, 'Enter');
    await marketer.find('emulator-inspector >>> emulator-profile-detail >>> h2');
    await hasFocus(marketer, 'Ada Lovelace');
    await tabTo(marketer, '← All people');
    await press(marketer, 'Enter');
    await hasFocus(marketer, 'A Ada Lovelace');
  });

  it('sets a fault, says so on every page, and clears it, by keyboard', async () => {
    await marketer.visit(`${served.url}/#faults`);
    await marketer.reads('How shall it answer?');
    await tabTo(marketer, 'Answer normally');
    await press(marketer, 'ArrowDown');
    assert.equal(await focused(marketer), 'Server error (500)');
    await tabTo(marketer, 'How many requests');
    await marketer.page.keyboard.type('3');
    await press(marketer, 'Enter');
    await marketer.reads('Applied: Server error (500).');
    await marketer.reads('Fault: requests are answered with 500, and nothing is stored (3 more times).');
    const fault: unknown = await (await fetch(`${served.url}/emulator/fault`)).json();
    assert.deepEqual(fault, { kind: 'status', status: 500, times: 3 });
    await tabTo(marketer, 'Answer normally');
    await press(marketer, 'Enter');
    await marketer.page.waitForSelector('emulator-inspector >>> .notice', { hidden: true });
    assert.equal(await (await fetch(`${served.url}/emulator/fault`)).json(), null);
    await hasFocus(marketer, 'Faults');
  });

  it('has every kind of fault, each as the emulator takes it', async () => {
    await marketer.visit(`${served.url}/#faults`);
    await tabTo(marketer, 'Answer normally');
    const kinds = new Set<string>();
    for (;;) {
      await press(marketer, 'ArrowDown');
      const title = await focused(marketer);
      await press(marketer, 'Enter');
      await marketer.reads(`Applied: ${title}.`);
      const fault = (await (await fetch(`${served.url}/emulator/fault`)).json()) as { kind: string } | null;
      if (!fault) break;
      kinds.add(fault.kind);
    }
    assert.deepEqual([...kinds].sort(), faultKinds.toSorted());
  });

  it('starts chaos with a seed and stops it, by keyboard', async () => {
    await marketer.visit(`${served.url}/#faults`);
    await tabTo(marketer, 'Seed');
    await press(marketer, 'Backspace');
    await marketer.page.keyboard.type('42');
    await tabTo(marketer, 'Start chaos');
    await press(marketer, 'Enter');
    await marketer.reads('Chaos: 10 % of requests, seed 42.');
    const { seed, share } = (await (await fetch(`${served.url}/emulator/chaos`)).json()) as {
      seed: number;
      share: number;
    };
    assert.deepEqual([seed, share], [42, 0.1]);
    await tabTo(marketer, 'Stop chaos');
    await press(marketer, 'Enter');
    await marketer.reads('Chaos is over.');
    assert.equal(await (await fetch(`${served.url}/emulator/chaos`)).json(), null);
  });

  it('changes the settings of a workspace, by keyboard', async () => {
    await marketer.visit(served.url);
    await tabTo(marketer, 'Settings');
    await press(marketer, 'Enter');
    await marketer.reads('What is saved counts');
    await tabTo(marketer, 'Objects in a request');
    await marketer.page.keyboard.type('50');
    await tabTo(marketer, 'Custom attributes, one per line');
    await marketer.page.keyboard.type('hobby');
    await press(marketer, 'Enter');
    await marketer.page.keyboard.type('shoe_size');
    await tabTo(marketer, 'Save');
    await press(marketer, 'Enter');
    await marketer.reads('Saved.');
    const { objectLimit, blocklist } = served.emulator.settings();
    assert.deepEqual(
      [objectLimit, blocklist],
      ['combined50', { attributes: ['hobby', 'shoe_size'], events: [] }],
    );
    assert.equal(served.emulator.settings('prod').objectLimit, 'combined75');
    served.emulator.setSettings({ objectLimit: 'combined75', blocklist: { attributes: [], events: [] } });
  });

  it('keeps what is typed while it saves, and in a view that is left', async () => {
    await marketer.visit(`${served.url}/#settings`);
    await marketer.reads('What is saved counts');
    await marketer.page.setRequestInterception(true);
    const puts: HTTPRequest[] = [];
    const saving = new Promise<HTTPRequest>((resolve) => {
      marketer.page.on('request', (request) => {
        const isFirstPut = request.method() === 'PUT' && puts.push(request) === 1;
        if (isFirstPut) resolve(request);
        else void request.continue();
      });
    });
    await tabTo(marketer, 'Events, one per line');
    await marketer.page.keyboard.type('spam');
    await tabTo(marketer, 'Save');
    await press(marketer, 'Enter');
    const request = await saving;
    await focusOn(marketer, 'emulator-settings >>> input[type=number]');
    await marketer.page.keyboard.type('50');
    await request.continue();
    await marketer.reads('Saved.');
    // Whatever changes, the settings are asked for again.
    await track({ attributes: [{ external_id: 'ben' }] });
    await focusOn(marketer, 'nav a[href="#people"]');
    await press(marketer, 'Enter');
    await marketer.reads('1 person');
    await tabTo(marketer, 'Settings');
    await press(marketer, 'Enter');
    assert.equal(await valueOf(marketer, 'emulator-settings >>> input[type=number]'), '50');
    await tabTo(marketer, 'Save');
    const saved = marketer.page.waitForResponse((response) => response.request().method() === 'PUT');
    await press(marketer, 'Enter');
    await saved;
    const { blocklist, consistencyDelay } = served.emulator.settings();
    assert.deepEqual([blocklist.events, consistencyDelay], [['spam'], 50]);
    served.emulator.setSettings({ consistencyDelay: 0, blocklist: { attributes: [], events: [] } });
  });

  it('keeps a search that the emulator refuses, and says why', async () => {
    await track({ attributes: [{ external_id: 'ben' }] });
    const long = 'x'.repeat(20_000);
    await marketer.visit(`${served.url}/#people?search=${long}`);
    await marketer.reads('The search is longer than an address can be.');
    assert.equal(await valueOf(marketer, '#search'), long);
    await tabTo(marketer, 'Search people');
    await marketer.page.$eval('emulator-inspector >>> #search', (input) => {
      (input as HTMLInputElement).select();
    });
    await marketer.page.keyboard.type('ben');
    await marketer.reads('1 person found');
  });

  for (const offset of ['-5', '1.5', '9999999999', '50', '100000']) {
    it(`shows the last people that there are at offset ${offset}, where there are three`, async () => {
      for (const id of ['ben', 'cleo', 'dora']) await track({ attributes: [{ external_id: id }] });
      await marketer.visit(`${served.url}/#people?offset=${offset}`);
      await marketer.reads('3 people');
      assert.equal(await rowCount(marketer), 3);
    });
  }

  it('goes to the last page when the one that is shown has gone', async () => {
    const attributes = Array.from({ length: 51 }, (_, index) => ({ external_id: `c-${String(index)}` }));
    await track({ attributes });
    await marketer.visit(`${served.url}/#people?offset=50`);
    await marketer.reads('51–51 of 51');
    served.emulator.restore(served.emulator.profiles().slice(0, 50));
    await marketer.reads('50 people');
    assert.equal(await rowCount(marketer), 50);
  });

  it('shows the fault that is on, and applies it again as it is', async () => {
    const fault = { kind: 'slow', ms: 1_234, path: '/users/merge', times: 7 } as const;
    served.emulator.setFault(fault);
    await marketer.visit(`${served.url}/#faults`);
    await marketer.reads('answered after 1.234 s (7 more times)');
    await tabTo(marketer, 'Apply');
    await press(marketer, 'Enter');
    await marketer.reads('Applied: Slow answer.');
    assert.deepEqual(await (await fetch(`${served.url}/emulator/fault`)).json(), fault);
    // What was not touched follows what is on; what was, does not.
    await focusOn(marketer, 'input[placeholder="all of them"]');
    await press(marketer, 'End', 'Backspace', '9');
    served.emulator.setFault({ ...fault, ms: 2_500 });
    await marketer.reads('answered after 2.5 s');
    await press(marketer, 'Enter');
    await marketer.reads('(9 more times)');
    const applied: unknown = await (await fetch(`${served.url}/emulator/fault`)).json();
    assert.deepEqual(applied, { ...fault, ms: 2_500, times: 9 });
  });

  it('shows the chaos that is on, and starts it again as it is', async () => {
    const chaos = { seed: 99, share: 0.07, kinds: ['lost', 'hold'] } as const;
    served.emulator.setChaos(chaos);
    await marketer.visit(`${served.url}/#faults`);
    await marketer.reads('On: 7 % of requests, seed 99.');
    await tabTo(marketer, 'Start again');
    await press(marketer, 'Enter');
    await marketer.reads('Chaos has begun.');
    const { kinds, ...others } = (await (await fetch(`${served.url}/emulator/chaos`)).json()) as {
      readonly kinds: readonly string[];
    };
    assert.deepEqual([others, kinds.toSorted()], [{ seed: 99, share: 0.07 }, ['hold', 'lost']]);
  });

  it('leaves the focus where there is something when what had it goes', async () => {
    const events = Array.from({ length: 30 }, (_, index) => ({
      external_id: 'ben',
      name: `event-${String(index)}`,
      time: new Date(Date.UTC(2026, 1, 1, 0, index)).toISOString(),
    }));
    await track({ events });
    await marketer.visit(served.url);
    await marketer.reads('event-29');
    await tabTo(marketer, 'Show 5 more');
    await press(marketer, 'Enter');
    await hasFocus(marketer, 'event-4');
    await focusOn(marketer, '#search');
    served.emulator.reset();
    await hasFocus(marketer, 'Nobody is here yet');
  });

  it('draws the beginning of what is very long, of a person and of a request', async () => {
    const many = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`many_${String(index)}`, 1]));
    const box = { list: Array.from({ length: 9_000 }, (_, index) => index) };
    await track({ attributes: [{ external_id: 'ben', box, ...many }] });
    await marketer.visit(served.url);
    await marketer.reads('… and 101 more');
    assert.equal((await marketer.page.$$('emulator-inspector >>> dl > div')).length, 500);
    const longest = await marketer.page.$$eval('emulator-inspector >>> dd', (rows) =>
      Math.max(...rows.map((row) => row.textContent.trim().length)),
    );
    assert.ok(longest <= 40_010, `a value has ${String(longest)} characters`);
    const coloured = await marketer.page.$$eval('emulator-inspector >>> pre span', (spans) => spans.length);
    assert.ok(coloured > 100 && coloured <= 2_000, `${String(coloured)} pieces are coloured`);
    const deep = `${'['.repeat(90)}${'1,'.repeat(7_000)}1${']'.repeat(90)}`;
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    await fetch(`${served.url}/users/track`, { method: 'POST', headers, body: `{"deep":${deep}}` });
    await marketer.visit(`${served.url}/#requests`);
    await marketer.reads('"deep"');
    const texts = await marketer.page.$$eval('emulator-inspector >>> pre', (all) =>
      all.map((each) => each.textContent.length),
    );
    assert.ok(Math.max(...texts) <= 40_010, `a text has ${texts.join(' or ')} characters`);
  });

  it('clips the end of a name, also of one that goes from right to left', async () => {
    const name = 'محمد عبد الرحمن بن عبد العزيز الخالدي المنصوري القرشي الهاشمي';
    await track({ attributes: [{ external_id: 'mo', first_name: name }] });
    await marketer.visit(served.url);
    await marketer.reads(name);
    const isFirstLetterInSight = await marketer.page.$eval('emulator-inspector >>> a.row .title', (box) => {
      const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
      let text = walker.nextNode();
      while (text && text.textContent?.trim() === '') text = walker.nextNode();
      const range = document.createRange();
      if (!text) return false;
      range.setStart(text, 0);
      range.setEnd(text, 1);
      const letter = range.getBoundingClientRect();
      const { left, right } = box.getBoundingClientRect();
      return box.scrollWidth > box.clientWidth && letter.left >= left && letter.right <= right + 1;
    });
    assert.equal(isFirstLetterInSight, true);
  });

  it('says so when the emulator is gone and nothing can be done', async () => {
    const gone = await serveEmulator({
      port: 0,
      hostname: 'localhost',
      workspaces: [{ keys: [] }],
      inspectorScript: () => readFile('build/demo/inspector.js', 'utf8'),
    });
    gone.emulator.setFault({ kind: 'hold' });
    await marketer.visit(`${gone.url}/#faults`);
    await marketer.reads('Fault: requests are processed at once and not answered');
    await gone.close();
    await marketer.reads('Not connected');
    const isSaidIn = (selector: string): Promise<string> =>
      marketer.page.$eval(`emulator-inspector >>> ${selector}`, (element) => element.textContent.trim());
    const sentence = 'The emulator does not answer. Is it still running?';
    await tabTo(marketer, 'Apply');
    await press(marketer, 'Enter');
    await marketer.reads(sentence);
    assert.equal(await isSaidIn('emulator-fault-panel >>> .message'), sentence);
    for (const keys of [
      ['Reset…', 'Forget'],
      ['Answer normally', ''],
    ] as const) {
      await tabTo(marketer, keys[0]);
      await press(marketer, 'Enter');
      if (keys[1] !== '') {
        await tabTo(marketer, keys[1]);
        await press(marketer, 'Enter');
      }
      await marketer.find('emulator-inspector >>> p.problem:not(:empty)');
      assert.equal(await isSaidIn('p.problem'), sentence);
    }
  });

  it('asks before it forgets everything, and goes on meanwhile', async () => {
    await track({ attributes: [{ external_id: 'ben', first_name: 'Ben' }] });
    await marketer.visit(served.url);
    await marketer.reads('Ben');
    await tabTo(marketer, 'Reset…');
    await press(marketer, 'Enter');
    assert.equal(await focused(marketer), 'Keep');
    await track({ attributes: [{ external_id: 'cleo', first_name: 'Cleo' }] });
    await marketer.reads('Cleo');
    await press(marketer, 'Escape');
    assert.equal(await focused(marketer), 'Reset…');
    assert.equal(served.emulator.profiles().length, 2);
    await press(marketer, 'Enter', 'Tab', 'Enter');
    await marketer.reads('Nobody is here yet');
    assert.equal(served.emulator.profiles().length, 0);
  });

  it('leaves the focus on the row that has it while others come', async () => {
    for (const id of ['ben', 'cleo']) await track({ attributes: [{ external_id: id }] });
    await marketer.visit(served.url);
    await marketer.reads('2 people');
    await tabTo(marketer, 'C cleo');
    // With these before it, its row has to move.
    await track({ attributes: [{ external_id: 'dora' }, { external_id: 'ben', first_name: 'Benjamin' }] });
    await marketer.reads('Benjamin');
    await hasFocus(marketer, 'C cleo');
  });

  it('can be paused, and then shows what it has missed', async () => {
    await track({ attributes: [{ external_id: 'ben' }] });
    await marketer.visit(served.url);
    await marketer.reads('1 person');
    await tabTo(marketer, 'Pause');
    await press(marketer, 'Enter');
    await track({ attributes: [{ external_id: 'cleo' }] });
    await marketer.reads('Paused, 1 new request');
    assert.equal(await rowCount(marketer), 1);
    await press(marketer, 'Enter');
    await marketer.reads('2 people');
  });

  it('shows one workspace at a time', async () => {
    await track({ attributes: [{ external_id: 'ben' }] });
    await marketer.visit(served.url);
    await marketer.reads('1 person');
    await tabTo(marketer, 'Workspace');
    await press(marketer, 'ArrowDown');
    await marketer.reads('Nobody is here yet');
    assert.match(await marketer.page.evaluate(() => location.hash), /workspace=prod/);
    await press(marketer, 'ArrowUp');
    await marketer.reads('1 person');
  });

  for (const width of [1280, 320]) {
    it(`is clean for axe and not too wide, ${String(width)} px, light and dark, in every view`, async () => {
      await sendAda();
      served.emulator.setFault({ kind: 'errors', errors: [{ type: 'x', input_array: 'events', index: 0 }] });
      await marketer.page.setViewport({ width, height: 700 });
      const prefer = (scheme: 'light' | 'dark') =>
        marketer.page.emulateMediaFeatures([
          { name: 'prefers-color-scheme', value: scheme },
          { name: 'prefers-reduced-motion', value: 'reduce' },
        ]);
      const id = served.emulator.profiles()[0]?.braze_id ?? '';
      const views = [
        ['people', '1 person'],
        [`people/${id}`, 'guided walk'],
        ['people?search=nobody', 'No person is like that'],
        ['requests', '3 requests'],
        [`requests/${String(served.emulator.journal()[0]?.id)}`, '"fell walking"'],
        ['faults', 'What may happen'],
        ['settings', 'Blocklist'],
      ] as const;
      for (const [view, words] of views) {
        await prefer('light');
        await marketer.visit('about:blank');
        await marketer.visit(`${served.url}/#${view}`);
        await marketer.reads(words);
        await marketer.reads('It is not Braze and not affiliated with Braze.');
        assert.deepEqual([view, 'light', await violations(marketer)], [view, 'light', []]);
        await prefer('dark');
        assert.deepEqual([view, 'dark', await violations(marketer, COLOURS)], [view, 'dark', []]);
        const { scrollWidth } = await marketer.page.evaluate(() => ({
          scrollWidth: document.documentElement.scrollWidth,
        }));
        assert.ok(scrollWidth <= width, `${view} is ${String(scrollWidth)} px wide`);
      }
    });
  }

  it('draws fifty of ten thousand profiles, and finds each of them', async () => {
    for (let start = 0; start < 10_000; start += 75) {
      const count = Math.min(75, 10_000 - start);
      const attributes = Array.from({ length: count }, (_, index) => {
        const number = String(start + index);
        return { external_id: `customer-${number}`, email: `person${number}@example.com` };
      });
      await track({ attributes });
    }
    await marketer.visit(served.url);
    await marketer.reads('1–50 of 10,000');
    assert.equal(await rowCount(marketer), 50);
    await tabTo(marketer, 'Older people');
    await press(marketer, 'Enter');
    await marketer.reads('51–100 of 10,000');
    assert.equal(await rowCount(marketer), 50);
    assert.equal(await focused(marketer), 'Older people');
    await tabTo(marketer, 'Search people');
    await marketer.page.keyboard.type('person1234@');
    await marketer.reads('1 person found');
    await marketer.reads('customer-1234');
    assert.equal(await rowCount(marketer), 1);
  });
});

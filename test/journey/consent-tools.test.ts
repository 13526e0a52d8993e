/** Consent tools of the brand's page, Google Consent Mode and IAB TCF: what they let be kept and sent, and what they take back. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eachWithBrand, openBrand, type Brand } from './brand.ts';
import type { Visitor } from './visitor.ts';

const FLOW = {
  id: 'welcome',
  locale: 'en',
  start: 'name',
  nodes: {
    name: { type: 'ask', field: 'first_name', input: 'text', text: 'Your name?', next: 'city' },
    city: { type: 'ask', field: 'city', input: 'text', text: 'Where from?', next: 'save' },
    save: {
      type: 'action',
      call: 'users/track',
      attributes: { first_name: '{{answers.first_name}}', home_city: '{{answers.city}}' },
      on: { success: 'thanks', error: 'sorry' },
    },
    thanks: { type: 'end', text: 'Thank you, {{answers.first_name}}.' },
    sorry: { type: 'end', text: 'Then we keep nothing.' },
  },
};

const QUESTION = 'may we keep what you said here, and send it?';

/** A consent tool, as scripts of the page that holds it. */
interface Tool {
  readonly name: string;
  /** What the site's settings say of it. */
  readonly settings: object;
  /** Stands on the page before everything else. */
  readonly stub: string;
  /** The tool itself. The visitor has not chosen. */
  readonly load: string;
  readonly grant: string;
  readonly refuse: string;
}

const GOOGLE: Tool = {
  name: 'Google Consent Mode',
  settings: { google: ['analytics_storage'] },
  stub: `
    window.dataLayer = window.dataLayer || [];
    function gtag() { dataLayer.push(arguments); }`,
  load: `gtag('consent', 'default', { analytics_storage: 'denied', ad_storage: 'denied' });`,
  grant: `gtag('consent', 'update', { analytics_storage: 'granted' });`,
  refuse: `gtag('consent', 'update', { analytics_storage: 'denied' });`,
};

const TCF: Tool = {
  name: 'IAB TCF',
  settings: { tcf: { purposes: [1], vendor: 7 } },
  // A queue until the platform is there, and the frame by which the stub is found.
  stub: `{
    const calls = [];
    window.__tcfapi = (...call) => (call.length > 0 ? void calls.push(call) : calls);
    const frame = document.createElement('iframe');
    frame.name = '__tcfapiLocator';
    frame.style.display = 'none';
    document.body.append(frame);
  }`,
  // It shows its question: the visitor is to choose.
  load: `{
    const calls = window.__tcfapi?.() ?? [];
    const listeners = [];
    let data;
    const tell = (hear, index) => hear({ ...data, listenerId: index + 1 }, true);
    window.setTcData = (eventStatus, purposes, vendors) => {
      data = {
        tcfPolicyVersion: 4,
        gdprApplies: true,
        cmpStatus: 'loaded',
        eventStatus,
        purpose: { consents: purposes },
        vendor: { consents: vendors },
      };
      listeners.forEach(tell);
    };
    setTcData('cmpuishown', {}, {});
    window.__tcfapi = (command, version, hear) => {
      if (command === 'addEventListener') tell(hear, listeners.push(hear) - 1);
    };
    for (const call of calls) __tcfapi(...call);
  }`,
  grant: `setTcData('useractioncomplete', { 1: true }, { 7: true });`,
  // The brand itself, and nobody else.
  refuse: `setTcData('useractioncomplete', { 1: true }, { 7: false });`,
};

const BOTH: Tool = {
  name: 'both',
  settings: { ...GOOGLE.settings, ...TCF.settings },
  stub: GOOGLE.stub + TCF.stub,
  load: GOOGLE.load + TCF.load,
  grant: GOOGLE.grant + TCF.grant,
  refuse: GOOGLE.refuse + TCF.refuse,
};

describe('the page’s consent tools', () => {
  let brand: Brand;
  let visitor: Visitor;
  let consent: object = {};
  eachWithBrand(
    () => openBrand({ flows: [FLOW], site: { consent } }),
    (scene) => ({ brand, visitor } = scene),
  );

  /** Requests to the relay, by method and path. */
  const requests: string[] = [];

  /** @param script stands before ours */
  async function visit(mode: 'required' | 'none-needed', script: string): Promise<void> {
    requests.length = 0;
    visitor.page.removeAllListeners('request');
    visitor.page.on('request', (request) => {
      const { pathname, origin } = new URL(request.url());
      if (origin === brand.relayUrl) requests.push(`${request.method()} ${pathname}`);
    });
    brand.setBody(
      `<script>${script}</script>${brand.scriptTag(`data-flow="welcome" data-consent="${mode}"`)}`,
    );
    await visitor.visit(`${brand.url}/boots`);
  }

  /** In the page, from now on. What it told is heard when this resolves. */
  const run = (script: string) => visitor.page.evaluate(script);

  const state = () => visitor.page.evaluate(() => document.querySelector('parley-chat')?.consentState);

  /** How much the browser keeps for the page. */
  const kept = () =>
    visitor.page.evaluate(
      async () => (await indexedDB.databases()).length + localStorage.length + sessionStorage.length,
    );

  /** Waits until that is nothing. */
  const isForgotten = () =>
    visitor.page.waitForFunction(
      async () => (await indexedDB.databases()).length + localStorage.length + sessionStorage.length === 0,
    );

  /** Nothing was asked of the relay but what everybody gets, and nothing is kept. */
  const isUntold = async (): Promise<void> => {
    const told = requests.filter(
      (request) => !/^GET \/(parley\.js|assets\/[\w-]+\.js|v1\/flows\/\w+)$/.test(request),
    );
    assert.deepEqual(told, []);
    assert.notEqual(requests.length, 0);
    assert.equal(await kept(), 0);
  };

  const press = async (selector: string) => {
    const button = await visitor.find(`parley-chat >>> ${selector}`);
    await button.click();
  };
  const pressWords = (words: string) => press(`::-p-text(${words})`);

  const answerBoth = async () => {
    await visitor.answer('first_name', 'Ada');
    await visitor.answer('city', 'Keswick');
  };

  const profiles = () => brand.emulator.profiles();

  /** What was said has come to Braze. */
  const isSent = async (): Promise<void> => {
    await visitor.hears('Thank you, Ada.');
    assert.deepEqual(
      profiles().map(({ standard }) => standard['first_name']),
      ['Ada'],
    );
    assert.ok((await kept()) > 0);
  };

  /** Nothing of it remains in the browser, the relay is told, and what is said next goes nowhere. */
  const isTakenBack = async (): Promise<void> => {
    await isForgotten();
    await brand.logged(({ event }) => event === 'consent_withdrawn');
    await pressWords('Start again');
    await answerBoth();
    await visitor.hears('Then we keep nothing.');
    assert.ok(!(await visitor.transcript()).includes(QUESTION));
    assert.equal(await kept(), 0);
    assert.equal(profiles().length, 1);
  };

  for (const { name, settings, stub, load, grant, refuse } of [GOOGLE, TCF, BOTH]) {
    describe(name, () => {
      before(() => (consent = settings));
      after(() => (consent = {}));

      it('lets what was said go on its way, and takes it back', async () => {
        await visit('required', stub + load);
        await visitor.openChat('Your name?');
        await answerBoth();
        await visitor.hears(QUESTION);
        await isUntold();
        await run(grant);
        await isSent();
        await run(refuse);
        await isTakenBack();
      });

      it('has granted it before the chat is opened: nobody is asked', async () => {
        await visit('required', stub + load + grant);
        await isUntold();
        await visitor.openChat('Your name?');
        await answerBoth();
        await isSent();
        assert.ok(!(await visitor.transcript()).includes(QUESTION));
      });

      it('has refused it before the chat is opened: nobody is asked, and nothing is kept or sent', async () => {
        await visit('required', stub + load + refuse);
        await visitor.openChat('Your name?');
        assert.equal(await state(), 'denied');
        await answerBoth();
        await visitor.hears('Then we keep nothing.');
        assert.ok(!(await visitor.transcript()).includes(QUESTION));
        await isUntold();
      });

      it('comes after the chat was opened', async () => {
        await visit('required', '');
        await visitor.openChat('Your name?');
        await answerBoth();
        await visitor.hears(QUESTION);
        await run(stub);
        await run(load);
        assert.equal(await state(), 'pending');
        await isUntold();
        await run(grant);
        await isSent();
      });

      it('takes back what the visitor has granted to the widget’s own question', async () => {
        await visit('required', stub + load);
        await visitor.openChat('Your name?');
        await answerBoth();
        await visitor.hears(QUESTION);
        await pressWords('Yes, you may');
        await isSent();
        await run(refuse);
        await isTakenBack();
      });

      it('refuses where nobody has to be asked', async () => {
        await visit('none-needed', stub + load);
        await visitor.openChat('Your name?');
        await answerBoth();
        await isSent();
        assert.equal(await state(), 'allowed');
        await run(refuse);
        await isTakenBack();
      });

      it('has refused where nobody has to be asked: what an earlier page kept is erased', async () => {
        await visit('none-needed', stub + load);
        await visitor.openChat('Your name?');
        await answerBoth();
        await isSent();
        await press('button[aria-label="Close chat"]');
        await visit('none-needed', stub + load + refuse);
        assert.ok((await kept()) > 0);
        await visitor.openChat('Your name?');
        await isForgotten();
        await answerBoth();
        await visitor.hears('Then we keep nothing.');
        assert.equal(await kept(), 0);
        assert.equal(profiles().length, 1);
      });
    });
  }

  describe('both, one after the other', () => {
    before(() => (consent = BOTH.settings));
    after(() => (consent = {}));

    for (const [first, second] of [
      [GOOGLE, TCF],
      [TCF, GOOGLE],
    ] as const) {
      it(`goes by ${first.name} only with ${second.name}, and either takes it back`, async () => {
        await visit('required', BOTH.stub + BOTH.load);
        await visitor.openChat('Your name?');
        await answerBoth();
        await visitor.hears(QUESTION);
        await run(first.grant);
        assert.equal(await state(), 'pending');
        await isUntold();
        await run(second.grant);
        await isSent();
        await run(first.refuse);
        await isTakenBack();
      });

      it(`is refused by ${second.name}, whatever ${first.name} has granted`, async () => {
        await visit('required', BOTH.stub + BOTH.load + first.grant);
        await visitor.openChat('Your name?');
        assert.equal(await state(), 'pending');
        await run(second.refuse);
        assert.equal(await state(), 'denied');
        await answerBoth();
        await visitor.hears('Then we keep nothing.');
        await isUntold();
      });
    }
  });
});

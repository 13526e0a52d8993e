/** What the page is about together with who is signed in: the insurer's conversation about the car (`docs/retargeting.md`). */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser } from 'puppeteer-core';
import { startDemo, type Demo } from '../../demo/demo.ts';
import { builtWidget } from '../built-widget.ts';
import { openBrowser, Visitor } from './visitor.ts';

describe('who asks the insurer about their car', () => {
  let browser: Browser;
  let demo: Demo;
  let visitor: Visitor;
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    demo = await startDemo({ relay: 0, pages: 0, braze: 0 }, () => undefined, {
      assets: await builtWidget(),
    });
    visitor = await Visitor.arrive(browser);
  });
  afterEach(async () => {
    await visitor.leave();
    await demo.close();
  });

  const profileOf = (id: string) =>
    demo.emulator.profiles().find(({ external_id: externalId }) => externalId === id);

  /** On the landing page, as one of the demo's customers. */
  const signIn = async (customer: string) => {
    await visitor.page.locator('.account summary').click();
    await visitor.page.locator(`.account button[value="${customer}"]`).click();
    await visitor.find('#sair');
  };

  /** By the landing page's own link. Resolves once the page has asked who is signed in. */
  const goToCar = async () => {
    const asked = visitor.page.waitForResponse((response) => response.url().endsWith('/sessao'));
    await visitor.page.locator('main a[href="seguro-auto.html"]').click();
    await asked;
    await visitor.find('.rainy');
  };

  const askForQuote = async () => {
    await visitor.choose('Aplicativo');
    await visitor.choose('Na rua mesmo');
    await visitor.answer('car_year', '2019');
    await visitor.answer('first_name', 'Ana');
    await visitor.answer('email', 'ana@example.com');
    await visitor.hears('vidros e retrovisores');
    await visitor.hears('Pronto, Ana!');
  };

  it('as a stranger is made a quote, and is a profile of their own', async () => {
    await visitor.visit(`${demo.carambolaUrl}/`);
    await goToCar();
    await visitor.openChat('Em cinco perguntas');
    await askForQuote();
    const stranger = await demo.emulator.until(({ profiles }) =>
      profiles().find(({ events }) => events.some(({ name }) => name === 'cotacao_pedida')),
    );
    assert.equal(stranger.external_id, undefined);
    assert.equal(stranger.standard['email'], 'ana@example.com');
    const { submission_id: _, ...properties } =
      stranger.events.find(({ name }) => name === 'cotacao_pedida')?.properties ?? {};
    assert.deepEqual(properties, {
      produto: 'auto',
      uso: 'app',
      pernoite: 'street',
      ano: 2019,
      pagina: '/seguro-auto.html',
    });
  });

  it('as a stranger who signs out again stays one', async () => {
    await visitor.visit(`${demo.carambolaUrl}/`);
    await signIn('marina');
    await visitor.page.locator('#sair button').click();
    await visitor.find('.account summary');
    await goToCar();
    await visitor.openChat('Em cinco perguntas');
    await askForQuote();
    await demo.emulator.until(({ profiles }) =>
      profiles().find(({ events }) => events.some(({ name }) => name === 'cotacao_pedida')),
    );
    assert.deepEqual(profileOf('carambola-1042')?.events, []);
  });
});

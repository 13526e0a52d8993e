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

  /** Resolves once the page at that path has been told who is signed in, with a token if somebody is. */
  const isTold = (path: string, status: 200 | 204) =>
    visitor.page.waitForResponse(
      (response) =>
        response.url().endsWith('/sessao') &&
        response.request().headers()['referer'] === demo.carambolaUrl + path &&
        response.status() === status,
    );

  /** On the landing page, as one of the demo's customers. */
  const signIn = async (customer: string) => {
    const told = isTold('/', 200);
    await visitor.page.locator('.account summary').click();
    await visitor.page.locator(`.account button[value="${customer}"]`).click();
    await visitor.find('#sair');
    await told;
  };

  /** By the landing page's own link. */
  const goToCar = async (isSignedIn = false) => {
    const told = isTold('/seguro-auto.html', isSignedIn ? 200 : 204);
    await visitor.page.locator('main a[href="seguro-auto.html"]').click();
    await visitor.find('.rainy');
    await told;
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

  /** The Canvas that they are in, with what it was entered with. */
  const entryOf = async (id: string) => {
    const entry = await demo.emulator.until(() => profileOf(id)?.canvas_entries[0]);
    const canvas = demo.emulator.settings().canvases.find((each) => each.id === entry.canvas_id);
    return [canvas?.name, entry.context] as const;
  };

  it('as a customer with the smallest plan is asked what it lacks, and gets a proposal for that', async () => {
    await visitor.visit(`${demo.carambolaUrl}/`);
    await signIn('marina');
    await goToCar(true);
    await visitor.openChat('Seu plano é o Essencial');
    await visitor.choose('Trabalho, todo dia');
    await visitor.choose('Na rua mesmo');
    await visitor.choose('Enchente');
    await visitor.hears('uma proposta só com o que falta');
    assert.deepEqual(await entryOf('carambola-1042'), [
      'Proposta sob medida',
      {
        plano: 'essencial',
        uso: 'work',
        pernoite: 'street',
        falta: 'flood',
        pagina: '/seguro-auto.html',
      },
    ]);
    const marina = profileOf('carambola-1042');
    assert.ok(marina);
    assert.equal(marina.custom_attributes['car_worry'], 'flood');
    assert.equal(marina.standard['first_name'], 'Marina');
    assert.equal(demo.emulator.profiles().length, 1);
  });

  it('as a customer with everything is asked who drives, and enters the same Canvas with that', async () => {
    await visitor.visit(`${demo.carambolaUrl}/`);
    await signIn('otavio');
    await goToCar(true);
    await visitor.openChat('Seu plano é o Completo');
    await visitor.choose('Alguém com menos de 25');
    await visitor.hears('como incluir mais um condutor');
    assert.deepEqual(await entryOf('carambola-2077'), [
      'Proposta sob medida',
      { plano: 'completo', condutor: 'young', pagina: '/seguro-auto.html' },
    ]);
  });

  it('as a customer on a page that is about something else is asked what anybody is asked', async () => {
    await visitor.visit(`${demo.carambolaUrl}/`);
    await signIn('marina');
    await visitor.openChat('Por enquanto eu entendo mesmo é de carro.');
    await visitor.find('parley-chat >>> .question');
  });
});

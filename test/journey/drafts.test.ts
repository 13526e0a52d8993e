/** What was typed and not sent. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eachWithBrand, openBrand, type Scene } from './brand.ts';

const flow = {
  id: 'welcome',
  start: 'name',
  nodes: {
    name: { type: 'ask', field: 'first_name', input: 'text', text: 'Your name?', next: 'likes' },
    likes: {
      type: 'ask',
      field: 'likes',
      input: 'choices',
      text: 'What do you like?',
      options: [
        { value: 'fells', text: 'Fells' },
        { value: 'lakes', text: 'Lakes' },
      ],
      next: 'birthday',
    },
    birthday: {
      type: 'ask',
      field: 'date_of_birth',
      input: 'date',
      autocomplete: 'bday',
      text: 'Your birthday?',
      next: 'bye',
    },
    bye: { type: 'end', text: 'Bye' },
  },
};

describe('a draft', () => {
  let scene: Scene<Awaited<ReturnType<typeof openBrand>>>;
  eachWithBrand(
    () => openBrand({ flows: [flow] }),
    (given) => (scene = given),
  );
  const draft = () => scene.visitor.page.evaluate(() => sessionStorage.getItem('parley-draft'));
  const field = (name: string) => scene.visitor.find(`parley-chat >>> input[name="${name}"]`);

  it('survives a reload, whatever the fields are, and goes with its answer', async () => {
    const { brand, visitor } = scene;
    const { page } = visitor;
    brand.setBody(brand.scriptTag('data-flow="welcome"'));
    await visitor.visit(brand.url);
    await visitor.openChat('Your name?');
    await (await field('first_name')).type('Ada L');
    await visitor.reload();
    await visitor.hears('Your name?');
    assert.equal(
      await (await field('first_name')).evaluate((input) => (input as HTMLInputElement).value),
      'Ada L',
    );
    await (await field('first_name')).press('Enter');
    await visitor.hears('What do you like?');
    await page.waitForFunction(() => sessionStorage.getItem('parley-draft') === null);

    await (await visitor.find('parley-chat >>> input[value="lakes"]')).click();
    await visitor.reload();
    await visitor.hears('What do you like?');
    const isTicked = (value: string) =>
      page.$eval(`parley-chat >>> input[value="${value}"]`, (box) => box.checked);
    assert.deepEqual([await isTicked('fells'), await isTicked('lakes')], [false, true]);
    await (await visitor.find('parley-chat >>> button[type="submit"]')).click();
    await visitor.hears('Your birthday?');

    await (await field('date_of_birth-month')).type('12');
    await (await field('date_of_birth-year')).type('1815');
    await visitor.reload();
    await visitor.hears('Your birthday?');
    const values = await Promise.all(
      ['month', 'day', 'year'].map(async (part) =>
        (await field(`date_of_birth-${part}`)).evaluate((input) => (input as HTMLInputElement).value),
      ),
    );
    assert.deepEqual(values, ['12', '', '1815']);
  });

  it('is not another question’s', async () => {
    const { brand, visitor } = scene;
    brand.setBody(brand.scriptTag('data-flow="welcome"'));
    await visitor.visit(brand.url);
    await visitor.openChat('Your name?');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('What do you like?');
    await (await visitor.find('parley-chat >>> input[value="lakes"]')).click();
    await (await visitor.find('parley-chat >>> .change, parley-chat >>> li .quiet')).click();
    await visitor.find('parley-chat >>> input[name="first_name"]');
    await visitor.reload();
    await visitor.hears('Your name?');
    assert.equal(
      await (await field('first_name')).evaluate((input) => (input as HTMLInputElement).value),
      'Ada',
    );
  });

  it('is there again when the visitor has been back at an earlier answer, also after a reload', async () => {
    const { brand, visitor } = scene;
    const { page } = visitor;
    brand.setBody(brand.scriptTag('data-flow="welcome"'));
    await visitor.visit(brand.url);
    await visitor.openChat('Your name?');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('What do you like?');
    const lakes = 'parley-chat >>> input[value="lakes"]';
    await (await visitor.find(lakes)).click();
    await (await visitor.find('parley-chat >>> li .quiet')).click();
    await field('first_name');
    await (await visitor.find('parley-chat >>> .question > .quiet')).click();
    assert.ok(await (await visitor.find(lakes)).evaluate((box) => (box as HTMLInputElement).checked));
    await visitor.reload();
    await visitor.hears('What do you like?');
    assert.ok(await page.$eval(lakes, (box) => box.checked));
  });

  it('goes when the page starts the conversation anew', async () => {
    const { brand, visitor } = scene;
    const { page } = visitor;
    brand.setBody(brand.scriptTag('data-flow="welcome"'));
    await visitor.visit(brand.url);
    await visitor.openChat('Your name?');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('What do you like?');
    await (await visitor.find('parley-chat >>> li .quiet')).click();
    await (await field('first_name')).type('Ben');
    await page.waitForFunction(() => sessionStorage.getItem('parley-draft') !== null);
    await page.evaluate(() => window.parley?.push(['restart']));
    await page.waitForFunction(
      () => document.querySelector('parley-chat')?.shadowRoot?.querySelector('input')?.value === '',
    );
    assert.equal(await draft(), null);
  });

  for (const consent of ['none-needed', 'required']) {
    it(`is there again when the answer could not be kept, consent: ${consent}`, async () => {
      const { brand, visitor } = scene;
      const { page } = visitor;
      let isInReach = false;
      await page.setRequestInterception(true);
      page.on('request', (request) => {
        const isKept = isInReach || !request.url().includes('/assets/delivery-');
        void (isKept ? request.continue() : request.abort());
      });
      brand.setBody(brand.scriptTag(`data-flow="welcome" data-consent="${consent}"`));
      await visitor.visit(brand.url);
      await visitor.openChat('Your name?');
      await (await field('first_name')).type('Ada');
      await (await field('first_name')).press('Enter');
      const again = await visitor.find('parley-chat >>> .notice button');
      isInReach = true;
      await again.click();
      const input = await field('first_name');
      await page.waitForFunction((put) => (put as HTMLInputElement).value === 'Ada', {}, input);
      await input.press('Enter');
      await visitor.hears('What do you like?');
      assert.match(await visitor.transcript(), /visitor: Ada/);
      await page.waitForFunction(() => sessionStorage.getItem('parley-draft') === null);
    });
  }

  it('is not kept before the visitor has allowed it', async () => {
    const { brand, visitor } = scene;
    brand.setBody(brand.scriptTag('data-flow="welcome" data-consent="required"'));
    await visitor.visit(brand.url);
    await visitor.openChat('Your name?');
    await (await field('first_name')).type('Ada');
    assert.equal(await draft(), null);
  });
});

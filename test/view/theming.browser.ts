/** What a brand's own colours and corners make of the chat. */
import { assert } from '@open-wc/testing';
import { emulateMedia } from '@web/test-runner-commands';
import type { PublishedFlow } from '../../widget/contract/flow.ts';
import type { ParleyChat } from '../../widget/parley-chat.ts';
import { input, inside, open, question, type, until } from './chat.ts';
import { FLOW, installFakeRelay, json, type FakeRelay } from './fake-relay.ts';

const PICTURE = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"/>')}`;

const { style } = document.documentElement;

let relay: FakeRelay;

beforeEach(() => {
  relay = installFakeRelay();
});
afterEach(async () => {
  relay.uninstall();
  style.cssText = '';
  await emulateMedia({ colorScheme: 'light' });
});

/** As the browser paints it. */
function painted(color: string): readonly number[] {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data];
}

/** Relative luminance (WCAG 2.2). */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = painted(color).map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(...colors: [string, string]): number {
  const [dark = 0, light = 0] = colors.map(luminance).sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const look = (chat: ParleyChat, selector: string) => getComputedStyle(inside(chat, selector) as HTMLElement);

const chosen = async (): Promise<ParleyChat> => {
  const nodes: PublishedFlow['nodes'] = {
    hello: {
      type: 'ask',
      input: 'choices',
      field: 'colours',
      text: 'Which?',
      options: [{ value: 'red', text: 'Red' }],
      next: 'done',
    },
    done: { type: 'end', text: 'Thanks' },
  };
  relay.flow = async () => json({ ...FLOW, nodes });
  const chat = document.createElement('parley-chat');
  Object.assign(chat, { flow: 'welcome', relay: `https://theming-${Date.now()}.example` });
  document.body.append(chat);
  await until(() => question(chat), 'nothing was asked');
  inside(chat, '[type=checkbox]')?.click();
  return chat;
};

describe('a brand’s look', () => {
  const ACCENTS = ['#2f5fb3', '#fff59d', '#ffc107', '#ffffff', '#0a1a40', '#000000', '#b4471f', '#00ff00'];
  for (const scheme of ['light', 'dark'] as const) {
    for (const accent of ACCENTS) {
      it(`shows where the focus is, and what is chosen, with the accent ${accent} in the ${scheme}`, async () => {
        style.setProperty('--parley-accent', accent);
        await emulateMedia({ colorScheme: scheme });
        const chat = await open();
        input(chat)?.focus();
        const ground = look(chat, 'section').backgroundColor;
        for (const line of [look(chat, '.field').outlineColor, look(chat, '.field').borderTopColor]) {
          assert.isAtLeast(contrast(line, ground), 3);
        }
        const other = await chosen();
        assert.isAtLeast(contrast(look(other, '.pill').borderTopColor, ground), 3);
        other.destroy();
      });
    }
  }

  it('has no round corner anywhere where the brand has none', async () => {
    style.setProperty('--parley-radius', '0px');
    const image = { image: PICTURE, alt: 'A tent', width: 640, height: 320 };
    const nodes: PublishedFlow['nodes'] = {
      ...FLOW.nodes,
      hello: { type: 'message', bubbles: [{ text: 'Look' }, image], next: 'name' },
    };
    relay.flow = async () => json({ ...FLOW, nodes });
    const chat = await open();
    await type(chat, 'first_name', 'Ada');
    await until(() => input(chat)?.name === 'email', 'no e-mail is asked for');
    const drawn = [...(chat.shadowRoot?.querySelectorAll('section, section *') ?? [])];
    for (const selector of [
      'img',
      '.visitor.last .words',
      '.brand.last .words',
      '.send',
      '.field',
      '.more',
    ]) {
      assert.isTrue(
        drawn.some((element) => element.matches(selector)),
        selector,
      );
    }
    for (const element of drawn)
      assert.strictEqual(getComputedStyle(element).borderRadius, '0px', element.className);
  });

  it('has round buttons where the brand says nothing', async () => {
    const chat = await open();
    const { width, height } = inside(chat, '.send')?.getBoundingClientRect() ?? new DOMRect();
    assert.strictEqual(look(chat, '.send').borderRadius, `${width / 2}px`);
    assert.strictEqual(width, height);
  });
});

/** A chat on a page of its own, as a visitor has it before them. */
import { fixture, html, waitUntil } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import type { ParleyChat } from '../../widget/parley-chat.ts';
import '../../widget/define.ts';

let relays = 0;

/** Each test has a relay of its own, and so a store of its own. */
export const nextRelay = () => `https://relay-${Date.now()}-${(relays += 1)}.example`;

// The draft of a first question is there again on every page of the tab.
beforeEach(() => sessionStorage.clear());

/** Waits as long as a loaded machine may need, and no longer than the test may take. */
export const until = (condition: () => unknown, message?: string) =>
  waitUntil(condition, message, { timeout: 15_000 });

export const inside = (chat: ParleyChat, selector: string) =>
  chat.shadowRoot?.querySelector<HTMLElement>(selector);
export const question = (chat: ParleyChat) => inside(chat, '.question');
export const input = (chat: ParleyChat) => question(chat)?.querySelector('input');
export const problem = (chat: ParleyChat) => question(chat)?.querySelector('#problem')?.textContent ?? '';
export const said = (chat: ParleyChat) => {
  const transcript = inside(chat, '.transcript');
  return [...(transcript?.querySelectorAll('.words') ?? [])].map((words) => words.textContent);
};

export const asks = (chat: ParleyChat, field: string) =>
  until(
    () => input(chat)?.name === field,
    `"${field}" was not asked; said so far: ${said(chat).join(' / ')}`,
  );

export const hears = (chat: ParleyChat, words: string) =>
  until(() => said(chat).includes(words), `"${words}" was not said`);

export async function open(relayUrl = nextRelay()): Promise<ParleyChat> {
  const chat = await fixture<ParleyChat>(
    html`<parley-chat flow="welcome" relay=${relayUrl} name="Tarn & Tor"></parley-chat>`,
  );
  await asks(chat, 'first_name');
  return chat;
}

export async function type(chat: ParleyChat, field: string, text: string): Promise<void> {
  await asks(chat, field);
  input(chat)?.focus();
  await sendKeys({ type: text });
  await sendKeys({ press: 'Enter' });
}

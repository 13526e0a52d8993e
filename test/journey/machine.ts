/** What a page does when somebody signs in, leaves or asks to be forgotten, and what it hears. */
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import type { HTTPRequest } from 'puppeteer-core';
import type { Visitor } from './visitor.ts';

const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });

/** The public key of the brand's backend. */
export const PEM = await exportSPKI(publicKey);

/** The word of the brand's backend, or of whoever has another key. */
export const sign = (sub: string, key = privateKey, exp = '1 hour'): Promise<string> =>
  new SignJWT({}).setProtectedHeader({ alg: 'ES256' }).setSubject(sub).setExpirationTime(exp).sign(key);

/** What a page notes of `parley-visitor` and `parley-error`. */
type Noted = readonly string[];

/** Before the first page. @param cut requests that get no further than the browser: `POST /v1/sessions` */
export async function equip({ page }: Visitor, cut: ReadonlySet<string>): Promise<void> {
  await page.evaluateOnNewDocument(() => {
    const noted: string[] = [];
    Object.assign(window, { noted });
    addEventListener('parley-visitor', ({ change }) => noted.push(change));
    addEventListener('parley-error', ({ reason, verdict }) =>
      noted.push([reason, verdict].filter(Boolean).join(' ')),
    );
  });
  await page.setRequestInterception(true);
  page.on('request', (request: HTTPRequest) => {
    const isCut = cut.has(`${request.method()} ${new URL(request.url()).pathname}`);
    void (isCut ? request.abort() : request.continue());
  });
}

export const notedBy = ({ page }: Visitor): Promise<Noted> =>
  page.evaluate(() => (window as unknown as { noted: Noted }).noted);

export async function hasNoted({ page }: Visitor, what: string): Promise<void> {
  await page.bringToFront();
  await page.waitForFunction(
    (wanted) => (window as unknown as { noted: Noted }).noted.includes(wanted),
    {},
    what,
  );
}

/** What a method of the chat comes to: an error's words, or nothing. */
export const call = (
  { page }: Visitor,
  method: 'identify' | 'logout' | 'forget',
  jwt = '',
): Promise<string> =>
  page.evaluate(
    async (name, given) => {
      await customElements.whenDefined('parley-chat');
      try {
        await document.querySelector('parley-chat')?.[name](given);
        return '';
      } catch (error) {
        return String(error);
      }
    },
    method,
    jwt,
  );

export async function say(who: Visitor, number: number, word: string): Promise<void> {
  await who.page.bringToFront();
  await who.answer(`word_${number}`, word);
  await who.hears(`Word ${number + 1}?`);
}

/** Another one begins, and sees nothing of the last one. */
export async function isAsked(who: Visitor, before: string): Promise<void> {
  await who.page.bringToFront();
  await who.page.waitForFunction(
    (word) => {
      const root = document.querySelector('parley-chat')?.shadowRoot;
      const said = root?.querySelector('.transcript')?.textContent ?? '';
      return root?.querySelector('input[name="word_1"]') && !said.includes(word);
    },
    {},
    before,
  );
}

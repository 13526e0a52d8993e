/** A visitor in a Chromium that can be killed: they answer question after question, and start again at the end. */
import { once } from 'node:events';
import { launch, type Browser, type HTTPRequest, type Page } from 'puppeteer-core';
import type { SubmissionsRequest } from '../../widget/contract/wire.ts';
import { chromiumFlags, findChromium } from '../chromium.ts';
import { wordOf } from './browser-flow.ts';

export interface Words {
  /** The next word to say, when the visitor has thought of it. Undefined: they say no more. */
  next(): Promise<string | undefined>;
  /** The visitor sees what they said in the conversation. */
  noteAccepted(word: string): void;
  /** A submission leaves the browser. */
  noteSent(word: string, submission: string): void;
}

export interface VisitOptions {
  /** Folder of Chromium's profile, as it was left. */
  readonly profile: string;
  readonly url: string;
  readonly words: Words;
}

export interface Visit {
  readonly page: Page;
  /** SIGKILL to all of its processes at once. */
  kill(): Promise<void>;
}

/** Resolves while the page still loads: it may be killed then. */
export async function visit({ profile, url, words }: VisitOptions): Promise<Visit> {
  const browser = await launch({
    executablePath: findChromium(),
    args: [...chromiumFlags(), '--lang=en-US'],
    userDataDir: profile,
  });
  const [page = await browser.newPage()] = await browser.pages();
  page.on('request', (request) => {
    // Killed meanwhile, it sends it again.
    void noteRequest(request, words).catch(() => undefined);
  });
  await page.exposeFunction('nextWord', () => words.next());
  await page.exposeFunction('noteAccepted', (word: string) => words.noteAccepted(word));
  await page.evaluateOnNewDocument(converse);
  // Killed while it loads, it never arrives.
  void page.goto(url).catch(() => undefined);
  return { page, kill: () => kill(browser) };
}

async function kill(browser: Browser): Promise<void> {
  const leader = browser.process();
  if (leader?.pid === undefined) throw new Error('Chromium does not run.');
  const ended = once(leader, 'exit');
  // Its group: Puppeteer starts it as the leader of one.
  process.kill(-leader.pid, 'SIGKILL');
  await ended;
}

async function noteRequest(request: HTTPRequest, words: Words): Promise<void> {
  if (request.method() !== 'POST' || !request.url().endsWith('/v1/submissions')) return;
  const body = await request.fetchPostData();
  if (body === undefined) return;
  for (const submission of (JSON.parse(body) as SubmissionsRequest).submissions) {
    words.noteSent(wordOf(submission), submission.id);
  }
}

/** Runs in the page, before anything else does. */
function converse(): void {
  const { nextWord, noteAccepted } = window as unknown as {
    nextWord: () => Promise<string | undefined>;
    noteAccepted: (word: string) => Promise<void>;
  };
  const seen = new Set<string>();
  const used = new WeakSet<Element>();
  const unused = <T extends Element>(element: T | null | undefined): T | undefined => {
    if (!element || used.has(element)) return undefined;
    used.add(element);
    return element;
  };
  const say = async (question: Element, input: HTMLInputElement) => {
    const word = await nextWord();
    if (word === undefined) return;
    input.value = word;
    input.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
    question.querySelector<HTMLElement>('button[type=submit]')?.click();
  };
  // Where the relay is away there is no widget: they load the page again. The loader says on the console what it could not load.
  const turnPage = () => setTimeout(() => location.reload(), 100);
  addEventListener('error', ({ target }) => target instanceof HTMLScriptElement && turnPage(), true);
  console.warn = (words: unknown) => words === 'Parley could not be loaded.' && turnPage();
  const look = () => {
    const chat = document.querySelector('parley-chat')?.shadowRoot;
    const transcript = chat?.querySelector('.transcript');
    for (const { textContent } of transcript?.querySelectorAll('.visitor .words') ?? []) {
      const word = textContent.trim();
      if (!seen.has(word)) void noteAccepted(word);
      seen.add(word);
    }
    // To try again where the flow cannot be had, and to start again at the end.
    unused(chat?.querySelector<HTMLElement>('.notice button, .over button'))?.click();
    const question = chat?.querySelector('.question');
    const input = unused(question?.querySelector('input'));
    if (question && input) void say(question, input);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

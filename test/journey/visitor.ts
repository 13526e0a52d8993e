/** A visitor in a real browser: opens pages, clicks, types and reads, as a person would. */
import assert from 'node:assert/strict';
import { launch, type Browser, type BrowserContext, type ElementHandle, type Page } from 'puppeteer-core';
import type { ParleyOutcomeEvent } from '../../widget/events.ts';
import { chromiumFlags, findChromium, findHeadlessShell } from '../chromium.ts';

/** Milliseconds until something that should appear counts as missing, on a loaded machine. */
const PATIENCE = 30_000;

/** Milliseconds between two looks. With every frame, as is the default, a page draws all the time: a tenth of what a journey costs. */
const POLLING = 40;

/** @param flags beside those that every test has */
export function openBrowser(flags: readonly string[] = []): Promise<Browser> {
  return open(findHeadlessShell(), flags);
}

/** For what the engine alone does not do. */
export function openWholeBrowser(): Promise<Browser> {
  return open(findChromium());
}

/** The language decides in which order a date is typed. */
function open(executablePath: string, flags: readonly string[] = []): Promise<Browser> {
  return launch({ executablePath, args: [...chromiumFlags(), '--lang=en-US', ...flags] });
}

/** The six fields of the demo flow, as they are typed into their inputs (a date as month, day, year). */
export const ANSWERS: readonly (readonly [field: string, typed: string])[] = [
  ['first_name', 'Ada'],
  ['last_name', 'Lovelace'],
  ['email', 'ada@example.com'],
  ['date_of_birth', '1815-12-10'],
  ['city', 'Keswick'],
];

/** From then on nothing on the page happens only because time has passed. */
export const stopTimers = ({ page }: Visitor): Promise<void> =>
  page.evaluate(() => void Object.assign(window, { setTimeout: () => 0 }));

export class Visitor {
  readonly page: Page;
  /** Headers and bodies of everything that the browser was sent, to search. */
  readonly received: string[] = [];
  /** Outcomes that the widget told its pages of, in order. */
  readonly outcomes: string[] = [];
  readonly #context: BrowserContext;
  readonly #reading: Promise<void>[] = [];

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    page.setDefaultTimeout(PATIENCE);
    page.on('response', (response) => {
      const head = `${response.url()} ${JSON.stringify(response.headers())}`;
      const read = response.text().then(
        (body) => void this.received.push(`${head}\n${body}`),
        // A preflight, a redirect, or a page that has gone: it has no body to read.
        () => void this.received.push(head),
      );
      this.#reading.push(read);
    });
  }

  /** Someone who was never here before. */
  static async arrive(browser: Browser): Promise<Visitor> {
    return Visitor.#at(await browser.createBrowserContext());
  }

  static async #at(context: BrowserContext): Promise<Visitor> {
    const visitor = new Visitor(context, await context.newPage());
    await visitor.page.exposeFunction('noteOutcome', (outcome: string) => visitor.outcomes.push(outcome));
    await visitor.page.evaluateOnNewDocument(() => {
      const { noteOutcome } = window as unknown as { noteOutcome: (outcome: string) => void };
      addEventListener('parley-outcome', ({ outcome }: ParleyOutcomeEvent) => noteOutcome(outcome));
    });
    return visitor;
  }

  /** The same visitor in a new tab: what the browser keeps for the site is there, what it keeps for the tab is not. */
  async anotherTab(): Promise<Visitor> {
    return Visitor.#at(this.#context);
  }

  async leave(): Promise<void> {
    await this.#context.close();
  }

  async visit(url: string): Promise<void> {
    await this.page.goto(url, { waitUntil: 'load' });
  }

  async reload(): Promise<void> {
    await this.page.reload({ waitUntil: 'load' });
  }

  /** @param greeting what is said first */
  async openChat(greeting = 'Tarn & Tor'): Promise<void> {
    const launcher = await this.find('parley-launcher >>> button');
    await launcher.click();
    await this.hears(greeting);
  }

  /**
   * Puts an answer into the question for that field, once it is asked, as an input method does: key by key it takes ten times as long.
   * Sends it. A birthday has three fields.
   */
  async answer(field: string, typed: string): Promise<void> {
    const isDate = /^\d{4}-\d\d-\d\d$/.test(typed);
    const parts = isDate ? [`${field}-year`, `${field}-month`, `${field}-day`] : [field];
    for (const [index, name] of parts.entries()) {
      const input = await this.find(`parley-chat >>> input[name="${name}"]`);
      // What it holds already is selected by this, and typed over.
      await input.click({ count: 3 });
      await this.page.keyboard.sendCharacter(isDate ? (typed.split('-')[index] ?? '') : typed);
    }
    const send = await this.find('parley-chat >>> button[type="submit"]');
    await send.click();
  }

  /** Clicks a button or a box of the question by its name, once it is asked. */
  async choose(name: string): Promise<void> {
    const found = await this.page.waitForFunction(
      (wanted) => {
        const question = document.querySelector('parley-chat')?.shadowRoot?.querySelector('.question');
        return [...(question?.querySelectorAll('button, label') ?? [])].find(
          (each) => (each.ariaLabel ?? each.textContent.trim()) === wanted,
        );
      },
      { polling: POLLING },
      name,
    );
    await (found.asElement() as ElementHandle | null)?.click();
  }

  /** Sends what was chosen where there may be several. */
  async send(): Promise<void> {
    await (await this.find('parley-chat >>> button[type="submit"]')).click();
  }

  async answerAll(answers = ANSWERS): Promise<void> {
    for (const [field, typed] of answers) await this.answer(field, typed);
  }

  /** Waits until it has been said. */
  async hears(words: string): Promise<void> {
    await this.page
      .waitForFunction(
        (wanted) => {
          const chat = document.querySelector('parley-chat');
          const transcript = chat?.shadowRoot?.querySelector('.transcript');
          return transcript?.textContent.includes(wanted);
        },
        { polling: POLLING },
        words,
      )
      .catch(async () => assert.fail(`"${words}" was not said, but:\n${await this.transcript()}`));
  }

  /** Waits until these words stand somewhere on the page, in whichever shadow tree. */
  async reads(words: string): Promise<void> {
    await this.page.waitForFunction(
      (wanted) => {
        const holds = (root: Document | ShadowRoot): boolean =>
          (root instanceof Document ? root.body : root).textContent.includes(wanted) ||
          [...root.querySelectorAll('*')].some(({ shadowRoot }) => shadowRoot !== null && holds(shadowRoot));
        return holds(document);
      },
      { polling: POLLING },
      words,
    );
  }

  /** Waits until the widget reads the tags of the page, which it does after its first question: until then a click is nobody's. */
  async isRead(): Promise<void> {
    await this.page.waitForFunction(async () => {
      const file = performance
        .getEntriesByType('resource')
        .find(({ name }) => /\/tags-[\w-]+\.js$/.test(name));
      if (!file) return false;
      // It has asked for it first, so it has it first.
      await import(file.name);
      return true;
    });
  }

  /** Brings it into the middle of the window, and waits until the page's own code knows of it, too. */
  async sees(selector: string): Promise<void> {
    const element = await this.find(selector);
    await element.evaluate(async (seen) => {
      seen.scrollIntoView({ block: 'center', behavior: 'instant' });
      await new Promise<void>((resolve) => {
        const sight = new IntersectionObserver(
          ([entry]) => {
            if (!entry?.isIntersecting) return;
            sight.disconnect();
            resolve();
          },
          { threshold: 0.5 },
        );
        sight.observe(seen);
      });
    });
  }

  /** Waits until this is said of the last answer, beside its field. */
  async isRefused(words: string): Promise<void> {
    await this.page.waitForFunction(
      (wanted) => {
        const chat = document.querySelector('parley-chat');
        const question = chat?.shadowRoot?.querySelector('.question');
        return question?.querySelector('[role=alert]')?.textContent.includes(wanted);
      },
      { polling: POLLING },
      words,
    );
  }

  /** Everything said so far, a line each. */
  transcript(): Promise<string> {
    return this.page.evaluate(() => {
      const transcript = document.querySelector('parley-chat')?.shadowRoot?.querySelector('.transcript');
      const lines = [...(transcript?.querySelectorAll('li') ?? [])];
      return lines
        .map((line) => `${line.className.split(' ')[0]}: ${line.querySelector('.words')?.textContent ?? ''}`)
        .join('\n');
    });
  }

  /** Waits until the widget says that something is kept for later, or no longer. */
  async isToldOfWaiting(isWaiting: boolean): Promise<void> {
    await this.page.waitForFunction(
      (wanted) => {
        const note = document.querySelector('parley-chat')?.shadowRoot?.querySelector('.waiting');
        return Boolean(note?.textContent) === wanted;
      },
      { polling: POLLING },
      isWaiting,
    );
  }

  /** Everything that the browser was sent so far, as one text. */
  async everythingReceived(): Promise<string> {
    await Promise.all(this.#reading);
    return this.received.join('\n');
  }

  /**
   * Waits until it is there to be seen, also in a shadow tree: without `visible`, Puppeteer looks again only when the document
   * itself changes.
   */
  async find(selector: string): Promise<ElementHandle> {
    const element = await this.page.waitForSelector(selector, { visible: true }).catch(() => undefined);
    assert.ok(element, `There is no ${selector}. Said so far:\n${await this.transcript()}`);
    return element;
  }
}

/** What asks for an answer: one control for each kind of input. */
import type { TemplateResult } from 'lit';
import type { Answer, AskBase, Input, InputKind } from '../../contract/flow.ts';
import type { AllWords, Words } from '../../locale/words.ts';

type InputOf<Kind extends InputKind, Each = Input<string>> = Each extends { readonly input: InputKind }
  ? [Kind & Each['input']] extends [never]
    ? never
    : Each
  : never;

export type AskOf<Kind extends InputKind> = AskBase<string> & InputOf<Kind>;

/** The question at hand, as a control has to know it. */
export interface Asked<Kind extends InputKind = InputKind, Known extends Words = Words> {
  readonly ask: AskOf<Kind>;
  /** The question as it reads: the label of its field, or of the group of them. */
  readonly label: string;
  /** What it was answered with before, to be offered again. */
  readonly previous?: Answer | undefined;
  /** BCP 47 tag by which dates and numbers are written. */
  readonly locale: string | undefined;
  readonly words: Known;
  /** The last answer was not taken; the element `problem` says why. */
  readonly isRefused: boolean;
  /** Answers at once. */
  readonly say: (raw: unknown) => void;
}

export interface Control<Kind extends InputKind = InputKind, Known extends Words = Words> {
  /** Fields and buttons within the question's form. */
  render(asked: Asked<Kind, Known>): TemplateResult;
  /** What the filled form says, for `flow/answer.ts` to judge. Absent where the buttons themselves answer. */
  read?(form: HTMLFormElement, asked: Asked<Kind, Known>): unknown;
  /** How people read the answer. */
  wordsOf(ask: AskOf<Kind>, answer: Answer, locale: string | undefined, words: Known): string;
  /** Fetches ahead what it may need later. */
  prepare?(): void;
}

/** One of `view/further.ts`: all the words are there where it is. */
export type FurtherControl<Kind extends InputKind> = Control<Kind, AllWords>;

export type Controls = { readonly [Kind in InputKind]: Control<Kind> };

/** A flow as far as its shape is sound: what was not is left out, so that everything else can be judged all the same. */
import type { FlowNode } from '../../../widget/contract/flow.ts';
import type { Finding, Path } from './finding.ts';

/** `T` with anything left out at any depth. Lists keep their places. */
export type Draft<T> = unknown extends T
  ? T
  : T extends readonly (infer Item)[]
    ? readonly (Draft<Item> | undefined)[]
    : // Of what has any keys, texts per locale and mappings, all are there that are sound.
      T extends object
      ? string extends keyof T
        ? T
        : { readonly [Key in keyof T]?: Draft<T[Key]> }
      : T;

type DraftOf<Node extends FlowNode> = Node extends unknown
  ? Draft<Omit<Node, 'type'>> & Pick<Node, 'type'>
  : never;

/** One of which nobody can say what it is. */
interface UnknownNode {
  readonly type?: undefined;
  readonly next?: string;
  readonly field?: string;
}

export type DraftNode = DraftOf<FlowNode> | UnknownNode;

export type DraftAsk = Extract<DraftNode, { readonly type: 'ask' }>;

export type DraftAction = Extract<DraftNode, { readonly type: 'action' }>;

/** What the rules read. */
export interface DraftFlow {
  readonly id?: string | undefined;
  readonly locale?: string | undefined;
  readonly start?: string | undefined;
  /** In the order of the file. */
  readonly nodes: ReadonlyMap<string, DraftNode>;
  /** What is wrong with the shape. */
  readonly findings: readonly Finding[];
  /** The path as it stands in the file, where a key with a slip in it was taken for another. */
  readonly written: (path: Path) => Path;
}

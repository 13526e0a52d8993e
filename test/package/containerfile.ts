/** A Containerfile as data: as much of its language as ours uses (https://docs.docker.com/reference/dockerfile/). */

export interface Stage {
  readonly image: string;
  readonly name: string | undefined;
  readonly steps: readonly Step[];
}

export interface Step {
  /** E.g. `COPY`. */
  readonly instruction: string;
  /** What follows, without options. */
  readonly words: string;
  /** E.g. `{ from: 'build' }`. */
  readonly options: Readonly<Record<string, string>>;
}

export function parseContainerfile(text: string): readonly Stage[] {
  const stages: (Stage & { readonly steps: Step[] })[] = [];
  for (const line of text.split('\n').filter((each) => each !== '' && !each.startsWith('#'))) {
    const [, instruction = '', given = '', words = ''] = /^([A-Z]+) ((?:--\S+ )*)(.*)$/.exec(line) ?? [];
    const options = Object.fromEntries(
      [...given.matchAll(/--([\w-]+)=(\S+)/g)].map(([, name, value]) => [name, value]),
    ) as Step['options'];
    if (instruction === 'FROM') {
      const [image = '', , name] = words.split(' ');
      stages.push({ image, name, steps: [] });
    } else stages.at(-1)?.steps.push({ instruction, words, options });
  }
  return stages;
}

/** Of an instruction that a stage has once. */
export function wordsOf({ steps }: Stage, instruction: string): string {
  return steps.find((step) => step.instruction === instruction)?.words ?? '';
}

/** Sources and where they go. */
export function copiesOf({ steps }: Stage, from?: string): readonly { sources: string[]; target: string }[] {
  return steps
    .filter(({ instruction, options }) => instruction === 'COPY' && options['from'] === from)
    .map(({ words }) => words.split(' '))
    .map((paths) => ({ sources: paths.slice(0, -1), target: paths.at(-1) ?? '' }));
}

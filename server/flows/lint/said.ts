/** By what a visitor says that they are known: it comes from them, or everybody would be one person. */
import { isMalformed, referencesOf } from '../../../widget/flow/template.ts';
import { finding, type Finding, type Path } from './finding.ts';

const DEFAULT = /\|\s*default:/;

/** @param template `undefined` where its shape is wrong, which is said elsewhere */
export function checkSaid(template: string | undefined, path: Path): readonly Finding[] {
  if (template === undefined || isMalformed(template)) return [];
  if (referencesOf(template).length === 0) {
    const words =
      'is the same for everybody, whose profiles would be made one; it should be an answer, such as "{{answers.member}}"';
    return [finding('same-for-everybody', path, words)];
  }
  if (!DEFAULT.test(template)) return [];
  const words = 'has a default, so that all who do not answer would be made one; leave it out';
  return [finding('same-for-everybody', path, words)];
}

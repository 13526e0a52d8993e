/** By what a visitor says that they are known: it comes from them, or everybody would be one person. */
import { isMalformed, referencesOf } from '../../../widget/flow/template.ts';
import type { Fields } from './fields.ts';
import { finding, type Finding, type Path } from './finding.ts';

const DEFAULT = /\|\s*default:/;

/** Questions that everybody answers with words of their own. */
const FREE: readonly string[] = ['text', 'multiline', 'email', 'phone', 'number'];

/** Whether it is another for each visitor. A question of which the input cannot be read may be. */
function isTheirOwn(reference: string, fields: Fields): boolean {
  const [root, field = ''] = reference.split('.');
  if (root === 'page') return field === 'query';
  return (
    root === 'answers' &&
    (fields.get(field) ?? []).every(({ ask }) => ask.input === undefined || FREE.includes(ask.input))
  );
}

/** @param template `undefined` where its shape is wrong, which is said elsewhere */
export function checkSaid(template: string | undefined, path: Path, fields: Fields): readonly Finding[] {
  if (template === undefined || isMalformed(template)) return [];
  if (!referencesOf(template).some((reference) => isTheirOwn(reference, fields))) {
    const words =
      'is the same for everybody, whose profiles would be made one; it should be an answer in their own words, such as "{{answers.member}}"';
    return [finding('same-for-everybody', path, words)];
  }
  if (!DEFAULT.test(template)) return [];
  const words = 'has a default, so that all who do not answer would be made one; leave it out';
  return [finding('same-for-everybody', path, words)];
}

/** Everything that is wrong with a flow, in one go: what the relay refuses to start with, and what `parley lint` explains. */
import { checkActions } from './actions.ts';
import { checkConditions } from './conditions.ts';
import { checkFields, fieldsOf } from './fields.ts';
import { isError, type Finding, type Path } from './finding.ts';
import { graphOf } from './graph.ts';
import { checkInputs } from './inputs.ts';
import { childOf } from './parts.ts';
import { checkReads, checkUses } from './reads.ts';
import { readShape } from './shape.ts';
import { checkLinks, checkLocales } from './texts.ts';

/** Every mistake of one flow, in the order of the file. Anything at all may be given: what is no flow is a mistake too. */
export function lintFlow(json: unknown): readonly Finding[] {
  const flow = readShape(json);
  const fields = fieldsOf(flow);
  const graph = graphOf(flow);
  const shape = new Set(flow.findings.map(({ path }) => keyOf(path)));
  const content = [
    ...graph.findings,
    ...checkFields(fields),
    ...checkInputs(flow),
    ...checkConditions(flow, fields),
    ...checkReads(flow, fields, graph),
    ...checkActions(flow, fields),
    ...checkLocales(flow),
    ...checkLinks(flow),
  ];
  const mistakes = [...flow.findings, ...content.filter(({ path }) => !shape.has(keyOf(path)))];
  // Where something else is wrong, that may be what should read the answer.
  const findings = mistakes.some(isError) ? mistakes : [...mistakes, ...checkUses(flow, fields)];
  return inOrder(
    findings.map((each) => ({ ...each, path: flow.written(each.path) })),
    json,
  );
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}

/** As they stand in the file; what is missing comes where the object begins that lacks it. */
function inOrder(findings: readonly Finding[], json: unknown): readonly Finding[] {
  const places = new Map(findings.map((each) => [each, placeOf(each.path, json)]));
  return findings.toSorted((one, other) => compare(places.get(one) ?? [], places.get(other) ?? []));
}

function placeOf(path: Path, json: unknown): readonly number[] {
  const place: number[] = [];
  let value = json;
  for (const key of path) {
    const index = Array.isArray(value)
      ? Number(key)
      : Object.keys(Object(value) as object).indexOf(String(key));
    place.push(index);
    value = childOf(value, key);
  }
  return place;
}

function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((index, depth) => index !== other[depth]);
  return at < 0 ? one.length - other.length : (one[at] ?? 0) - (other[at] ?? -1);
}

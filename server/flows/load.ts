/** A flow as an operator hands it over, unknown JSON -> `Flow`, or every mistake at once. */
import * as v from 'valibot';
import type { Flow } from '../../widget/contract/flow.ts';
import { isError, lineOf } from './lint/finding.ts';
import { lintFlows, type FlowSource, type LintedFlow } from './lint/source.ts';
import { FlowSchema } from './schema.ts';

/** Every mistake of a flow, one a line, in the words of `parley lint`. */
export class FlowError extends Error {
  override readonly name = 'FlowError';
  readonly problems: readonly string[];
  constructor(flows: readonly LintedFlow[]) {
    const linesOf = ({ source, findings }: LintedFlow) =>
      findings.filter(isError).map((each) => lineOf(each, source));
    const messages = flows.map(
      (flow) =>
        `Flow ${flow.source} has mistakes:\n${linesOf(flow)
          .map((line) => `  - ${line}`)
          .join('\n')}`,
    );
    super(messages.join('\n'));
    this.problems = flows.flatMap(linesOf);
  }
}

/**
 * @param source names the flow in the error: a file, or its place in a list
 * @throws {FlowError} with every mistake that was found. Warnings are none
 */
export function loadFlow(json: unknown, source: string): Flow {
  const [flow] = loadFlows([{ source, json }]);
  return flow as Flow;
}

/**
 * All the flows of a relay.
 * @param secrets of the relay: a flow that has one in it is refused, whatever the secret looks like
 * @throws {FlowError} with every mistake of every flow
 */
export function loadFlows(sources: readonly FlowSource[], secrets: readonly string[] = []): readonly Flow[] {
  const flows = lintFlows(sources, secrets);
  const refused = flows.filter(({ findings }) => findings.some(isError));
  if (refused.length > 0) throw new FlowError(refused);
  return flows.map(({ json }) => v.parse(FlowSchema, json) as Flow);
}

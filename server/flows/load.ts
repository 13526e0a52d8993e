/** A flow as an operator hands it over, unknown JSON -> `Flow`, or every mistake at once. */
import * as v from 'valibot';
import type { Flow } from '../../widget/contract/flow.ts';
import { checkFlow } from './check.ts';
import { FlowSchema } from './schema.ts';

/** Every mistake of a flow, one a line: its path in the file, what is wrong, what would be right. */
export class FlowError extends Error {
  override readonly name = 'FlowError';
  readonly problems: readonly string[];
  constructor(source: string, problems: readonly string[], message = messageOf(source, problems)) {
    super(message);
    this.problems = problems;
  }

  /** Those of several flows in one. */
  static of(errors: readonly FlowError[]): FlowError {
    const problems = errors.flatMap((error) => error.problems);
    return new FlowError('', problems, errors.map(({ message }) => message).join('\n'));
  }
}

function messageOf(source: string, problems: readonly string[]): string {
  return `Flow ${source} has mistakes:\n${problems.map((line) => `  - ${line}`).join('\n')}`;
}

/** A parsed flow file, and the name by which messages call it. */
export interface FlowSource {
  readonly source: string;
  readonly json: unknown;
}

/**
 * @param source names the flow in the error: a file, or its place in a list
 * @throws {FlowError} with every mistake that was found
 */
export function loadFlow(value: unknown, source: string): Flow {
  const parsed = v.safeParse(FlowSchema, value);
  if (!parsed.success) throw new FlowError(source, parsed.issues.map(wordsOf));
  const flow: Flow = parsed.output;
  const problems = checkFlow(flow);
  if (problems.length > 0) throw new FlowError(source, problems);
  return flow;
}

/**
 * All the flows of a relay.
 * @throws {FlowError} with every mistake of every flow
 */
export function loadFlows(sources: readonly FlowSource[]): readonly Flow[] {
  const flows = new Map<string, Flow>();
  const errors: FlowError[] = [];
  for (const { source, json } of sources) {
    try {
      const flow = loadFlow(json, source);
      if (flows.has(flow.id))
        throw new FlowError(source, [`id: another flow is called "${flow.id}" already`]);
      flows.set(flow.id, flow);
    } catch (error) {
      if (!(error instanceof FlowError)) throw error;
      errors.push(error);
    }
  }
  const [first, ...others] = errors;
  if (!first) return [...flows.values()];
  throw others.length === 0 ? first : FlowError.of(errors);
}

function wordsOf(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue) ?? '(the whole file)';
  if (issue.type === 'strict_object' && issue.expected === 'never') return `${path}: unknown key`;
  if (issue.type === 'strict_object' && issue.received === 'undefined') return `${path}: missing`;
  return `${path}: ${issue.message}`;
}

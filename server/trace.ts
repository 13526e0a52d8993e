/** The trace that a request belongs to: W3C Trace Context, https://www.w3.org/TR/trace-context/#traceparent-header. */

/** `version-traceid-parentid-flags`. Nothing but zeros is no id; a version after 00 may go on after the flags; ff is none. */
const TRACEPARENT =
  /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(-[\x21-\x7e]*)?$/;

/**
 * @param traceparent as it came
 * @returns the trace id: 32 hexadecimal digits in lower case
 */
export function traceOf(traceparent: string | undefined): string | undefined {
  if (traceparent === undefined) return undefined;
  const [, version, trace, rest] = TRACEPARENT.exec(traceparent) ?? [];
  return version === '00' && rest !== undefined ? undefined : trace;
}

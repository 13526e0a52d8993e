/** What the emulator answers to one request. A `body` that is a string is sent as it is, anything else as JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const refusal = (status: number, message: string): Answer => ({ status, body: { message } });

/**
 * The refusals that concern a whole request. Status codes: `api/errors`.
 *
 * Only the texts of 400 and 401 are documented or were observed in public clients. For 403, 404, 413, 415 and 429
 * the documentation gives a name and no body: the emulator puts the name into `message`, like the others.
 */
export const refusals = {
  syntax: refusal(400, 'Error while parsing request body. Please check your syntax.'),
  noData: refusal(400, "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields."),
  tooManyObjects: refusal(400, 'Max Input Length Exceeded'),
  unauthorized: refusal(401, 'Invalid API Key'),
  forbidden: refusal(403, 'Access Denied'),
  notFound: refusal(404, 'Not Found'),
  tooLarge: refusal(413, 'Payload Too Large'),
  mediaType: refusal(415, 'Unsupported Media Type'),
  rateLimited: refusal(429, 'Rate Limited'),
} as const;

const faultTexts: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** The answer for a status that somebody asked the emulator to give: the usual refusal of that status, if it has one. */
export function answerOf(status: number): Answer {
  const text = faultTexts[status];
  if (text !== undefined) return refusal(status, text);
  return (
    Object.values(refusals).find((known) => known.status === status) ??
    refusal(status, `Status ${String(status)}`)
  );
}

/** The calls by which the inspector changes something in the emulator. */

/**
 * Resolves with what is set then.
 *
 * @throws {Error} with the emulator's sentence about what would be right, or that it does not answer
 */
export async function put<Value>(
  path: 'fault' | 'chaos' | 'settings',
  value: Value,
  workspace?: string,
): Promise<Value> {
  const query = workspace === undefined ? '' : `?${new URLSearchParams({ workspace }).toString()}`;
  const response = await call('PUT', `/emulator/${path}${query}`, JSON.stringify(value));
  return (await response.json()) as Value;
}

/**
 * Makes the emulator forget everything but keys and settings.
 *
 * @throws {Error} as {@link put}
 */
export async function reset(): Promise<void> {
  await call('POST', '/emulator/reset');
}

async function call(method: 'PUT' | 'POST', path: string, body?: string): Promise<Response> {
  const response = await fetch(path, { method, ...(body !== undefined && { body }) }).catch(() => undefined);
  if (!response) throw new Error('The emulator does not answer. Is it still running?');
  if (!response.ok) throw new Error(await problemIn(response));
  return response;
}

/** The emulator's sentence about what would be right; where there is none, because Node refused for it, the status. */
export async function problemIn(response: Response): Promise<string> {
  const answer: unknown = await response.json().catch(() => undefined);
  const hasMessage = typeof answer === 'object' && answer !== null && 'message' in answer;
  return hasMessage ? String(answer.message) : (refusals[response.status] ?? unknownRefusal(response.status));
}

const refusals: Readonly<Record<number, string>> = {
  431: 'The search is longer than an address can be.',
};

function unknownRefusal(status: number): string {
  return `The emulator answers ${String(status)} and does not say why.`;
}

/** Where the settings of a workspace are asked for. */
export function settingsAddress(workspace: string | undefined): string {
  const query = workspace === undefined ? '' : `?${new URLSearchParams({ workspace }).toString()}`;
  return `/emulator/settings${query}`;
}

/** The calls by which the inspector changes something in the emulator. */

/** @throws {Error} with the emulator's sentence about what would be right */
export async function put(
  path: 'fault' | 'chaos' | 'settings',
  value: unknown,
  workspace?: string,
): Promise<void> {
  const query = workspace === undefined ? '' : `?${new URLSearchParams({ workspace }).toString()}`;
  const response = await fetch(`/emulator/${path}${query}`, { method: 'PUT', body: JSON.stringify(value) });
  if (response.ok) return;
  const { message } = (await response.json()) as { message: string };
  throw new Error(message);
}

/** Makes the emulator forget everything but keys and settings. */
export async function reset(): Promise<void> {
  await fetch('/emulator/reset', { method: 'POST' });
}

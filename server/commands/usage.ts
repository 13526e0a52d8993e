/** What every command has in common: how it is called, and how it says that it was called wrongly. */

/** A command that was called wrongly, or that cannot go on: its message is for the person at the terminal. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** One word after `parley`. */
export interface Command {
  /** How it is called, and what with. */
  readonly usage: string;
  /** Exit code where it was called wrongly or cannot go on. Default 1. */
  readonly trouble?: number;
  /**
   * Resolves with the exit code. A server that goes on running keeps the process alive.
   * @throws {UsageError} for the person at the terminal
   */
  readonly run: (args: string[]) => Promise<number>;
}

/** What is left to do at Braze about a visitor whom the relay has erased. JSON. */
import type { ProfileId } from '../braze/payload.ts';
import type { EnvironmentName } from '../config.ts';

export interface Erasure {
  /** Visitor id: by it their profile at Braze is found. */
  readonly visitor: string;
  readonly environment: EnvironmentName;
  readonly site: string;
  /** When it was asked for: milliseconds since 1970. */
  readonly at: number;
  /** When the relay made the visitor, where their session says it: milliseconds since 1970. A profile that is older is not theirs. */
  readonly since?: number;
  /** By our record, profiles that they wrote to and that are not their alias's own: then nothing is deleted. */
  readonly others: readonly ProfileId[];
  /** They wrote to more than are remembered: these hear of nothing. */
  readonly hasMore?: true;
}

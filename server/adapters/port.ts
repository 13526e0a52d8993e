/** A port at which the relay listens, on whatever runtime. */
import type { Connection } from '../doors/doors.ts';

/** That of browsers, or the operator's own. */
export type Door = 'public' | 'operator';

/** What is to be at a port. */
export interface Doorway {
  /** What the port is for. */
  readonly door: Door;
  /** 0 takes any free port. */
  readonly port: number;
  /** Address to listen at; by default every one of this machine. */
  readonly hostname?: string;
  /** Connections that are open at once, where the runtime bounds them. */
  readonly connections?: number;
  /** Milliseconds that a connection is kept without a request on it; by default what the runtime has. */
  readonly keepAlive?: number;
  /** Milliseconds that an answer takes at most, where a runtime ends what is quiet for longer; by default they are there at once. */
  readonly patience?: number;
  readonly fetch: (request: Request, connection: Connection) => Response | Promise<Response>;
  /** Answers what `fetch` could not be given, or could not answer. */
  readonly refuse: (status: number, detail: string) => Response;
}

export interface Listening {
  /** E.g. `http://localhost:8787`. */
  readonly url: string;
  /** Takes no new connection, lets requests end, and resolves; after so many milliseconds it ends them. */
  close(patience: number): Promise<void>;
  /** Connections are kept for so many milliseconds from their next answer on. */
  keepAlive(milliseconds: number): void;
}

/** How a runtime listens. Rejects with a `PortError` where the port cannot be had. */
export type Listen = (doorway: Doorway) => Promise<Listening>;

/** Why a port cannot be had: another program holds it, this one may not, or the address is not of this machine. */
const PORT_TROUBLES = {
  EADDRINUSE: 'is taken',
  EACCES: 'may not be used by this user',
  EADDRNOTAVAIL: 'would be at an address that is not this machine’s',
  ENOTFOUND: 'would be at a host that there is not',
} as const;

type PortTrouble = keyof typeof PORT_TROUBLES;

export class PortError extends Error {
  override readonly name = 'PortError';
  readonly code: PortTrouble;
  readonly port: number;
  readonly door: Door;
  constructor(code: PortTrouble, port: number, door: Door) {
    super(`Port ${port} ${PORT_TROUBLES[code]}.`);
    this.code = code;
    this.port = port;
    this.door = door;
  }
}

/** @returns a `PortError` for what a runtime says when a port cannot be had, and any other error as it is */
export function explainPort(
  error: Error & { readonly code?: unknown },
  { port, door }: Pick<Doorway, 'port' | 'door'>,
): Error {
  const code = (Object.keys(PORT_TROUBLES) as PortTrouble[]).find((each) => each === error.code);
  return code === undefined ? error : new PortError(code, port, door);
}

/** Addresses at which this machine reaches itself as `localhost`. */
const LOCAL = ['localhost', '127.0.0.1', '::1', '0.0.0.0', '::'];

/** Where a port is that was taken at this address. */
export function urlOf(hostname = 'localhost', port: number): string {
  const shown = hostname.includes(':') ? `[${hostname}]` : hostname;
  return `http://${LOCAL.includes(hostname) ? 'localhost' : shown}:${port}`;
}

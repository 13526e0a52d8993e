/** Lines for a file, a pipe or a terminal, that may be full or stalled: the relay goes on, and what is too much is dropped. */

/** What is written to, as Node writes to a file descriptor. */
export interface LogOutput {
  /** Calls back with the bytes that were written, or with what went wrong. */
  readonly write: (bytes: Uint8Array, done: (error: Error | null, written: number) => void) => void;
  /** Returns how many bytes were written, and waits for them. Throws what went wrong. */
  readonly writeAtOnce: (bytes: Uint8Array) => number;
  /** Calls back later, and keeps no process alive for it. */
  readonly later: (callback: () => void, milliseconds: number) => void;
}

export interface LogStream {
  /** Never throws. */
  readonly write: (line: string) => void;
  /** Writes what waits, as far as it can be written now: for the end of the process. Never throws. */
  readonly flush: () => void;
  /** Lines that were dropped since the start. */
  readonly dropped: () => number;
  /** Calls back when lines are written again after some had to be dropped, with their number. */
  readonly onResumed: (callback: (dropped: number) => void) => void;
}

/** Bytes that wait at most: some 4,000 entries, of a second in which all that one relay can do is logged. More are dropped. */
const MAX_WAITING = 1024 * 1024;

/** Milliseconds until it is tried again after the output took nothing. Room on a disk is not made in less. */
const RETRY = 500;

/** The same for a pipe that is full: 64 kB, which its reader has read by then. */
const PIPE_RETRY = 10;

export function createLogStream(output: LogOutput): LogStream {
  /** Whole lines, but the first may be the rest of one. */
  let waiting: Buffer[] = [];
  let size = 0;
  let isBusy = false;
  let dropped = 0;
  let told = 0;
  let resumed: (dropped: number) => void = () => undefined;

  const forget = (written: number) => {
    let left = written;
    while (left > 0 && waiting[0]) {
      const [first] = waiting;
      if (first.byteLength > left) waiting[0] = first.subarray(left);
      else waiting.shift();
      left -= first.byteLength;
    }
    size -= written;
  };

  const writeNext = () => {
    if (size === 0) {
      isBusy = false;
      return;
    }
    isBusy = true;
    // Together: a disk takes one large write sooner than many.
    const bytes = Buffer.concat(waiting);
    waiting = [bytes];
    output.write(bytes, (error, written) => {
      if (error) {
        const isPipeFull = 'code' in error && error.code === 'EAGAIN';
        output.later(writeNext, isPipeFull ? PIPE_RETRY : RETRY);
        return;
      }
      forget(written);
      if (dropped > told) {
        const news = dropped - told;
        told = dropped;
        resumed(news);
      }
      writeNext();
    });
  };

  return {
    write(line) {
      const bytes = Buffer.from(line);
      if (size + bytes.byteLength > MAX_WAITING) {
        dropped += 1;
        return;
      }
      waiting.push(bytes);
      size += bytes.byteLength;
      if (!isBusy) writeNext();
    },
    flush() {
      try {
        while (size > 0) forget(output.writeAtOnce(Buffer.concat(waiting)));
      } catch {
        // Nobody is left who could try again.
      }
    },
    dropped: () => dropped,
    onResumed: (callback) => (resumed = callback),
  };
}

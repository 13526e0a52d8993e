export interface Questions {
  readonly ask: <T>(question: () => T | undefined | false) => Promise<T>;
  readonly askAgain: () => void;
}

/** Questions that wait for their answer; each is asked again until it has one. */
export function createQuestions(): Questions {
  const open = new Set<() => boolean>();
  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        const isSettled = (): boolean => {
          try {
            const found = question();
            if (found) resolve(found);
            return Boolean(found);
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
            return true;
          }
        };
        if (!isSettled()) open.add(isSettled);
      }),
    askAgain() {
      for (const isSettled of open) if (isSettled()) open.delete(isSettled);
    },
  };
}

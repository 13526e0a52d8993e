/** Looks into all that the browser keeps for this origin, whoever wrote it and in whatever form. */

/** @returns the steps of the conversation whose submissions are kept somewhere */
export async function survey(conversation: string): Promise<readonly number[]> {
  const found = new Set<number>();
  const pattern = new RegExp(`${conversation}\\.(\\d+)`, 'g');
  const search = (value: unknown) => {
    for (const [, step] of textOf(value).matchAll(pattern)) found.add(Number(step));
  };
  Object.values(localStorage).forEach(search);
  for (const { name } of await indexedDB.databases()) {
    if (name === undefined) continue;
    const database = await answerOf(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const records = await answerOf(database.transaction(store).objectStore(store).getAll());
      records.forEach(search);
    }
    database.close();
  }
  return [...found];
}

const decoder = new TextDecoder();

/** Requests are kept as binary bodies. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    part instanceof ArrayBuffer || ArrayBuffer.isView(part) ? decoder.decode(part) : part,
  );

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
  });
}

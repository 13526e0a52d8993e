/** What the browser keeps of a page's origin. */
import type { Page } from 'puppeteer-core';

/** All of it that is ours to write: `localStorage`, `sessionStorage`, cookies and IndexedDB, as one text. */
export const keptIn = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const found: unknown[] = [Object.entries(localStorage), Object.entries(sessionStorage), document.cookie];
    for (const { name = '' } of await indexedDB.databases()) {
      const records = await new Promise((resolve, reject) => {
        const opening = indexedDB.open(name);
        opening.onerror = () => reject(new Error(name));
        opening.onsuccess = () => {
          const store = opening.result.transaction('records').objectStore('records');
          const [values, keys] = [store.getAll(), store.getAllKeys()];
          keys.onsuccess = () => {
            opening.result.close();
            resolve([keys.result, values.result]);
          };
        };
      });
      found.push(name, records);
    }
    return JSON.stringify(found);
  });

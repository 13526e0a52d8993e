/** The suite that every store keeps, over the SQLite of the runtime that runs this file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import { describeStore } from '../store/suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-store-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

describeStore({
  name: 'a store in a file of SQLite',
  open: (clock) => createSqliteStore({ clock, file: join(folder, `${(files += 1)}.db`) }),
  isDurable: true,
});

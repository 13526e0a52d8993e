/** Where the widget lies that is of the same release as this relay. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * `dist` of this package, wherever that was installed and from wherever the relay is started: beside the next package.json above, both from the
 * sources and from what is compiled of them, which lies a folder deeper.
 * @throws {Error} where this module is in no package, as in one that a bundler has made
 */
export function widgetFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    if (above === folder)
      throw new Error('This relay lies in no package that would have the widget: name its folder (assets).');
    folder = above;
  }
  return join(folder, 'dist');
}

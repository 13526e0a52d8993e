/**
 * `dist/`: what the relay serves. The conversation comes first, as ES modules whose names carry their content's hash; then the
 * loader, a classic script (one function scope, no import) that knows that name. `build/demo/`: scripts of the emulator's inspector and of
 * the demo's pages.
 */
import { rmSync } from 'node:fs';
import minifyLiterals from '@lit-labs/rollup-plugin-minify-html-literals';
import resolve from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import esbuild from 'rollup-plugin-esbuild';

/** ES2022 is what browsers have that know `light-dark()`, on which the styles rely: from May 2024 on. */
const TARGET = 'es2022';

/** The literals have to be minified before esbuild rewrites them. */
export const plugins = [
  resolve({ exportConditions: ['production'] }),
  minifyLiterals({ include: ['**/*.ts'], failOnError: true }),
  esbuild({ target: TARGET, tsconfig: false }),
  terser({ ecma: 2022, compress: { passes: 2 }, mangle: { properties: false }, format: { comments: false } }),
];

/** The chunks of the conversation: its entry is what every conversation loads, the others what only some flows need. */
export const conversation = {
  input: { 'parley-chat': 'widget/define.ts' },
  output: {
    dir: 'dist',
    format: 'es',
    entryFileNames: 'assets/[name]-[hash].js',
    chunkFileNames: 'assets/[name]-[hash].js',
  },
};

let conversationFile;

/** Clears what an earlier build left, and remembers under which name the conversation is written. */
const rememberFile = {
  name: 'parley-remember-file',
  buildStart: () => rmSync('dist', { recursive: true, force: true }),
  generateBundle(_, bundle) {
    conversationFile = Object.keys(bundle).find((file) => bundle[file].isEntry);
  },
};

/** Tells the loader that name. */
const nameFile = {
  name: 'parley-name-file',
  transform: (code, id) =>
    id.endsWith('/widget/parley.ts')
      ? code.replace(/\bCONVERSATION_FILE(?=})/, JSON.stringify(conversationFile))
      : null,
};

export default [
  { ...conversation, plugins: [...plugins, rememberFile] },
  {
    input: 'widget/parley.ts',
    output: { file: 'dist/parley.js', format: 'iife' },
    plugins: [nameFile, ...plugins],
  },
  {
    input: 'demo/braze/inspector/inspector.ts',
    output: { file: 'build/demo/inspector.js', format: 'es' },
    plugins,
  },
  { input: 'demo/live/live.ts', output: { file: 'build/demo/live.js', format: 'es' }, plugins },
];

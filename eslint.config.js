import eslint from '@eslint/js';
import lit from 'eslint-plugin-lit';
import litA11y from 'eslint-plugin-lit-a11y';
import wc from 'eslint-plugin-wc';
import tseslint from 'typescript-eslint';

/** What the pure core must not reach for: time and chance come in with the event. The DOM is kept out by its tsconfig. */
const IMPURE = {
  'no-restricted-globals': [
    'error',
    'Date',
    'Intl',
    'performance',
    'crypto',
    'fetch',
    'setTimeout',
    'console',
  ],
  'no-restricted-properties': ['error', { object: 'Math', property: 'random' }],
};

export default tseslint.config(
  // In `widget/jsx/` are types for frameworks that are not installed here.
  { ignores: ['build/', 'dist/', '**/node_modules/', 'widget/jsx/'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // A function that a port asks for may be asynchronous elsewhere only.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['widget/**/*.ts', 'demo/braze/inspector/**/*.ts'],
    extends: [lit.configs['flat/recommended'], wc.configs['flat/best-practice']],
    plugins: { 'lit-a11y': litA11y },
    rules: litA11y.configs.recommended.rules,
  },
  { files: ['widget/contract/*.ts', 'widget/flow/*.ts'], rules: IMPURE },
  {
    files: ['widget/flow/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ regex: '^(?!\\./|\\.\\./contract/)' }] }] },
  },
  {
    files: ['widget/contract/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ regex: '^(?!\\./)' }] }] },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.property.name='waitForSelector'][arguments.length=1]",
          message: 'Say `visible` or `hidden`: else nothing that appears in a shadow tree is noticed.',
        },
      ],
      // node:test returns promises that its runner awaits.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              package: 'node:test',
              name: ['it', 'describe', 'test', 'suite', 'before', 'after', 'beforeEach', 'afterEach'],
            },
          ],
        },
      ],
    },
  },
);

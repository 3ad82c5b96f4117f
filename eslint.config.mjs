// What does the linter hold against this code? The recommended rules; for lib/ also those that need types.
import js from '@eslint/js';
import globals from 'globals';
import ts from 'typescript-eslint';

export default ts.config(
  { ignores: ['build', 'dist', 'prebuilds'] },
  js.configs.recommended,
  { languageOptions: { globals: globals.node } },
  { files: ['test/**/*.test.mjs', 'packages/*/test/*.test.mjs'], languageOptions: { globals: globals.mocha } },
  {
    files: ['packages/jest-runner-fork/**/*.js'],
    languageOptions: { sourceType: 'commonjs', globals: { ...globals.jest, ...globals.browser } },
  },
  {
    files: ['lib/**/*.{ts,mts}'],
    extends: [ts.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: { '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }] },
  },
  { files: ['**/*.cjs'], languageOptions: { sourceType: 'commonjs' } },
);

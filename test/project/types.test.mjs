// Do the types that users get say what api.mts says of them, and is every one of them there?
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as all from 'posix-fork';
import ts from 'typescript';
import { OPTIONS } from '../helpers/typescript.mjs';

const FILE = fileURLToPath(new URL('./api.mts', import.meta.url));
const PACKAGE = path.resolve(FILE, '../../../dist/index.d.ts');

describe('the types', () => {
  let program;
  before(() => {
    program = ts.createProgram([FILE, PACKAGE], { ...OPTIONS, exactOptionalPropertyTypes: true });
  });

  it('are those that users rely on', () => {
    // Not those of the libraries, which take as long again: the compiler has looked at them for lib/.
    const found = [FILE, PACKAGE].flatMap((file) => {
      const source = program.getSourceFile(file);
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    });
    const messages = found.map(({ file, start, messageText }) => {
      const line = file && file.getLineAndCharacterOfPosition(start).line + 1;
      return `${path.basename(file?.fileName ?? '')}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
    assert.deepEqual(messages, []);
  });

  it('are all looked at', () => {
    const text = readFileSync(FILE, 'utf8');
    const checker = program.getTypeChecker();
    const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(PACKAGE)));
    const names = exported.map(({ name }) => name);
    for (const name of names) assert.match(text, new RegExp(`\\b(posix|all)\\.${name}\\b|<${name}\\b`), name);
    const values = Object.keys(all).filter((name) => !['__esModule', 'default', 'module.exports'].includes(name));
    assert.deepEqual(
      values.filter((name) => !names.includes(name)),
      [],
      'without a type',
    );
  });
});

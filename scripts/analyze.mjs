// Does clang-tidy find anything in the native code? The checks, and why some are off: .clang-tidy.
import { eachOf, flags, run, sources } from './support/addon-build.mjs';

// What GCC takes and Clang does not know is no finding.
const clang = [...flags.filter((flag) => flag !== '-Werror'), '-Wno-unknown-warning-option'];
const tidy = process.env.CLANG_TIDY ?? 'clang-tidy';
await eachOf(sources, (source) => run(tidy, ['--quiet', '--warnings-as-errors=*', source, '--', ...clang]));
console.log(`${sources.length} files, no findings`);

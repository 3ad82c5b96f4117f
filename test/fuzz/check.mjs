// How is a property checked, and a failure told so that it can be repeated? argv: runs, seed, path.
import fc from 'fast-check';

const [runs, seed, path] = process.argv.slice(2);

/** Checks it as often as argv says. Ends the process with what failed, the seed, and how to repeat it. */
export async function check(property) {
  const parameters = { numRuns: Number(runs), seed: Number(seed), ...(path && { path }), includeErrorInReport: true };
  const result = await fc.check(property, parameters);
  if (!result.failed) return;
  const again = `node ${process.argv[1]} ${runs} ${result.seed} ${result.counterexamplePath}`;
  process.stderr.write(`${fc.defaultReportMessage(result)}\n\nAgain: ${again}\n`);
  process.exit(1);
}

// Has the program come to its end? Or was there nothing left to wait for before that? Then Node exits with code 0, as if all were well.
import fs from 'node:fs';

/** Calls it, at once. The process fails if it ends before that is through. (Its children inherit this: they end as they like.) */
export function toTheEnd(program) {
  const { pid } = process;
  let through = false;
  process.on('exit', (code) => {
    if (process.pid !== pid || through || code !== 0) return;
    fs.writeSync(2, 'ended before it was through: there was nothing left to wait for\n');
    process.exitCode = 1;
  });
  void (async () => {
    await program();
    through = true;
  })();
}

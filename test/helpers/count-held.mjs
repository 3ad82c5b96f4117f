// How many of a list of claims hold? Those that do not are told on stderr.

export async function countHeld(claims) {
  let held = 0;
  for (const [name, claim] of Object.entries(claims)) {
    try {
      await claim();
      held++;
    } catch (error) {
      console.error(`${name}: ${error.stack}`);
    }
  }
  return held;
}

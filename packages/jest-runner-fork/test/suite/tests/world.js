// Each file that calls this is alone in the world.
const plain = require('plain');

exports.isAloneInTheWorld = () => {
  it('finds a package as it is when it has been loaded', () => {
    expect(plain.count).toBe(0);
    plain.count++;
  });
  it('finds no trace of other files', () => {
    expect(globalThis.leftBehind).toBeUndefined();
    globalThis.leftBehind = 1;
    expect(globalThis.setByASetupFile).toBe(1);
    expect(process.execArgv).toEqual([]);
    expect(['1', '2']).toContain(process.env.JEST_WORKER_ID);
  });
};

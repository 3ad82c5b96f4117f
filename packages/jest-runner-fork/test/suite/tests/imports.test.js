const plain = require('plain');

it('imports as Jest lets it', async () => {
  const { default: imported } = await plain.load();
  expect(imported.count).toBe(0);
});
it('has the positions of an error in a line that others have run, too', () => plain.fails());
it('has no module whose source closes the function that it is', () => {
  expect(() => require('plain/closes')).toThrow('nothing of the kind');
});

it('never ends', () => {
  process.stdout.write('in the loop\n');
  for (;;);
});

it('lasts', async () => {
  process.stdout.write(`forked by ${process.ppid}\n`);
  await new Promise((resolve) => setTimeout(resolve, 2000));
});

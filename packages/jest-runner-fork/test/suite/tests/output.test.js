it('prints by console', () => {
  console.log('by console.log');
  console.error('by console.error');
});
it('prints by the stream', () => void process.stdout.write('by the stream\n'));

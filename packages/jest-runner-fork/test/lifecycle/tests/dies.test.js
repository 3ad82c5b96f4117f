it('dies', () => new Promise(() => process.kill(process.pid, 'SIGSEGV')));

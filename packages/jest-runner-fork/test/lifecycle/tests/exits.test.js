it('exits', () => process.exit(3));

it('is well', () => {});

it('is first', () => {});

it('fails over what JSON cannot have', () => {
  const circle = { n: 1n };
  circle.itself = circle;
  expect(circle).toEqual({ n: 2n });
});

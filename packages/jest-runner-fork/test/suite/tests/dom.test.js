/**
 * @jest-environment jsdom
 * @jest-environment-options { "url": "https://example.org/" }
 */
it('has a document', () => {
  document.body.innerHTML = '<p>one</p>';
  expect(document.querySelector('p').textContent).toBe('one');
  expect(location.host).toBe('example.org');
});

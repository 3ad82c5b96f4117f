// @vitest-environment jsdom
// @vitest-environment-options { "url": "https://example.org/" }
import { expect, it } from 'vitest';
import sees from 'sees-document';

it('has a document', () => {
  document.body.innerHTML = '<p>one</p>';
  expect(document.querySelector('p')?.textContent).toBe('one');
  expect(location.host).toBe('example.org');
  expect(localStorage.length).toBe(0);
  localStorage.setItem('a', '1');
});
it('was there when a package was imported', () => expect(sees).toBe(true));

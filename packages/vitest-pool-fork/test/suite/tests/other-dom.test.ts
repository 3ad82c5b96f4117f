// @vitest-environment jsdom
import { expect, it } from 'vitest';
import sees from 'sees-document';

it('has a document of its own', () => {
  document.body.innerHTML = '<p>two</p>';
  expect(document.querySelector('p')?.textContent).toBe('two');
  expect(location.host).toBe('localhost:3000');
  expect(localStorage.length).toBe(0);
  localStorage.setItem('a', '1');
});
it('was there when a package was imported', () => expect(sees).toBe(true));

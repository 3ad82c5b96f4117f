const fs = require('node:fs');
const { halfOfSum } = require('../src/sum');
const plain = require('plain');

jest.mock('../src/half', () => ({ half: jest.fn((n) => n * 2) }));
jest.mock('node:fs', () => ({ ...jest.requireActual('node:fs'), readFileSync: () => 'mocked' }));
jest.mock('plain', () => 'a mock');

it('mocks a module of the project', () => expect(halfOfSum(1, 2)).toBe(6));
it('mocks one of Node', () => expect(fs.readFileSync('/nowhere', 'utf8')).toBe('mocked'));
it('mocks an installed package', () => {
  expect(plain).toBe('a mock');
  expect(jest.requireActual('plain').count).toBe(0);
});
it('imports anew', () => {
  jest.resetModules();
  jest.doMock('../src/half', () => ({ half: () => -1 }));
  expect(require('../src/sum').halfOfSum(1, 1)).toBe(-1);
});

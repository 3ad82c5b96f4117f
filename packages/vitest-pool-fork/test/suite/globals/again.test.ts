import kind from 'asks-hooks';

it('was imported when the global functions were there', () => expect(kind).toBe('function'));

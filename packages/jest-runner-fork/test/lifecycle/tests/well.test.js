const { word } = require('../word');

it('is well', () => expect(word).toBe('one'));

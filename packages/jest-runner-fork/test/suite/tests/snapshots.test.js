it('has a snapshot in a file', () => expect({ a: [1, 2], b: new Map([[1, 'x']]) }).toMatchSnapshot());
it('has one inline that is wrong', () => expect('this').toMatchInlineSnapshot(`"that"`));

// A test in watch mode changes it.
exports.word = 'one';

// Which files run first, and so in the template, is in no doubt.
const { default: Sequencer } = require('@jest/test-sequencer');

module.exports = class extends Sequencer {
  sort(tests) {
    return super.sort(tests).toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }
};

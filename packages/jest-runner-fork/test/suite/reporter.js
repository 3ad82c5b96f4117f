// Prints what it hears of each test while the file runs, and of the file after that.
module.exports = class Reporter {
  #ended = new Set();

  onTestCaseStart({ path }, { title }) {
    console.log(`by the reporter: ${title} has begun${this.#late(path)}`);
  }

  onTestCaseResult({ path }, { title, status }) {
    console.log(`by the reporter: ${title} has ${status}${this.#late(path)}`);
  }

  onTestFileResult({ path }) {
    this.#ended.add(path);
  }

  #late(path) {
    return this.#ended.has(path) ? ', after the file' : '';
  }
};

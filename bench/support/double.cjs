// The work of the benchmark's pools of Workers.
module.exports = (n) => n * 2;

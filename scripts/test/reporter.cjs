// Mocha's usual report, and the counts as JSON in the file TEST_RESULT names: printed text is for people only.
const { writeFileSync } = require("node:fs");
const { reporters, Runner } = require("mocha");

module.exports = class CountingSpec extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes: passed, failures: failed, pending: skipped } = this.stats;
      writeFileSync(process.env.TEST_RESULT, JSON.stringify({ passed, failed, skipped }));
    });
  }
};

import { defineConfig } from "vitest/config";

/** Prints the closing line that a script can read. */
const closingLine = {
  onTestRunEnd(modules: ReadonlyArray<import("vitest/node").TestModule>, errors: readonly unknown[]) {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state] += 1;
      if (module.errors().length > 0) count.failed += 1;
    }
    console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  },
};

export default defineConfig({
  test: {
    projects: ["packages/*", "benchmarks"],
    // What is tested here are servers, and most of the time a test waits for one.
    maxWorkers: 4,
    pool: "forks",
    retry: 0,
    reporters: ["default", closingLine],
  },
});

import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest begins first, so that at the end nobody waits for one file. */
class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isSlow = ({ moduleId }: TestSpecification) => /per-connection|bench|faulty|homework/.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}

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
    sequence: { sequencer: SlowestFirst },
    pool: "forks",
    retry: 0,
    reporters: ["default", closingLine],
  },
});

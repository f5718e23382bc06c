import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestModule, type TestSpecification, type Vitest } from "vitest/node";
import { allowedSkips } from "./allowed-skips.ts";

const isFull = process.env["CONFORMANCE"] === "full";

/** What takes longest begins first, so that at the end nobody waits for one file. */
class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isSlow = ({ moduleId }: TestSpecification) => /arm64|per-connection|bench|faulty|homework/.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}

/** Says why tests were skipped, and prints the closing line that a script can read. */
class Closing {
  #isFiltered = false;

  onInit({ config }: Vitest): void {
    this.#isFiltered = config.testNamePattern !== undefined; // then it is the person who skips
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    const unexplained: string[] = [];
    for (const module of modules) {
      if (module.errors().length > 0) count.failed += 1;
      for (const test of module.children.allTests()) {
        const result = test.result();
        count[result.state] += 1;
        if (result.state !== "skipped") continue;
        const { note = "no reason" } = result;
        if (!allowedSkips.some((allowed) => allowed.test(note))) unexplained.push(`${test.fullName}: ${note}`);
      }
    }
    if (unexplained.length > 0 && !this.#isFiltered) {
      console.error(`\nskipped, for no reason that allowed-skips.ts knows:\n  ${unexplained.join("\n  ")}`);
      process.exitCode = 1;
    }
    console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  }
}

export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.ts", "benchmarks/test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ...(isFull ? [] : ["**/*.slow.test.ts"])],
    // What is tested here are servers, and most of the time a test waits for one.
    maxWorkers: 5,
    // A third of the time would go into loading the same modules for each file.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    sequence: { sequencer: SlowestFirst },
    pool: "forks",
    retry: 0,
    reporters: ["default", new Closing()],
  },
});

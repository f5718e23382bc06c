import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { cpuQuota } from "../src/quota.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A machine that has these files, and no other. */
function machine(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "echolab-quota-"));
  folders.push(root);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

const version2 = (root: string) => `30 22 0:27 ${root} /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n`;
const version1 = (root: string) => `31 30 0:28 ${root} /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n`;

describe("a quota of processor time", () => {
  test("is that of the own control group, or the smaller one of a group above it", () => {
    const files = {
      "proc/self/cgroup": "0::/user.slice/run\n",
      "proc/self/mountinfo": version2("/"),
      "sys/fs/cgroup/user.slice/cpu.max": "50000 100000\n",
      "sys/fs/cgroup/user.slice/cpu.stat": "usage_usec 5\nnr_throttled 3\n",
      "sys/fs/cgroup/user.slice/run/cpu.max": "200000 100000\n",
      "sys/fs/cgroup/user.slice/run/cpu.stat": "nr_periods 1\nnr_throttled 4\n",
      "sys/fs/cgroup/other/cpu.max": "1000 100000\n",
    };
    const quota = cpuQuota(machine(files));
    expect(quota.processors).toBe(0.5);
    expect(quota.throttled()).toBe(7);
  });

  test("is seen in version 1, and in a container that has its own group as root", () => {
    const quota = cpuQuota(
      machine({
        "proc/self/cgroup": "4:memory:/\n3:cpu,cpuacct:/docker/abc\n0::/\n",
        "proc/self/mountinfo": version1("/docker/abc"),
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "150000\n",
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
        "sys/fs/cgroup/cpu,cpuacct/cpu.stat": "nr_periods 9\nnr_throttled 2\n",
      }),
    );
    expect(quota.processors).toBe(1.5);
    expect(quota.throttled()).toBe(2);
  });

  test.each([
    ["no limit in version 2", { "proc/self/mountinfo": version2("/"), "sys/fs/cgroup/cpu.max": "max 100000\n" }],
    [
      "no limit in version 1",
      { "proc/self/mountinfo": version1("/"), "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n" },
    ],
    ["a container without /sys", { "proc/self/mountinfo": "" }],
    ["nothing in /proc", {}],
  ])("is none with %s", (_, files) => {
    const quota = cpuQuota(machine({ "proc/self/cgroup": "1:cpu,cpuacct:/\n0::/\n", ...files }));
    expect(quota.processors).toBeNull();
    expect(quota.throttled()).toBe(0);
  });
});

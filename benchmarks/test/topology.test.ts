import { expect, test } from "vitest";
import { allowedProcessors, topology } from "../src/topology.ts";

test("split gives server and generator a processor each, and the generator never sleeps", () => {
  expect(topology("split", [2, 5], true)).toEqual({ name: "split", server: "2", generator: "5", poll: "busy" });
});

test("with one processor, split is shared, and says so", () => {
  expect(topology("split", [3], true)).toEqual({ name: "shared", server: "3", generator: "3", poll: "blocking" });
});

test("a process that may not choose a processor leaves that to the kernel, and says so", () => {
  for (const name of ["split", "shared"] as const)
    expect(topology(name, [2, 5], false)).toEqual({ name: "free", server: "2,5", generator: "2,5", poll: "blocking" });
});

test.each([
  ["0-3,8", [0, 1, 2, 3, 8]],
  ["1", [1]],
])("the processors of %s are read from /proc", (list, processors) => {
  expect(allowedProcessors(`Name:\tnode\nCpus_allowed_list:\t${list}\nMems_allowed:\t1\n`)).toEqual(processors);
});

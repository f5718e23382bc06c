import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { describe, expect, test } from "vitest";
import {
  currentSyscall,
  decodeProcAddress,
  listeningAddresses,
  openDescriptors,
  processTree,
  programName,
  proportionalMemory,
  threads,
} from "../src/proc.ts";

/** CPU time of the session, its ended and waited-for processes included. */
const cpuTicks = (leader: number) => processTree(leader).reduce((sum, { ticks }) => sum + ticks, 0);

/** Milliseconds: what is awaited comes long before. */
const LONG = 60_000;

describe("decodeProcAddress", { timeout: 180_000 }, () => {
  test.each([
    ["0100007F:1B5F", "127.0.0.1", 7007],
    ["00000000:0016", "0.0.0.0", 22],
    ["0101A8C0:FFFF", "192.168.1.1", 65_535],
    ["00000000000000000000000000000000:1F90", "::", 8080],
    ["00000000000000000000000001000000:1B5F", "::1", 7007],
    ["B80D0120000000000000000001000000:0001", "2001:db8::1", 1],
    ["000080FE00000000FF00545012345678:0000", "fe80::5054:ff:7856:3412", 0],
  ])("reads %s", (text, host, port) => {
    expect(decodeProcAddress(text)).toEqual({ host, port });
  });
});

describe("of a session's processes", { timeout: 180_000 }, () => {
  test("CPU time grows while one of them spins", async () => {
    await session(["-c", "sh -c 'while :; do :; done' & wait"], async (leader) => {
      const before = cpuTicks(leader);
      await expect.poll(() => cpuTicks(leader) - before, { timeout: LONG }).toBeGreaterThanOrEqual(10);
    });
  });

  test("CPU time is still counted after the one that used it has ended", async () => {
    // The grandchild uses 200 ms of CPU, however long that takes, and is waited for.
    const spin = "while (process.cpuUsage().user < 200_000);";
    await session(["-c", `"$0" -e '${spin}'; echo ended; sleep 60; :`, process.execPath], async (leader, nextLine) => {
      expect(await nextLine()).toBe("ended");
      expect(cpuTicks(leader)).toBeGreaterThanOrEqual(19);
    });
  });

  test("the tree holds children and grandchildren, the leader first", async () => {
    await session(["-c", "sh -c 'sleep 60 & echo started; wait' & wait"], async (leader, nextLine) => {
      await nextLine();
      const [first, ...others] = processTree(leader);
      expect(first).toMatchObject({ pid: leader, session: leader, parent: process.pid });
      expect(others).toHaveLength(2);
      const child = others.find(({ parent }) => parent === leader)!;
      expect(others.find(({ pid }) => pid !== child.pid)!.parent).toBe(child.pid);
    });
  });

  test("memory is the sum of their proportional shares", async () => {
    await session(["-c", "sleep 60 & echo started; wait"], async (leader, nextLine) => {
      await nextLine();
      const pids = processTree(leader).map(({ pid }) => pid);
      expect(pids).toHaveLength(2);
      expect(proportionalMemory([leader])).toBeGreaterThan(0);
      expect(proportionalMemory(pids)).toBeGreaterThan(proportionalMemory([leader]));
    });
  });

  test("the descriptors are counted", async () => {
    await session(["-c", "echo started; read -r end"], async (leader, nextLine) => {
      await nextLine();
      const listed = execFileSync("ls", [`/proc/${leader}/fd`], { encoding: "utf8" });
      expect(openDescriptors(leader)).toBe(listed.trim().split("\n").length);
    });
  });

  test("a name holds nothing that a terminal obeys", async () => {
    await session(["-c", "printf 'a\\033[31mb' >/proc/$$/comm; echo named; read -r end"], async (leader, nextLine) => {
      await nextLine();
      expect(programName(leader)).toBe("ab");
    });
  });

  test("a stopped one is stopped, and one that nobody has waited for is a zombie", async () => {
    // exec: the leader is now a sleep, which waits for nobody.
    await session(["-c", "sh -c 'exit 0' & exec sleep 60"], async (leader) => {
      await expect.poll(() => processTree(leader).at(-1)!.state, { timeout: LONG }).toBe("Z");
      process.kill(leader, "SIGSTOP");
      await expect.poll(() => processTree(leader)[0]!.state, { timeout: LONG }).toBe("T");
    });
  });
});

describe("of this process", { timeout: 180_000 }, () => {
  test("the listening addresses are found, and nobody has to connect", async () => {
    const server = createServer(() => expect.unreachable("somebody connected")).listen(0, "127.0.0.1");
    try {
      await once(server, "listening");
      const { address, port } = server.address() as { address: string; port: number };
      expect(listeningAddresses([process.pid])).toContainEqual({ host: address, port });
      expect(listeningAddresses([])).toEqual([]);
    } finally {
      server.close();
    }
  });
});

describe("of a thread", { timeout: 180_000 }, () => {
  test("the system call is told while it sleeps in one, and not while it runs", async () => {
    await session(["-c", "exec cat"], async (leader) => {
      const READ_STDIN = { x64: { number: 0, argument: 0 }, arm64: { number: 63, argument: 0 } };
      const expected = READ_STDIN[process.arch as keyof typeof READ_STDIN];
      await expect.poll(() => currentSyscall(leader, leader), { timeout: LONG }).toEqual(expected);
    });
    await session(["-c", "while :; do :; done"], async (leader) => {
      await expect.poll(() => currentSyscall(leader, leader), { timeout: LONG }).toBeUndefined();
    });
  });
});

describe("of a process that is not there", { timeout: 180_000 }, () => {
  test("there is nothing, and no error", () => {
    const nobody = 2 ** 22 + 1; // above the largest process id there can be
    expect(processTree(nobody)).toEqual([]);
    expect(threads(nobody)).toEqual([]);
    expect(openDescriptors(nobody)).toBe(0);
    expect(proportionalMemory([nobody])).toBe(0);
    expect(currentSyscall(nobody, nobody)).toBeUndefined();
  });
});

/** Runs a shell as the leader of a session of its own, and ends the whole session. */
async function session(
  words: readonly string[],
  look: (leader: number, nextLine: () => Promise<string>) => Promise<void>,
): Promise<void> {
  const shell = spawn("/bin/sh", words, { detached: true, stdio: ["pipe", "pipe", "inherit"] });
  const exit = once(shell, "exit");
  const lines = createInterface(shell.stdout)[Symbol.asyncIterator]();
  try {
    await look(shell.pid!, async () => (await lines.next()).value);
  } finally {
    process.kill(-shell.pid!, "SIGKILL");
    await exit;
  }
}

import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseReadyLine } from "../src/address.ts";

const sequential = program("../../server-sequential/dist/main.js");
const busyWait = program("../../server-busy-wait/dist/main.js");
const eventLoop = program("../../server-event-loop/dist/main.js");
const blockedWorker = program("./blocked-worker/program/main.js");

describe("the command line of a server", { timeout: 180_000 }, () => {
  test.each([
    [["--port", "abc"], '--port is a whole number from 0 to 65535, not "abc"'],
    [["--port", "70000"], '--port is a whole number from 0 to 65535, not "70000"'],
    [["--port", "-1"], "option '--port' argument is ambiguous (--help lists the options)"],
    [["--port", ""], '--port is a whole number from 0 to 65535, not ""'],
    [["--port"], "--port"],
    [["--prot", "7007"], "unknown option '--prot' (--help lists the options)"],
    [["--PORT", "7007"], "unknown option '--PORT' (--help lists the options)"],
    [["7007"], "unexpected argument '7007' (--help lists the options)"],
    [["--backlog", "0"], '--backlog is a whole number from 1 to 65535, not "0"'],
    [["--max-connections", "2"], '--max-connections is a whole number 1 in this model, not "2"'],
    [["--max-connections", "0"], '--max-connections is a whole number 1 in this model, not "0"'],
    [["--max-connections="], '--max-connections is a whole number 1 in this model, not ""'],
  ])("is wrong usage: %j", (words, message) => {
    const ended = runToItsEnd(sequential, words);
    expect(ended.stderr).toContain(message);
    expect(ended).toMatchObject({ status: 2, stdout: "", stderr: expect.stringMatching(/^sequential: [^\n]+\n$/) });
  });

  test("knows the model's own options, and their values", () => {
    const { status, stderr } = runToItsEnd(busyWait, ["--when-nothing", "doze"]);
    expect(stderr).toBe('busy-wait: --when-nothing is one of spin, sleep, back-off, not "doze"\n');
    expect(status).toBe(2);
  });

  test("is listed by --help, with the model's own options", () => {
    const { status, stdout, stderr } = runToItsEnd(busyWait, ["--help"]);
    for (const option of ["--host", "--port", "--backlog", "--max-connections", "--when-nothing spin|sleep|back-off"]) {
      expect(stdout).toContain(option);
    }
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

describe("a server that cannot listen", { timeout: 180_000 }, () => {
  test.each([
    ["sequential", sequential],
    ["event-loop", eventLoop],
  ])("ends with one line that names EADDRINUSE and says what to do: %s", async (name, main) => {
    const holder = createServer().listen(0, "127.0.0.1");
    try {
      await once(holder, "listening");
      const ended = runToItsEnd(main, ["--port", String((holder.address() as AddressInfo).port)]);
      expect(ended.stderr).toMatch(new RegExp(`^${name}: [^\n]*EADDRINUSE[^\n]*; choose another --port[^\n]*\n$`));
      expect(ended).toMatchObject({ status: 1, stdout: "" });
    } finally {
      holder.close();
    }
  });

  test("ends with one line about an address that is not this machine's", () => {
    // 192.0.2.0/24 is nobody's: it is kept for documentation (RFC 5737).
    const { status, stderr } = runToItsEnd(sequential, ["--host", "192.0.2.1", "--port", "0"]);
    expect(stderr).toMatch(/^sequential: [^\n]*EADDRNOTAVAIL[^\n]*; this machine has no such address[^\n]*\n$/);
    expect(status).toBe(1);
  });
});

describe("a server that listens", { timeout: 180_000 }, () => {
  test("prints its address, with the port that the kernel chose", async () => {
    await serving(sequential, [], async ({ address }) => {
      expect(address.host).toBe("127.0.0.1");
      expect(address.port).toBeGreaterThan(0);
    });
  });

  test("resolves a name before it listens", async () => {
    await serving(sequential, ["--host", "localhost"], async ({ line }) => {
      expect(line).toMatch(/^listening on (127\.0\.0\.1|\[::1\]):\d+$/);
    });
  });

  test("prints an IPv6 address in brackets", async ({ skip }) => {
    skip(!readFileSync("/proc/net/if_inet6", "utf8").includes(" lo"), "this machine has no ::1");
    await serving(sequential, ["--host", "::1"], async ({ line }) => {
      expect(line).toMatch(/^listening on \[::1\]:\d+$/);
    });
  });

  test("loads koffi only where it calls the kernel itself: the event loop never does", async () => {
    await serving(sequential, [], async ({ pid }) => expect(memoryMap(pid)).toContain("koffi"));
    await serving(eventLoop, [], async ({ pid }) => expect(memoryMap(pid)).not.toContain("koffi"));
  });
});

describe("a main thread that fails while another thread is blocked in recv", { timeout: 180_000 }, () => {
  test.each([
    ["by-throwing", 1, "thrown beside a blocked thread"],
    ["by-rejecting", 1, "rejected beside a blocked thread"],
    ["by-usage", 2, "wrong usage beside a blocked thread"],
  ])("ends the process all the same: %s", async (ends, code, message) => {
    const child = spawn(process.execPath, [blockedWorker, "--port", "0", "--ends", ends]);
    const said = text(child.stderr);
    const exit = once(child, "exit");
    try {
      await once(child.stdout, "data"); // the ready line: the thread is blocked from here on
      const ended = await Promise.race([exit, after(2000, "still running after 2 s")]);
      expect(ended).toEqual([code, null]);
      expect(await said).toBe(`blocked-worker: ${message}\n`);
    } finally {
      child.kill("SIGKILL");
    }
  });
});

function program(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

function runToItsEnd(main: string, words: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [main, ...words], { encoding: "utf8", timeout: 20_000, killSignal: "SIGKILL" });
}

interface Serving {
  readonly pid: number;
  readonly line: string;
  readonly address: { host: string; port: number };
}

/** Starts the server on a free port, looks at it, and ends it. */
async function serving(
  main: string,
  words: readonly string[],
  look: (server: Serving) => Promise<void>,
): Promise<void> {
  const child = spawn(process.execPath, [main, "--port", "0", ...words], { stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  try {
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    await look({ pid: child.pid!, line, address: parseReadyLine(line)! });
  } finally {
    child.kill("SIGKILL");
    await exit;
  }
}

const memoryMap = (pid: number) => readFileSync(`/proc/${pid}/maps`, "utf8");

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = "";
  for await (const chunk of stream) all += chunk;
  return all;
}

function after<T>(milliseconds: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(value), milliseconds));
}

import { describe, expect, test } from "vitest";
import { epollEventLayout } from "../src/epoll.ts";
import { supportedArchitecture } from "../src/platform.ts";

describe("supportedArchitecture", () => {
  test.each(["x64", "arm64"])("knows Linux on %s", (cpu) => {
    expect(supportedArchitecture("linux", cpu)).toBe(cpu);
  });

  test.each([
    ["darwin", "arm64"],
    ["win32", "x64"],
    ["linux", "riscv64"],
    ["linux", "ia32"],
  ])("says that %s on %s is not supported", (os, cpu) => {
    expect(() => supportedArchitecture(os, cpu)).toThrow(`x64 and arm64; this is ${os} on ${cpu}`);
  });
});

describe("epollEventLayout", () => {
  // struct epoll_event { uint32_t events; epoll_data_t data; }: the packed attribute is x86-64's alone.
  test.each([
    ["x64", { bytes: 12, events: 0, data: 4 }],
    ["arm64", { bytes: 16, events: 0, data: 8 }],
  ] as const)("is the kernel's on %s", (architecture, { bytes, events, data }) => {
    expect(epollEventLayout(architecture)).toEqual({ words: bytes / 4, events: events / 4, fd: data / 4 });
  });
});

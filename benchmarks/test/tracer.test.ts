import { describe, expect, test } from "vitest";
import { explain } from "../src/syscalls-run.ts";
import { perfCounts, straceCounts } from "../src/tracer.ts";

test("perf's counts are read, and what it did not name is called other", () => {
  const text = `1000;;raw_syscalls:sys_enter;1;100.00;;
400;;syscalls:sys_enter_recvfrom;1;100.00;;
400;;syscalls:sys_enter_sendto;1;100.00;;
0;;syscalls:sys_enter_poll;1;100.00;;
<not counted>;;syscalls:sys_enter_read;0;0.00;;
`;
  expect(perfCounts(text)).toEqual({ recvfrom: 400, sendto: 400, other: 200 });
});

test("strace's table is read", () => {
  const text = `strace: Process 12 attached with 2 threads
    calls syscall
--------- ----------------
      502 epoll_wait
      500 write
--------- ----------------
     1002 total
`;
  expect(straceCounts(text)).toEqual({ epoll_wait: 502, write: 500 });
});

describe("what calls and wake-ups explain", () => {
  const prices = { recv: 500, send: 2000, "recv, nothing there": 100, epoll_wait: 400, other: 50, "wake-up": 1000 };

  test("is the sum of their prices", () => {
    expect(explain({ recvfrom: 1, sendto: 1, epoll_wait: 0.5 }, 0.25, prices)).toBeCloseTo(0.5 + 2 + 0.2 + 0.25);
  });

  test("has the price of an empty answer for what was asked beyond one message", () => {
    expect(explain({ recvfrom: 51, sendto: 1 }, 0, prices)).toBeCloseTo(0.5 + 50 * 0.1 + 2);
  });

  test("knows calls by their other names, and has a price for those it does not know", () => {
    expect(explain({ read: 1, writev: 1, madvise: 2 }, 0, prices)).toBeCloseTo(0.5 + 2 + 0.1);
  });
});

import { fileURLToPath } from "node:url";
import { type Model, obstacle } from "@echolab/model";
import { type Case, cases } from "../src/index.ts";

export const isFull = process.env["CONFORMANCE"] === "full";

/** Each faulty server, the case that is there to find it, and what the case says of it. */
export const faulty: Record<string, [number: Case["number"], reason: RegExp]> = {
  "parent-keeps-descriptor": [2, /required: FIN \(end of file\); came: nothing/],
  "line-buffered": [3, /1 bytes sent, 0 came back/],
  "decodes-utf8": [4, /different from byte 128 on: expected 8081828384858687, got efbfbd/],
  "for-await-destroys": [8, /16777216 bytes sent, \d+ came back; then FIN came/],
  "closes-while-it-owes": [8, /16777216 bytes sent, \d+ came back; then FIN came/],
  "short-write-ignored": [8, /16777216 bytes sent, (what came back is different from|\d+ came back; then FIN came)/],
  "gives-up-on-a-late-reader": [8, /16777216 bytes sent, \d+ came back; then (FIN|a reset) came/],
  "drops-half-close": [10, /came back.*then FIN came/],
  // Node's client takes a reset that comes together with data for a FIN.
  "closes-with-unread-input": [10, /65536 bytes sent, \d+ came back.*then (FIN|a reset) came/],
  "loses-data-in-the-hand-off": [11, /5 bytes sent, 0 came back.*then a reset came/],
  "turns-away-who-has-finished": [11, /5 bytes sent, 0 came back.*then a reset came/],
  "adds-newline": [14, /1 bytes more came back than were sent/],
  "cross-talk": [15, /different from byte 7 on/],
  "serves-one-at-a-time": [16, /8 bytes sent, 0 came back/],
  "gives-up-at-512": [19, /6 bytes sent, 0 came back/],
  "refuses-though-it-declares-queue": [20, /256 bytes sent, 0 came back/],
  "never-frees-a-place": [21, /16 bytes sent, 0 came back/],
  "no-back-pressure": [22, /required: at most 32 MiB more memory/],
  "reads-on-while-it-owes": [22, /required: (it stops taking bytes|at most 32 MiB)/],
  "one-slow-client-stops-all": [23, /64 bytes sent, 0 came back/],
  "no-error-handler": [28, /the server ended \(exit code 1\): Error: .* ECONNRESET/],
  "dies-of-sigpipe": [29, /the server ended \(signal 13, SIGPIPE\)/],
  "forgets-eintr": [30, /the server ended \(exit code 1\): server: epoll_wait: Interrupted system call/],
  "leaks-descriptors": [31, /required: at most \d+ descriptors, as before; came: \d+/],
  "forgives-every-error": [31, /required: at most \d+ descriptors, .*, 2 s after \d+ clients to which it owed/],
  "takes-every-error-for-nothing-yet": [31, /required: at most \d+ descriptors, as before; came: \d+/],
  "failed-accept-ends-the-listener": [33, /after all but one client had left, a fresh one was not served/],
  "accepts-again-only-in-silence": [33, /after all but one client had left, a fresh one was not served/],
  "spins-on-emfile": [34, /required: at most 50 % of a processor; came: \d+ %/],
  "writes-in-two-parts": [36, /200 requests in 1 part: required: a quarter of them within 35 ms; came: \d\d/],
  "one-crash-ends-all": [38, /the server ended \(exit code 1\): server: a child has crashed/],
  "leaves-zombies": [39, /came: .*"zombies":\d\d/],
  "one-wait-for-many": [39, /came: .*"zombies":\d/],
  "no-thread-ends-all": [40, /can't start new thread|the connection was refused or reset/],
  "leaves-children": [42, /1 s after SIGTERM to the first process, processes are left: 3/],
  "never-ends": [42, /1 s after SIGTERM to the first process, processes are left: 1/],
  "no-reuseaddr": [43, /Address already in use/],
  "ignores-bad-port": [44, /started on port "abc" as if nothing were wrong/],
  "binds-all-interfaces": [45, /listens on ::/],
  "truncates-datagrams": ["U1", /a datagram of 8192 bytes sent, one of 4096 came back/],
  "exits-on-empty-datagram": ["U2", /the server ended \(exit code 0\)/],
  "answers-from-another-socket": ["U3", /a datagram of 32 bytes sent 3 times, no answer/],
  "answers-its-own-port": ["U6", /a datagram from its own port was answered/],
  "answers-for-ever": [
    "U7",
    /required: it stops answering a client that sends each answer back; came: \d+ answers, and it goes on/,
  ],
};

export const caseOf = (number: Case["number"]) => cases.find((each) => each.number === number)!;
export const here = fileURLToPath(new URL(".", import.meta.url));

/** Why it is left out, here or now; undefined when the server is built and can run. */
export async function hindrance(model: Model, { pace }: Case): Promise<string | undefined> {
  if (pace === "full" && !isFull) return "takes seconds: it runs by pnpm conformance";
  return obstacle(model);
}

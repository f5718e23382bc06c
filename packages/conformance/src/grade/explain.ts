import type { Case } from "../case.ts";

/** What a failure probably comes from, and what mends it. */
export interface Explanation {
  readonly cause: string;
  readonly wayOut: string;
}

interface Rule extends Explanation {
  readonly sign: RegExp;
  /** Ids of cases, or of groups of them; left out: any. */
  readonly cases?: readonly string[];
}

/** From the particular to the general: the first one that fits is told. */
const rules: readonly Rule[] = [
  {
    sign: /required: an exit code|as if nothing were wrong|required: one line/,
    cases: ["tcp/start/bad-port"],
    cause:
      "the port is not looked at, or the error of bind is left to the language, which ends with a stack trace or not at all",
    wayOut: "check the port, catch the error, say in one line on stderr what is wrong, and exit with 1",
  },
  {
    sign: /different from byte 0 on: expected \w+, got (?!nothing|\w*efbfbd)/,
    cases: ["tcp/start", "tcp/echo/no-newline"],
    cause: "something else was sent than what came: a banner, a prompt, or other bytes",
    wayOut: "send exactly the bytes that came, and nothing before them",
  },
  {
    sign: /expected 00\w+, got(?!.*then (FIN|a reset) came)/,
    cases: ["tcp/echo/every-byte"],
    cause: "a NUL byte was taken for the end, as strlen and printf do",
    wayOut: "use the length that recv returned",
  },
  {
    sign: /Interrupted system call|EINTR/,
    cause: "a signal has interrupted a call, and EINTR was taken for an error",
    wayOut: "make the call again: only other errors are errors (signal(7))",
  },
  {
    sign: /Too many open files|EMFILE|not served/,
    cases: ["tcp/descriptors/too-few", "tcp/descriptors/no-spinning"],
    cause: "no descriptor was left for accept, and that ended the server, or its listener",
    wayOut: "take EMFILE for not now: serve those who are here, and accept again when one of them has left",
  },
  {
    sign: /the server ended|refused or reset/,
    cases: ["tcp/descriptors/too-few-processes"],
    cause: "no thread or process could be started for a client, and nobody has handled that error",
    wayOut: "turn that one client away, and go on",
  },
  {
    sign: /the server ended|sent, 0 came back/,
    cases: ["tcp/ending/one-process-of-many"],
    cause: "the end of one child was taken for the end of all",
    wayOut: "wait for the child (waitpid(2)), and go on",
  },
  {
    sign: /required: FIN .*came: nothing/,
    cases: ["tcp/half-close", "tcp/echo/early-data"],
    cause:
      "the client has sent its FIN, and the server's never comes: its descriptor is not closed, or a second process still has it",
    wayOut: "close it after recv has returned 0, in each process that has it (after fork, the parent too)",
  },
  {
    sign: /sent, 0 came back/,
    cases: ["tcp/echo/early-data"],
    cause:
      "what came with the connect is lost while the client is handed over, or a FIN that came with it is taken for a good-bye",
    wayOut: "hand the descriptor over before anything is read, and read until recv returns 0",
  },
  {
    sign: /sent, 0 came back/,
    cases: ["tcp/overload"],
    cause:
      "beyond its limit it does something else than its model.json declares, or a place is not given back when its client leaves",
    wayOut: "declare what it does (clients, overload), and give each place back at every end of a connection",
  },
  {
    sign: /sent, 0 came back.*then (FIN|a reset) came/,
    cases: ["tcp/many-clients/100-at-once", "tcp/many-clients/1000-held"],
    cause:
      "clients are turned away: a table of its own, the 1,024 descriptors of select, or the limit of descriptors is full",
    wayOut: "let the table grow with the clients, use poll or epoll, or declare the limit (clients in model.json)",
  },
  {
    sign: /a datagram of 0 bytes|the server ended/,
    cases: ["udp/echo/empty"],
    cause: "a datagram without a byte was taken for the end, or for nothing",
    wayOut: "answer each datagram, also one of length 0",
  },
  {
    sign: /no answer within/,
    cases: ["udp/echo/from-the-same-address"],
    cause: "the answer came from another socket, so from another port, or not at all",
    wayOut: "answer with the socket that has received the datagram",
  },
  {
    sign: /stops answering a client that sends each answer back/,
    cases: ["udp/loops/answers-run-dry"],
    cause: "whoever sends every answer back is answered for ever, as another echo server would",
    wayOut: "limit the answers to one peer in a time: one that is not sent ends the loop",
  },
  {
    sign: /is stdout flushed/,
    cause: "the ready line is still in a buffer: stdout is a pipe here, and not a terminal",
    wayOut: "flush stdout after that line (fflush(stdout), print(…, flush=True))",
  },
  {
    sign: /signal 13, SIGPIPE/,
    cause: "a write to a connection that the client has closed raises SIGPIPE, which ends the process",
    wayOut: "ignore SIGPIPE (signal(7)), or send with MSG_NOSIGNAL, and handle EPIPE as the end of that one client",
  },
  {
    sign: /ECONNRESET|EPIPE|Connection reset|Broken pipe/i,
    cases: ["tcp/resets", "tcp/descriptors", "tcp/property", "tcp/never-reads"],
    cause: "one client's error was handled by nobody, and ended everybody's server",
    wayOut: "handle the error of each connection: close that one, and go on",
  },
  {
    sign: /Address already in use|EADDRINUSE/i,
    cases: ["tcp/start/same-port-again"],
    cause: "connections in TIME_WAIT still hold the port",
    wayOut: "set SO_REUSEADDR on the listening socket before bind (socket(7))",
  },
  {
    sign: /expected .* got .*efbfbd/,
    cause: "bytes were decoded as text: what is no valid UTF-8 became U+FFFD",
    wayOut: "never decode: read and write bytes",
  },
  {
    sign: /came back.*then (FIN|a reset) came/,
    cases: ["tcp/echo/64-mib-to-a-late-reader"],
    cause: "a client that reads late was given up, or what a short write had left was forgotten",
    wayOut: "wait until the client reads: keep what send did not take, and send it when the socket is writable",
  },
  {
    sign: /sent, 0 came back.*then FIN came|required: silence.*came: fin/,
    cases: ["tcp/echo/no-newline", "tcp/echo/nothing-more", "tcp/echo/every-byte", "tcp/echo/ping-pong"],
    cause: "the connection is closed after one answer",
    wayOut: "go on receiving and sending until recv returns 0: it is the client who ends a connection",
  },
  {
    sign: /^\d+ bytes sent, 0 came back/,
    cases: ["tcp/echo/no-newline", "tcp/echo/every-byte", "tcp/echo/ping-pong"],
    cause: "it waits for something more: a newline, a full buffer, or the end of the stream",
    wayOut: "send what one recv returns, as soon as it returns",
  },
  {
    sign: /bytes more came back than were sent: (0d)?0a/,
    cause: "a newline was added",
    wayOut: "send exactly the bytes that came",
  },
  {
    sign: /more came back than were sent/,
    cause: "something of its own was sent: a banner, a prompt, or a part twice",
    wayOut: "send exactly the bytes that came, once; after a short write, go on behind what was taken",
  },
  {
    sign: /[1-9]\d* came back.*then a reset came/,
    cause:
      "the connection was closed while bytes of the client were still unread: the kernel then sends a reset, which throws away what was under way",
    wayOut: "read until the client's FIN before you close",
  },
  {
    sign: /came back.*then FIN came/,
    cases: ["tcp/half-close", "tcp/echo/4-mib-after-fin", "tcp/echo/early-data", "tcp/many-clients/queue-moves-up"],
    cause: "the client's FIN was taken for a good-bye: it says only that nothing more comes",
    wayOut: "after recv has returned 0, send what is still owed, and close only then (in Node: allowHalfOpen: true)",
  },
  {
    // What is smaller fits into the kernel's buffers as a whole.
    sign: /\d{6,} bytes sent, (what came back is different from byte \d{4,}|[1-9]\d* came back.*then (nothing moved|FIN came))/,
    cases: ["tcp/echo", "tcp/signals"],
    cause: "a short write: send took less than it was given, and the rest was forgotten, or lost with the socket",
    wayOut: "look at what send returns, keep the rest, send it when the socket is writable, and close only then",
  },
  {
    sign: /different from byte \d+ on: expected \w+, got (?!nothing)/,
    cases: ["tcp/many-clients", "tcp/property"],
    cause: "two clients share a buffer or a variable",
    wayOut: "keep what belongs to a client in that client's own object",
  },
  {
    sign: /at most \d+ MiB (more memory|kept for)|stops taking bytes/,
    cases: ["tcp/never-reads", "tcp/slow-clients", "tcp/echo/64-mib-to-a-late-reader"],
    cause: "it reads on while the client does not: what cannot be sent piles up",
    wayOut: "receive only when nothing is owed to that client (in Node: pipe, or wait for 'drain')",
  },
  {
    sign: /required: a quarter of them within/,
    cause:
      "a small write waits for the acknowledgement of the one before it (Nagle's algorithm), and the client delays that by 40 ms",
    wayOut: "send an answer in one write, or set TCP_NODELAY (tcp(7))",
  },
  {
    sign: /"?processes"?:|zombies/,
    cases: ["tcp/ending/nothing-of-a-client-is-left"],
    cause:
      "nobody waits for the children that have ended (zombies), or threads and children do not end with their client",
    wayOut: "wait for each child (waitpid(2), or SIGCHLD ignored); let a client's thread end when the client has left",
  },
  {
    sign: /after SIG\w+ to the first process/,
    cause: "it, or what it has started, goes on after its first process was told to end",
    wayOut:
      "do not handle SIGTERM, or end in the handler; let children die with their parent (prctl(2), PR_SET_PDEATHSIG)",
  },
  {
    sign: /listens on/,
    cases: ["tcp/start/loopback-only"],
    cause: "the address was left out of bind: the whole network may come",
    wayOut: "bind to 127.0.0.1, unless you are told otherwise",
  },
  {
    sign: /descriptors, as before|MiB more after/,
    cases: ["tcp/descriptors"],
    cause: "a connection is not closed in one of the ways in which a client can leave",
    wayOut: "close the descriptor at the end of file, and at every error",
  },
  {
    sign: /% of a processor|wake-ups a second/,
    cases: ["tcp/model"],
    cause: "it asks in a loop whether anybody has something",
    wayOut: "wait in the kernel until somebody has: select, poll or epoll_wait with a timeout of -1",
  },
  {
    sign: /% of a processor/,
    cases: ["tcp/descriptors"],
    cause: "the listener stays readable while there is no descriptor for accept: the loop asks at once again",
    wayOut: "stop watching the listener until a client leaves, or sleep a moment after EMFILE",
  },
  {
    sign: /while .* clients? .*|no answer|sent, 0 came back/,
    cases: ["tcp/many-clients", "tcp/slow-clients", "tcp/never-reads/others-are-served"],
    cause: "one client keeps the others waiting: the server is blocked in a call for it",
    wayOut:
      "never block for one client: non-blocking sockets (an accepted one does not inherit it), or a thread or a process for each",
  },
  {
    sign: /no answer within/,
    cases: ["udp/echo"],
    cause: "the datagram was dropped, cut to the size of a buffer, or an error of another one ended the loop",
    wayOut: "receive into a buffer of 65,535 bytes, and answer each datagram, also an empty one",
  },
  {
    sign: /was answered: two such servers/,
    cases: ["udp/loops"],
    cause: "the sender's address is trusted: it may be another echo server's, and then both answer each other for ever",
    wayOut: "do not answer your own port, nor one below 1024",
  },
  {
    sign: /brought \d+ (threads|processes)/,
    cause: "this assignment asks for one thread that serves all clients",
    wayOut: "make the sockets non-blocking, and ask each of them in turn (or let epoll say which)",
  },
];

/** Undefined where nothing more can be said than the failure itself. */
export function explain({ id }: Case, why: string): Explanation | undefined {
  return rules.find(
    ({ sign, cases }) => sign.test(why) && (cases?.some((each) => id === each || id.startsWith(`${each}/`)) ?? true),
  );
}

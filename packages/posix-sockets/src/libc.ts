import * as faults from "./faults.ts";
import { loadKoffi } from "./koffi.ts";

// The C library's own functions, one line each. Buffers are passed by address: the kernel reads and writes the JS memory.
const koffi = loadKoffi();
const libc = koffi.load(null);

type Call<A extends unknown[]> = (...args: A) => number;
type Bytes = Uint8Array | Int32Array;
const call = <A extends unknown[]>(prototype: string) => libc.func(prototype) as unknown as Call<A>;

export const socket = call<[domain: number, type: number, protocol: number]>("int socket(int, int, int)");
export const bind = call<[fd: number, address: Bytes, length: number]>("int bind(int, void *, uint32_t)");
export const listen = call<[fd: number, backlog: number]>("int listen(int, int)");
export const connect = call<[fd: number, address: Bytes, length: number]>("int connect(int, void *, uint32_t)");
export const fcntl = call<[fd: number, command: number, argument: number]>("int fcntl(int, int, int)");
const recvCall = call<[fd: number, into: Bytes, length: number, flags: number]>(
  "intptr_t recv(int, void *, size_t, int)",
);
const sendCall = call<[fd: number, from: Bytes, length: number, flags: number]>(
  "intptr_t send(int, void *, size_t, int)",
);
export const shutdown = call<[fd: number, how: number]>("int shutdown(int, int)");
export const close = call<[fd: number]>("int close(int)");
export const setsockopt = call<[fd: number, level: number, name: number, value: Bytes, length: number]>(
  "int setsockopt(int, int, int, void *, uint32_t)",
);
export const getsockopt = call<[fd: number, level: number, name: number, value: Bytes, length: Bytes]>(
  "int getsockopt(int, int, int, void *, void *)",
);
export const getsockname = call<[fd: number, address: Bytes, length: Bytes]>("int getsockname(int, void *, void *)");
export const inet_pton = call<[family: number, text: string, address: Bytes]>(
  "int inet_pton(int, const char *, void *)",
);
export const epoll_create1 = call<[flags: number]>("int epoll_create1(int)");
export const epoll_ctl = call<[epfd: number, operation: number, fd: number, event: Bytes | null]>(
  "int epoll_ctl(int, int, int, void *)",
);
const epollWaitCall = call<[epfd: number, events: Bytes, most: number, timeout: number]>(
  "int epoll_wait(int, void *, int, int)",
);
const selectCall = call<[nfds: number, read: Bytes, write: Bytes, except: null, timeout: BigInt64Array | null]>(
  "int select(int, void *, void *, void *, void *)",
);
const pollCall = call<[fds: Bytes, count: number, timeout: number]>("int poll(void *, unsigned long, int)");
export const recvfrom = call<
  [fd: number, into: Bytes, length: number, flags: number, address: Bytes, addressLength: Bytes]
>("intptr_t recvfrom(int, void *, size_t, int, void *, void *)");
export const sendto = call<
  [fd: number, from: Bytes, length: number, flags: number, address: Bytes, addressLength: number]
>("intptr_t sendto(int, void *, size_t, int, void *, uint32_t)");
export const clock_getcpuclockid = call<[pid: number, clock: Bytes]>("int clock_getcpuclockid(int, void *)");
export const clock_gettime = call<[clock: number, time: BigInt64Array]>("int clock_gettime(int, void *)");
export const _exit = call<[status: number]>("void _exit(int)");

// The C library has no functions of these names; syscall(2) takes their numbers, which are the same everywhere.
const IO_URING_SETUP = 425;
const IO_URING_ENTER = 426;
const IO_URING_REGISTER = 427;
const setupCall = call<[number: number, entries: number, params: Bytes]>(
  "intptr_t syscall(intptr_t, uint32_t, void *)",
);
const enterCall = call<
  [number: number, fd: number, submit: number, least: number, flags: number, argument: Bytes | null, size: number]
>("intptr_t syscall(intptr_t, int, uint32_t, uint32_t, uint32_t, void *, size_t)");
const registerCall = call<[number: number, fd: number, operation: number, argument: Bytes, count: number]>(
  "intptr_t syscall(intptr_t, int, uint32_t, void *, uint32_t)",
);
export const io_uring_setup = (entries: number, params: Int32Array) => setupCall(IO_URING_SETUP, entries, params);
const io_uring_enterCall = (
  fd: number,
  submit: number,
  least: number,
  flags: number,
  argument: Bytes | null,
  size: number,
) => enterCall(IO_URING_ENTER, fd, submit, least, flags, argument, size);
export const io_uring_register = (fd: number, operation: number, argument: Int32Array, count: number) =>
  registerCall(IO_URING_REGISTER, fd, operation, argument, count);

const mmapCall = call<[at: number, length: number, access: number, flags: number, fd: number, offset: number]>(
  "intptr_t mmap(intptr_t, size_t, int, int, int, int64_t)",
);
const PROT_READ_WRITE = 3;
/** MAP_SHARED | MAP_POPULATE: memory that the kernel shares with this process. */
export const MAP_SHARED = 0x8001;
/** MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE: addresses; memory comes as it is used. */
export const MAP_MEMORY = 0x4022;
/** At this very address, whatever was there. */
export const MAP_FIXED = 0x10;

/** mmap(2), to be read and written. Returns the address, or -1. */
export const mmap = (length: number, flags: number, fd: number, offset: number, at = 0) =>
  mmapCall(at, length, PROT_READ_WRITE, flags, fd, offset);

/** Memory that is not JavaScript's, as if it were. It must stay mapped: to read it after munmap ends the process. */
export const view = (address: number, length: number): ArrayBuffer => koffi.view(BigInt(address), length);

const accept4Function = libc.func("int accept4(int, void *, void *, int)");
const accept4Call = accept4Function as unknown as Call<[fd: number, address: null, length: null, flags: number]>;

/** accept4 on libuv's thread pool; resolves with the descriptor, or with -errno. */
export function accept4Async(fd: number, flags: number): Promise<number> {
  return new Promise((resolve, reject) => {
    accept4Function.async(fd, null, null, flags, (error: unknown, accepted: number) => {
      // errno belongs to this call inside the callback only: after an await it may be another one's.
      if (error) reject(error);
      else resolve(accepted === -1 ? -koffi.errno() : accepted);
    });
  });
}

// The functions themselves, or, where faults are wanted, those with faults in between: decided once, here.
export const recv = faults.isOn ? faults.transfer(recvCall, fcntl) : recvCall;
export const send = faults.isOn ? faults.transfer(sendCall, fcntl) : sendCall;
export const accept4 = faults.isOn ? faults.accepting(accept4Call, fcntl) : accept4Call;
export const select = faults.isOn ? faults.interrupted(selectCall) : selectCall;
export const poll = faults.isOn ? faults.interrupted(pollCall) : pollCall;
export const io_uring_enter = faults.isOn ? faults.interrupted(io_uring_enterCall) : io_uring_enterCall;
export const epoll_wait = faults.isOn ? faults.waiting(epollWaitCall) : epollWaitCall;

/** The error number of the last synchronous call of this thread that returned -1. */
export const errno: () => number = faults.isOn ? () => faults.takeInjected() || koffi.errno() : () => koffi.errno();

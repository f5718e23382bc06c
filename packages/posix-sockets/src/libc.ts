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
const pollFunction = libc.func("int poll(void *, unsigned long, int)");
const pollCall = pollFunction as unknown as Call<[fds: Bytes, count: number, timeout: number]>;
export const eventfd = call<[value: number, flags: number]>("int eventfd(uint32_t, int)");
export const eventfd_write = call<[fd: number, value: number]>("int eventfd_write(int, uint64_t)");
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
export const munmap = call<[at: number, length: number]>("int munmap(intptr_t, size_t)");
export const madvise = call<[at: number, length: number, advice: number]>("int madvise(intptr_t, size_t, int)");
const PROT_READ_WRITE = 3;
/** MAP_SHARED | MAP_POPULATE: memory that the kernel shares with this process. */
export const MAP_SHARED = 0x8001;
/** MAP_PRIVATE | MAP_ANONYMOUS: memory that is not JavaScript's. */
export const MAP_MEMORY = 0x22;
/** mmap(2), to be read and written. Returns the address, or -1. */
export const mmap = (length: number, flags: number, fd: number, offset: number) =>
  mmapCall(0, length, PROT_READ_WRITE, flags, fd, offset);

/** Memory that is not JavaScript's, as if it were. It must stay mapped: to read it after munmap ends the process. */
export const view = (address: number, length: number): ArrayBuffer => koffi.view(BigInt(address), length);

/** Where the memory of a JavaScript array stands. */
export const addressOf = (bytes: Uint8Array): number => Number(koffi.address(bytes));

const accept4Call = call<[fd: number, address: null, length: null, flags: number]>(
  "int accept4(int, void *, void *, int)",
);

/** poll on libuv's thread pool. The memory must stay where it is. */
export function pollAsync(fds: Bytes, count: number, timeout: number): Promise<number> {
  return new Promise((resolve, reject) => {
    pollFunction.async(fds, count, timeout, (error: unknown, found: number) =>
      error ? reject(error) : resolve(found),
    );
  });
}

const calls = {
  recv: recvCall,
  send: sendCall,
  accept4: accept4Call,
  select: selectCall,
  poll: pollCall,
  epoll_wait: epollWaitCall,
  io_uring_enter: io_uring_enterCall,
  /** The error number of the last synchronous call of this thread that returned -1. */
  errno: (): number => koffi.errno(),
  /** How much of a length a ring may send. */
  ringLength: (length: number): number => length,
};

// Tests stand between this package and the kernel, and let calls fail as the kernel may. Decided once, here.
const seam = Symbol.for("posix-sockets.calls");
const { [seam]: standIn } = globalThis as { [seam]?: (real: typeof calls, control: typeof fcntl) => typeof calls };
export const { recv, send, accept4, select, poll, epoll_wait, io_uring_enter, errno, ringLength } =
  standIn?.(calls, fcntl) ?? calls;

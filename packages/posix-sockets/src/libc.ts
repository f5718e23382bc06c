import koffi from "koffi";
import * as faults from "./faults.ts";
import { supportedArchitecture } from "./platform.ts";

// The C library's own functions, one line each. Buffers are passed by address: the kernel reads and writes the JS memory.
supportedArchitecture();
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
export const _exit = call<[status: number]>("void _exit(int)");

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
export const epoll_wait = faults.isOn ? faults.waiting(epollWaitCall) : epollWaitCall;

/** The error number of the last synchronous call of this thread that returned -1. */
export const errno: () => number = faults.isOn ? () => faults.takeInjected() || koffi.errno() : () => koffi.errno();

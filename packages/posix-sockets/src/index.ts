export { EPOLLERR, EPOLLET, EPOLLHUP, EPOLLIN, EPOLLOUT, Epoll } from "./epoll.ts";
export {
  canAcceptAgain,
  ENOBUFS,
  isExhaustion,
  isNothingYet,
  RETRY_ACCEPT_MS,
  SocketError,
  UnavailableError,
  WouldBlockError,
} from "./errors.ts";
export { IoUring } from "./io-uring.ts";
export { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, PollFds, poll } from "./poll.ts";
export { cpuTime, descriptorsLeft, exitNow, sleep } from "./process.ts";
export { FD_SETSIZE, FdSet, select } from "./select.ts";
export { type ConnectOptions, type ListenOptions, Socket, type SocketAddress } from "./socket.ts";
export { PeerAddress, UdpSocket } from "./udp-socket.ts";

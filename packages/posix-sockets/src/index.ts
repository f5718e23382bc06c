export { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, Epoll } from "./epoll.ts";
export { SocketError, WouldBlockError } from "./errors.ts";
export { descriptorsLeft, exitNow, sleep } from "./process.ts";
export { type ListenOptions, Socket, type SocketAddress } from "./socket.ts";

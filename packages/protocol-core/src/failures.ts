const GONE = new Set([
  // tcp(7), send(2): a reset, before or after our FIN; no acknowledgement; ended by an administrator (ss --kill).
  ...["ECONNRESET", "EPIPE", "ETIMEDOUT", "ECONNABORTED"],
  // What routers reported before the kernel gave the connection up (RFC 1122, 4.2.3.9; the list is that of accept(2)).
  ...["ENETDOWN", "EPROTO", "ENOPROTOOPT", "EHOSTDOWN", "ENONET", "EHOSTUNREACH", "EOPNOTSUPP", "ENETUNREACH"],
  // The same: a port that is closed, a firewall (ICMPv6), and Node's name for EOPNOTSUPP.
  ...["ECONNREFUSED", "EACCES", "ENOTSUP"],
  // The kernel has no memory left for this client's bytes: the others go on.
  ...["ENOBUFS", "ENOMEM"],
]);

/**
 * True for the errors of recv and send that end one client, and not the server: the client has left without a FIN, or the
 * kernel has no memory for it. Every other error, such as EBADF or EINVAL, is a mistake of the server, and must not be
 * taken for a client's end.
 */
export function clientIsGone(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === "string" && GONE.has(code);
}

import { connect, Socket as NodeSocket } from "node:net";
import { pause } from "@echolab/model";
import type { Socket } from "@echolab/posix-sockets";
import { Failure } from "./failure.ts";
import { connectLimit } from "./own-limits.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ClientOptions {
  /** Bytes, and a FIN, that are sent in the same breath as the connect. */
  readonly early?: Uint8Array | undefined;
  /** Default true: small messages leave at once (tcp(7), TCP_NODELAY). */
  readonly noDelay?: boolean;
  /** SO_RCVBUF in bytes, set before the connect: the kernel then no longer lets it grow. */
  readonly receiveBuffer?: number;
  /** Whether the server would go on if it had a processor. */
  readonly wantsToRun?: () => boolean;
}

/** How often a connect that goes on in the background is asked about, in milliseconds. */
const LOOK_MS = 5;

/** A connected socket. @throws OwnLimitError where this process can have no more of them */
export async function connected(
  to: Address,
  deadline: number,
  { early, noDelay = true, receiveBuffer }: ClientOptions,
): Promise<NodeSocket> {
  if (receiveBuffer !== undefined) {
    const socket = await pinned(to, deadline, receiveBuffer, noDelay);
    if (early) socket.end(early);
    return socket;
  }
  const socket = connect({ ...to, noDelay, allowHalfOpen: true });
  socket.pause();
  if (early) socket.end(early);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(notWithin(deadline));
      socket.destroy();
    }, deadline);
    socket.once("error", (error: NodeJS.ErrnoException) => reject(blamed(error)));
    socket.once("close", () => {
      clearTimeout(timer);
      reject(refused());
    });
    socket.once("connect", () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}

/** The same, with a receive buffer that Node cannot set: so the socket is made and connected by hand. */
async function pinned(to: Address, deadline: number, receiveBuffer: number, noDelay: boolean): Promise<NodeSocket> {
  // Only here, because it loads a native library.
  const { PollFds, POLLOUT, poll, Socket, SocketError } = await import("@echolab/posix-sockets");
  const end = performance.now() + deadline;
  try {
    const socket = Socket.connectNonBlocking(to, { receiveBuffer });
    try {
      const fds = new PollFds();
      fds.push(socket.fd, POLLOUT);
      while (poll(fds, 0) === 0) {
        if (performance.now() > end) throw notWithin(deadline);
        await pause(LOOK_MS);
      }
      const error = socket.pendingError();
      if (error) throw error;
      socket.setNoDelay(noDelay);
    } catch (error) {
      socket.close();
      throw error;
    }
    return handedOver(socket);
  } catch (error) {
    throw error instanceof SocketError ? blamed(error) : error;
  }
}

/** From here on the descriptor is Node's, which closes it. */
function handedOver(socket: Socket): NodeSocket {
  return new NodeSocket({ fd: socket.detach(), readable: true, writable: true, allowHalfOpen: true }).pause();
}

const refused = () => new Failure("the connection was refused or reset", "answer");
const notWithin = (deadline: number) => new Failure(`no connection within ${deadline} ms`, "answer");

/** Whose fault it is: the server's, or that of what this process may have. */
const blamed = ({ code }: { readonly code?: string | undefined }): Error => connectLimit(code) ?? refused();

import { IoUring, UnavailableError } from "@echolab/posix-sockets";
import { type DatagramSockets, KernelDatagramSockets } from "./datagram-sockets.ts";
import { EpollPoller } from "./epoll-poller.ts";
import { monotonic } from "./monotonic.ts";
import type { Poller } from "./poller.ts";
import { Ring } from "./ring.ts";
import { RingPoller } from "./ring-poller.ts";

/** What the load generator needs of the world: a clock, and pollers. Tests bring one whose time is their own. */
export interface World {
  /** Milliseconds; monotonic. */
  now(): number;
  /** CPU time of this process so far, in milliseconds. */
  cpu(): number;
  poller(): Poller;
  datagramSockets(): DatagramSockets;
}

/** The real one: on io_uring, whose system calls are fewer, where this kernel has it; else on epoll. */
export function kernel(): World {
  const ring = ringOrNone();
  return {
    now: monotonic,
    cpu() {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
    poller: ring ? () => new RingPoller(ring) : () => new EpollPoller(),
    datagramSockets: () => new KernelDatagramSockets(),
  };
}

function ringOrNone(): Ring | undefined {
  try {
    return new Ring(new IoUring());
  } catch (error) {
    if (error instanceof UnavailableError) return undefined;
    throw error;
  }
}

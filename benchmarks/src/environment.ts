import { closeSync, openSync, writeFileSync } from "node:fs";
import koffi from "koffi";

const CLONE_NEWNET = 0x40000000;
const AF_INET = 2;
const SOCK_DGRAM = 2;
const SIOCSIFFLAGS = 0x8914;
const IFF_UP = 1;

const congestionControl = "/proc/sys/net/ipv4/tcp_congestion_control";

/**
 * A network namespace of this run's own (unshare(2), network_namespaces(7)) with TCP Reno in it: BBR, which some
 * machines have as default, paces large messages. All that this process starts from now on is in it, and so are its
 * own sockets. @returns false where that is not allowed; everything stays as it is then
 */
export function enterOwnNetwork(): boolean {
  const libc = koffi.load(null);
  const [unshare, setns] = [libc.func("int unshare(int)"), libc.func("int setns(int, int)")];
  const before = openSync("/proc/thread-self/ns/net", "r");
  try {
    if (unshare(CLONE_NEWNET) !== 0) return false;
    if (!raiseLoopback(libc)) {
      // CAP_SYS_ADMIN makes a namespace, and only CAP_NET_ADMIN makes it useful.
      if (setns(before, CLONE_NEWNET) !== 0) throw new Error("no way back out of this run's own network namespace");
      return false;
    }
  } finally {
    closeSync(before);
  }
  try {
    writeFileSync(congestionControl, "reno");
  } catch {
    // A container may mount it read-only; what is in force is recorded.
  }
  return true;
}

/** A new namespace's loopback device is down. */
function raiseLoopback(libc: ReturnType<typeof koffi.load>): boolean {
  // struct ifreq (netdevice(7)): 16 bytes for the name, then the flags.
  const request = Buffer.alloc(40);
  request.write("lo");
  request.writeInt16LE(IFF_UP, 16);
  const fd: number = libc.func("int socket(int, int, int)")(AF_INET, SOCK_DGRAM, 0);
  const failed = libc.func("int ioctl(int, unsigned long, void *)")(fd, SIOCSIFFLAGS, request) !== 0;
  libc.func("int close(int)")(fd);
  return !failed;
}

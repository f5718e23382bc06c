import { readFileSync } from "node:fs";

// What this machine allows the load generator: this is kept apart from what a server can do.

/** Of a load generator's descriptors some are for other things than clients. */
const SPARE_DESCRIPTORS = 200;

/** Clients that one load generator can have at the same time. */
export const mostClients = () => Math.max(0, Math.min(descriptors() - SPARE_DESCRIPTORS, localPorts()));

/** `300 clients asked, 56 possible: ulimit -n 256` */
export function shortage(asked: number): string {
  const most = mostClients();
  const why =
    most === localPorts() ? `${most} local ports (net.ipv4.ip_local_port_range)` : `ulimit -n ${descriptors()}`;
  return `${asked} clients asked, ${most} possible: ${why}`;
}

/** RLIMIT_NOFILE, the hard one: Node raises the soft one to it. */
export function descriptors(limits = readFileSync("/proc/self/limits", "utf8")): number {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)![1]!;
  return hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
}

/** Ports that the kernel gives to clients (ip(7)): a connection to one server takes one. */
export function localPorts(range = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8")): number {
  const [first = 0, last = 0] = range.trim().split(/\s+/).map(Number);
  return last - first + 1;
}

/** A failure of the load generator, in words that do not blame the server. */
export function explain({ code, message }: NodeJS.ErrnoException): string {
  if (code === "EADDRNOTAVAIL") return `the load generator has used up all ${localPorts()} local ports`;
  if (code === "EMFILE" || code === "ENFILE")
    return `the load generator has no descriptor left: ulimit -n ${descriptors()}`;
  return message;
}

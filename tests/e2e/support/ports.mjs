// Ports for programs that have to be told theirs.
import { readFileSync } from "node:fs";
import { createServer } from "node:net";

const lowest = 10000;
const outgoing = Number(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").trim().split(/\s+/)[0]);
const highest = outgoing > 2 * lowest ? outgoing : 32768;
const given = new Set();

export function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/// A port nobody listens on, and of those that the kernel gives to no outgoing connection: whoever is told it
/// finds it free, also when it starts again. Never the same twice.
export async function freePort() {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

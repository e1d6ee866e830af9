// A TCP proxy that passes bytes on late, because the kernel may have no netem. As a program:
//
//   delay_proxy.mjs LISTEN-HOST:PORT TARGET-HOST:PORT     each line on stdin is a new delay in ms
//
// Each direction is a queue: a delay that shrinks never lets later bytes pass earlier ones. A queue holds
// at most `bound` bytes; then the sender is not read.
import { spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Network } from "./network.mjs";

const bound = 4 << 20;

/// Passes what `from` sends on to `to`, `delay()` ms later.
function pass(from, to, delay) {
  const queue = [];
  let bytes = 0;
  let timer;
  const work = () => {
    timer = undefined;
    const time = performance.now();
    while (queue.length && queue[0].due <= time) {
      const { chunk } = queue.shift();
      bytes -= chunk?.length ?? 0;
      if (chunk) to.write(chunk);
      else to.end();
    }
    if (bytes < bound) from.resume();
    if (queue.length) timer = setTimeout(work, Math.max(1, queue[0].due - time));
  };
  const add = (chunk) => {
    const due = Math.max(performance.now() + delay(), queue.at(-1)?.due ?? 0);
    queue.push({ chunk, due });
    bytes += chunk?.length ?? 0;
    if (bytes >= bound) from.pause();
    if (timer === undefined) work();
  };
  from.on("data", add);
  from.on("end", () => add(undefined));
  to.on("close", () => clearTimeout(timer));
}

/// Listens; resolves to {port, setDelay, close}.
export function delayProxy(listen, target) {
  let ms = 0;
  const open = new Set();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ ...target, allowHalfOpen: true, noDelay: true });
    for (const [one, other] of [[near, far], [far, near]]) {
      open.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => (open.delete(one), other.destroySoon()));
      pass(one, other, () => ms);
    }
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(listen.port, listen.host, () =>
      resolve({
        port: server.address().port,
        setDelay: (delay) => (ms = delay),
        close: () => (server.close(), open.forEach((socket) => socket.destroy())),
      }),
    );
  });
}

const parse = (text) => ({ host: text.slice(0, text.lastIndexOf(":")), port: Number(text.slice(text.lastIndexOf(":") + 1)) });

/// Puts a proxy, in a namespace of its own, into the way of all connections between two nodes' ports.
/// Call it before the nodes run. Resolves to {setDelay}.
export async function interpose(network, a, b, port) {
  const ways = [[a, b, 200], [b, a, 201]].map(([from, to, number]) => {
    const relay = network.addStranger(`relay${from.index}${to.index}`, number);
    network.in(from.namespace, "iptables", "-w", "-t", "nat", "-A", "OUTPUT", "-p", "tcp", "-d", to.clusterAddress,
      "--dport", String(port), "-j", "DNAT", "--to-destination", `${relay.clusterAddress}:${port}`);
    // Both ends of a proxied connection see the relay's address as that of the other.
    ((from.proxies ??= {})[to.index] ??= []).push(relay.clusterAddress);
    ((to.proxies ??= {})[from.index] ??= []).push(relay.clusterAddress);
    const self = fileURLToPath(import.meta.url);
    const child = spawn(...Network.within(relay.namespace, process.execPath,
      [self, `${relay.clusterAddress}:${port}`, `${to.clusterAddress}:${port}`]), { stdio: ["pipe", "pipe", "inherit"] });
    process.once("exit", () => child.kill());
    const ready = new Promise((resolve, reject) => {
      child.stdout.once("data", resolve);
      child.once("exit", (code) => reject(new Error(`the delay proxy ended with ${code}`)));
    });
    return { child, ready };
  });
  await Promise.all(ways.map(({ ready }) => ready));
  return { setDelay: (ms) => ways.forEach(({ child }) => child.stdin.write(`${ms}\n`)) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const proxy = await delayProxy(parse(process.argv[2]), parse(process.argv[3]));
  console.log(`listening on port ${proxy.port}`);
  createInterface({ input: process.stdin }).on("line", (line) => proxy.setDelay(Number(line))).on("close", () => process.exit(0));
}

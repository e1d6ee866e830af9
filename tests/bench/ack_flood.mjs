#!/usr/bin/env node
// What a node holds when clients acknowledge more than a frozen Redis takes, and how long others wait meanwhile.
//
//   node tests/bench/ack_flood.mjs --bin build/release/bin [--clients 50] [--each 6000]
//
// An emitter publishes `each` events of bridge.ack_events to all clients, Redis is stopped (SIGSTOP), all acknowledge.
// Prints the node's resident size before, at its largest and after, and how long another client's echoes took.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    bin: { type: "string", default: "build/release/bin" },
    clients: { type: "string", default: "50" },
    each: { type: "string", default: "6000" },
  },
});
process.env.E2E_BIN = join(options.bin, "conformance_app");
const { startServer } = await import("../e2e/support/server.mjs");
const { ask, several } = await import("../e2e/support/clients.mjs");
const { emitters, publisher, startRedis } = await import("../e2e/support/redis.mjs");
const { collect } = await import("../e2e/support/waiting.mjs");
const [clients, each] = [Number(options.clients), Number(options.each)];

const redis = await startRedis();
const node = await startServer({ redis: redis.url, "log-level": "info", "bridge-ack-event": "push", "bridge-ack-timeout": 600000 });
await node.logged(/listening on Redis/g);
const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${node.pid}/status`, "utf8"))[1]) / 1024;
const [asker, ...flooding] = await several(clients + 1, node);
await Promise.all(flooding.map((socket) => ask(socket, "join", "flood")));
const emitter = await emitters["5.1"](redis);
let published = 0;
await (await publisher(redis)).pSubscribe("socket.io-acks#*", () => ++published);
const before = resident();
const waiting = flooding.map((socket) => collect(socket, "push"));
for (let i = 0; i < each; ++i) {
  emitter.to("flood").emit("push", `m-${i}`);
  if (i % 500 === 499) await Promise.all(waiting.map((list) => list.until(i + 1, 60000)));
}
await Promise.all(waiting.map((list) => list.until(each, 60000)));
const asked = resident();
redis.signal("SIGSTOP");
let largest = 0;
const took = [];
const watch = setInterval(() => (largest = Math.max(largest, resident())), 20);
const lost = node.logged(/acknowledgements are lost/);
for (let i = 0; i < each; ++i) {
  for (const { all } of waiting) all[i][1]();
  if (i % 20) continue;
  const began = performance.now();
  await ask(asker, "echo", i);
  took.push(performance.now() - began);
}
await lost;
for (let i = 0; i < 200; ++i) {
  const began = performance.now();
  await ask(asker, "echo", i);
  took.push(performance.now() - began);
  await sleep(5);
}
clearInterval(watch);
redis.signal("SIGCONT");
await node.logged(/listening on Redis/g, 2);
await sleep(1000);
took.sort((a, b) => a - b);
console.log(`${clients * each} acknowledgements into a frozen Redis: resident ${before.toFixed(1)} MiB before, ${asked.toFixed(1)} once all were asked, ` +
  `${largest.toFixed(1)} at most, ${resident().toFixed(1)} after; ${published} were published before Redis stopped or after it went on; ` +
  `echo p50 ${took[Math.floor(took.length / 2)].toFixed(2)} ms, p99 ${took[Math.floor(took.length * 0.99)].toFixed(2)}, worst ${took.at(-1).toFixed(2)}`);
console.log(node.output().match(/acknowledgements are lost.*/g)?.join("\n"));
await node.stop();
await redis.stop();
process.exit(0);

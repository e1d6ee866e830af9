#!/usr/bin/env node
// What faults of Redis cost the routing between two nodes that have it for their emitter bridge.
//
//   node tests/bench/redis_faults.mjs --bin build/release/bin [--seconds 8] [--rate 500]
//
// A client of one node emits to a client of the other, paced, through each fault and in between without one.
// Prints p50 and p99 of each stretch, the ratio of each fault's p99 to the median of those without, how long the
// bridge took to be back once Redis was, and the resident size of the node.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";

const { values: options } = parseArgs({
  options: {
    bin: { type: "string", default: "build/release/bin" },
    seconds: { type: "string", default: "8" },
    rate: { type: "string", default: "500" },
  },
});
process.env.E2E_BIN = join(options.bin, "conformance_app");
const { makeLoopback, startAll, formed } = await import("../e2e/support/cluster.mjs");
const { ask, connected } = await import("../e2e/support/clients.mjs");
const { publisher, startRedis } = await import("../e2e/support/redis.mjs");
const [seconds, rate] = [Number(options.seconds), Number(options.rate)];

const redis = await startRedis();
let admin = await publisher(redis);
const acl = (...rules) => admin.sendCommand(["ACL", "SETUSER", "default", ...rules]);
const dropSubscribers = () => admin.sendCommand(["CLIENT", "KILL", "TYPE", "pubsub"]);
const faults = {
  killed: { begin: () => redis.kill(), end: () => redis.start(), reconnects: true },
  frozen: { begin: () => redis.signal("SIGSTOP"), end: () => redis.signal("SIGCONT") },
  "out of memory": { begin: () => admin.configSet("maxmemory", "1"), end: () => admin.configSet("maxmemory", "0") },
  "wrong password": {
    begin: async () => [await admin.configSet("requirepass", "other"), await dropSubscribers()],
    end: () => admin.configSet("requirepass", ""),
  },
  "may not subscribe": { begin: async () => [await acl("-psubscribe"), await dropSubscribers()], end: () => acl("+psubscribe") },
};

const nodes = await makeLoopback(2, { options: { redis: redis.url, "log-level": "info" } });
await startAll(nodes);
await formed(nodes);
const [sender, receiver] = await Promise.all(nodes.map((node) => connected(node)));
await ask(receiver, "join", "r");
const listening = () => nodes.map(({ output }) => output.match(/listening on Redis/g)?.length ?? 0);
const resident = () => Math.max(...nodes.map(({ pid }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]))) / 1024;
while (listening().some((count) => count < 1)) await sleep(10);

/// Paced emits from one node to the other: {p50, p99} in ms. All must arrive.
async function stretch() {
  const [sent, took] = [[], []];
  const count = seconds * rate;
  const all = new Promise((resolve) => receiver.on("m", (n) => {
    took.push(performance.now() - sent[n]);
    if (took.length === count) resolve();
  }));
  const began = performance.now();
  for (let n = 0; n < count; ++n) {
    const due = began + (n * 1000) / rate;
    while (performance.now() < due) await sleep(Math.max(0, due - performance.now()));
    sent.push(performance.now());
    sender.emit("emit-to", "r", "m", n);
  }
  await all;
  receiver.off("m");
  took.sort((a, b) => a - b);
  return { p50: took[Math.floor(count * 0.5)], p99: took[Math.floor(count * 0.99)] };
}

const show = (name, { p50, p99 }, more = "") => console.log(`${name.padEnd(20)} p50 ${p50.toFixed(2)} ms  p99 ${p99.toFixed(2)} ms${more}  ${resident().toFixed(1)} MiB`);
const healthy = [];
const results = [];
await stretch(); // warm
for (const [name, { begin, end, reconnects }] of Object.entries(faults)) {
  healthy.push(await stretch());
  show("without a fault", healthy.at(-1));
  const before = listening();
  await begin();
  const during = await stretch();
  const lost = nodes.every(({ output }) => output.lastIndexOf("what is published is missed") > output.lastIndexOf("listening on Redis"));
  const ended = performance.now();
  await end();
  const restarted = performance.now();
  if (lost) while (listening().some((count, i) => count <= before[i])) await sleep(2);
  const back = performance.now() - (reconnects ? restarted : ended);
  if (reconnects) admin = await publisher(redis);
  results.push({ name, ...during });
  show(name, during, lost ? `  back after ${back.toFixed(0)} ms` : "  the bridge stayed up");
}
healthy.sort((a, b) => a.p99 - b.p99);
const usual = healthy[Math.floor(healthy.length / 2)].p99;
console.log(`\np99 of ${seconds} s each, to the median without a fault (${usual.toFixed(2)} ms): ${results.map(({ name, p99 }) => `${name} ${(p99 / usual).toFixed(2)} x`).join(", ")}`);
await Promise.all(nodes.map((node) => node.stop()));
await redis.stop();
process.exit(0);

#!/usr/bin/env node
// What a link between two nodes carries, and what it costs; beside the official server with its Redis adapter.
//
//   node tests/bench/link.mjs --bin build/release/bin [--only flood,tls,latency,rooms,idle,kill] [--seconds 5]
//
// Needs a release build with -DPUSHMESH_BENCH=ON, `npm ci` in tests/e2e, and for the comparison also in
// tests/faults/official, and redis-server. Prints one line of JSON per measurement. Run it on an idle machine.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Authority } from "../faults/certificates.mjs";
import { ClusterNode, now } from "../faults/cluster_node.mjs";

const require = createRequire(new URL("../e2e/package.json", import.meta.url));
const { io } = require("socket.io-client");
const { values: options } = parseArgs({ options: {
  bin: { type: "string" },
  only: { type: "string", default: "flood,tls,latency,rooms,idle,kill" },
  seconds: { type: "string", default: "5" },
  rooms: { type: "string", default: "500000" },
} });
const bin = resolve(options.bin ?? "build/release/bin");
const seconds = Number(options.seconds);
const roomsOfSocket = 5000; // below what one socket may join
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const report = (what, figures) => console.log(JSON.stringify({ what, ...figures }));
const round = (x, digits = 2) => Number(x.toFixed(digits));

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => probe.once("listening", listening));
  const { port } = probe.address();
  await new Promise((closed) => probe.close(closed));
  return port;
}

/// `count` started nodes that know each other.
async function startCluster(program, count, { authority, shards = 1 } = {}) {
  const addresses = await Promise.all(Array.from({ length: count }, async () => `127.0.0.1:${await freePort()}`));
  const nodes = addresses.map((address, index) => {
    const peers = addresses.filter((other) => other !== address).flatMap((other) => ["--peer", other]);
    const tls = authority?.issue(`n${index}`, "127.0.0.1");
    const args = ["--listen", "127.0.0.1:0", "--shards", String(shards), "--name", `n${index}`, "--cluster-listen", address,
      ...peers, ...(tls ? ["--cluster-cert", tls.cert, "--cluster-key", tls.key, "--cluster-ca", tls.ca] : [])];
    return new ClusterNode({ name: `n${index}`, file: join(bin, program), args });
  });
  await Promise.all(nodes.map((node) => node.start()));
  return nodes;
}

async function client(node) {
  const socket = io(`http://127.0.0.1:${node.port}`, { transports: ["websocket"], forceNew: true, reconnection: false });
  await new Promise((connected, failed) => socket.once("connect", connected).once("connect_error", failed));
  return socket;
}

/// The user's memory of a process, and the CPU time it has used in ms.
const memory = (pid) => 1024 * Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
function cpu(pid) {
  const threads = readdirSync(`/proc/${pid}/task`).map((tid) => readFileSync(`/proc/${pid}/task/${tid}/schedstat`, "utf8"));
  return threads.reduce((sum, figures) => sum + Number(figures.split(" ")[0]) / 1e6, 0);
}

/// 200 B emits to a socket id of the other node which nobody has: what arrives costs the shard there a look-up and
/// no client. Counted there, without the first and last half second.
async function flood(what, authority) {
  const nodes = await startCluster("link_node", 2, { authority });
  const [here, there] = await Promise.all(nodes.map(client));
  const gone = await client(nodes[1]);
  const room = gone.id;
  gone.close();
  await linked(here, there);
  const before = nodes.map(({ pid }) => cpu(pid));
  const sent = here.emitWithAck("flood", room, seconds);
  await sleep(500);
  const first = await there.emitWithAck("figures");
  await sleep(1000 * seconds - 1000);
  const last = await there.emitWithAck("figures");
  await sent;
  const arrived = last.emits - first.emits;
  const used = nodes.map(({ pid }, i) => round((cpu(pid) - before[i]) / 1000));
  report(what, { emitsPerSecond: Math.round(arrived / (last.at - first.at)), perBatch: Math.round(arrived / (last.batches - first.batches)), cpuSeconds: used });
  [here, there].forEach((socket) => socket.close());
  await Promise.all(nodes.map((node) => node.stop()));
}

/// The nodes know each other's rooms: a join is answered once all do.
async function linked(...sockets) {
  for (const [index, socket] of sockets.entries()) {
    do await socket.emitWithAck("hold", 0, 1); while ((await sockets[(index + 1) % sockets.length].emitWithAck("figures")).rooms === 0);
  }
}

function spread(values) {
  values.sort((a, b) => a - b);
  const at = (part) => round(values[Math.min(values.length - 1, Math.floor(part * values.length))], 3);
  return { count: values.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

/// Emits from a client of one node to a client of the other at 2,000 per second; then questions, one by one.
async function latency(what, nodes) {
  const [a, b] = await Promise.all(nodes.map(client));
  await b.emitWithAck("join", "there");
  b.on("question", (value, answer) => answer(value));
  const took = [];
  b.on("m", (sent) => took.push(now() - sent));
  while (took.length === 0) { // until the nodes know each other
    a.emit("emit-to", "there", "m", now(), () => {});
    await sleep(50);
  }
  await sleep(500);
  took.length = 0;
  const began = now();
  const total = 2000 * seconds;
  for (let n = 0; n < total;) {
    for (const due = Math.min(total, 2 * (now() - began)); n < due; ++n) a.emit("emit-to", b.id, "m", now(), () => {});
    await new Promise((tick) => setImmediate(tick));
  }
  while (took.length < total && now() - began < 3000 * seconds) await sleep(20);
  const emits = spread(took);
  const asked = [];
  for (let n = 0; n < 500 * seconds / 2; ++n) {
    const sent = now();
    await a.emitWithAck("ask-room", "there", 5000, n);
    asked.push(now() - sent);
  }
  report(what, { emitMs: emits, askMs: spread(asked) });
  [a, b].forEach((socket) => socket.close());
}

async function officialServer() {
  const app = fileURLToPath(new URL("../faults/official/app.mjs", import.meta.url));
  if (!existsSync(new URL("../faults/official/node_modules", import.meta.url))) return undefined;
  const port = await freePort();
  const redis = new ClusterNode({ name: "redis", file: "redis-server", ready: /Ready to accept connections/,
    args: ["--bind", "127.0.0.1", "--port", String(port), "--save", "", "--daemonize", "no"] });
  await redis.start();
  const nodes = [0, 1].map((i) => new ClusterNode({ name: `official${i}`, file: process.execPath, args: [app, "127.0.0.1:0", `redis://127.0.0.1:${port}`] }));
  await Promise.all(nodes.map((node) => node.start()));
  return { nodes, all: [...nodes, redis] };
}

async function compareLatency() {
  const official = await officialServer();
  const ours = await startCluster("conformance_app", 2, { shards: 1 });
  for (let run = 0; run < 3; ++run) {
    await latency("latency pushmesh", ours);
    if (official) await latency("latency Node.js + redis-adapter", official.nodes);
  }
  await Promise.all([...ours, ...(official?.all ?? [])].map((node) => node.stop()));
}

/// Memory at the node that has none of the rooms, and the time until it has confirmed all.
async function rooms() {
  const nodes = await startCluster("link_node", 2);
  const members = await Promise.all(Array.from({ length: Number(options.rooms) / roomsOfSocket }, () => client(nodes[0])));
  const there = await client(nodes[1]);
  await linked(members[0], there);
  const before = [await there.emitWithAck("figures"), memory(nodes[1].pid)];
  const began = now();
  await Promise.all(members.map((member, i) => member.emitWithAck("hold", i * roomsOfSocket, roomsOfSocket)));
  const ms = Math.round(now() - began);
  const after = [await there.emitWithAck("figures"), memory(nodes[1].pid)];
  const known = after[0].rooms - before[0].rooms;
  report("rooms", { known, bytesPerRoom: round((after[0].roomBytes - before[0].roomBytes) / known), processBytesPerRoom: round((after[1] - before[1]) / known), ms });
  [...members, there].forEach((socket) => socket.close());
  await Promise.all(nodes.map((node) => node.stop()));
}

/// What links cost that carry nothing: CPU of nodes with 1 and with 11 peers, and the bytes on the wire.
async function idle() {
  for (const count of [2, 12]) {
    const nodes = await startCluster("link_node", count);
    await sleep(2000);
    const before = nodes.map(({ pid }) => cpu(pid));
    const bytes = loopbackBytes();
    const began = now();
    await sleep(10000);
    const wall = now() - began;
    const links = (count * (count - 1)) / 2;
    const used = nodes.reduce((sum, { pid }, i) => sum + cpu(pid) - before[i], 0) / count;
    report("idle", { nodes: count, cpuPercentPerNode: round((100 * used) / wall, 3), memoryKiB: Math.round(nodes.reduce((sum, { pid }) => sum + memory(pid), 0) / count / 1024),
      bytesPerSecondPerLink: Math.round((1000 * (loopbackBytes() - bytes)) / wall / links) });
    await Promise.all(nodes.map((node) => node.stop()));
  }
}

const loopbackBytes = () => Number(/^\s*lo:\s*(\d+)/m.exec(readFileSync("/proc/net/dev", "utf8"))[1]);

/// How long until nodes that listen are a mesh of three, and until a kill is noticed by both others: by their logs,
/// looked at each millisecond.
async function kill() {
  const times = { startMs: [], formMs: [], noticedMs: [] };
  for (let run = 0; run < 20; ++run) {
    const began = now();
    const nodes = await startCluster("link_node", 3);
    const listening = now();
    await Promise.all(nodes.map((node) => logged(node, /peer n\d \(\w+\) is up/g, 2)));
    const formed = now();
    const killed = now();
    await nodes[2].kill();
    await Promise.all(nodes.slice(0, 2).map((node) => logged(node, /n2 \(.*is down/g, 1)));
    times.startMs.push(listening - began);
    times.formMs.push(formed - listening);
    times.noticedMs.push(now() - killed);
    await Promise.all(nodes.slice(0, 2).map((node) => node.stop()));
  }
  report("kill", Object.fromEntries(Object.entries(times).map(([what, values]) => [what, spread(values)])));
}

async function logged(node, pattern, count) {
  while ((node.output.match(pattern) ?? []).length < count) await sleep(1);
}

const steps = {
  flood: () => flood("flood plain"),
  tls: () => flood("flood TLS", new Authority()),
  latency: compareLatency, rooms, idle, kill,
};
if (!existsSync(join(bin, "link_node"))) throw new Error(`no link_node in ${bin}: build with -DPUSHMESH_BENCH=ON`);
for (const step of options.only.split(",")) await steps[step]();
process.exit(0);

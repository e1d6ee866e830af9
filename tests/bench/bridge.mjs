#!/usr/bin/env node
// What the emitter bridge takes, beside the official server with @socket.io/redis-adapter on the same Redis, in turn.
//
//   node tests/bench/bridge.mjs --bin build/release/bin [--runs 3] [--sockets 1000] [--size 100]
//
// The machine should be quiet; redis-server and the packages of tests/e2e must be installed. For each server and run:
//
//   one each    messages per second when each goes to one socket (its id), in turn
//   room        the same to a room of all of them
//   latency     from the call of a real @socket.io/redis-emitter to the arrival at a real socket.io-client, at 500
//               messages per second; `redis` is what a bare subscriber of the same channel sees
//
// For the first two the bytes are those that the emitter package publishes, written to Redis as fast as it takes
// them; the server's CPU time per message tells what one core takes, whatever the clients and Redis cost beside it.
import { execFileSync, fork, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startRedis } from "../e2e/support/redis.mjs";
import { within } from "../e2e/support/waiting.mjs";

const require = createRequire(new URL("../e2e/package.json", import.meta.url));
const { Emitter } = require("@socket.io/redis-emitter");
const { createClient } = require("redis");
const { io: connectClient } = require("socket.io-client");
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

const { values: options } = parseArgs({
  options: {
    bin: { type: "string", default: "build/release/bin" },
    runs: { type: "string", default: "3" },
    sockets: { type: "string", default: "1000" },
    size: { type: "string", default: "100" },
  },
});
const [runs, sockets, size] = [options.runs, options.sockets, options.size].map(Number);
const text = "x".repeat(size);
const kinds = {
  pushmesh: {
    command: (redis) => [join(options.bin, "conformance_app"), ["--listen", "127.0.0.1:0", "--redis", redis.url,
      "--log-level", "info", "--ping-interval", "600000", "--ping-timeout", "600000"]],
    each: 300_000,
    room: 3_000,
  },
  official: { command: (redis) => [process.execPath, [here("official_server.mjs"), redis.socket]], each: 60_000, room: 300 },
};

const cpuSeconds = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / clockTicks;
};
const clockTicks = Number(execFileSync("getconf", ["CLK_TCK"]));

async function startServer(kind, redis) {
  const [file, args] = kinds[kind].command(redis);
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const port = new Promise((resolve, reject) => {
    child.once("exit", () => reject(new Error(`the server ended:\n${output}`)));
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        output += chunk;
        const found = /^listening on .*:(\d+)$/m.exec(output);
        if (found && (kind !== "pushmesh" || output.includes("listening on Redis"))) resolve(Number(found[1]));
      });
  });
  return { child, port: await within(20000, "the server", port) };
}

/// What the emitter package publishes for a call: a command for Redis.
function published(call) {
  let command;
  const publish = (channel, message) => {
    const bytes = Buffer.from(message);
    const head = `*3\r\n$7\r\nPUBLISH\r\n$${Buffer.byteLength(channel)}\r\n${channel}\r\n$${bytes.length}\r\n`;
    command = Buffer.concat([Buffer.from(head), bytes, Buffer.from("\r\n")]);
  };
  call(new Emitter({ publish }));
  return command;
}

/// Writes commands to Redis `count` times in turn, as fast as it takes them; resolves when all are answered.
async function flood(redis, commands, count) {
  const socket = connect(redis.socket);
  let answers = 0;
  const done = new Promise((resolve) => socket.on("data", (data) => {
    for (const byte of data) if (byte === 10) ++answers;
    if (answers >= count) resolve();
  }));
  for (let sent = 0; sent < count; ) {
    const batch = [];
    for (let n = 0; n < 500 && sent < count; ++n) batch.push(commands[sent++ % commands.length]);
    if (!socket.write(Buffer.concat(batch))) await new Promise((resolve) => socket.once("drain", resolve));
  }
  await done;
  socket.destroy();
}

const answer = (child, key) => within(40000, key, new Promise((resolve) => {
  const take = (message) => {
    if (message[key] === undefined) return;
    child.off("message", take);
    resolve(message);
  };
  child.on("message", take);
}));

/// {rate: messages per second, cpu: microseconds of the server for each}
async function throughput({ redis, server, clients }, commands, count, receivers) {
  const frame = `42["m","${text}"]`;
  const bytes = frame.length + (frame.length < 126 ? 2 : 4);
  const ready = answer(clients, "ready");
  clients.send({ expect: bytes * count * receivers });
  await ready;
  const arrived = answer(clients, "reached");
  const [cpu, began] = [cpuSeconds(server.child.pid), Number(process.hrtime.bigint())];
  await flood(redis, commands, count);
  const { at } = await arrived;
  return { rate: (count * 1e9) / (at - began), cpu: ((cpuSeconds(server.child.pid) - cpu) * 1e6) / count };
}

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];

/// Milliseconds from the emitter's call: {p50, p99, redis: p50 of a bare subscriber}
async function latency({ redis, server }) {
  const [talk, listen] = await Promise.all([1, 2].map(async () => {
    const client = createClient({ socket: { path: redis.socket } });
    await client.connect();
    return client;
  }));
  const socket = connectClient(`http://127.0.0.1:${server.port}`, { transports: ["websocket"], forceNew: true });
  await new Promise((resolve) => socket.once("connect", resolve));
  const [began, bare, whole] = [[], [], []];
  await listen.pSubscribe(`socket.io#/#${socket.id}#`, () => bare.push(performance.now() - began[bare.length]));
  const count = 2000;
  const all = new Promise((resolve) => socket.on("m", (n) => {
    whole.push(performance.now() - began[n]);
    if (whole.length === count) resolve();
  }));
  const emitter = new Emitter(talk);
  for (let n = 0; n < count; ++n) {
    began.push(performance.now());
    emitter.to(socket.id).emit("m", n, text);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await within(10000, "all messages", all);
  socket.disconnect();
  await Promise.all([talk.disconnect(), listen.disconnect()]);
  [bare, whole].forEach((list) => list.sort((a, b) => a - b));
  return { p50: quantile(whole, 0.5), p99: quantile(whole, 0.99), redis: quantile(bare, 0.5), redis99: quantile(bare, 0.99) };
}

async function measure(kind, redis) {
  const server = await startServer(kind, redis);
  const clients = fork(here("bridge_clients.mjs"));
  try {
    const joined = answer(clients, "ids");
    clients.send({ port: server.port, count: sockets, room: "bench" });
    const { ids } = await joined;
    const parts = { redis, server, clients };
    const toEach = ids.map((id) => published((e) => e.to(id).emit("m", text)));
    const toRoom = [published((e) => e.to("bench").emit("m", text))];
    await throughput(parts, toEach, sockets, 1); // warm
    const { each, room } = kinds[kind];
    const result = {
      each: await throughput(parts, toEach, each, 1),
      room: await throughput(parts, toRoom, room, sockets),
      latency: await latency(parts),
    };
    return result;
  } finally {
    clients.kill();
    server.child.kill("SIGKILL");
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const rows = [
  ["to one socket each: messages/s", ({ each }) => each.rate, 0, "more"],
  ["  server CPU per message, us", ({ each }) => each.cpu, 2, "less"],
  [`to a room of ${sockets}: messages/s`, ({ room }) => room.rate, 0, "more"],
  ["  server CPU per delivery, us", ({ room }) => room.cpu / sockets, 3, "less"],
  ["latency p50, ms", ({ latency: l }) => l.p50, 2, "less"],
  ["latency p99, ms", ({ latency: l }) => l.p99, 2, "less"],
  ["  added to a bare subscriber's, p50, ms", ({ latency: l }) => l.p50 - l.redis, 2, "less"],
  ["  added to a bare subscriber's, p99, ms", ({ latency: l }) => l.p99 - l.redis99, 2, "less"],
];

const redis = await startRedis("--client-output-buffer-limit", "pubsub 0 0 0");
const results = { pushmesh: [], official: [] };
try {
  for (let run = 0; run < runs; ++run)
    for (const kind of Object.keys(kinds)) {
      results[kind].push(await measure(kind, redis));
      console.log(`run ${run + 1} ${kind}: ${rows.map(([name, of, digits]) => `${name.trim()} ${of(results[kind][run]).toFixed(digits)}`).join("; ")}`);
    }
} finally {
  await redis.stop();
}
console.log(`\n${`median of ${runs}, ${sockets} sockets, ${size} bytes`.padEnd(42)}${"pushmesh".padStart(12)}${"official".padStart(12)}  ratio`);
for (const [name, of, digits, better] of rows) {
  const [ours, theirs] = ["pushmesh", "official"].map((kind) => median(results[kind].map(of)));
  const ratio = better === "more" ? ours / theirs : theirs / ours;
  console.log(`${name.padEnd(42)}${ours.toFixed(digits).padStart(12)}${theirs.toFixed(digits).padStart(12)}  ${ratio.toFixed(1)} x`);
}
process.exit(0);

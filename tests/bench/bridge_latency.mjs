#!/usr/bin/env node
// How long a publish takes through the emitter bridge, beside the official server with @socket.io/redis-adapter: both
// run at the same time, and the messages go to one, the other and a bare subscriber of Redis in turn, so that all three
// see the same machine.
//
//   node tests/bench/bridge_latency.mjs --bin build/release/bin [--messages 5000] [--rate 500] [--runs 5] [--shards N]
//
// From the call of a real @socket.io/redis-emitter to the arrival at a real socket.io-client, all in one process.
// Prints quantiles in ms for each run, and medians of the runs at the end.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startRedis } from "../e2e/support/redis.mjs";
import { within } from "../e2e/support/waiting.mjs";

const require = createRequire(new URL("../e2e/package.json", import.meta.url));
const { Emitter } = require("@socket.io/redis-emitter");
const { createClient } = require("redis");
const { io: connectClient } = require("socket.io-client");
const official = fileURLToPath(new URL("official_server.mjs", import.meta.url));

const { values: options } = parseArgs({
  options: {
    bin: { type: "string", default: "build/release/bin" },
    messages: { type: "string", default: "5000" },
    rate: { type: "string", default: "500" },
    runs: { type: "string", default: "5" },
    shards: { type: "string", default: "2" },
  },
});
const [messages, rate, runs] = [options.messages, options.rate, options.runs].map(Number);
const text = "x".repeat(100);
const redis = await startRedis();

async function start(file, args) {
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
  process.once("exit", () => child.kill("SIGKILL"));
  let output = "";
  const port = new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        const found = /^listening on .*:(\d+)$/m.exec((output += chunk));
        if (found && (file === process.execPath || output.includes("listening on Redis"))) resolve(Number(found[1]));
      });
  });
  return within(20000, "the server", port);
}

async function redisClient() {
  const client = createClient({ socket: { path: redis.socket } });
  client.on("error", () => {}); // Redis ends first
  await client.connect();
  return client;
}

const talk = await redisClient();
/// Whom a message goes to: `to()` publishes, `on` is called with the number of each that arrives.
async function client(port, key) {
  const socket = connectClient(`http://127.0.0.1:${port}`, { transports: ["websocket"], forceNew: true });
  await new Promise((resolve) => socket.once("connect", resolve));
  const way = { on() {}, send: (n) => new Emitter(talk, { key }).to(socket.id).emit("m", n, text) };
  socket.on("m", (n) => way.on(n));
  return way;
}
async function bare() {
  const way = { on() {}, send: (n) => talk.publish("bare", `${n} ${text}`) };
  await (await redisClient()).subscribe("bare", (message) => way.on(parseInt(message, 10)));
  return way;
}
const ways = {
  pushmesh: await client(await start(join(options.bin, "conformance_app"), ["--listen", "127.0.0.1:0", "--redis", redis.url,
    "--redis-key", "ours", "--log-level", "info", "--shards", options.shards]), "ours"),
  official: await client(await start(process.execPath, [official, redis.socket]), "socket.io"),
  redis: await bare(),
};

async function run() {
  const took = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  const names = Object.keys(ways);
  const began = [];
  let left = messages * names.length;
  const all = new Promise((resolve) => {
    for (const name of names)
      ways[name].on = (n) => (took[name].push(performance.now() - began[n]), --left === 0 && resolve());
  });
  const start = performance.now();
  for (let n = 0; n < messages * names.length; ++n) {
    const due = start + (n * 1000) / rate;
    while (performance.now() < due) await sleep(Math.max(1, due - performance.now()));
    began.push(performance.now());
    ways[names[n % names.length]].send(n);
  }
  await within(20000, "all messages", all);
  for (const list of Object.values(took)) list.sort((a, b) => a - b);
  return took;
}

const quantiles = [0.5, 0.9, 0.99, 0.999];
const at = (list, q) => list[Math.floor(list.length * q)];
const show = (of) => Object.keys(ways).map((name) => `${name} ${quantiles.map((q) => of(name, q).toFixed(3)).join(" ")}`).join("   ");
await run(); // warm
const results = [];
console.log(`ms at ${quantiles.map((q) => `p${q * 100}`).join(", ")}`);
for (let i = 0; i < runs; ++i) {
  const took = await run();
  results.push(took);
  console.log(`run ${i + 1}: ${show((name, q) => at(took[name], q))}`);
}
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
console.log(`median: ${show((name, q) => median(results.map((took) => at(took[name], q))))}`);
for (const name of ["pushmesh", "official"])
  console.log(`${name} beyond the bare subscriber of the same run, median: ${quantiles
    .map((q) => `p${q * 100} ${median(results.map((took) => at(took[name], q) - at(took.redis, q))).toFixed(3)}`).join(", ")}`);
await redis.stop();
process.exit(0);

#!/usr/bin/env node
// Rehearses docs/migration.md on this machine: an official server with @socket.io/redis-adapter and a cluster of two
// pushmesh nodes behind HAProxy with deploy/migration/haproxy.cfg, one Redis, clients of 100 addresses (127.0.1.1 and
// on). At each step all clients connect (polling first, as browsers do), then emitters of every generation and the
// official server publish: each client must get each message once.
//
//   node tests/e2e/migration/rehearse.mjs --bin DIR       needs haproxy, redis-server, tests/e2e/node_modules
import assert from "node:assert/strict";
import { spawn, execFileSync } from "node:child_process";
import { Agent, createServer } from "node:http";
import { connect as dial } from "node:net";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createAdapter } from "@socket.io/redis-adapter";
import { Server } from "socket.io";
import { io as connect } from "socket.io-client";
import { freePort } from "../support/ports.mjs";
import { closeEmitters, emitters, publisher, startRedis } from "../support/redis.mjs";
import { collect, next, within } from "../support/waiting.mjs";

const { values: options } = parseArgs({ options: { bin: { type: "string" } } });
const config = fileURLToPath(new URL("../../../deploy/migration/haproxy.cfg", import.meta.url));
const patience = 20000;
const clients = 100;
const children = new Set();
process.once("exit", () => children.forEach((child) => child.kill("SIGKILL")));

/// Starts a program; resolves once it prints what `ready` matches.
async function start(file, args, ready, env = {}) {
  const child = spawn(file, args, { env: { ...process.env, ...env } });
  children.add(child);
  child.output = "";
  child.ended = new Promise((resolve) => child.once("close", resolve)).then(() => children.delete(child));
  const printed = new Promise((resolve) => {
    const read = (text) => ready.test((child.output += text)) && resolve();
    child.stdout.on("data", read);
    child.stderr.on("data", read);
  });
  await within(patience, `${ready} from ${file}`, printed).catch((late) => {
    throw new Error(`${late.message}:\n${child.output}`);
  });
  return child;
}

const redis = await startRedis();
const http = createServer();
const [pub, sub] = [await publisher(redis), await publisher(redis)];
const official = new Server(http, { adapter: createAdapter(pub, sub) });
await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));

const ports = { listen: [await freePort(), await freePort()], internal: [await freePort(), await freePort()], cluster: [await freePort(), await freePort()] };
const startNode = (i) => start(`${options.bin}/pushmesh`, ["serve", "--name", `n${i}`, "--shards", "1", "--redis", redis.url,
  "--listen", `127.0.0.1:${ports.listen[i]}`, "--internal-listen", `127.0.0.1:${ports.internal[i]}`, "--bridge-publish-emits", "--cluster-listen", `127.0.0.1:${ports.cluster[i]}`,
  "--peer", `127.0.0.1:${ports.cluster[1 - i]}`], /^listening on /m);

const proxy = { port: await freePort(), child: undefined };
/// Resolves once something takes connections there.
async function answering(port) {
  while (!(await new Promise((resolve) => {
    const probe = dial(port, "127.0.0.1", () => (probe.destroy(), resolve(true)));
    probe.once("error", () => setTimeout(resolve, 20, false));
  })));
}

/// Like `systemctl reload haproxy`: the old process keeps its connections until they end. Resolves once the new one has
/// the port for itself.
async function share(percent) {
  const env = { LISTEN: `127.0.0.1:${proxy.port}`, SHARE: String(percent), MAXCONN: "2000", OFFICIAL: `127.0.0.1:${http.address().port}`,
    NODE1: `127.0.0.1:${ports.listen[0]}`, NODE2: `127.0.0.1:${ports.listen[1]}`,
    NODE1_INTERNAL: String(ports.internal[0]), NODE2_INTERNAL: String(ports.internal[1]) };
  execFileSync("haproxy", ["-c", "-f", config], { env: { ...process.env, ...env }, stdio: "pipe" });
  const old = proxy.child;
  const taken = old && new Promise((resolve) => old.stderr.on("data", (text) => /clients stopped/.test(text) && resolve()));
  const child = spawn("haproxy", ["-f", config, ...(old ? ["-sf", String(old.pid)] : [])], { env: { ...process.env, ...env } });
  proxy.child = child;
  children.add(child);
  for (const stream of [child.stdout, child.stderr]) stream.resume();
  const ended = new Promise((_, reject) => child.once("exit", (code) => (children.delete(child), reject(new Error(`haproxy ended: ${code}`)))));
  ended.catch(() => {});
  await within(patience, "HAProxy", Promise.race([taken ?? answering(proxy.port), ended]));
  return percent;
}

const address = (i) => `127.0.1.${i + 1}`;
/// A client that comes from an address of its own; resolves once it is connected, whatever is not up yet.
async function client(i) {
  const socket = connect(`http://127.0.0.1:${proxy.port}`, { forceNew: true, agent: new Agent({ localAddress: address(i) }), reconnectionDelay: 100, reconnectionDelayMax: 200 });
  await next(socket, "connect", patience);
  return socket;
}

const metric = async (i, name) => {
  const text = await (await fetch(`http://127.0.0.1:${ports.internal[i]}/metrics`)).text();
  return Number(text.match(new RegExp(`^${name} (\\S+)$`, "m"))?.[1]);
};

/// All clients connect, all back-ends publish; how many are where.
async function step(name) {
  const sockets = await Promise.all(Array.from({ length: clients }, (_, i) => client(i)));
  const there = official.of("/").sockets.size;
  const here = (await metric(0, "pushmesh_sockets")) + (await metric(1, "pushmesh_sockets"));
  const publishers = [official];
  for (const make of Object.values(emitters)) publishers.push(await make(redis));
  for (const from of publishers) {
    const lists = sockets.map((socket) => collect(socket, "news"));
    for (let n = 0; n < 20; ++n) from.emit("news", n);
    for (const list of lists) await list.until(20, patience);
    const last = Promise.all(sockets.map((socket) => next(socket, "last", patience)));
    from.emit("last");
    await last;
    for (const { all } of lists) assert.deepEqual(all.flat(), [...Array(20).keys()]);
    sockets.forEach((socket) => socket.off("news"));
  }
  const counted = await official.of("/").adapter.serverCount();
  const began = performance.now();
  assert.equal((await official.fetchSockets()).length, there);
  const fetched = performance.now() - began;
  assert.equal(here + there, clients);
  console.log(`${name}: ${there} clients on the official server, ${here} on pushmesh; ${publishers.length} x 20 publishes reached each once; ` +
    `the official server counts ${counted}, fetchSockets() took ${fetched.toFixed(1)} ms`);
  await Promise.all(sockets.map((socket) => (socket.disconnect(), 0)));
  const gone = async () => {
    while (official.of("/").sockets.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    for (const i of nodes.length ? [0, 1] : []) while ((await metric(i, "pushmesh_sockets")) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await within(patience, "the sockets to be gone", gone());
  return here;
}

const nodes = await Promise.all([startNode(0), startNode(1)]);
const up = async () => {
  while ((await metric(0, "pushmesh_cluster_peers_up")) + (await metric(1, "pushmesh_cluster_peers_up")) +
    (await metric(0, "pushmesh_bridge_up")) + (await metric(1, "pushmesh_bridge_up")) < 4);
};
await within(patience, "the nodes", up());
await share(0);
assert.equal(await step("shadow (0 %)"), 0);
for (const i of [0, 1]) console.log(`  in the shadow n${i} carried out ${await metric(i, "pushmesh_bridge_broadcasts_total")} publishes for nobody`);
await share(5);
const few = await step("pool (5 %)");
assert.ok(few > 0 && few < clients / 4, `${few} of ${clients} clients are in the pool of 5 %`);
await share(100);
assert.equal(await step("all (100 %)"), clients);
await share(5);
assert.equal(await step("back (5 %)"), few);
await share(0);
assert.equal(await step("back (0 %)"), 0);
for (const child of [...children]) child.kill("SIGTERM");
closeEmitters();
await official.close();
await redis.stop();
console.log("each step and each way back worked");
process.exit(0);

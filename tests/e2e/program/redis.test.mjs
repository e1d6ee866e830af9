// Faults of Redis, with a real one: clients and the routing between nodes do not notice, the log and /readyz?verbose
// name what is degraded and what to do, and what back-ends publish arrives again once Redis is back.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, afterEach, before, test } from "node:test";
import { createClient } from "redis";
import { closeClients, client } from "../support/clients.mjs";
import { freePort } from "../support/ports.mjs";
import { closeEmitters, emitters, publisher, startRedis } from "../support/redis.mjs";
import { next, within } from "../support/waiting.mjs";
import { root, run, serve, until } from "./pushmesh.mjs";

const deadline = 20000;
let redis, nodes;

async function start(...flags) {
  const node = await serve(["--demo", "--internal-listen", "127.0.0.1:0", ...flags]);
  node.url = `http://127.0.0.1:${node.port}`;
  return node;
}

before(async () => {
  redis = await startRedis();
  const [a, b] = [await freePort(), await freePort()].map((port) => `127.0.0.1:${port}`);
  const cluster = (name, own, other) => ["--name", name, "--cluster-listen", own, "--peer", other];
  nodes = await Promise.all([start("--redis", redis.url, ...cluster("a", a, b)), start("--redis", redis.url, ...cluster("b", b, a))]);
  for (const node of nodes) await state(node, "redis", (part) => part.state === "ok");
  for (const node of nodes) await state(node, "cluster", (part) => /^1 peer is up/.test(part.detail));
});
afterEach(() => {
  closeClients();
  closeEmitters();
});
after(async () => {
  for (const node of nodes ?? []) assert.equal((await node.stop()).code, 0);
  await redis?.stop();
});

const internal = (node, target) => fetch(`http://127.0.0.1:${node.internalPort}${target}`);

/// Waits until `holds` of a part of /readyz?verbose, and returns the part.
async function state(node, name, holds) {
  let part;
  const arrived = (async () => {
    for (;;) {
      const { ready, parts } = await (await internal(node, "/readyz?verbose")).json();
      part = parts.find((each) => each.name === name);
      if (ready && part && holds(part)) return part;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return within(deadline, `${name} of /readyz?verbose`, arrived).catch((late) => {
    throw new Error(`${late.message}: ${JSON.stringify(part)}\n${node.err.slice(-2000)}`);
  });
}

const degraded = (node) => state(node, "redis", (part) => part.state === "degraded");
const healthy = (node) => state(node, "redis", (part) => part.state === "ok");

async function metric(node, name) {
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(await (await internal(node, "/metrics")).text())[1]);
}

/// A client of each node.
async function clients() {
  const all = nodes.map((node) => client(node));
  await Promise.all(all.map((socket) => next(socket, "connect", deadline)));
  return all;
}

/// What one node's client says in a room reaches the other's.
async function routed([from, to]) {
  assert.equal(await to.timeout(deadline).emitWithAck("join", "r"), "ok");
  const text = `text ${Math.random()}`;
  const said = next(to, "said", deadline);
  await from.timeout(deadline).emitWithAck("say", "r", text);
  assert.equal((await said)[2], text);
}

/// What an emitter publishes reaches each.
async function bridged(all, where = redis) {
  const emitter = await emitters["5.1"](where);
  const text = `text ${Math.random()}`;
  const came = Promise.all(all.map((socket) => next(socket, "news", deadline)));
  emitter.emit("news", text);
  for (const [got] of await came) assert.equal(got, text);
}

test("Redis killed and started again", async () => {
  const all = await clients();
  await bridged(all);
  await redis.kill();
  for (const node of nodes) {
    const part = await degraded(node);
    assert.match(part.detail, /what is published is missed, trying again: Redis at .*redis\.sock: /);
    assert.equal((await internal(node, "/readyz")).status, 200);
  }
  const part = await state(nodes[0], "redis", ({ detail }) => /refused|No such file/.test(detail));
  assert.match(part.advice, /start Redis/);
  assert.ok(part.seconds >= 0);
  await routed(all);
  await until(() => /what is published is missed/.test(nodes[0].err), nodes[0], "no line about Redis");
  assert.equal(await metric(nodes[0], "pushmesh_bridge_up"), 0);
  await redis.start();
  for (const node of nodes) await healthy(node);
  await bridged(all);
  assert.ok(all.every((socket) => socket.connected));
});

test("Redis frozen and thawed", async () => {
  const all = await clients();
  redis.signal("SIGSTOP");
  for (const node of nodes) {
    const part = await degraded(node);
    assert.match(part.detail, /no answer within 2000 ms/);
    assert.match(part.advice, /frozen, overloaded or cut off/);
  }
  await routed(all);
  redis.signal("SIGCONT");
  for (const node of nodes) await healthy(node);
  await bridged(all);
});

test("Redis out of memory: publishing goes on", async () => {
  const [all, admin] = [await clients(), await publisher(redis)];
  await admin.configSet("maxmemory", "1");
  await assert.rejects(admin.set("key", "value"), /OOM/);
  await bridged(all);
  await routed(all);
  for (const node of nodes) await healthy(node);
  await admin.configSet("maxmemory", "0");
});

test("Redis drops the node as a slow subscriber", async () => {
  const [all, admin] = [await clients(), await publisher(redis)];
  const connects = await metric(nodes[0], "pushmesh_bridge_connects_total");
  await admin.sendCommand(["CLIENT", "KILL", "TYPE", "pubsub"]);
  const again = async () => (await metric(nodes[0], "pushmesh_bridge_connects_total")) > connects;
  await within(deadline, "a new subscription", (async () => { while (!(await again())); })());
  const said = /Redis closed the connection; look at the log of Redis: .*client-output-buffer-limit/;
  await until(() => said.test(nodes[0].err), nodes[0], "no line about the end");
  for (const node of nodes) await healthy(node);
  await bridged(all);
});

test("a wrong password, and a user who may not subscribe, until that is mended", async () => {
  const guarded = await startRedis("--requirepass", "right");
  const admin = createClient({ url: undefined, socket: { path: guarded.socket }, password: "right" });
  await admin.connect();
  await admin.sendCommand(["ACL", "SETUSER", "ada", "on", ">pw", "allchannels", "+@all", "-psubscribe"]);
  const at = (login) => guarded.url.replace("unix://", `unix://${login}@`);
  const [wrong, mute, none] = await Promise.all([start("--redis", at(":wrong")), start("--redis", at("ada:pw")), start("--redis", guarded.url)]);
  try {
    // Until the first answer of Redis a node is degraded, too, and there is nothing to advise yet.
    const refused = async (node, why) => (await state(node, "redis", ({ detail }) => why.test(detail))).advice;
    assert.match(await refused(wrong, /WRONGPASS/), /check user and password/);
    assert.match(await refused(none, /NOAUTH/), /needs a password/);
    assert.match(await refused(mute, /NOPERM/), /give the user \+psubscribe \+publish \+ping and the channels "&socket\.io\*"/);
    for (const node of [wrong, mute, none]) {
      assert.ok(!node.err.includes("right") && !node.err.includes("pw@"));
      const socket = client(node);
      await next(socket, "connect", deadline);
      assert.equal(await socket.timeout(deadline).emitWithAck("echo", 1), 1);
    }
    await until(() => /WRONGPASS.*check user and password/.test(wrong.err), wrong, "no line about the password");
    await until(() => /NOPERM.*\+psubscribe/.test(mute.err), mute, "no line about the right");
    await admin.sendCommand(["ACL", "SETUSER", "ada", "+psubscribe"]);
    await admin.configSet("requirepass", "wrong");
    await Promise.all([healthy(mute), healthy(wrong)]);
  } finally {
    await Promise.all([wrong, mute, none].map((node) => node.stop()));
    await admin.disconnect();
    await guarded.stop();
  }
});

test("hostile messages are counted by kind", async () => {
  const raw = await publisher(redis);
  const before = await metric(nodes[0], 'pushmesh_bridge_refused_total{kind="malformed"}');
  for (let i = 0; i < 100; ++i) await raw.publish("socket.io#/#", Buffer.from("not msgpack"));
  await bridged(await clients());
  assert.equal((await metric(nodes[0], 'pushmesh_bridge_refused_total{kind="malformed"}')) - before, 100);
  const lines = () => nodes[0].err.split("\n").filter((line) => /a message on .* was dropped/.test(line)).length;
  await until(() => lines() > 0, nodes[0], "no line about the messages");
  assert.equal(lines(), 1);
});

test("TLS to Redis", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "pushmesh-redis-tls-"));
  const file = (name) => path.join(folder, name);
  execFileSync(path.join(root, "deploy/make-certs.sh"), [folder, "redis=127.0.0.1,localhost", "node"]);
  const port = await freePort();
  const secured = await startRedis("--tls-port", String(port), "--tls-cert-file", file("redis.crt"), "--tls-key-file",
    file("redis.key"), "--tls-ca-cert-file", file("ca.crt"), "--tls-auth-clients", "yes", "--requirepass", "secret");
  const url = `rediss://:secret@localhost:${port}`;
  const trust = ["--redis-tls-ca", file("ca.crt")];
  const own = ["--redis-tls-cert", file("node.crt"), "--redis-tls-key", file("node.key")];
  const started = await Promise.all([start("--redis", url, ...trust, ...own), start("--redis", url, ...own), start("--redis", url, ...trust)]);
  try {
    const [good, unsure, bare] = started;
    await healthy(good);
    assert.match((await state(unsure, "redis", ({ detail }) => /certificate/.test(detail))).advice, /check redis_tls_ca/);
    assert.match((await state(bare, "redis", ({ detail }) => /alert/.test(detail))).advice, /redis_tls_cert/);
    const socket = client(good);
    await next(socket, "connect", deadline);
    const publishing = createClient({ socket: { path: secured.socket }, password: "secret" });
    await publishing.connect();
    const came = next(socket, "news", deadline);
    // [uid, {type: 2, data: ["news", 1], nsp: "/"}, {rooms: [], flags: {}}]
    await publishing.publish("socket.io#/#", Buffer.from(
      "93a7656d697474657283a47479706502a46461746192a46e65777301a36e7370a12f82a5726f6f6d7390a5666c61677380", "hex"));
    assert.deepEqual(await came, [1]);
    await publishing.disconnect();
  } finally {
    await Promise.all(started.map((node) => node.stop()));
    await secured.stop();
    rmSync(folder, { recursive: true });
  }
  const missing = run(["serve", "--listen", "127.0.0.1:0", "--redis", url, "--redis-tls-ca", "/no/ca.crt"]);
  assert.equal(missing.code, 1);
  assert.match(missing.err, /redis_tls_ca: \/no\/ca.crt cannot be read/);
  const useless = run(["serve", "--listen", "127.0.0.1:0", "--redis", "redis://127.0.0.1", "--redis-tls-ca", "/no/ca.crt"]);
  assert.match(useless.err, /redis_tls_\*: they are for a Redis whose URL begins with rediss:\/\//);
});

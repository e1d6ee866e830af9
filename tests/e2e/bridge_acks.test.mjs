// Acknowledgements for those who publish through Redis: real emitters, a real subscriber, two nodes of one cluster.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { ask, closeClients, connected, several } from "./support/clients.mjs";
import { freePort } from "./support/ports.mjs";
import { closeEmitters, emitters, publisher, startRedis } from "./support/redis.mjs";
import { isReference, startServer } from "./support/server.mjs";
import { collect, next, within } from "./support/waiting.mjs";

const options = { skip: isReference && "the official adapter has nothing like it" };
const listening = /emitter bridge: listening on Redis/g;
const deadline = 20000;
let redis, nodes;

const startNode = async (name, more = {}) => {
  const node = await startServer({ name, redis: redis.url, "log-level": "info", "bridge-ack-event": "push", ...more });
  await node.logged(listening);
  return node;
};

before(async () => {
  if (isReference) return;
  redis = await startRedis();
  const [a, b] = [await freePort(), await freePort()].map((port) => `127.0.0.1:${port}`);
  nodes = await Promise.all([
    startNode("a", { "cluster-listen": a, peer: b }),
    startNode("b", { "cluster-listen": b, peer: a }),
  ]);
});
afterEach(() => {
  closeClients();
  closeEmitters();
});
after(async () => {
  if (isReference) return;
  await Promise.all(nodes.map((node) => node.stop()));
  await redis.stop();
});

/// What is published for those who published, in its order: [channel, acknowledgement].
async function acknowledgements() {
  const client = await publisher(redis);
  const listeners = new Set();
  const all = [];
  await client.pSubscribe("socket.io-acks#*", (text, channel) => {
    all.push([channel, JSON.parse(text)]);
    listeners.forEach((check) => check());
  });
  const until = (count) => within(deadline, `${count} acknowledgements of ${JSON.stringify(all)}`, new Promise((resolve) => {
    const check = () => all.length >= count && resolve(all);
    listeners.add(check);
    check();
  }));
  return { all, until };
}

/// Two clients of each node that acknowledge.
async function willing(nsp) {
  const sockets = (await Promise.all(nodes.map((node) => several(2, node, nsp)))).flat();
  for (const socket of sockets) socket.on("push", (...args) => args.at(-1)?.call?.());
  return sockets;
}

let rooms = 0;

for (const generation of ["1.1", "5.1"]) {
  test(`emitter ${generation}: each acknowledgement is published once, of all nodes`, options, async () => {
    const [sockets, acks, emitter] = [await willing(), await acknowledgements(), await emitters[generation](redis)];
    const room = `acks-${++rooms}`;
    for (const i of [0, 1, 2]) await ask(sockets[i], "join", room);
    const got = sockets.map((socket) => collect(socket, "push"));
    emitter.to(room).emit("push", "m-1", { text: "hello" }, Buffer.from([1]));
    await acks.until(3);
    emitter.emit("push", 42);
    await acks.until(7);
    emitter.to(sockets[3].id).emit("push", "last");
    const all = await acks.until(8);
    const of = (id) => all.filter(([channel]) => channel === `socket.io-acks#/#${id}`).map(([, ack]) => ack);
    const ids = (list) => list.map(({ socket }) => socket).sort();
    assert.deepEqual(ids(of("m-1")), sockets.slice(0, 3).map(({ id }) => id).sort());
    assert.deepEqual(ids(of(42)), sockets.map(({ id }) => id).sort());
    for (const { user, socket, node, ms, ...rest } of of(42)) {
      assert.equal(user, null);
      assert.equal(node, sockets.slice(0, 2).some(({ id }) => id === socket) ? "a" : "b");
      assert.ok(Number.isInteger(ms) && ms >= 0 && ms < deadline);
      assert.deepEqual(rest, {});
    }
    assert.deepEqual(of("last").map(({ socket }) => socket), [sockets[3].id]);
    assert.equal(all.length, 8);
    const [[id, content, bytes, ack]] = await got[0].until(2);
    assert.deepEqual([id, content, bytes, typeof ack], ["m-1", { text: "hello" }, Buffer.from([1]), "function"]);
    assert.deepEqual(got.map((list) => list.all.length), [2, 2, 2, 2]);
  });
}

test("a namespace is in the channel; a client may answer with anything, but once", options, async () => {
  const [, acks, emitter] = [null, await acknowledgements(), await emitters["5.1"](redis)];
  const socket = await connected(nodes[1], "/custom");
  socket.on("push", (id, ack) => [ack("x", { y: 1 }), ack("again")]);
  emitter.of("/custom").emit("push", "a#b c");
  emitter.of("/custom").emit("push", "second");
  const all = await acks.until(2);
  assert.deepEqual(all.map(([channel]) => channel), ["socket.io-acks#/custom#a#b c", "socket.io-acks#/custom#second"]);
  assert.equal(all[0][1].socket, socket.id);
});

test("without a message id, and of other events, nobody is asked; all are delivered", options, async () => {
  const [[socket], acks, emitter] = [await several(1, nodes[0]), await acknowledgements(), await emitters["5.1"](redis)];
  const [pushes, others] = [collect(socket, "push"), collect(socket, "other")];
  emitter.emit("other", "m-1");
  for (const first of [[], [null], [{ id: 1 }], [""], ["x".repeat(300)]]) emitter.emit("push", ...first);
  emitter.emit("push", "asked");
  const got = await pushes.until(6);
  assert.deepEqual(got.map((args) => typeof args.at(-1)), ["undefined", "object", "object", "string", "string", "function"]);
  assert.deepEqual(await others.until(1), [["m-1"]]);
  got[5][1]();
  assert.equal((await acks.until(1))[0][0], "socket.io-acks#/#asked");
});

test("an acknowledgement after bridge.ack_timeout is not published, nor one of a client that left", options, async (t) => {
  const node = await startNode("slow", { "bridge-ack-timeout": 100, "redis-key": "late" });
  t.after(() => node.stop());
  const [socket, leaver] = await several(2, node);
  const client = await publisher(redis);
  const published = [];
  const fence = new Promise((resolve) => client.pSubscribe("late-acks#*", (_, channel) => {
    published.push(channel);
    if (channel.endsWith("#fence")) resolve();
  }));
  const emitter = await emitters["5.1"](redis, { key: "late" });
  const [mine, theirs] = [next(socket, "push"), next(leaver, "push")];
  emitter.emit("push", "late");
  const [[, ack]] = [await mine, await theirs];
  leaver.disconnect();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  ack();
  socket.on("push", (id, answer) => answer());
  emitter.to(socket.id).emit("push", "fence");
  await within(deadline, "the fence", fence);
  assert.deepEqual(published, ["late-acks#/#fence"]);
});

test("where publishing is not allowed, events arrive, and the log says what to do", options, async (t) => {
  const guarded = await startRedis("--user", "ada", "on", ">pw", "allchannels", "+@all", "-publish");
  t.after(() => guarded.stop());
  const node = await startNode("mute", { redis: guarded.url.replace("unix://", "unix://ada:pw@") });
  t.after(() => node.stop());
  const socket = await connected(node);
  const emitter = await emitters["5.1"](guarded);
  const came = next(socket, "push");
  emitter.emit("push", "m-1");
  (await came)[1]();
  await node.logged(/acknowledgements are lost \(1 so far\): NOPERM.*\+publish/);
});

test("acknowledgements that come while Redis is away are dropped; later ones are published", options, async () => {
  const [[socket], emitter] = [await several(1, nodes[0]), await emitters["5.1"](redis)];
  const seen = nodes.map((node) => node.output().match(listening).length);
  const came = next(socket, "push");
  emitter.emit("push", "during");
  const [, ack] = await came;
  await redis.kill();
  await nodes[0].logged(/what is published is missed/);
  ack();
  await nodes[0].logged(/acknowledgements are lost/);
  await redis.start();
  await Promise.all(nodes.map((node, i) => node.logged(listening, seen[i] + 1)));
  const [acks, again] = [await acknowledgements(), await emitters["5.1"](redis)];
  socket.on("push", (id, answer) => answer());
  again.emit("push", "after");
  assert.equal((await acks.until(1))[0][0], "socket.io-acks#/#after");
});

test("a flood of acknowledgements into a frozen Redis holds up nobody", options, async (t) => {
  const own = await startRedis();
  t.after(() => own.stop());
  const node = await startNode("flooded", { redis: own.url, "bridge-ack-timeout": 60000 });
  t.after(() => node.stop());
  const [asker, ...flooding] = await several(6, node);
  await Promise.all(flooding.map((socket) => ask(socket, "join", "flood")));
  const emitter = await emitters["5.1"](own);
  const each = 2000;
  const waiting = flooding.map((socket) => collect(socket, "push"));
  for (let i = 0; i < each; ++i) emitter.to("flood").emit("push", `m-${i}`);
  await Promise.all(waiting.map((list) => list.until(each, deadline)));
  const client = await publisher(own);
  const published = [];
  let last;
  const arrived = new Promise((resolve) => (last = resolve));
  await client.pSubscribe("socket.io-acks#*", (text, channel) => {
    published.push(`${channel} ${JSON.parse(text).socket}`);
    if (channel.endsWith("#last")) last();
  });
  own.signal("SIGSTOP");
  for (const { all } of waiting) for (const [, ack] of all) ack();
  for (let i = 0; i < 100; ++i) assert.equal(await within(deadline, "an answer", ask(asker, "echo", i)), i);
  await node.logged(/what is published is missed/);
  await node.logged(/acknowledgements are lost/);
  for (let i = 0; i < 100; ++i) assert.equal(await within(deadline, "an answer", ask(asker, "echo", i)), i);
  own.signal("SIGCONT");
  await node.logged(listening, 2);
  asker.on("push", (id, ack) => ack());
  emitter.to(asker.id).emit("push", "last");
  await within(deadline, "an acknowledgement after the flood", arrived);
  assert.equal(new Set(published).size, published.length);
});

// The emitter bridge: what back-ends publish through a real Redis with the real packages of every
// generation reaches each client once, on two nodes.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { ask, closeClients, connected, several } from "./support/clients.mjs";
import { closeEmitters, emitters, publisher, startRedis } from "./support/redis.mjs";
import { isReference, startServer } from "./support/server.mjs";
import { collect, next } from "./support/waiting.mjs";

const options = { skip: isReference && "the official server has its own adapter" };
const listening = /emitter bridge: listening on Redis/g;
let redis;
let nodes;

const startNode = async (more = {}) => {
  const node = await startServer({ redis: redis.url, "log-level": "info", ...more });
  await node.logged(listening);
  return node;
};

before(async () => {
  if (isReference) return;
  redis = await startRedis();
  nodes = await Promise.all([startNode(), startNode()]);
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

/// Two clients of the first node and two of the second.
const four = async (nsp) => (await Promise.all(nodes.map((node) => several(2, node, nsp)))).flat();

let count = 0;
const freshRoom = () => `room-${++count}`;

/// How often each of `sockets` got `event` by the time it gets a last message of the same publisher: the
/// order of one publisher is kept.
async function receivers(sockets, event, emitter, publish) {
  const got = sockets.map((socket) => collect(socket, event).all);
  await publish();
  const fence = `fence-${++count}`;
  const arrived = Promise.all(sockets.map((socket) => next(socket, fence)));
  emitter.emit(fence);
  await arrived;
  sockets.forEach((socket) => socket.off(event));
  return got.map((all) => all.length);
}

for (const [generation, make] of Object.entries(emitters)) {
  const name = `emitter ${generation}`;

  test(`${name}: everybody, with all arguments, in order`, options, async () => {
    const [sockets, emitter] = [await four(), await make(redis)];
    const lists = sockets.map((socket) => collect(socket, "news"));
    for (let i = 0; i < 300; ++i) emitter.emit("news", i, { text: "ü😀", list: [1.5, null, true] });
    for (const list of lists) {
      const all = await list.until(300);
      assert.deepEqual(all, Array.from({ length: 300 }, (_, i) => [i, { text: "ü😀", list: [1.5, null, true] }]));
    }
  });

  test(`${name}: a room, several rooms, a socket id`, options, async () => {
    const [sockets, emitter] = [await four(), await make(redis)];
    const [a, b] = [freshRoom(), freshRoom()];
    await ask(sockets[0], "join", a);
    await ask(sockets[1], "join", b);
    await ask(sockets[2], "join", a);
    await ask(sockets[2], "join", b);
    const emit = (publish) => receivers(sockets, "hello", emitter, publish);
    assert.deepEqual(await emit(() => emitter.to(a).emit("hello")), [1, 0, 1, 0]);
    assert.deepEqual(await emit(() => emitter.to(a).to(b).emit("hello")), [1, 1, 1, 0]);
    assert.deepEqual(await emit(() => emitter.in(b).in(a).emit("hello")), [1, 1, 1, 0]);
    assert.deepEqual(await emit(() => emitter.to(sockets[3].id).emit("hello")), [0, 0, 0, 1]);
    assert.deepEqual(await emit(() => emitter.to(sockets[3].id).to(b).emit("hello")), [0, 1, 1, 1]);
    assert.deepEqual(await emit(() => emitter.to("nobody").emit("hello")), [0, 0, 0, 0]);
  });

  test(`${name}: a room whose name is a number, or holds #`, options, async () => {
    const [sockets, emitter] = [await four(), await make(redis)];
    await ask(sockets[1], "join", "12345");
    await ask(sockets[2], "join", "a#b#");
    const emit = (publish) => receivers(sockets, "hello", emitter, publish);
    assert.deepEqual(await emit(() => emitter.to(12345).emit("hello")), [0, 1, 0, 0]);
    assert.deepEqual(await emit(() => emitter.to("12345").emit("hello")), [0, 1, 0, 0]);
    assert.deepEqual(await emit(() => emitter.to("a#b#").emit("hello")), [0, 0, 1, 0]);
    assert.deepEqual(await emit(() => emitter.to(12345).to("a#b#").emit("hello")), [0, 1, 1, 0]);
  });

  test(`${name}: a namespace, and flags`, options, async () => {
    const [root, custom] = [await four(), await four("/custom")];
    const emitter = await make(redis);
    const got = [...root, ...custom].map((socket) => collect(socket, "hello").all);
    const arrived = Promise.all(custom.map((socket) => next(socket, "last")));
    emitter.of("/custom").volatile.emit("hello", 1);
    emitter.of("/custom").emit("last");
    await arrived;
    assert.deepEqual(await receivers(root, "other", emitter, () => {}), [0, 0, 0, 0]);
    assert.deepEqual(got.map((all) => all.length), [0, 0, 0, 0, 1, 1, 1, 1]);
  });

  test(`${name}: binary, dates, undefined`, options, async () => {
    const [sockets, emitter] = [await four(), await make(redis)];
    const lists = sockets.map((socket) => collect(socket, "bin"));
    const large = Buffer.alloc(70000, 7);
    emitter.emit("bin", Buffer.from([1, 2, 3]), { in: [Buffer.from([4])] }, new Date(1600000000123));
    emitter.emit("bin", large, undefined, { _placeholder: true, num: 0 });
    for (const list of lists) {
      const [first, second] = await list.until(2);
      assert.deepEqual(first, [Buffer.from([1, 2, 3]), { in: [Buffer.from([4])] }, "2020-09-13T12:26:40.123Z"]);
      assert.deepEqual(second, [large, null, null]);
    }
    assert.ok(sockets.every((socket) => socket.connected));
  });

  test(`${name}: another key`, options, async (t) => {
    const key = "my[key]*?";
    const node = await startNode({ "redis-key": key });
    t.after(() => node.stop());
    const mine = await connected(node);
    const others = await four();
    const emitter = await make(redis, { key });
    assert.deepEqual(await receivers([mine], "hello", emitter, () => emitter.emit("hello")), [1]);
    const plain = await make(redis);
    assert.deepEqual(await receivers(others, "hello", plain, () => plain.emit("hello")), [1, 1, 1, 1]);
  });
}

test("emitter 5.1: joins, leaves", options, async () => {
  const [sockets, emitter] = [await four(), await emitters["5.1"](redis)];
  const [room, other] = [freshRoom(), freshRoom()];
  const emit = (publish) => receivers(sockets, "hello", emitter, publish);
  const ids = [sockets[0].id, sockets[2].id];
  const join = () => emitter.in(ids[0]).in(ids[1]).socketsJoin([room, other]);
  assert.deepEqual(await emit(join), [0, 0, 0, 0]);
  await joined(sockets[2], room);
  assert.deepEqual(await emit(() => emitter.to(room).emit("hello")), [1, 0, 1, 0]);
  emitter.in(ids[0]).socketsLeave(room);
  await left(sockets[0], room);
  assert.deepEqual(await emit(() => emitter.to(room).emit("hello")), [0, 0, 1, 0]);
  assert.deepEqual(await emit(() => emitter.to(other).emit("hello")), [1, 0, 1, 0]);
  emitter.socketsJoin(77);
  await Promise.all(sockets.map((socket) => joined(socket, "77")));
});

test("emitter 5.1: disconnects", options, async () => {
  const [sockets, emitter] = [await four(), await emitters["5.1"](redis)];
  const room = freshRoom();
  await ask(sockets[1], "join", room);
  await ask(sockets[3], "join", room);
  const gone = [1, 3].map((i) => next(sockets[i], "disconnect"));
  emitter.in(room).disconnectSockets(true);
  for (const [reason] of await Promise.all(gone)) assert.equal(reason, "io server disconnect");
  assert.ok(sockets[0].connected && sockets[2].connected);
});

test("emitter 5.1: serverSideEmit reaches each node once", options, async () => {
  const [sockets, emitter] = [await four(), await emitters["5.1"](redis)];
  const notices = sockets.map((socket) => collect(socket, "node-notice").all);
  const emit = () => emitter.serverSideEmit("node-notice", "x", { y: [1] });
  assert.deepEqual(await receivers(sockets, "node-notice", emitter, emit), [1, 1, 1, 1]);
  const ids = await Promise.all(sockets.map(async (socket) => (await ask(socket, "whoami")).node));
  notices.forEach(([notice], i) => assert.deepEqual(notice, [ids[i], "x", { y: [1] }]));
  assert.notEqual(ids[0], ids[2]);
});

test("emitter 5.1: except", options, async () => {
  const [sockets, emitter] = [await four(), await emitters["5.1"](redis)];
  const [a, b] = [freshRoom(), freshRoom()];
  for (const i of [0, 1, 2]) await ask(sockets[i], "join", a);
  for (const i of [1, 3]) await ask(sockets[i], "join", b);
  const emit = (publish) => receivers(sockets, "hello", emitter, publish);
  assert.deepEqual(await emit(() => emitter.except(b).emit("hello")), [1, 0, 1, 0]);
  assert.deepEqual(await emit(() => emitter.to(a).except(b).emit("hello")), [1, 0, 1, 0]);
  assert.deepEqual(await emit(() => emitter.to(a).except(sockets[0].id).emit("hello")), [0, 1, 1, 0]);
});

/// Requests and emits of one publisher come on two patterns of one connection, in their order; other shards
/// of the node take the join in with the next message.
async function joined(socket, room) {
  while (!(await ask(socket, "rooms")).includes(room));
}
async function left(socket, room) {
  while ((await ask(socket, "rooms")).includes(room));
}

test("hostile messages are dropped, named once per kind, and harm nobody", options, async () => {
  const sockets = await four();
  const raw = await publisher(redis);
  const emitter = await emitters["5.1"](redis);
  const hostile = [
    ["socket.io#/#", Buffer.from("not msgpack")],
    ["socket.io#/#", Buffer.from("93a7656d6974746572", "hex")],
    ["socket.io#/#", Buffer.concat([Buffer.from("93a161", "hex"), Buffer.alloc(1000000, 0x91)])],
    ["socket.io#/#", Buffer.from("ddffffffff", "hex")],
    ["socket.io#/#", Buffer.from("80049500", "hex")],
    ["socket.io#/#\n[error] forged", Buffer.alloc(0)],
    ["socket.io#emitter", Buffer.from("92", "hex")],
    ["socket.io-request#/#", Buffer.from("{")],
    ["socket.io-request#/#", Buffer.from('{"type":4}')],
    ["socket.io-request#/#", Buffer.from('{"type":5,"requestId":"x","opts":{"rooms":[]}}')],
    ["socket.io-request#", Buffer.from('{"type":2,"opts":{"rooms":[]},"rooms":["x"]}')],
    ["socket.io#", Buffer.from("c0", "hex")],
  ];
  const publish = async () => {
    // Once: twice 17 MiB would be more than Redis keeps for a subscriber.
    await raw.publish("socket.io#/#", Buffer.alloc(17 * 1024 * 1024, 0xc0));
    for (const [channel, message] of [...hostile, ...hostile]) await raw.publish(channel, message);
  };
  assert.deepEqual(await receivers(sockets, "hello", emitter, publish), [0, 0, 0, 0]);
  await nodes[0].logged(/emitter bridge: a message on/g, 5);
  const lines = nodes[0].output().split("\n").filter((line) => line.includes("emitter bridge: a message on"));
  assert.ok(lines.length >= 5 && lines.length <= 13, lines.join("\n"));
  assert.ok(!nodes[0].output().split("\n").some((line) => line.startsWith("[error] forged")));
});

test("Redis is killed and started again: clients stay, emits between them work, publishes arrive again", options, async () => {
  const sockets = await four();
  const seen = nodes.map((node) => node.output().match(listening).length);
  await redis.kill();
  await Promise.all(nodes.map((node) => node.logged(/what is published is missed/)));
  const came = next(sockets[1], "direct");
  await ask(sockets[0], "emit-to", sockets[1].id, "direct");
  await came;
  await redis.start();
  const began = performance.now();
  await Promise.all(nodes.map((node, i) => node.logged(listening, seen[i] + 1)));
  assert.ok(performance.now() - began < 5000);
  const emitter = await emitters["5.1"](redis);
  assert.deepEqual(await receivers(sockets, "hello", emitter, () => emitter.emit("hello")), [1, 1, 1, 1]);
  assert.ok(sockets.every((socket) => socket.connected));
});

test("a wrong password is named with what to do, and does not keep the node from serving", options, async (t) => {
  const guarded = await startRedis("--requirepass", "secret");
  t.after(() => guarded.stop());
  const node = await startServer({ redis: guarded.url, "log-level": "info" });
  t.after(() => node.stop());
  await node.logged(/NOAUTH.*needs a password/);
  const socket = await connected(node);
  assert.equal(await ask(socket, "echo", 1), 1);
});

// A cluster of two of our nodes, and one official server with @socket.io/redis-adapter, on one Redis and one key.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, afterEach, before, test } from "node:test";
import { createAdapter } from "@socket.io/redis-adapter";
import { Server } from "socket.io";
import { io as connect } from "socket.io-client";
import { ask, closeClients, connected } from "./support/clients.mjs";
import { freePort } from "./support/ports.mjs";
import { closeEmitters, emitters, publisher, startRedis } from "./support/redis.mjs";
import { isReference, startServer } from "./support/server.mjs";
import { collect, next, patience, within } from "./support/waiting.mjs";

const options = { skip: isReference && "this is about servers of both kinds" };
/// What the official server would wait for one that does not answer; and what its answers may take.
const requestsTimeout = 60000;
const answerTime = 20000;
let redis;
let nodes;
let official;
let ours;
let theirs;

/// An official server, once it is subscribed.
async function startOfficial() {
  const [pub, sub, control] = [await publisher(redis), await publisher(redis), await publisher(redis)];
  const http = createServer();
  const io = new Server(http, { adapter: createAdapter(pub, sub, { requestsTimeout }) });
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  const subscribed = async () => {
    while ((await control.pubSubNumSub("socket.io-request#/#"))["socket.io-request#/#"] < 1);
    while ((await control.pubSubNumPat()) < 3); // two of ours, one of theirs
  };
  await within(patience, "the adapter's subscriptions", subscribed());
  return { io, connections: [pub, sub], url: `http://127.0.0.1:${http.address().port}` };
}

before(async () => {
  if (isReference) return;
  redis = await startRedis();
  const cluster = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const start = (i) => startServer({ redis: redis.url, "log-level": "info", "bridge-publish-emits": "on",
    name: `n${i}`, "cluster-listen": cluster[i], peer: cluster[1 - i] });
  nodes = await Promise.all([start(0), start(1)]);
  await Promise.all(nodes.map((node) => node.logged(/emitter bridge: listening on Redis/)));
  await Promise.all(nodes.map((node, i) => node.logged(new RegExp(`cluster: peer n${1 - i} .* is up`))));
  official = await startOfficial();
  theirs = connect(official.url, { transports: ["websocket"], forceNew: true });
  await next(theirs, "connect");
});
afterEach(closeClients);
after(async () => {
  if (isReference) return;
  theirs.disconnect();
  await official.io.close();
  // The adapter does not wait for its unsubscriptions, nor look at how they end.
  await Promise.all(official.connections.map((connection) => connection.ping()));
  closeEmitters();
  await Promise.all(nodes.map((node) => node.stop()));
  await redis.stop();
});

/// How often each of our two clients and theirs got `event` until a last one of the same publisher.
async function receivers(publish, last) {
  ours = await Promise.all(nodes.map((node) => connected(node)));
  await ask(ours[0], "join", "r");
  await ask(ours[1], "join", "known"); // the other node knows of it by now
  const all = [...ours, theirs];
  const got = all.map((socket) => collect(socket, "hello").all);
  await publish();
  const arrived = Promise.all(all.map((socket) => next(socket, "last")));
  await last();
  await arrived;
  all.forEach((socket) => socket.off("hello"));
  return got.map((list) => list.length);
}

test("what an official server broadcasts reaches all clients once", options, async () => {
  const { io } = official;
  const emit = (publish) => receivers(publish, () => io.emit("last"));
  assert.deepEqual(await emit(() => io.emit("hello", 1)), [1, 1, 1]);
  assert.deepEqual(await emit(() => io.to("r").emit("hello", Buffer.from([1]))), [1, 0, 0]);
  assert.deepEqual(await emit(() => io.except("r").emit("hello")), [0, 1, 1]);
  assert.deepEqual(await emit(() => io.to("r").to(theirs.id).emit("hello")), [1, 0, 1]);
  assert.deepEqual(await emit(() => io.local.emit("hello")), [0, 0, 1]);
});

test("what an emitter publishes reaches the clients of both kinds of servers once", options, async () => {
  const emitter = await emitters["5.1"](redis);
  const emit = (publish) => receivers(publish, () => emitter.emit("last"));
  assert.deepEqual(await emit(() => emitter.emit("hello", 1)), [1, 1, 1]);
  assert.deepEqual(await emit(() => emitter.to("r").emit("hello")), [1, 0, 0]);
});

test("what our nodes emit reaches all clients once, and does not come back", options, async () => {
  await official.io.in(theirs.id).socketsJoin("r");
  // One sender and three receivers; each request of the sender is an emit of its node.
  const sender = await connected(nodes[0]);
  // What came back to us would have come before what they emit once ours is with them; links are no part of that way.
  const emit = (publish) => receivers(publish, async () => {
    const flushed = Promise.all([...ours, theirs].map((socket) => next(socket, "flushed")));
    await ask(sender, "broadcast", "flushed");
    await flushed;
    official.io.emit("last");
  });
  assert.deepEqual(await emit(() => ask(sender, "broadcast", "hello", 1)), [1, 1, 1]);
  assert.deepEqual(await emit(() => ask(sender, "emit-to", "r", "hello", 2)), [1, 0, 1]);
  assert.deepEqual(await emit(() => ask(sender, "emit-to", theirs.id, "hello", 3)), [0, 0, 1]);
  assert.deepEqual(await emit(() => ask(sender, "emit-except", ["r", ours[1].id], [theirs.id], "hello")), [1, 1, 0]);
  const value = { list: [1.5, -7, null, true, "ü😀"], bytes: Buffer.from([1, 2, 3]), large: 2 ** 40 };
  const arrived = Promise.all([...ours, theirs].map((socket) => next(socket, "value")));
  await ask(sender, "broadcast", "value", value, Buffer.alloc(70000, 7));
  for (const args of await arrived) assert.deepEqual(args, [value, Buffer.alloc(70000, 7)]);
  await official.io.in(theirs.id).socketsLeave("r");
});

test("emits to sockets of our own are not published, others on their namespace are", options, async () => {
  const seen = [];
  const spy = await publisher(redis);
  await spy.pSubscribe("socket.io#/*", (_, channel) => seen.push(channel)); // without probes of the bridges
  const [a, b] = await Promise.all(nodes.map((node) => connected(node, "/custom")));
  await ask(a, "emit-to", b.id, "hello");
  await ask(a, "emit-to", "room-x", "hello");
  const last = next(b, "last");
  await ask(a, "broadcast", "last");
  await last;
  await within(patience, "the broadcast at the spy", (async () => {
    while (!seen.includes("socket.io#/custom#")) await new Promise((resolve) => setTimeout(resolve, 5));
  })());
  assert.deepEqual(seen, ["socket.io#/custom#room-x#", "socket.io#/custom#"]);
});

test("what official servers ask each other is not answered by us, and they do not wait", options, async () => {
  const { io } = official;
  const socket = await connected(nodes[0]);
  const got = collect(socket, "question").all;
  // A broadcast with acknowledgements goes by a request: our clients neither get it nor are waited for.
  theirs.once("question", (answer) => answer("mine"));
  assert.deepEqual(await within(patience, "the answers", io.timeout(patience).emitWithAck("question")), ["mine"]);
  assert.deepEqual(await within(answerTime, "fetchSockets", io.in(socket.id).fetchSockets()), []);
  assert.deepEqual([...await within(answerTime, "allRooms", io.of("/").adapter.allRooms())].includes(socket.id), false);
  const last = next(socket, "last");
  io.emit("last");
  await last;
  assert.equal(got.length, 0);
  await nodes[0].logged(/a message on "socket.io-request#\/#" was dropped .*: only official servers answer/);
});

test("our nodes do not count as servers: fetchSockets and serverSideEmit do not wait for us", options, async () => {
  const { io } = official;
  assert.equal(await io.of("/").adapter.serverCount(), 1);
  const found = await within(answerTime, "fetchSockets", io.fetchSockets());
  assert.deepEqual(found.map(({ id }) => id), [theirs.id]);
  const answers = await within(answerTime, "serverSideEmit", io.serverSideEmitWithAck("unknown"));
  assert.deepEqual(answers, []);
});

test("joins, leaves and server-side events of an official server are carried out", options, async () => {
  const { io } = official;
  const socket = await connected(nodes[1]);
  const notice = next(socket, "node-notice");
  io.serverSideEmit("node-notice", 7);
  assert.deepEqual((await notice).slice(1), [7]);
  io.in(socket.id).socketsJoin("given");
  await within(patience, "the join", (async () => {
    while (!(await ask(socket, "rooms")).includes("given"));
  })());
  const gone = next(socket, "disconnect");
  io.in("given").disconnectSockets(true);
  assert.deepEqual((await gone)[0], "io server disconnect");
});

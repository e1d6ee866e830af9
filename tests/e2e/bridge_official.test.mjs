// Two of our nodes and one official server with @socket.io/redis-adapter on one Redis and one key.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, afterEach, before, test } from "node:test";
import { createAdapter } from "@socket.io/redis-adapter";
import { Server } from "socket.io";
import { io as connect } from "socket.io-client";
import { ask, closeClients, connected } from "./support/clients.mjs";
import { closeEmitters, emitters, publisher, startRedis } from "./support/redis.mjs";
import { isReference, startServer } from "./support/server.mjs";
import { collect, next, patience, within } from "./support/waiting.mjs";

const options = { skip: isReference && "this is about servers of both kinds" };
let redis;
let nodes;
let official;
let ours;
let theirs;

/// An official server, once it is subscribed.
async function startOfficial() {
  const [pub, sub, control] = [await publisher(redis), await publisher(redis), await publisher(redis)];
  const http = createServer();
  const io = new Server(http, { adapter: createAdapter(pub, sub) });
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  const subscribed = async () => {
    while ((await control.pubSubNumSub("socket.io-request#/#"))["socket.io-request#/#"] < 1);
    while ((await control.pubSubNumPat()) < 3); // two of ours, one of theirs
  };
  await within(patience, "the adapter's subscriptions", subscribed());
  return { io, url: `http://127.0.0.1:${http.address().port}` };
}

before(async () => {
  if (isReference) return;
  redis = await startRedis();
  const start = () => startServer({ redis: redis.url, "log-level": "info" });
  nodes = await Promise.all([start(), start()]);
  await Promise.all(nodes.map((node) => node.logged(/emitter bridge: listening on Redis/)));
  official = await startOfficial();
  theirs = connect(official.url, { transports: ["websocket"], forceNew: true });
  await next(theirs, "connect");
});
afterEach(closeClients);
after(async () => {
  if (isReference) return;
  theirs.disconnect();
  await official.io.close();
  closeEmitters();
  await Promise.all(nodes.map((node) => node.stop()));
  await redis.stop();
});

/// How often each of our two clients and theirs got `event` until a last one of the same publisher.
async function receivers(publish, last) {
  ours = await Promise.all(nodes.map((node) => connected(node)));
  await ask(ours[0], "join", "r");
  const all = [...ours, theirs];
  const got = all.map((socket) => collect(socket, "hello").all);
  publish();
  const arrived = Promise.all(all.map((socket) => next(socket, "last")));
  last();
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

test("our nodes do not count as servers: fetchSockets and serverSideEmit do not wait for us", options, async () => {
  const { io } = official;
  assert.equal(await io.of("/").adapter.serverCount(), 1);
  // Whoever waits for an answer that does not come is told so after 5 s: both would fail.
  const found = await within(patience, "fetchSockets", io.fetchSockets());
  assert.deepEqual(found.map(({ id }) => id), [theirs.id]);
  const answers = await within(patience, "serverSideEmit", io.serverSideEmitWithAck("unknown"));
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

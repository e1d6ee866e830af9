// The emitter bridge in clusters of one, two and three nodes, with and without Redis: what back-ends publish through
// a real Redis with the packages of every generation reaches each client once and in order, also when the node that
// feeds the others is killed, or a node's own Redis goes and comes back.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { ask, closeClients, connected } from "../support/clients.mjs";
import { formed, makeLoopback, startAll, stopAll } from "../support/cluster.mjs";
import { closeEmitters, emitters, publisher, startRedis } from "../support/redis.mjs";
import { startProxy } from "../support/redis_proxy.mjs";
import { collect, next, within } from "../support/waiting.mjs";

const patience = 20000;
let redis;
before(async () => (redis = await startRedis()));
after(() => redis.stop());
afterEach(() => {
  closeClients();
  closeEmitters();
});

/// Resolves once `node` printed what `pattern` (with the flag g) matches, `count` times since it was made.
function logged(node, pattern, count = 1) {
  const printed = async () => {
    while ([...node.output.matchAll(pattern)].length < count) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  return within(patience, `${pattern} in the output of ${node.name}:\n${node.output.slice(-2000)}`, printed());
}
const listening = /emitter bridge: listening on Redis/g;
const fed = /emitter bridge: node (\S+) feeds us/g;
const feederOf = (node) => [...node.output.matchAll(fed)].at(-1)?.[1];

/// A cluster whose nodes have these Redises ("" for none), ready to take what is published.
async function cluster(...urls) {
  const optionsOf = (i) => ({ "log-level": "info", ...(urls[i] && { redis: urls[i] }) });
  const nodes = await makeLoopback(urls.length, { optionsOf });
  await startAll(nodes);
  await formed(nodes);
  await Promise.all(nodes.map((node, i) => logged(node, urls[i] ? listening : fed)));
  return nodes;
}

let count = 0;
const fresh = (kind) => `${kind}-${++count}`;

/// A client of each node, once everybody's emits reach all of them.
async function clientsOf(nodes) {
  const sockets = await Promise.all(nodes.map((node) => connected(node)));
  // Peers are told of a joined room before the join is answered; of the namespace before that.
  await Promise.all(sockets.map((socket) => ask(socket, "join", fresh("room"))));
  return sockets;
}

/// How often each of `sockets` got `event` by the time it gets a last message of the same publisher.
async function receivers(sockets, event, emitter, publish) {
  const got = sockets.map((socket) => collect(socket, event).all);
  await publish();
  const fence = fresh("fence");
  const arrived = Promise.all(sockets.map((socket) => next(socket, fence, patience)));
  emitter.emit(fence);
  await arrived;
  sockets.forEach((socket) => socket.off(event));
  return got.map((all) => all.length);
}

const layouts = {
  "one node": [true],
  "two nodes": [true, true],
  "three nodes": [true, true, true],
  "two nodes, one without Redis": [true, false],
  "three nodes, one without Redis": [true, false, true],
  "three nodes, two without Redis": [false, true, false],
};
for (const [layout, withRedis] of Object.entries(layouts))
  describe(layout, () => {
    let nodes;
    before(async () => (nodes = await cluster(...withRedis.map((has) => (has ? redis.url : "")))));
    after(() => stopAll(nodes));

    for (const [generation, make] of Object.entries(emitters))
      test(`emitter ${generation}: each client once, in order`, async () => {
        const [sockets, emitter] = [await clientsOf(nodes), await make(redis)];
        const lists = sockets.map((socket) => collect(socket, "news"));
        for (let i = 0; i < 200; ++i) emitter.emit("news", i);
        for (const list of lists) assert.deepEqual((await list.until(200, patience)).flat(), [...Array(200).keys()]);
        const [a, b] = [fresh("room"), fresh("room")];
        await Promise.all(sockets.map((socket) => ask(socket, "join", a)));
        await ask(sockets.at(-1), "join", b);
        const all = sockets.map(() => 1);
        const last = sockets.map((_, i) => Number(i === sockets.length - 1));
        const emit = (publish) => receivers(sockets, "hello", emitter, publish);
        assert.deepEqual(await emit(() => emitter.to(a).emit("hello")), all);
        assert.deepEqual(await emit(() => emitter.to(b).emit("hello")), last);
        assert.deepEqual(await emit(() => emitter.to(a).to(b).emit("hello")), all);
        assert.deepEqual(await emit(() => emitter.to(sockets.at(-1).id).emit("hello")), last);
        const only = await connected(nodes.at(-1), "/dyn-7");
        await ask(only, "join", b);
        const [hellos, end] = [collect(only, "hello").all, next(only, "end", patience)];
        emitter.of("/dyn-7").emit("hello");
        emitter.of("/dyn-7").emit("end");
        await end;
        assert.equal(hellos.length, 1);
        const bytes = Promise.all(sockets.map((socket) => next(socket, "bytes", patience)));
        emitter.to(a).emit("bytes", { in: Buffer.from([1, 2, 3]) });
        for (const [value] of await bytes) assert.deepEqual(value, { in: Buffer.from([1, 2, 3]) });
      });

    test("emitter 5.1: joins, leaves, except, serverSideEmit and disconnects", async () => {
      const [sockets, emitter] = [await clientsOf(nodes), await emitters["5.1"](redis)];
      const room = fresh("room");
      const emit = (publish) => receivers(sockets, "hello", emitter, publish);
      const everybody = sockets.map(() => 1);
      emitter.socketsJoin(room);
      const joined = async (socket) => {
        while (!(await ask(socket, "rooms")).includes(room));
      };
      await within(patience, "the joins", Promise.all(sockets.map(joined)));
      assert.deepEqual(await emit(() => emitter.to(room).emit("hello")), everybody);
      assert.deepEqual(await emit(() => emitter.to(room).except(sockets.at(-1).id).emit("hello")), [...everybody.slice(1), 0]);
      assert.deepEqual(await emit(() => emitter.except(room).emit("hello")), sockets.map(() => 0));
      const notices = sockets.map((socket) => collect(socket, "node-notice").all);
      // Handlers of server-side events have a thread of their own: the fence may overtake what they emit.
      const noticed = Promise.all(sockets.map((socket) => next(socket, "node-notice", patience)));
      assert.deepEqual(await receivers(sockets, "node-notice", emitter, () => (emitter.serverSideEmit("node-notice", 7), noticed)), everybody);
      const ids = await Promise.all(sockets.map(async (socket) => (await ask(socket, "whoami")).node));
      notices.forEach(([notice], i) => assert.deepEqual(notice, [ids[i], 7]));
      const gone = sockets.map((socket) => next(socket, "disconnect", patience));
      emitter.in(room).disconnectSockets(true);
      for (const [reason] of await Promise.all(gone)) assert.equal(reason, "io server disconnect");
    });
  });

test("what a node without Redis emits is published once by the node that feeds it", async (t) => {
  const nodes = await makeLoopback(3, { options: { "log-level": "info", "bridge-publish-emits": "on" },
    optionsOf: (i) => (i < 2 ? { redis: redis.url } : {}) });
  await startAll(nodes);
  t.after(() => stopAll(nodes));
  await formed(nodes);
  await logged(nodes[2], fed);
  const sockets = await clientsOf(nodes);
  const seen = [];
  const spy = await publisher(redis);
  await spy.pSubscribe("socket.io#*", (_, channel) => seen.push(channel));
  const emitter = await emitters["5.1"](redis);
  const emit = (publish) => receivers(sockets, "hello", emitter, publish);
  const published = (room) => within(patience, `${room} at the spy`, (async () => {
    while (!seen.includes(`socket.io#/#${room}#`)) await new Promise((resolve) => setTimeout(resolve, 5));
  })());
  const arrived = Promise.all(sockets.slice(0, 2).map((socket) => next(socket, "hello", patience)));
  assert.deepEqual(await emit(async () => {
    await ask(sockets[2], "emit-to", "elsewhere", "hello");
    await ask(sockets[2], "broadcast", "hello");
    await ask(sockets[2], "emit-to", "elsewhere-too", "hello");
    await Promise.all([published("elsewhere-too"), arrived]); // by links, which the fence does not use
  }), [1, 1, 0]);
  assert.deepEqual(seen.filter((channel) => !channel.includes("pushmesh-probe")).slice(0, 3),
    ["socket.io#/#elsewhere#", "socket.io#/#", "socket.io#/#elsewhere-too#"]);
});

test("acknowledgements of clients of a node without Redis are published by the node that feeds it", async (t) => {
  const nodes = await makeLoopback(2, { options: { "log-level": "info", "bridge-ack-event": "push" },
    optionsOf: (i) => (i === 0 ? { redis: redis.url } : {}) });
  await startAll(nodes);
  t.after(() => stopAll(nodes));
  await formed(nodes);
  await logged(nodes[1], fed);
  const sockets = await clientsOf(nodes);
  for (const socket of sockets) socket.on("push", (id, ack) => ack());
  const acks = [];
  const subscriber = await publisher(redis);
  await subscriber.pSubscribe("socket.io-acks#*", (text, channel) => acks.push([channel, JSON.parse(text)]));
  const acknowledged = async (count) => {
    while (acks.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  for (const make of [emitters["1.1"], emitters["5.1"]]) {
    acks.length = 0;
    const emitter = await make(redis);
    emitter.emit("push", "m-1");
    await within(patience, "both acknowledgements", acknowledged(2));
    emitter.to(sockets[1].id).emit("push", 2);
    await within(patience, "the one of the client without Redis", acknowledged(3));
    const of = (id) => acks.filter(([channel]) => channel === `socket.io-acks#/#${id}`)
      .map(([, { user, socket, node }]) => [user, socket, node]).sort(([, a], [, b]) => (a < b ? -1 : 1));
    const mine = ({ id }, i) => [null, id, nodes[i].name];
    assert.deepEqual(of("m-1"), sockets.map(mine).sort(([, a], [, b]) => (a < b ? -1 : 1)));
    assert.deepEqual(of(2), [mine(sockets[1], 1)]);
    assert.equal(acks.length, 3);
  }
});

/// Publishes 0, 1, 2... until stop(), which resolves to the number of the last one once all `sockets` that are given
/// got it. `next()` is the number that comes next.
function counting(emitter) {
  let number = 0;
  const timer = setInterval(() => {
    for (let i = 0; i < 10; ++i) emitter.emit("count", number++);
  }, 5);
  return {
    next: () => number,
    async stop(lists) {
      clearInterval(timer);
      const last = number++;
      emitter.emit("count", last);
      const arrived = async (list) => {
        while (list.all.at(-1)?.[0] !== last) await new Promise((resolve) => setTimeout(resolve, 10));
      };
      await within(patience, `number ${last}`, Promise.all(lists.map(arrived)));
      return last;
    },
  };
}

/// Fails unless `list` is ascending, each number once, and has all of `from` to `last`. Resolves to what is missing.
function checkCount({ all }, from, last) {
  const got = all.map(([n]) => n);
  got.forEach((n, i) => assert.ok(i === 0 || n > got[i - 1], `${n} came behind ${got[i - 1]}`));
  const have = new Set(got);
  for (let n = from; n <= last; ++n) assert.ok(have.has(n), `${n} of ${from} to ${last} is missing`);
  return last + 1 - have.size;
}

test("the node that feeds is killed: another one takes over, nothing comes twice or out of order", async (t) => {
  const nodes = await cluster(redis.url, redis.url, "");
  t.after(() => stopAll(nodes));
  const feeder = nodes.find(({ name }) => name === feederOf(nodes[2]));
  const other = nodes.find((node) => node !== feeder && node !== nodes[2]);
  const [client, witness] = await clientsOf([nodes[2], other]);
  const lists = [collect(client, "count"), collect(witness, "count")];
  const numbers = counting(await emitters["5.1"](redis));
  await lists[0].until(100, patience);
  await feeder.kill();
  await logged(nodes[2], new RegExp(`node ${feeder.name} feeds us no more, it is down`, "g"));
  await logged(nodes[2], new RegExp(`node ${other.name} feeds us with`, "g"));
  const fedAgain = numbers.next();
  // The one that comes back feeds nobody: there is no election.
  await feeder.start();
  await logged(feeder, listening, 2);
  await lists[0].until(lists[0].all.length + 100, patience);
  const last = await numbers.stop(lists);
  const lost = checkCount(lists[0], fedAgain, last);
  checkCount(lists[1], lists[1].all[0][0], last);
  assert.equal(feederOf(nodes[2]), other.name);
  t.diagnostic(`e2e: ${lost} of ${last + 1} messages were lost with the node that fed`);
});

test("a node whose Redis goes is fed by another, and takes over again without a loss", async (t) => {
  const proxy = await startProxy(redis);
  t.after(() => proxy.cut());
  const nodes = await cluster(redis.url, proxy.url);
  t.after(() => stopAll(nodes));
  const [witness, client] = await clientsOf(nodes);
  const lists = [collect(client, "count"), collect(witness, "count")];
  const numbers = counting(await emitters["5.1"](redis));
  for (let round = 1; round <= 3; ++round) {
    await lists[0].until(lists[0].all.length + 100, patience);
    proxy.cut();
    await logged(nodes[1], fed, round);
    const fedFrom = numbers.next();
    await lists[0].until(lists[0].all.length + 100, patience);
    await proxy.restore();
    await logged(nodes[1], listening, round + 1);
    await logged(nodes[0], /node n1 is fed no more: it has Redis again/g, round);
    await lists[0].until(lists[0].all.length + 100, patience);
    checkCount(lists[0], fedFrom, lists[0].all.at(-1)[0]);
  }
  const last = await numbers.stop(lists);
  checkCount(lists[0], last, last);
  checkCount(lists[1], lists[1].all[0][0], last);
});

test("Redis is killed for all: every node is back once, and those without are fed again", async (t) => {
  const own = await startRedis();
  t.after(() => own.stop());
  const nodes = await cluster(own.url, own.url, "");
  t.after(() => stopAll(nodes));
  const sockets = await clientsOf(nodes);
  await own.kill();
  await logged(nodes[2], /feeds us no more, its Redis is gone/g);
  const came = next(sockets[2], "direct", patience);
  await ask(sockets[0], "emit-to", sockets[2].id, "direct");
  await came;
  await own.start();
  await Promise.all([logged(nodes[0], listening, 2), logged(nodes[1], listening, 2), logged(nodes[2], fed, 2)]);
  // Nodes that were back first may have fed the other for a moment, and end that now.
  const numbers = counting(await emitters["5.1"](own));
  const lists = sockets.map((socket) => collect(socket, "count"));
  await Promise.all(lists.map((list) => list.until(100, patience)));
  const from = numbers.next();
  const last = await numbers.stop(lists);
  lists.forEach((list) => checkCount(list, from, last));
});

// Connection state recovery: clients whose connection is taken away come back as the same socket.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import parser from "socket.io-msgpack-parser";
import { checkRecovery } from "../recovery/check.mjs";
import { cuttingProxy } from "../recovery/cutting_proxy.mjs";
import { ask, closeClients, connected, rawClient } from "./support/clients.mjs";
import { isReference, startServer } from "./support/server.mjs";
import { collect, next } from "./support/waiting.mjs";

let server, msgpack, proxy;
before(async () => {
  server = await startServer({ recovery: 60000 });
  msgpack = await startServer({ recovery: 60000, parser: "msgpack" });
  proxy = await cuttingProxy(() => server.port);
});
afterEach(closeClients);
after(async () => {
  proxy.close();
  await Promise.all([server.stop(), msgpack.stop()]);
});

/// The client is cut off by `cut` and comes back once `meanwhile` is done.
async function comesBack(socket, cut, meanwhile) {
  const gone = next(socket, "disconnect");
  cut();
  await gone;
  await meanwhile();
  const back = next(socket, "connect");
  socket.connect();
  await back;
}

/// The node knows that the connection of `id` is gone: its client may be sooner back than that on a busy machine.
async function noticed(sender, id) {
  while ((await ask(sender, "fetch", id)).length > 0);
}

const ways = [
  ["websocket, its engine closes", { transports: ["websocket"] }, (socket) => socket.io.engine.close()],
  ["websocket, the connection is reset", { transports: ["websocket"], proxied: true }, (socket) => proxy.cut(proxy.of(socket))],
  ["polling", { transports: ["polling"] }, (socket) => socket.io.engine.close()],
  ["polling and upgrade", { transports: ["polling", "websocket"], upgraded: true }, (socket) => socket.io.engine.close()],
  ["msgpack", { transports: ["websocket"], parser, packed: true }, (socket) => socket.io.engine.close()],
];
for (const [name, { proxied, packed, upgraded, ...options }, cut] of ways) {
  test(`${name}: the same socket, its rooms and data, and all it missed in order`, async () => {
    const node = packed ? msgpack : server;
    const socket = await connected(proxied ? proxy : node, "/", options);
    if (upgraded && socket.io.engine.transport.name === "polling") await next(socket.io.engine, "upgrade");
    const sender = await connected(node, "/", packed ? { parser } : {});
    const { id } = socket;
    assert.equal(socket.recovered, false);
    assert.equal(await ask(socket, "recovered"), false);
    await ask(socket, "join", "lobby");
    socket.emit("remember", "these words");
    const got = collect(socket, "m");
    await ask(sender, "emit-to", "lobby", "m", 0);
    await got.until(1);
    await comesBack(socket, () => cut(socket), async () => {
      await noticed(sender, id);
      await ask(sender, "emit-to", "lobby", "m", 1);
      await ask(sender, "emit-to", "elsewhere", "m", "not this");
      await ask(sender, "emit-to", id, "m", 2, Buffer.from([1, 2]));
      await ask(sender, "broadcast", "m", 3);
    });
    await got.until(4);
    assert.equal(socket.recovered, true);
    assert.equal(socket.id, id);
    assert.equal(await ask(socket, "recovered"), true);
    assert.equal(await ask(socket, "recall"), "these words");
    assert.deepEqual(await ask(socket, "rooms"), [id, "lobby"]);
    await ask(sender, "emit-to", "lobby", "m", 4);
    await got.until(5);
    assert.deepEqual(got.all.map(([n]) => n), [0, 1, 2, 3, 4]);
    assert.deepEqual(Buffer.from(got.all[2][1]), Buffer.from([1, 2]));
  });
}

test("a question that was not answered is asked again", { skip: isReference }, async () => {
  const socket = await connected(server);
  const sender = await connected(server);
  const { id } = socket;
  let answer, result;
  socket.on("question", (value, reply) => answer?.(value, reply));
  await comesBack(socket, () => socket.io.engine.close(), async () => {
    await noticed(sender, id);
    answer = (value, reply) => reply(value + 1);
    result = sender.timeout(20000).emitWithAck("ask-room", id, 15000, 41);
    await ask(sender, "fetch", id); // behind the question
  });
  assert.deepEqual(await result, { ok: true, replies: [42] });
});

test("of two that come back with one pid exactly one is the old socket", { skip: isReference }, async () => {
  const watcher = await connected(server);
  for (let round = 0; round < 10; ++round) {
    const first = await rawClient(server);
    first.send("40");
    const { sid, pid } = JSON.parse((await first.receive("40{")).slice(2));
    assert.match(pid, /^[\w-]{20}$/);
    first.disconnect();
    await first.ended();
    await noticed(watcher, sid); // of a connection that seems to live nobody may take the session
    const both = await Promise.all([rawClient(server), rawClient(server)]);
    both.forEach((raw) => raw.send(`40${JSON.stringify({ pid })}`));
    const sids = await Promise.all(both.map(async (raw) => JSON.parse((await raw.receive("40{")).slice(2)).sid));
    assert.equal(sids.filter((s) => s === sid).length, 1);
  }
});

test("a connection that died unnoticed is given up for the one that comes back", { skip: isReference }, async () => {
  const socket = await connected(proxy);
  const { id } = socket;
  await new Promise((resolve) => setTimeout(resolve, 2100)); // takeover_after
  let thaw;
  await comesBack(socket, () => (thaw = proxy.freeze(proxy.of(socket))), async () => {});
  thaw();
  assert.equal(socket.recovered, true);
  assert.equal(socket.id, id);
});

test("who leaves, or is told to, comes back as another socket", async () => {
  for (const leave of [(socket) => socket.disconnect(), (socket) => socket.emit("disconnect-me")]) {
    const socket = await connected(server);
    const { id } = socket;
    await comesBack(socket, () => leave(socket), async () => {});
    assert.equal(socket.recovered, false);
    assert.notEqual(socket.id, id);
  }
});

test("clients that are cut off again and again lose and double nothing", { skip: isReference }, async (t) => {
  const watcher = await connected(server);
  const verdict = await checkRecovery({ noticed: (id) => noticed(watcher, id), ports: [server.port], clients: 30, seconds: 3, drop: [400, 900], stay: [100, 500] });
  t.diagnostic(`e2e: ${JSON.stringify(verdict)}`);
  assert.ok(verdict.same.drops > 30 && verdict.received > 1000, JSON.stringify(verdict));
  assert.equal(verdict.same.recovered, verdict.same.drops, verdict.examples.join("\n"));
  assert.deepEqual([verdict.lost, verdict.doubled, verdict.wrong], [0, 0, 0], verdict.examples.join("\n"));
});

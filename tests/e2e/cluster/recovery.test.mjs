// Clients that are cut off and come back to another node are the same sockets, with all they missed.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { after, afterEach, before, test } from "node:test";
import { promisify } from "node:util";
import { checkRecovery } from "../../recovery/check.mjs";
import { cuttingProxy } from "../../recovery/cutting_proxy.mjs";
import { ask, closeClients, connected, rawClient } from "../support/clients.mjs";
import { formed, makeLoopback, startAll, stopAll } from "../support/cluster.mjs";
import { collect, next, within } from "../support/waiting.mjs";

let nodes, proxy;
let turn = 0; // which node the proxy takes next
before(async () => {
  nodes = await makeLoopback(3, { options: { recovery: 60000 } });
  await startAll(nodes);
  await formed(nodes);
  proxy = await cuttingProxy(() => nodes[turn++ % nodes.length].port);
});
afterEach(closeClients);
after(async () => {
  proxy.close();
  await stopAll(nodes);
});

const pushmesh = path.join(path.dirname(process.env.E2E_BIN), "pushmesh");
const find = async (id, cluster) =>
  JSON.parse((await promisify(execFile)(pushmesh, ["find", id, "--json", "--node", cluster])).stdout);

/// Cut off, and back on the next node when its node has noticed and `meanwhile` is done.
async function movesOn(socket, watcher, meanwhile) {
  const gone = next(socket, "disconnect");
  const { id } = socket;
  proxy.cut(proxy.of(socket));
  await gone;
  while ((await ask(watcher, "fetch", id)).length > 0);
  await meanwhile();
  const back = next(socket, "connect", 10000);
  socket.connect();
  await back;
}

test("the same socket on another node: id, rooms, data, all it missed, and what comes then", async () => {
  const socket = await connected(proxy);
  const senders = await Promise.all(nodes.map((node) => connected(node)));
  const { id } = socket;
  const got = collect(socket, "m");
  await ask(socket, "join", "lobby");
  socket.emit("remember", "these words");
  let number = 0;
  const emitAll = async () => {
    for (const sender of senders) {
      await ask(sender, "emit-to", "lobby", "m", number++);
      await ask(sender, "emit-to", id, "m", number++);
      await ask(sender, "broadcast", "m", number++);
    }
  };
  const places = new Set();
  for (let round = 0; round < 4; ++round) {
    await emitAll();
    await movesOn(socket, senders[0], emitAll);
    assert.equal(socket.recovered, true);
    assert.equal(socket.id, id);
    assert.equal(await ask(socket, "recovered"), true);
    assert.equal(await ask(socket, "recall"), "these words");
    assert.deepEqual(await ask(socket, "rooms"), [id, "lobby"]);
    places.add((await ask(socket, "whoami")).node);
    await emitAll();
    await got.until(number, 10000);
    const numbers = got.all.map(([n]) => n);
    assert.deepEqual([...numbers].sort((a, b) => a - b), Array.from({ length: number }, (_, n) => n));
    for (let sender = 0; sender < 3; ++sender) {
      const own = numbers.filter((n) => Math.floor(n / 3) % 3 === sender);
      assert.deepEqual(own, [...own].sort((a, b) => a - b), "each sender's order");
    }
    // Everybody finds it, once.
    for (const sender of senders) {
      const found = await ask(sender, "fetch", "lobby");
      assert.deepEqual(found.map((each) => each.id), [id]);
      assert.deepEqual((await ask(sender, "fetch", id)).map((each) => each.id), [id]);
    }
    for (const { cluster } of nodes) assert.equal((await find(id, cluster)).node, nodes[(turn - 1) % nodes.length].name);
  }
  assert.equal(places.size, 3);
});

test("a question asked before is answered from the other node", async () => {
  const socket = await connected(proxy);
  const sender = await connected(nodes[2]);
  const { id } = socket;
  let answer;
  socket.on("question", (value, reply) => answer?.(value, reply));
  let result;
  await movesOn(socket, sender, async () => {
    answer = (value, reply) => reply(value + 1);
    result = new Promise((resolve) => sender.emit("ask-room", id, 10000, 41, resolve));
  });
  assert.deepEqual(await within(10000, "the answer", result), { ok: true, replies: [42] });
});

test("of two that come back on two nodes with one pid exactly one is the old socket", async () => {
  for (let round = 0; round < 10; ++round) {
    const first = await rawClient(nodes[0]);
    first.send("40");
    const { sid, pid } = JSON.parse((await first.receive("40{")).slice(2));
    first.disconnect();
    await first.ended();
    const both = await Promise.all([rawClient(nodes[1]), rawClient(nodes[2])]);
    both.forEach((raw) => raw.send(`40${JSON.stringify({ pid })}`));
    const sids = await Promise.all(both.map(async (raw) => JSON.parse((await raw.receive("40{", 10000)).slice(2)).sid));
    assert.equal(sids.filter((s) => s === sid).length, 1);
  }
});

test("clients that are cut off again and again, and come back anywhere, lose and double nothing", async (t) => {
  const verdict = await checkRecovery({ ports: nodes.map(({ port }) => port), clients: 30, seconds: 4, drop: [10, 500], stay: [100, 500] });
  t.diagnostic(`e2e: ${JSON.stringify(verdict)}`);
  assert.ok(verdict.other.drops > 30 && verdict.received > 1000, JSON.stringify(verdict));
  for (const where of ["same", "other"]) assert.equal(verdict[where].recovered, verdict[where].drops, verdict.examples.join("\n"));
  assert.deepEqual([verdict.lost, verdict.doubled, verdict.wrong], [0, 0, 0], verdict.examples.join("\n"));
});

test("when the node that has it is gone, the client comes back as a new socket", async () => {
  turn = 0;
  const socket = await connected(proxy);
  const { id } = socket;
  await Promise.all([next(socket, "disconnect"), nodes[0].kill()]);
  turn = 1;
  const back = next(socket, "connect", 20000);
  socket.connect();
  await back;
  assert.equal(socket.recovered, false);
  assert.notEqual(socket.id, id);
});

// No sticky sessions: each request of a client comes to another node, and so does its WebSocket.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, afterEach, before, describe, test } from "node:test";
import parser from "socket.io-msgpack-parser";
import { ask, client, closeClients, connected, several } from "../support/clients.mjs";
import { arrived, formed, freshRoom, makeLoopback, startAll, stopAll } from "../support/cluster.mjs";
import { pollingClient } from "../support/polling.mjs";
import { pollingScenarios, upgraded } from "../support/polling_scenarios.mjs";
import { roundRobin } from "../support/round_robin.mjs";
import { stopwatch } from "../support/stopwatch.mjs";
import { collect, next, within } from "../support/waiting.mjs";

const oldClient = createRequire(import.meta.url)("socket.io-client-2");
const polling = { transports: ["polling"] };
const upgrading = { transports: ["polling", "websocket"] };
const unknown = { code: 1, message: "Session ID unknown" };

/// Starts nodes and a balancer in front of them for the tests of one block.
function cluster(count, { client, ...options } = {}) {
  const it = {};
  before(async () => {
    it.nodes = await makeLoopback(count, { options });
    await startAll(it.nodes);
    await formed(it.nodes, { client });
    it.balancer = await roundRobin(it.nodes);
  });
  afterEach(closeClients);
  after(async () => {
    await it.balancer?.close();
    await stopAll(it.nodes);
  });
  return it;
}

for (const count of [2, 3]) {
  describe(`${count} nodes behind a round robin`, () => {
    const it = cluster(count);
    pollingScenarios(() => it.balancer);

    test("what is emitted reaches clients of all transports and nodes once, and in order", async () => {
      const sockets = [
        ...(await several(count, it.balancer, "/", polling)),
        ...(await several(3 * count, it.balancer, "/", upgrading)),
        ...(await several(count, it.balancer)),
      ];
      await Promise.all(sockets.slice(count, 4 * count).map(upgraded));
      const room = freshRoom();
      await Promise.all(sockets.map((s) => ask(s, "join", room)));
      const got = sockets.map((s) => collect(s, "news").all);
      const [sender] = sockets;
      for (let i = 0; i < 200; ++i) sender.emit("emit-to", room, "news", i, i % 10 ? "text" : Buffer.alloc(i, i));
      await arrived(sender, ...sockets);
      const wanted = Array.from({ length: 200 }, (_, i) => [i, i % 10 ? "text" : Buffer.alloc(i, i)]);
      for (const all of got) assert.deepEqual(all, wanted);
    });

    test("socket.io-client 2.x polls and upgrades as well", async () => {
      const socket = oldClient(it.balancer.url, { forceNew: true, reconnection: false });
      try {
        const auth = next(socket, "auth");
        await next(socket, "connect");
        await auth;
        const echo = (...args) => new Promise((resolve) => socket.emit("echo", ...args, (...r) => resolve(r)));
        assert.deepEqual(await within(10000, "echo", echo("ü", Buffer.from([1]))), ["ü", Buffer.from([1])]);
        await within(10000, "the upgrade", (async () => {
          while (socket.io.engine.transport.name !== "websocket") await echo(1);
        })());
        assert.deepEqual(await within(10000, "echo", echo("ü", Buffer.from([2]))), ["ü", Buffer.from([2])]);
      } finally {
        socket.close();
      }
    });

    test("an upgraded session answers 400 and turns further WebSockets away, on every node", async () => {
      const socket = await connected(it.balancer, "/", upgrading);
      await upgraded(socket);
      const sid = socket.io.engine.id;
      await ask(socket, "echo", 1); // by now the server has heard of it
      for (const node of it.nodes) {
        const answer = await fetch(`${node.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`);
        assert.deepEqual([answer.status, await answer.json()], [400, { code: 3, message: "Bad request" }]);
      }
      assert.equal(await ask(socket, "echo", 1), 1);
    });
  });
}

describe("3 nodes with the msgpack parser", () => {
  const it = cluster(3, { parser: "msgpack", client: { parser } });
  for (const [name, options] of Object.entries({ polling, "polling, then websocket": upgrading })) {
    test(`${name}: events and acks both ways, through any node`, async () => {
      const socket = await connected(it.balancer, "/", { ...options, parser });
      if (options === upgrading) await upgraded(socket);
      for (const value of ["ü", { deep: [null, 1.5] }, Buffer.from([0, 255]), "x".repeat(100000)])
        assert.deepEqual(await ask(socket, "echo", value), value);
      socket.on("question", (value, answer) => answer(value));
      assert.deepEqual(await ask(socket, "ask-me", Buffer.from([1])), [Buffer.from([1])]);
    });
  }
});

describe("2 nodes that ping often", () => {
  const it = cluster(2, { "ping-interval": 300, "ping-timeout": 2000, "connect-timeout": 10000 });

  test("a client that polls any node is kept by its heartbeat, and so is one that upgraded", async () => {
    const sockets = [...(await several(4, it.balancer, "/", polling)), ...(await several(4, it.balancer, "/", upgrading))];
    for (const socket of sockets) socket.once("disconnect", (reason) => assert.fail(reason));
    await new Promise((resolve) => setTimeout(resolve, 3000)); // longer than without a pong
    for (const socket of sockets) assert.equal(await ask(socket, "echo", 1), 1);
    for (const socket of sockets) socket.off("disconnect");
  });

  test("a client that answers no ping is disconnected, whichever node holds its poll", async () => {
    const [home, edge] = it.nodes;
    const raw = await pollingClient(home);
    const poll = async () => (await fetch(raw.url.replace(home.url, edge.url))).text();
    assert.equal(await poll(), "2");
    assert.equal(await poll(), "1");
    assert.deepEqual(await (await fetch(raw.url.replace(home.url, edge.url))).json(), unknown);
  });
});

describe("nodes that end", () => {
  let nodes;
  before(async () => {
    nodes = await makeLoopback(3);
    await startAll(nodes);
    await formed(nodes);
  });
  afterEach(closeClients);
  after(() => stopAll(nodes));

  /// A session of `home` whose poll is held by `edge`: {raw, poll}; `poll` resolves to [status, body, ms].
  async function heldPoll(home, edge) {
    const raw = await pollingClient(home);
    const url = raw.url.replace(home.url, edge.url);
    assert.equal(await (await fetch(url, { method: "POST", body: "40" })).text(), "ok");
    assert.match(await (await fetch(url)).text(), /^40/);
    const began = performance.now();
    const poll = fetch(url).then(async (answer) => [answer.status, await answer.text(), performance.now() - began]);
    return { raw, url, poll };
  }

  test("a stopped node has the polls it holds for others answered; their sessions live on", async () => {
    const [home, edge, other] = nodes;
    const { raw, url, poll } = await heldPoll(home, edge);
    // Both are on their way before the signal: an answer that went through the edge says so.
    assert.equal(await (await fetch(url, { method: "POST", body: '42["noop"]' })).text(), "ok");
    assert.equal(await edge.stop(), 0);
    const [status, body] = await poll;
    assert.equal(status, 200);
    assert.match(body, /^(42|6)/);
    const elsewhere = raw.url.replace(home.url, other.url);
    assert.equal(await (await fetch(elsewhere, { method: "POST", body: '420["echo",1]' })).text(), "ok");
    while (!/430\[1\]/.test(await (await fetch(elsewhere)).text()));
    await edge.start();
    await formed(nodes);
  });

  test("the sessions of a killed node end at once, and are unknown from then on", async () => {
    const [home, edge] = nodes;
    const { url, poll } = await heldPoll(home, edge);
    const through = await roundRobin([home, edge, edge]);
    // The handshake goes to the node that is killed, what follows to the others.
    const socket = client(through, "/", upgrading);
    await next(socket, "connect");
    await upgraded(socket);
    const gone = next(socket, "disconnect");
    await ask(socket, "echo", 1);
    const watch = stopwatch(edge.pid);
    await home.kill();
    const [status, body] = await within(10000, "the end of the held poll", poll);
    assert.deepEqual([status, JSON.parse(body)], [400, unknown]);
    await within(10000, "the end of the tunnel", gone);
    const took = watch();
    assert.ok(took < 2000, `${took} ms`);
    assert.deepEqual(await (await fetch(url)).json(), unknown);
    await through.close();
    await home.start();
    await formed(nodes);
  });
});

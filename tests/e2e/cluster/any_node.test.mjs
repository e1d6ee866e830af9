// No sticky sessions: each request of a client comes to another node, and so does its WebSocket.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import parser from "socket.io-msgpack-parser";
import { ask, client, closeClients, connected, several } from "../support/clients.mjs";
import { arrived, formed, freshRoom, makeLoopback, startAll, stopAll } from "../support/cluster.mjs";
import { generationScenarios } from "../support/generation_scenarios.mjs";
import { oldClientScenarios } from "../support/old_client_scenarios.mjs";
import { pollingClient } from "../support/polling.mjs";
import { pollingScenarios, upgraded } from "../support/polling_scenarios.mjs";
import { roundRobin } from "../support/round_robin.mjs";
import { stopwatch } from "../support/stopwatch.mjs";
import { collect, next, within } from "../support/waiting.mjs";

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
    oldClientScenarios(() => it.balancer);

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

for (const count of [2, 3]) {
  describe(`${count} nodes with the msgpack parser`, () => {
    const it = cluster(count, { parser: "msgpack", client: { parser } });
    pollingScenarios(() => it.balancer, { parser });
  });
}

describe("3 nodes that ping rarely", () => {
  const it = cluster(3, { "ping-interval": 25000, "ping-timeout": 60000, "connect-timeout": 45000 });
  generationScenarios(() => it.balancer, { crowd: 32 });
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

  test("a node that stands still has the polls that others hold for it ended with its link, and comes back", async () => {
    const [home, edge, other] = nodes;
    const { url, poll } = await heldPoll(home, edge);
    // The handshake goes to the node that will stand still, what follows to the other.
    const targets = [home];
    const through = await roundRobin(targets);
    const socket = client(through, "/", upgrading);
    socket.io.engine.once("handshake", () => (targets[0] = edge));
    await next(socket, "connect");
    await upgraded(socket);
    await ask(socket, "echo", 1);
    const gone = next(socket, "disconnect", 20000);
    home.signal("SIGSTOP");
    const [status, body] = await within(20000, "the end of the held poll", poll);
    assert.deepEqual([status, JSON.parse(body)], [400, unknown]);
    await gone;
    const [mine, its] = await Promise.all([connected(edge), connected(other)]);
    const room = freshRoom();
    await Promise.all([mine, its].map((s) => ask(s, "join", room)));
    assert.equal((await ask(mine, "fetch", room)).length, 2);
    home.signal("SIGCONT");
    await through.close();
    await formed(nodes);
    // The session is its home's: it ended there with its poll, when the link did.
    assert.equal((await fetch(url)).status, 400);
  });
});

// socket.io-client 1.x and 2.x (Engine.IO 3, Socket.IO protocol 4) over every transport, and by hand.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, afterEach, before, test } from "node:test";
import { ask as askNew, closeClients, connected as newConnected, rawClient } from "./support/clients.mjs";
import { startServer } from "./support/server.mjs";
import { next, patience, within } from "./support/waiting.mjs";

const require = createRequire(import.meta.url);
const generations = { "1.7.4": require("socket.io-client-1"), "2.5.0": require("socket.io-client-2") };
const transports = { websocket: ["websocket"], polling: ["polling"], "polling, then websocket": ["polling", "websocket"] };

let server;
const open = new Set();
before(async () => (server = await startServer()));
afterEach(() => {
  for (const socket of open) socket.disconnect();
  open.clear();
  closeClients();
});
after(() => server.stop());

function socketOf(io, nsp, options) {
  const socket = io(server.url + nsp, { forceNew: true, reconnection: false, ...options });
  open.add(socket);
  return socket;
}

/// Events may come as soon as the socket exists: they are listened for at once.
async function connected(io, options, nsp = "/") {
  const socket = socketOf(io, nsp, options);
  const auth = next(socket, "auth");
  await next(socket, "connect");
  socket.auth = (await auth)[0];
  return socket;
}

const ask = (socket, event, ...args) =>
  within(patience, `the ack of ${event}`, new Promise((resolve) => socket.emit(event, ...args, (...r) => resolve(r))));

for (const [version, io] of Object.entries(generations)) {
  for (const [name, list] of Object.entries(transports)) {
    const options = { transports: list };
    // 1.x encodes the text of polling requests in UTF-8 twice: only ASCII gets through.
    const text = version === "1.7.4" && name !== "websocket" ? "plain \u0001 text" : "é😀€\u2028";
    const title = (what) => `${version} over ${name}: ${what}`;

    test(title("events and acks both ways, text and binary"), async () => {
      const socket = await connected(io, options);
      if (list.length > 1) await within(patience, "the upgrade", upgraded(socket));
      const args = [text, { deep: [null, 1.5] }, Buffer.from([0, 1, 254, 255])];
      const back = next(socket, "message-back");
      socket.emit("message", ...args);
      assert.deepEqual(await back, args);
      assert.deepEqual(await ask(socket, "echo", ...args), args);
      socket.on("question", (value, answer) => answer(value, "and"));
      assert.deepEqual(await ask(socket, "ask-me", args[2]), [[args[2], "and"]]);
      const [me] = await ask(socket, "whoami");
      assert.deepEqual([me.eio, me.id, me.transport], [3, socket.id, list.at(-1)]);
      assert.deepEqual((await ask(socket, "rooms"))[0], [socket.id]);
    });

    test(title("namespaces, their ids, and middleware"), async () => {
      const socket = await connected(io, options, "/custom?token=a%20b");
      assert.deepEqual(socket.auth, { token: "a b" });
      const [me] = await ask(socket, "whoami");
      // 1.x leaves the namespace out.
      assert.deepEqual([me.id, me.nsp], [version === "1.7.4" ? `/custom#${socket.id}` : socket.id, "/custom"]);
      assert.match(me.id, /^\/custom#[\w-]{20}$/);
      assert.deepEqual((await ask(socket, "rooms"))[0], [me.id]);
      const other = await newConnected(server, "/custom");
      const news = next(socket, "news");
      assert.equal(await askNew(other, "emit-to", me.id, "news", 1), "ok");
      assert.deepEqual(await news, [1]);

      assert.deepEqual(await next(socketOf(io, "/auth", options), "error"), [{ code: 401 }]);
      await next(socketOf(io, "/auth?token=secret", options), "connect");
      assert.deepEqual(await next(socketOf(io, "/random", options), "error"), [{ message: "Invalid namespace" }]);
    });

    test(title("rooms with clients of today, and how it ends"), async () => {
      const socket = await connected(io, options);
      const other = await newConnected(server);
      assert.deepEqual(await ask(socket, "join", `old ${version} ${name}`), ["ok"]);
      assert.equal(await askNew(other, "join", `old ${version} ${name}`), "ok");
      const both = [next(socket, "news"), next(other, "news")];
      await askNew(other, "emit-to", `old ${version} ${name}`, "news", "x", Buffer.from([7]));
      assert.deepEqual(await Promise.all(both), [["x", Buffer.from([7])], ["x", Buffer.from([7])]]);
      const gone = next(socket, "disconnect");
      assert.equal(await askNew(other, "kick", socket.id), "ok");
      assert.deepEqual(await gone, ["io server disconnect"]);
    });
  }
}

test("a heartbeat keeps each of them, over each transport", async () => {
  const quick = await startServer({ "ping-interval": 200, "ping-timeout": 2000 });
  const each = Object.entries(generations).flatMap(([version, io]) => Object.entries(transports).map(([name, list]) => [version, io, name, list]));
  const sockets = await Promise.all(each.map(async ([version, io, name, list]) => {
    const socket = io(quick.url, { forceNew: true, reconnection: false, transports: list });
    open.add(socket);
    await next(socket, "connect");
    socket.once("disconnect", (reason) => assert.fail(`${version} over ${name}: ${reason}`));
    return socket;
  }));
  await new Promise((resolve) => setTimeout(resolve, 3000)); // longer than without a ping
  for (const socket of sockets) {
    assert.deepEqual(await ask(socket, "echo", 1), [1]);
    socket.off("disconnect");
    socket.disconnect();
  }
  await quick.stop();
});

const upgraded = (socket) =>
  socket.io.engine.transport.name === "websocket"
    ? Promise.resolve()
    : new Promise((resolve) => socket.io.engine.once("upgrade", resolve));

test("by hand: the session of protocol 4 over a WebSocket", async () => {
  const raw = await rawClient(server, { query: "EIO=3&transport=websocket" });
  const sid = JSON.parse((await raw.receive("0{")).slice(1)).sid;
  assert.equal(await raw.receive("40"), "40");
  assert.equal(await raw.receive("42"), '42["auth",{}]');
  raw.send("2");
  assert.equal(await raw.receive("3"), "3");
  raw.send("40/custom?a=1&b=2,");
  assert.equal(await raw.receive("40/custom"), "40/custom,");
  assert.equal(await raw.receive("42/custom"), '42/custom,["auth",{"a":"1","b":"2"}]');
  raw.send('42/custom,5["whoami"]');
  assert.equal(JSON.parse((await raw.receive("43/custom,5")).slice(11))[0].id, `/custom#${sid}`);
  raw.send('451-8["message-with-ack",{"_placeholder":true,"num":0}]');
  raw.ws.send(Buffer.from([4, 1, 2]));
  assert.equal(await raw.receive("461-8"), '461-8[{"_placeholder":true,"num":0}]');
  assert.deepEqual(await raw.receive((m) => Buffer.isBuffer(m)), Buffer.from([4, 1, 2]));
  raw.send("3");
  await raw.ended();
});

test("by hand: a poll of protocol 3 in text and in binary form", async () => {
  for (const [b64, expected] of [["&b64=1", "10:b4AQIDBA=="], ["", "0105ff0401020304"]]) {
    const base = `${server.url}/engine.io/?EIO=3&transport=polling${b64}`;
    const opened = await (await fetch(base)).text();
    assert.match(opened, /^\d+:0\{/);
    const url = `${base}&sid=${JSON.parse(opened.slice(opened.indexOf("{"))).sid}`;
    const sent = await fetch(url, { method: "POST", body: "10:b4AQIDBA==", headers: { "Content-Type": "text/plain;charset=UTF-8" } });
    assert.equal(await sent.text(), "ok");
    const poll = await fetch(url);
    const body = Buffer.from(await poll.arrayBuffer());
    assert.equal(b64 ? body.toString() : body.toString("hex"), expected);
    assert.equal(poll.headers.get("content-type"), b64 ? "text/plain; charset=UTF-8" : "application/octet-stream");
  }
});

test("bare Engine.IO sends every message back", async () => {
  for (const [version, query] of [[4, "EIO=4"], [3, "EIO=3"]]) {
    const ws = await rawClient(server, { path: "/engine.io/", query: `${query}&transport=websocket`, pong: version === 4 });
    await ws.receive("0{");
    ws.send("4hé");
    assert.equal(await ws.receive("4"), "4hé");
    const bytes = Buffer.from(version === 4 ? [1, 2] : [4, 1, 2]);
    ws.ws.send(bytes);
    assert.deepEqual(await ws.receive((m) => Buffer.isBuffer(m)), bytes);
  }
});

// HTTP long-polling and the upgrade to a WebSocket, with socket.io-client and by hand.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { ask, askAll, client, closeClients, connected, manager, several } from "./support/clients.mjs";
import { httpStatus, pollingClient } from "./support/polling.mjs";
import { isReference, startServer } from "./support/server.mjs";
import { collect, next, patience, within } from "./support/waiting.mjs";

let server;
before(async () => (server = await startServer()));
afterEach(closeClients);
after(() => server.stop());

const polling = { transports: ["polling"] };
const upgrading = { transports: ["polling", "websocket"] };

/// Resolves once the transport is a WebSocket.
const upgraded = (socket) =>
  socket.io.engine.transport.name === "websocket" ? Promise.resolve() : next(socket.io.engine, "upgrade");

for (const [name, options] of Object.entries({ polling, "polling, then websocket": upgrading })) {
  test(`${name}: events and acks both ways, text and binary`, async () => {
    const socket = await connected(server, "/", { ...options, auth: { who: "me" } });
    if (options === upgrading) await upgraded(socket);
    const args = ["é😀\u2028\u001e", { deep: [null, 1.5] }, Buffer.from([0, 1, 254, 255])];
    const back = next(socket, "message-back");
    socket.emit("message", ...args);
    assert.deepEqual(await back, args);
    assert.deepEqual(await askAll(socket, "echo", ...args), args);
    socket.on("question", (value, answer) => answer(value));
    assert.deepEqual(await ask(socket, "ask-me", args[2]), [args[2]]);
    const me = await ask(socket, "whoami");
    assert.equal(me.transport, options === upgrading ? "websocket" : "polling");
    assert.deepEqual([me.auth, me.query.transport, me.eio], [{ who: "me" }, "polling", 4]);
  });

  test(`${name}: what is sent meanwhile arrives once and in order`, async () => {
    const socket = client(server, "/", options);
    const back = collect(socket, "message-back");
    const count = 300;
    for (let i = 0; i < count; ++i) socket.emit("message", i);
    await next(socket, "connect");
    for (let i = count; i < 2 * count; ++i) {
      socket.emit("message", i);
      if (i % 20 === 0) await ask(socket, "echo", i);
    }
    assert.deepEqual((await back.until(2 * count)).flat(), Array.from({ length: 2 * count }, (_, i) => i));
  });

  test(`${name}: rooms reach clients of every transport`, async () => {
    const members = [
      ...(await several(4, server, "/", options)),
      ...(await several(2, server)),
    ];
    await Promise.all(members.map((m) => ask(m, "join", `mixed ${name}`)));
    const arrived = members.map((m) => next(m, "news"));
    await ask(members[0], "emit-to", `mixed ${name}`, "news", "text", Buffer.from([1, 2]));
    for (const one of await Promise.all(arrived)) assert.deepEqual(one, ["text", Buffer.from([1, 2])]);
  });

  test(`${name}: ten namespaces on one connection`, async () => {
    const io = manager(server, options);
    const sockets = Array.from({ length: 10 }, (_, i) => io.socket(`/dyn-${i}`));
    await Promise.all(sockets.map((s) => next(s, "connect")));
    const answers = await Promise.all(sockets.map((s, i) => ask(s, "echo", i)));
    assert.deepEqual(answers, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test(`${name}: the server closes, the client closes`, async () => {
    const [kicked, dropped, leaving, watcher] = await several(4, server, "/", options);
    const gone = (s) => next(s, "disconnect").then(([reason]) => reason);
    const reasons = [gone(kicked), gone(dropped)];
    kicked.emit("disconnect-me", true);
    dropped.emit("drop-me");
    assert.deepEqual(await Promise.all(reasons), ["io server disconnect", "transport close"]);
    assert.equal(await ask(watcher, "count"), 2);
    leaving.disconnect();
    await within(patience, "the end of the client's session", (async () => {
      while ((await ask(watcher, "count")) > 1);
    })());
  });

  test(`${name}: payloads at the limit`, async () => {
    const socket = await connected(server, "/", options);
    const large = "x".repeat(990_000);
    assert.equal((await ask(socket, "echo", large)).length, large.length);
    const gone = next(socket, "disconnect");
    if (options === upgrading) await upgraded(socket);
    socket.emit("noop", "x".repeat(1_000_001));
    assert.ok(["transport error", "transport close"].includes((await gone)[0]));
  });
}

test("a client that answers no ping is disconnected", { skip: isReference }, async () => {
  const quick = await startServer({ "ping-interval": 200, "ping-timeout": 200 });
  const raw = await pollingClient(quick);
  assert.equal(await raw.get(), "2");
  assert.equal(await raw.get(), "1");
  assert.equal(await httpStatus(raw.url), 400);
  await quick.stop();
});

test("a client between two polls is kept by its heartbeat", async () => {
  const quick = await startServer({ "ping-interval": 200, "ping-timeout": 200 });
  const socket = await connected(quick, "/", polling);
  socket.once("disconnect", (reason) => assert.fail(reason));
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal(await ask(socket, "echo", 1), 1);
  socket.off("disconnect").disconnect();
  await quick.stop();
});

test("100 clients upgrade at the same time, none is lost", async () => {
  const sockets = await several(100, server, "/", upgrading);
  await Promise.all(sockets.map(upgraded));
  const all = await Promise.all(sockets.map((s) => ask(s, "whoami")));
  assert.ok(all.every((me) => me.transport === "websocket"));
  assert.equal(await ask(sockets[0], "count"), 100);
});

test("pages of any origin may poll, preflight included", async () => {
  const url = `${server.url}/socket.io/?EIO=4&transport=polling`;
  const asked = await fetch(url, {
    method: "OPTIONS",
    headers: { Origin: "https://page.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-mine" },
  });
  assert.equal(asked.status, 204);
  assert.equal(asked.headers.get("access-control-allow-origin"), "*");
  assert.equal(asked.headers.get("access-control-allow-headers"), "x-mine");
  assert.match(asked.headers.get("access-control-allow-methods"), /POST/);
  const opened = await fetch(url, { headers: { Origin: "https://page.example" } });
  assert.equal(opened.headers.get("access-control-allow-origin"), "*");
  const unknown = await fetch(`${url}&sid=nope`);
  assert.deepEqual([unknown.status, await unknown.json()], [400, { code: 1, message: "Session ID unknown" }]);
});

// How connections end, and what socket.io-client makes of it.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ask, closeClients, connected, manager, rawClient, rawJoined } from "./support/clients.mjs";
import { startServer } from "./support/server.mjs";
import { stopwatch } from "./support/stopwatch.mjs";
import { RawConnection, text } from "./support/tcp.mjs";
import { closing, next, patience, within } from "./support/waiting.mjs";

// `slow` pings as often as `quick`, and waits for the pong longer than a busy machine needs.
let server, quick, slow;
before(async () => {
  server = await startServer();
  quick = await startServer({ profile: "suite" });
  slow = await startServer({ profile: "suite", "ping-timeout": 10000, "connect-timeout": 10000 });
});
afterEach(closeClients);
after(async () => {
  await server.stop();
  await quick.stop();
  await slow.stop();
});

const inTime = () => ({ signal: AbortSignal.timeout(patience) });
const eager = { reconnection: true, reconnectionDelay: 20, reconnectionDelayMax: 50 };

test("disconnect-me: io server disconnect, and the client stays away", async () => {
  for (const args of [[], [false], [true], ["yes"]]) {
    const socket = await connected(server, "/", eager);
    const gone = next(socket, "disconnect");
    socket.emit("disconnect-me", ...args);
    assert.equal((await gone)[0], "io server disconnect");
    assert.equal(socket.active, false);
  }
});

test("disconnect-me leaves the other namespaces, with close it takes them along", async () => {
  for (const close of [false, true]) {
    const shared = manager(server);
    const [root, custom] = [shared.socket("/"), shared.socket("/custom")];
    await Promise.all([next(root, "connect"), next(custom, "connect")]);
    const both = [next(custom, "disconnect"), close && next(root, "disconnect")];
    custom.emit("disconnect-me", close);
    assert.equal((await both[0])[0], "io server disconnect");
    if (close) assert.equal((await both[1])[0], "io server disconnect");
    else assert.equal(await ask(root, "echo", 1), 1);
  }
});

test("disconnect-me sends packet 41, with close the WebSocket ends after it", async () => {
  const raw = await rawJoined(server);
  raw.send('42["disconnect-me",true]');
  await raw.receive("41");
  await raw.ended();
});

test("nothing of a socket is handled after the server disconnected it", async () => {
  const watcher = await connected(server);
  await ask(watcher, "join", "watched");
  watcher.on("late", () => assert.fail("an event was handled after the disconnect"));
  const raw = await rawJoined(server);
  raw.send('42["disconnect-me"]');
  raw.send('42["emit-to","watched","late"]');
  await raw.receive("41");
  await ask(watcher, "echo", 1);
  await ask(watcher, "echo", 2);
});

test("drop-me: transport close, and the client comes back as a new socket", async () => {
  const socket = await connected(server, "/", eager);
  const before = socket.id;
  await ask(socket, "join", "old room");
  const [gone, back] = [next(socket, "disconnect"), next(socket, "connect")];
  socket.emit("drop-me");
  assert.equal((await gone)[0], "transport close");
  assert.equal(socket.active, true);
  await back;
  assert.notEqual(socket.id, before);
  assert.deepEqual(await ask(socket, "rooms"), [socket.id]);
});

test("drop-me sends no packet 41", async () => {
  const raw = await rawJoined(server);
  raw.send('42["drop-me"]');
  await raw.ended();
  assert.deepEqual(raw.messages, []);
});

test("all namespaces of a dropped connection come back", async () => {
  const shared = manager(server, eager);
  const sockets = [shared.socket("/"), shared.socket("/custom")];
  await Promise.all(sockets.map((socket) => next(socket, "connect")));
  const back = sockets.map((socket) => next(socket, "connect"));
  sockets[1].emit("drop-me");
  await Promise.all(back);
  // Those of tests before may still be leaving, on other shards.
  for (const socket of sockets) {
    await within(patience, "the count of those that came back", (async () => {
      while ((await ask(socket, "count")) !== 1);
    })());
  }
  shared.reconnection(false);
});

test("what was emitted while away is sent after the reconnect", async () => {
  const socket = await connected(server, "/", eager);
  const gone = next(socket, "disconnect");
  socket.emit("drop-me");
  await gone;
  const back = next(socket, "message-back");
  socket.emit("message", "buffered");
  assert.deepEqual(await back, ["buffered"]);
});

test("a client that leaves is gone for the others", async () => {
  const [watcher, leaver] = [await connected(server, "/dyn-1"), await connected(server, "/dyn-1")];
  await ask(leaver, "join", "r");
  const gone = next(leaver, "disconnect");
  leaver.disconnect();
  assert.equal((await gone)[0], "io client disconnect");
  await within(patience, "the count to fall", (async () => {
    while ((await ask(watcher, "count")) !== 1);
  })());
  assert.deepEqual(await ask(watcher, "fetch", "r"), []);
});

test("a connection that is cut is gone for the others", async () => {
  const [watcher, raw] = [await connected(server, "/dyn-2"), await rawJoined(server, "/dyn-2")];
  assert.equal(await ask(watcher, "count"), 2);
  raw.ws.terminate();
  await within(closing, "the count to fall", (async () => {
    while ((await ask(watcher, "count")) !== 1);
  })());
});

test("a client that does not answer pings is closed", async () => {
  const began = performance.now(); // before it can begin there
  const raw = await rawJoined(quick, "/", { pong: false });
  await raw.receive("2");
  await raw.ended();
  const took = performance.now() - began;
  assert.ok(took >= 400, `closed after ${took} ms`);
});

test("messages do not replace the pong", async () => {
  const raw = await rawJoined(quick, "/", { pong: false });
  await raw.receive("2");
  const talking = setInterval(() => raw.ws.readyState === 1 && raw.send('42["noop"]'), 20);
  await raw.ended().finally(() => clearInterval(talking));
});

test("a client that answers pings stays", async () => {
  const raw = await rawJoined(slow, "/", { pong: false });
  // The next ping comes after a pong only.
  for (let round = 0; round < 4; ++round) {
    await raw.receive("2");
    raw.send("3");
  }
  raw.send('421["echo",1]');
  await raw.receive("431");
});

test("socket.io-client lives through many pings", async () => {
  const socket = await connected(slow);
  for (let round = 0; round < 4; ++round) await next(socket.io, "ping");
  assert.equal(await ask(socket, "echo", 1), 1);
});

test("a connection that joins no namespace in time is closed", async () => {
  const began = performance.now(); // before it can begin there
  const raw = await rawClient(quick);
  const watch = stopwatch(quick.pid);
  await raw.ended();
  const [atMost, open] = [performance.now() - began, watch()];
  assert.ok(atMost >= 900 && open < 3000, `closed after ${atMost} ms, open for ${open} ms`);
});

test("deadlines count from when they begin, however long nothing happened before", async (t) => {
  const idle = await startServer({ "ping-interval": 2500, "ping-timeout": 2500, "connect-timeout": 2500, shards: 1 });
  t.after(() => idle.stop());
  const raw = await RawConnection.open(idle);
  await delay(3000); // longer than any of these deadlines
  await raw.upgrade();
  await delay(200);
  raw.write(text("40"));
  await raw.message((m) => m.startsWith("40{"), "the answer to CONNECT");
  raw.destroy();
});

test("a connection whose only namespace was refused is closed in time, too", async () => {
  const raw = await rawClient(quick);
  raw.send("40/auth,");
  await raw.receive("44/auth,");
  await raw.ended();
});

for (const name of ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]) {
  test(`an event named ${name} from a client closes the connection`, async () => {
    const raw = await rawJoined(server);
    raw.send(JSON.stringify([name, 1]).replace(/^/, "42"));
    await raw.ended();
  });
}

test("a request that cannot be served says why", async () => {
  const answers = [
    ["EIO=4&transport=carrier-pigeon", { code: 0, message: "Transport unknown" }],
    ["EIO=4&transport=websocket&sid=nope", { code: 1, message: "Session ID unknown" }],
    ["EIO=4&transport=websocket", { code: 3, message: "Bad request" }],
  ];
  for (const [query, expected] of answers) {
    const answer = await fetch(`${server.url}/socket.io/?${query}`, inTime());
    assert.equal(answer.status, 400);
    assert.deepEqual(await answer.json(), expected);
  }
});

test("other paths are not found", async () => {
  const answer = await fetch(`${server.url}/nothing/here`, inTime());
  assert.equal(answer.status, 404);
  await answer.text();
});

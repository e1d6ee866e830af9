// What socket.io-client of each generation may expect over each transport: of one node, and of several behind a
// balancer without sticky sessions.
import assert from "node:assert/strict";
import { test } from "node:test";
import { io as newest } from "socket.io-client";
import { track } from "./clients.mjs";
import { oldGenerations, transports } from "./old_client_scenarios.mjs";
import { within } from "./waiting.mjs";

/// For what takes long on a loaded machine with sanitizers.
const deadline = 40000;
const generations = { "4.8.4": newest, ...oldGenerations };
const kinds = Object.entries(generations).flatMap(([version, io]) =>
  Object.entries(transports).map(([name, list]) => ({ version, io, name, list, title: `${version} over ${name}` })));

const came = (emitter, event) => within(deadline, `"${event}"`, new Promise((resolve) => emitter.once(event, (...args) => resolve(args))));
/// The arguments of the answer.
const ask = (socket, ...event) =>
  within(deadline, `the answer to ${event[0]}`, new Promise((resolve) => socket.emit(...event, (...answer) => resolve(answer))));

/// On "/", its first event received.
async function connected(kind, server, options = {}) {
  const socket = track(kind.io(server.url, { forceNew: true, reconnection: false, transports: kind.list, timeout: deadline, ...options }));
  const auth = came(socket, "auth");
  await came(socket, "connect");
  await auth;
  return socket;
}

async function upgraded(kind, socket) {
  if (kind.list.length > 1 && socket.io.engine.transport.name !== "websocket") await came(socket.io.engine, "upgrade");
}

/// What stands around the text of the event "message" in a WebSocket message or in a polling request's body.
function overhead(kind) {
  const hasLength = kind.name === "polling" && !kind.version.startsWith("4"); // in front of the packet
  return '42["message",""]'.length + (hasLength ? "999993:".length : 0);
}
const maxPayload = 1_000_000;

/// Makes the tests. `where()` is what clients connect to, a {url}, once tests run. Its pings must be rare: one in the
/// same request as a large message would make that too large. `crowd`: clients of each generation and transport;
/// E2E_CROWD=1000 is for those who have time.
export function generationScenarios(where, { crowd = 112 } = {}) {
  const each = Number(process.env.E2E_CROWD ?? crowd);
  for (const kind of kinds) {
    test(`${kind.title}: ten namespaces on one connection`, async () => {
      const first = await connected(kind, where());
      const sockets = Array.from({ length: 10 }, (_, i) => first.io.socket(`/dyn-${i}`));
      await Promise.all(sockets.map((socket) => came(socket, "connect")));
      assert.deepEqual(await Promise.all(sockets.map((socket, i) => ask(socket, "echo", i))), sockets.map((_, i) => [i]));
      const [{ nsp }] = await ask(sockets[7], "whoami");
      assert.equal(nsp, "/dyn-7");
      for (const socket of sockets) socket.disconnect();
    });

    test(`${kind.title}: a message of maxPayload comes back, one byte more ends the connection`, async () => {
      const socket = await connected(kind, where());
      await upgraded(kind, socket);
      await ask(socket, "echo"); // nothing else is on its way
      const length = maxPayload - overhead(kind);
      const back = came(socket, "message-back");
      socket.emit("message", "x".repeat(length));
      assert.equal((await back)[0].length, length);
      await ask(socket, "echo");
      const gone = came(socket, "disconnect");
      socket.once("message-back", () => assert.fail("it came back"));
      socket.emit("message", "x".repeat(length + 1));
      assert.match((await gone)[0], /^transport (close|error)$/);
    });
  }

  test("clients of all generations over all transports join a room, and each hears what is said once", async (t) => {
    const began = performance.now();
    const room = `crowd-${process.pid}`;
    const sockets = [];
    // Some at a time: what is tested is not how many may come at once.
    for (let i = 0; i < each; i += 16) {
      const wave = kinds.flatMap((kind) => Array.from({ length: Math.min(16, each - i) }, () => kind));
      sockets.push(...(await Promise.all(wave.map((kind) => connected(kind, where())))));
    }
    for (const [answer] of await Promise.all(sockets.map((socket) => ask(socket, "join", room)))) assert.equal(answer, "ok");
    const [members] = await ask(sockets[0], "fetch", room);
    assert.equal(members.length, sockets.length);
    const heard = sockets.map(() => []);
    const last = sockets.map((socket, i) => {
      socket.on("said", (n) => heard[i].push(n));
      return within(deadline, "the last message", new Promise((resolve) => socket.on("said", (n) => n === 4 && resolve())));
    });
    for (let n = 0; n < 5; ++n) sockets[0].emit("emit-to", room, "said", n);
    await Promise.all(last);
    for (const all of heard) assert.deepEqual(all, [0, 1, 2, 3, 4]);
    t.diagnostic(`e2e: ${sockets.length} clients of ${kinds.length} kinds in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  });
}

/// A client of each kind stays while `kill()` ends the server it is connected to and starts another behind the same
/// address; each comes back by itself.
export function reconnectScenario(where, kill) {
  test("clients of all generations over all transports come back after the server was killed", async () => {
    const again = { reconnection: true, reconnectionDelay: 100, reconnectionDelayMax: 500 };
    const sockets = await Promise.all(kinds.map((kind) => connected(kind, where(), again)));
    await Promise.all(sockets.map((socket, i) => upgraded(kinds[i], socket)));
    const before = sockets.map(({ id }) => id);
    const gone = sockets.map((socket) => came(socket, "disconnect"));
    const back = sockets.map((socket, i) => came(socket, "disconnect").then(() => came(socket, "connect")).then(() => kinds[i].title));
    await kill(() => Promise.all(gone));
    for (const [reason] of await Promise.all(gone)) assert.match(reason, /^transport (close|error)$/);
    assert.deepEqual(await Promise.all(back), kinds.map(({ title }) => title));
    for (const [i, socket] of sockets.entries()) {
      assert.notEqual(socket.id, before[i]);
      assert.deepEqual(await ask(socket, "echo", i), [i]);
    }
  });
}

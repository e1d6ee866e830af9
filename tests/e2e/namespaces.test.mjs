// CONNECT, middleware, several namespaces over one connection.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { ask, client, closeClients, connected, manager, rawClient, rawJoined } from "./support/clients.mjs";
import { startServer } from "./support/server.mjs";
import { next } from "./support/waiting.mjs";

let server;
before(async () => (server = await startServer()));
afterEach(closeClients);
after(() => server.stop());

test("on connection the server emits the auth payload, {} if there is none", async () => {
  for (const [auth, expected] of [[undefined, {}], [{}, {}], [{ token: "x", deep: { a: [1] } }, { token: "x", deep: { a: [1] } }]]) {
    const socket = client(server, "/", { auth });
    assert.deepEqual(await next(socket, "auth"), [expected]);
    assert.deepEqual((await ask(socket, "whoami")).auth, expected);
  }
});

test("the auth payload may come from a function", async () => {
  const socket = client(server, "/custom", { auth: (give) => give({ from: "function" }) });
  assert.deepEqual(await next(socket, "auth"), [{ from: "function" }]);
});

test("nothing is sent before the client's CONNECT, the answer comes before the first event", async () => {
  const raw = await rawClient(server);
  const open = JSON.parse((await raw.receive("0{")).slice(1));
  assert.deepEqual(Object.keys(open), ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"]);
  assert.deepEqual({ ...open, sid: 0 }, { sid: 0, upgrades: [], pingInterval: 3000, pingTimeout: 3000, maxPayload: 1000000 });
  assert.match(open.sid, /^[\w-]{20}$/);
  assert.deepEqual(raw.messages, []);
  raw.send("40");
  await raw.receive('42["auth",{}]');
  assert.equal(raw.messages.length, 1);
  assert.deepEqual(Object.keys(JSON.parse(raw.messages[0].slice(2))), ["sid"]);
  assert.match(raw.messages[0], /^40\{"sid":"[\w-]{20}"\}$/);
});

test("a middleware's error reaches the client with its data", async () => {
  for (const auth of [undefined, { token: "wrong" }, { token: 5 }, { other: "secret" }, { token: null }]) {
    const socket = client(server, "/auth", { auth });
    const [error] = await next(socket, "connect_error");
    assert.equal(error.message, "not authorized");
    assert.deepEqual(error.data, { code: 401 });
    assert.equal(socket.connected, false);
  }
});

test("the right token passes, also after a refusal over the same connection", async () => {
  const socket = client(server, "/auth", { auth: { token: "wrong" } });
  await next(socket, "connect_error");
  socket.auth = { token: "secret" };
  socket.connect();
  assert.deepEqual(await next(socket, "auth"), [{ token: "secret" }]);
  assert.equal((await ask(socket, "whoami")).nsp, "/auth");
});

test("a refused socket is not counted and may not send", async () => {
  const raw = await rawClient(server);
  raw.send('40/auth,{"token":"x"}');
  assert.equal(await raw.receive("44"), '44/auth,{"message":"not authorized","data":{"code":401}}');
  raw.send('42/auth,["message",1]');
  await raw.ended();
});

for (const name of ["/unknown", "/dyn-", "/dyn-1x", "/xdyn-1", "/dyn-1/2", "/Custom", "/auth2", "/random"]) {
  test(`${name} is an invalid namespace`, async () => {
    const socket = client(server, name);
    const [error] = await next(socket, "connect_error");
    assert.equal(error.message, "Invalid namespace");
    assert.equal(error.data, undefined);
  });
}

test("the answer for an invalid namespace has these bytes", async () => {
  const raw = await rawClient(server);
  raw.send("40/random,");
  assert.equal(await raw.receive("44"), '44/random,{"message":"Invalid namespace"}');
  raw.send("40/random");
  assert.equal(await raw.receive("44"), '44/random,{"message":"Invalid namespace"}');
});

for (const name of ["/dyn-0", "/dyn-42", "/dyn-00000000000000000000001"]) {
  test(`${name} is made on demand`, async () => {
    const socket = await connected(server, name);
    assert.equal((await ask(socket, "whoami")).nsp, name);
    assert.equal(await ask(socket, "count"), 1);
  });
}

test("a dynamic namespace comes again after its last socket left", async () => {
  for (let round = 0; round < 5; ++round) {
    const socket = await connected(server, "/dyn-7");
    assert.equal(await ask(socket, "join", "r"), "ok");
    // The one of the round before may still be leaving, on another shard.
    while ((await ask(socket, "fetch", "r")).length > 1);
    assert.equal((await ask(socket, "fetch", "r")).length, 1);
    socket.disconnect();
  }
});

test("many namespaces share one connection and stay apart", async () => {
  const shared = manager(server);
  const names = ["/", "/custom", "/auth", ...Array.from({ length: 20 }, (_, i) => `/dyn-${1000 + i}`)];
  const sockets = names.map((name) => shared.socket(name, { auth: { token: "secret" } }));
  await Promise.all(sockets.map((socket) => next(socket, "connect")));
  assert.equal(new Set(sockets.map((socket) => socket.id)).size, names.length);
  const seen = await Promise.all(sockets.map((socket) => ask(socket, "whoami")));
  assert.deepEqual(seen.map((me) => me.nsp), names);
  const backs = sockets.map((socket) => next(socket, "message-back"));
  sockets.forEach((socket, index) => socket.emit("message", index));
  assert.deepEqual((await Promise.all(backs)).flat(), names.map((_, index) => index));
});

test("leaving one namespace leaves the others, and it can be joined again", async () => {
  const shared = manager(server);
  const [root, custom] = [shared.socket("/"), shared.socket("/custom")];
  await Promise.all([next(root, "connect"), next(custom, "connect")]);
  const before = custom.id;
  custom.disconnect();
  assert.equal(await ask(root, "echo", 1), 1);
  const again = next(custom, "connect");
  custom.connect();
  await again;
  assert.notEqual(custom.id, before);
  assert.deepEqual(await ask(custom, "rooms"), [custom.id]);
});

test("a namespace may be named without its comma", async () => {
  const raw = await rawClient(server);
  raw.send("40/custom");
  await raw.receive('40/custom,{"sid"');
  raw.send("41/custom");
  raw.send("40");
  await raw.receive("40{");
  raw.send("40/custom,");
  await raw.receive('40/custom,{"sid"');
});

// The two sides disagree about what is joined: the whole connection ends, all its namespaces with it.
const contradictions = {
  "a second CONNECT to a joined namespace": "40",
  "an event for a namespace not joined": '42/custom,["message",1]',
  "an ack for a namespace not joined": "43/custom,1[]",
  "a DISCONNECT for a namespace not joined": "41/custom,",
  "CONNECT_ERROR from a client": '44{"message":"x"}',
};

for (const [name, packet] of Object.entries(contradictions)) {
  test(`${name} closes the connection`, async () => {
    const raw = await rawJoined(server);
    raw.send(packet);
    await raw.ended();
  });
}

test("an event after the own DISCONNECT closes the connection", async () => {
  const raw = await rawJoined(server, "/custom");
  raw.send("40");
  await raw.receive("40");
  raw.send("41/custom,");
  raw.send('421["echo"]');
  await raw.receive("431");
  raw.send('42/custom,["message",1]');
  await raw.ended();
});

// The same server with `--parser msgpack`, and socket.io-client with socket.io-msgpack-parser.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, afterEach, before, test } from "node:test";
import { ask, askAll, client, closeClients, connected, manager, rawClient, settled, several } from "./support/clients.mjs";
import { isReference, startServer } from "./support/server.mjs";
import { collect, next } from "./support/waiting.mjs";

const require = createRequire(import.meta.url);
const parser = require("socket.io-msgpack-parser");
const { encode, decode } = createRequire(require.resolve("socket.io-msgpack-parser"))("notepack.io");

let server;
before(async () => (server = await startServer({ parser: "msgpack" })));
afterEach(closeClients);
after(() => server.stop());

const joined = (nsp, options) => connected(server, nsp, { parser, ...options });
const bytes = (...values) => Buffer.from(values);

const values = [
  1, -1, 127, 128, 65536, 4294967296, Number.MAX_SAFE_INTEGER, -2147483649, 1.5, 0, true, false, null, "", "text ü😀\u2028\u0000",
  [], {}, [1, [2, [3]]], { a: { b: ["c", null] } }, "x".repeat(70000), Array.from({ length: 300 }, (_, i) => i),
  Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`key ${i}`, i])), bytes(), bytes(1, 2, 255), { deep: [bytes(3), { k: bytes(4) }] },
];

for (const [index, value] of values.entries()) {
  test(`value ${index} goes both ways in events and acks`, async () => {
    const socket = await joined();
    const back = next(socket, "message-back");
    socket.emit("message", value, "end");
    assert.deepEqual(await back, [value, "end"]);
    assert.deepEqual(await askAll(socket, "echo", value), [value]);
  });
}

test("undefined, dates and numbers JSON cannot hold arrive as JSON has them", { skip: isReference && "it keeps them" }, async () => {
  const socket = await joined();
  assert.deepEqual(await askAll(socket, "echo", undefined, new Date(0), NaN, Infinity, { u: undefined }),
    [null, "1970-01-01T00:00:00.000Z", null, null, { u: null }]);
});

test("ArrayBuffers and typed arrays arrive as their bytes", async () => {
  const socket = await joined();
  const buffer = new Uint8Array([1, 2, 255]).buffer;
  const [a, b] = await askAll(socket, "echo", buffer, new Uint8Array(buffer));
  assert.deepEqual([Buffer.from(a), Buffer.from(b)], [bytes(1, 2, 255), bytes(1, 2, 255)]);
});

test("auth, whoami, namespaces, and errors of middlewares", async () => {
  const socket = await joined("/custom", { auth: { who: "me", key: bytes(7) } });
  const me = await ask(socket, "whoami");
  assert.equal(me.id, socket.id);
  assert.equal(me.nsp, "/custom");
  assert.equal(me.auth.who, "me");
  assert.equal((await ask(await joined("/dyn-8"), "whoami")).nsp, "/dyn-8");
  assert.equal(await ask(await joined("/auth", { auth: { token: "secret" } }), "echo", 1), 1);
  const [refused] = await next(client(server, "/auth", { parser }), "connect_error");
  assert.equal(refused.message, "not authorized");
  assert.deepEqual(refused.data, { code: 401 });
  const [unknown] = await next(client(server, "/unknown", { parser }), "connect_error");
  assert.equal(unknown.message, "Invalid namespace");
});

test("ten namespaces over one connection", async () => {
  const one = manager(server, { parser });
  const sockets = Array.from({ length: 10 }, (_, i) => one.socket(`/dyn-${i}`));
  await Promise.all(sockets.map((s) => next(s, "auth")));
  for (const [index, socket] of sockets.entries()) assert.equal((await ask(socket, "whoami")).nsp, `/dyn-${index}`);
});

test("rooms, broadcasts and except reach each once", async () => {
  const all = await several(12, server, "/", { parser });
  for (const socket of all.slice(1)) await ask(socket, "join", "packed");
  const got = all.map((socket) => collect(socket, "data"));
  const data = { n: 1, b: bytes(1, 2) };
  await ask(all[0], "emit-to", "packed", "data", data);
  await ask(all[0], "emit-except", ["packed"], [all[1].id], "data", 2);
  await ask(all[0], "broadcast", "data", 3);
  await settled(...all);
  assert.deepEqual(got[0].all, []);
  assert.deepEqual(got[1].all, [[data], [3]]);
  for (const each of got.slice(2)) assert.deepEqual(each.all, [[data], [2], [3]]);
});

test("ask-me and ask-room get the clients' answers", async () => {
  const room = await several(3, server, "/", { parser });
  for (const socket of room) {
    await ask(socket, "join", "asked");
    socket.on("question", (value, answer) => answer({ value, b: bytes(9) }));
  }
  assert.deepEqual(await ask(room[0], "ask-me", [1]), [{ value: [1], b: bytes(9) }]);
  const { ok, replies } = await ask(room[0], "ask-room", "asked", 4000, "q");
  assert.equal(ok, true);
  assert.deepEqual(replies, Array(3).fill({ value: "q", b: bytes(9) }));
});

test("disconnects reach the client", async () => {
  const [a, b] = [await joined(), await joined()];
  const gone = [next(a, "disconnect"), next(b, "disconnect")];
  await ask(a, "kick", b.id);
  a.emit("disconnect-me", true);
  assert.deepEqual((await Promise.all(gone)).map(([reason]) => reason), ["io server disconnect", "io server disconnect"]);
});

test("events and acks stay in order", async () => {
  const socket = await joined();
  const back = collect(socket, "message-back");
  for (let n = 0; n < 1000; ++n) socket.emit("message", n, bytes(n & 255));
  assert.deepEqual(await back.until(1000), Array.from({ length: 1000 }, (_, n) => [n, bytes(n & 255)]));
});

/// A connection that joined by hand.
async function packed() {
  const raw = await rawClient(server);
  await raw.receive("0{");
  raw.send(encode({ type: 0, nsp: "/", data: {} }));
  await raw.receive((m) => Buffer.isBuffer(m) && decode(m).data?.[0] === "auth");
  return raw;
}

const bad = {
  "text": "40",
  "text of an event": '42["noop"]',
  "nothing": bytes(),
  "a number": encode(5),
  "half a packet": encode({ type: 2, nsp: "/", data: ["noop"] }).subarray(0, 12),
  "bytes behind a packet": Buffer.concat([encode({ type: 2, nsp: "/", data: ["noop"] }), bytes(0)]),
  "type 5": encode({ type: 5, nsp: "/", data: ["noop"] }),
  "type as text": encode({ type: "2", nsp: "/", data: ["noop"] }),
  "no type": encode({ nsp: "/", data: ["noop"] }),
  "no namespace": encode({ type: 2, data: ["noop"] }),
  "a namespace with a comma": encode({ type: 2, nsp: "/,1[", data: ["noop"] }),
  "a namespace that was not joined": encode({ type: 2, nsp: "/custom", data: ["noop"] }),
  "no data": encode({ type: 2, nsp: "/" }),
  "data that is no array": encode({ type: 2, nsp: "/", data: { 0: "noop" } }),
  "an empty array": encode({ type: 2, nsp: "/", data: [] }),
  "an event name that is an object": encode({ type: 2, nsp: "/", data: [{}] }),
  "a reserved event": encode({ type: 2, nsp: "/", data: ["disconnecting"] }),
  "an id that is text": encode({ type: 2, nsp: "/", id: "1", data: ["noop"] }),
  "a fraction as id": encode({ type: 2, nsp: "/", id: 1.5, data: ["noop"] }),
  "auth that is an array": encode({ type: 0, nsp: "/custom", data: [] }),
  "a disconnect with data": encode({ type: 1, nsp: "/", data: [1] }),
  "an array of 2^32-1": Buffer.from("dfffffffff", "hex"),
  "text of 2^32-1 bytes": Buffer.from("dbffffffff", "hex"),
  "200,000 arrays in each other": Buffer.concat([Buffer.from("83a474797065 02a36e7370a12fa464617461".replace(" ", ""), "hex"), Buffer.alloc(200000, 0x91), bytes(0x90)]),
  "byte c1": bytes(0xc1),
};

test("what is no packet closes its connection, and no other", { skip: isReference && "some of it is taken there" }, async () => {
  const bystander = await joined();
  for (const [name, message] of Object.entries(bad)) {
    const raw = await packed();
    raw.send(message);
    const code = await raw.ended();
    assert.ok([1000, 1002].includes(code), `${name} is answered by ${code}`);
  }
  assert.equal(await ask(bystander, "echo", "alive"), "alive");
});

test("an object that looks like a placeholder is data", async () => {
  const socket = await joined();
  const fake = { _placeholder: true, num: 0 };
  assert.deepEqual(await askAll(socket, "echo", fake), [fake]);
});

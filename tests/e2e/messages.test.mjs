// Events and acknowledgements between one socket.io-client and the server.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { ask, askAll, closeClients, connected, rawJoined, settled } from "./support/clients.mjs";
import { startServer } from "./support/server.mjs";
import { collect, next } from "./support/waiting.mjs";

let server;
before(async () => (server = await startServer()));
afterEach(closeClients);
after(() => server.stop());

const values = [
  1, -1.5, 1e21, 0, true, false, null, "", "text", [], {}, [1, [2, [3]]], { a: { b: ["c", null] } }, Number.MAX_SAFE_INTEGER,
];

test("message comes back as message-back with all its arguments", async () => {
  const socket = await connected(server);
  const back = next(socket, "message-back");
  socket.emit("message", ...values);
  assert.deepEqual(await back, values);
});

test("message without arguments comes back without arguments", async () => {
  const socket = await connected(server);
  const back = next(socket, "message-back");
  socket.emit("message");
  assert.deepEqual(await back, []);
});

test("message-with-ack and echo answer with all arguments", async () => {
  const socket = await connected(server);
  assert.deepEqual(await askAll(socket, "message-with-ack", ...values), values);
  assert.deepEqual(await askAll(socket, "echo", ...values), values);
  assert.deepEqual(await askAll(socket, "echo"), []);
});

test("noop never answers, and the connection lives on", async () => {
  const socket = await connected(server);
  let answered = false;
  socket.emit("noop", 1, { a: 2 }, () => (answered = true));
  await settled(socket);
  assert.equal(answered, false);
});

test("an unknown event is ignored", async () => {
  const socket = await connected(server);
  socket.emit("nobody-handles-this", 1);
  socket.emit("error", "a name that is allowed");
  assert.equal(await ask(socket, "echo", "alive"), "alive");
});

test("an event whose name is a number is accepted", async () => {
  const raw = await rawJoined(server);
  raw.send("42[5,1]");
  raw.send('420["echo","alive"]');
  assert.equal(await raw.receive("430"), '430["alive"]');
});

test("ask-me gets the arguments of the client's answer", async () => {
  const socket = await connected(server);
  socket.on("question", (value, answer) => answer(value, "and", [value]));
  assert.deepEqual(await ask(socket, "ask-me", { deep: 1 }), [{ deep: 1 }, "and", [{ deep: 1 }]]);
  socket.off("question").on("question", (value, answer) => answer());
  assert.deepEqual(await ask(socket, "ask-me", 1), []);
});

test("answers of the client to unknown ids, and second answers, are ignored", async () => {
  const raw = await rawJoined(server);
  raw.send('43999999["nobody asked"]');
  raw.send(`43${"9".repeat(400)}["nobody asked"]`);
  raw.send('427["ask-me","x"]');
  const question = await raw.receive((text) => /^42\d+\["question","x"\]$/.test(text));
  const id = question.match(/^42(\d+)/)[1];
  raw.send(`43${id}["first"]`);
  raw.send(`43${id}["second"]`);
  assert.equal(await raw.receive("437"), '437[["first"]]');
  raw.send('428["echo",1]');
  await raw.receive("428".replace("42", "43"));
  assert.deepEqual(raw.messages, []);
});

test("ack ids of clients come back digit by digit", async () => {
  const raw = await rawJoined(server);
  for (const id of ["0", "13", "9007199254740991"]) {
    raw.send(`42${id}["echo","${id}"]`);
    assert.equal(await raw.receive("43"), `43${id}["${id}"]`);
  }
});

test("events arrive in the order they were sent, acks between them", async () => {
  const socket = await connected(server);
  const back = collect(socket, "message-back");
  const numbers = Array.from({ length: 2000 }, (_, index) => index);
  const acks = numbers.map((n) => (socket.emit("message", n), ask(socket, "echo", n)));
  assert.deepEqual(await Promise.all(acks), numbers);
  assert.deepEqual((await back.until(2000)).flat(), numbers);
});

const texts = {
  emoji: "a😀b👩‍👩‍👧‍👦",
  "line separators": "\u2028\u2029",
  "control characters": "\u0000\u0001\u001e\u001f\u007f\t\n\r",
  "quotes and backslashes": '"\\/\\u0041\\',
  "combining and right to left": "e\u0301 \u05d0\u05d1 \u202e",
  "beyond the basic plane": "\u{10ffff}\u{1d11e}",
  "byte order mark": "\ufeff",
};

for (const [name, text] of Object.entries(texts)) {
  test(`text survives both ways: ${name}`, async () => {
    const socket = await connected(server);
    const back = next(socket, "message-back");
    socket.emit("message", text, { [text]: text });
    assert.deepEqual(await back, [text, { [text]: text }]);
    assert.equal(await ask(socket, "echo", text), text);
  });
}

test("halves of surrogate pairs pass as the escapes they are", async () => {
  const socket = await connected(server);
  const halves = ["\ud800", "x\udc00y", "\udc00\ud800"];
  assert.deepEqual(await ask(socket, "echo", halves), halves);
});

test("event names are any text", async () => {
  const socket = await connected(server);
  for (const name of ["émoji 😀", "", "with \"quotes\"", "__proto__", "\u2028"]) {
    const came = next(socket, name);
    assert.equal(await ask(socket, "emit-to", socket.id, name, 1), "ok");
    assert.deepEqual(await came, [1]);
  }
});

test("900 KB go both ways", async () => {
  const socket = await connected(server);
  const large = "0123456789abcdef".repeat((900 * 1024) / 16);
  const back = next(socket, "message-back");
  socket.emit("message", large);
  assert.equal((await back)[0], large);
  assert.equal(await ask(socket, "echo", large), large);
});

test("a message of maxPayload is taken, one byte more closes with 1009", async () => {
  const raw = await rawJoined(server);
  const message = (bytes) => {
    const [head, tail] = ['429["echo","', '"]'];
    return head + "x".repeat(bytes - head.length - tail.length) + tail;
  };
  raw.send(message(1_000_000));
  assert.equal((await raw.receive("439")).length, message(1_000_000).length - '"echo",'.length);
  raw.send(message(1_000_001));
  assert.equal(await raw.ended(), 1009);
});

test("socket.io-client sees a closed transport when it sends more than maxPayload", async () => {
  const socket = await connected(server);
  const gone = next(socket, "disconnect");
  socket.emit("message", "x".repeat(1_000_001));
  assert.ok(["transport close", "transport error"].includes((await gone)[0]));
});

test("whoami tells of the connection", async () => {
  const options = { query: { token: "a b&c=d", "ключ": "é" }, auth: { who: "me" }, extraHeaders: { "X-Test": "Value" } };
  const socket = await connected(server, "/custom", options);
  const me = await ask(socket, "whoami");
  assert.equal(me.id, socket.id);
  assert.equal(me.nsp, "/custom");
  assert.match(me.node, /^[\w-]+$/);
  assert.equal(me.eio, 4);
  assert.equal(me.transport, "websocket");
  assert.deepEqual(me.auth, { who: "me" });
  assert.deepEqual({ ...me.query, t: undefined }, { token: "a b&c=d", "ключ": "é", EIO: "4", transport: "websocket", t: undefined });
  assert.equal(me.headers["x-test"], "Value");
  assert.equal(me.headers.host, `127.0.0.1:${server.port}`);
  assert.match(me.address, /^(::ffff:)?127\.0\.0\.1$/);
});

test("node is the same for all sockets of a process, ids are all different", async () => {
  const [a, b] = [await connected(server), await connected(server, "/custom")];
  const [one, two] = [await ask(a, "whoami"), await ask(b, "whoami")];
  assert.equal(one.node, two.node);
  assert.notEqual(one.id, two.id);
  assert.match(one.id, /^[\w-]{20}$/);
  assert.notEqual(one.id, a.io.engine.id);
});

const wrong = [
  ["join"], ["join", 5], ["join", null], ["join", {}], ["leave", []], ["emit-to"], ["emit-to", 1, "x"], ["emit-to", "room"],
  ["emit-to", "room", 7], ["emit-except", "room", [], "x"], ["emit-except", ["a", 1], [], "x"], ["emit-except", ["a"]],
  ["broadcast"], ["broadcast", {}], ["kick"], ["kick", 9], ["fetch"], ["fetch", {}], ["ask-room"], ["ask-room", "a", "soon", 1],
];

test("missing and wrongly typed arguments are ignored without harm", async () => {
  const [socket, other] = [await connected(server), await connected(server)];
  other.onAny((name) => assert.match(name, /^fence-/, `${name} reached another socket`));
  const answered = [];
  for (const [event, ...args] of wrong) {
    socket.emit(event, ...args);
    socket.emit(event, ...args, () => answered.push([event, ...args]));
  }
  await settled(socket, other);
  assert.deepEqual(answered, []);
  assert.deepEqual(await ask(socket, "rooms"), [socket.id]);
});

test("an event that clients reserve is not emitted to others", async () => {
  const [socket, victim] = [await connected(server), await connected(server)];
  for (const name of ["connect", "disconnect", "connect_error", "newListener"]) {
    socket.emit("emit-to", victim.id, name, 1);
    socket.emit("broadcast", name, 1);
  }
  await settled(socket, victim);
  assert.equal(victim.connected, true);
});

test("acks are optional everywhere", async () => {
  const socket = await connected(server);
  for (const event of ["rooms", "whoami", "count", "echo", "message-with-ack"]) socket.emit(event);
  for (const event of ["join", "fetch", "leave"]) socket.emit(event, "room");
  socket.emit("ask-room", "nobody", 100, 1);
  await settled(socket);
});

test("volatile events of the client arrive while it is connected", async () => {
  const socket = await connected(server);
  const back = next(socket, "message-back");
  socket.volatile.emit("message", "now");
  assert.deepEqual(await back, ["now"]);
});

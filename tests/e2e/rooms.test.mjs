// Rooms, emits to others, acks of rooms, kicks: several clients, on one and on several shards.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { ask, closeClients, connected, manager, several, settled } from "./support/clients.mjs";
import { startServer } from "./support/server.mjs";
import { collect, next, patience, within } from "./support/waiting.mjs";

let server;
before(async () => (server = await startServer()));
afterEach(closeClients);
after(() => server.stop());

let count = 0;
const freshRoom = () => `room-${++count}`;

/// Who of `sockets` got the event, as many times as they did.
async function receivers(sockets, event, emit) {
  const got = sockets.map((socket) => collect(socket, event).all);
  await emit();
  await settled(...sockets);
  sockets.forEach((socket) => socket.off(event));
  return got.map((all) => all.length);
}

test("a socket is in the room of its own id, joins and leaves others", async () => {
  const socket = await connected(server);
  const [a, b] = [freshRoom(), freshRoom()];
  assert.deepEqual(await ask(socket, "rooms"), [socket.id]);
  assert.equal(await ask(socket, "join", a), "ok");
  assert.equal(await ask(socket, "join", b), "ok");
  assert.equal(await ask(socket, "join", a), "ok");
  assert.deepEqual((await ask(socket, "rooms")).sort(), [socket.id, a, b].sort());
  assert.equal(await ask(socket, "leave", a), "ok");
  assert.equal(await ask(socket, "leave", "never joined"), "ok");
  assert.deepEqual((await ask(socket, "rooms")).sort(), [socket.id, b].sort());
});

test("emit-to reaches the members, the sender too if it is one", async () => {
  const sockets = await several(6, server);
  const room = freshRoom();
  for (const member of sockets.slice(0, 4)) await ask(member, "join", room);
  const inside = () => ask(sockets[0], "emit-to", room, "hello", 1, "x");
  assert.deepEqual(await receivers(sockets, "hello", inside), [1, 1, 1, 1, 0, 0]);
  const outside = () => ask(sockets[5], "emit-to", room, "hello");
  assert.deepEqual(await receivers(sockets, "hello", outside), [1, 1, 1, 1, 0, 0]);
});

test("emit-to passes the arguments on as they are", async () => {
  const [from, to] = await several(2, server);
  const came = next(to, "given");
  await ask(from, "emit-to", to.id, "given", 1.5, { a: ["ü"] }, null);
  assert.deepEqual(await came, [1.5, { a: ["ü"] }, null]);
});

test("emit-to reaches a socket by its id, and nobody by an unknown name", async () => {
  const sockets = await several(4, server);
  const one = () => ask(sockets[0], "emit-to", sockets[2].id, "hello");
  assert.deepEqual(await receivers(sockets, "hello", one), [0, 0, 1, 0]);
  const nobody = () => ask(sockets[0], "emit-to", "no such room", "hello");
  assert.deepEqual(await receivers(sockets, "hello", nobody), [0, 0, 0, 0]);
  const form = () => ask(sockets[0], "emit-to", "A".repeat(20), "hello");
  assert.deepEqual(await receivers(sockets, "hello", form), [0, 0, 0, 0]);
});

test("the room of another's id can be joined", async () => {
  const sockets = await several(4, server);
  await ask(sockets[3], "join", sockets[0].id);
  const both = () => ask(sockets[1], "emit-to", sockets[0].id, "hello");
  assert.deepEqual(await receivers(sockets, "hello", both), [1, 0, 0, 1]);
});

test("emit-except reaches the union of the rooms once, less the members of the others", async () => {
  const sockets = await several(6, server);
  const [a, b, c] = [freshRoom(), freshRoom(), freshRoom()];
  for (const i of [0, 1, 2]) await ask(sockets[i], "join", a);
  for (const i of [2, 3, 4]) await ask(sockets[i], "join", b);
  for (const i of [1, 4]) await ask(sockets[i], "join", c);
  const emit = (...args) => receivers(sockets, "hello", () => ask(sockets[5], "emit-except", ...args, "hello"));
  assert.deepEqual(await emit([a, b], []), [1, 1, 1, 1, 1, 0]);
  assert.deepEqual(await emit([a, b], [c]), [1, 0, 1, 1, 0, 0]);
  assert.deepEqual(await emit([a], [sockets[0].id, "unknown"]), [0, 1, 1, 0, 0, 0]);
  assert.deepEqual(await emit([a], [a]), [0, 0, 0, 0, 0, 0]);
  assert.deepEqual(await emit([a, a, sockets[0].id], []), [1, 1, 1, 0, 0, 0]);
});

test("an empty list of rooms is nobody, never everybody", async () => {
  const sockets = await several(3, server);
  const nobody = () => ask(sockets[0], "emit-except", [], [], "hello");
  assert.deepEqual(await receivers(sockets, "hello", nobody), [0, 0, 0]);
});

test("broadcast reaches the whole namespace but the sender", async () => {
  const sockets = await several(5, server, "/dyn-100");
  const others = await several(2, server, "/dyn-101");
  const emit = () => ask(sockets[1], "broadcast", "news", 7);
  assert.deepEqual(await receivers([...sockets, ...others], "news", emit), [1, 0, 1, 1, 1, 0, 0]);
});

test("rooms of one name in two namespaces are two rooms", async () => {
  const room = freshRoom();
  const sockets = [await connected(server, "/"), await connected(server, "/custom")];
  for (const socket of sockets) await ask(socket, "join", room);
  const emit = () => ask(sockets[0], "emit-to", room, "hello");
  assert.deepEqual(await receivers(sockets, "hello", emit), [1, 0]);
});

test("fetch lists the members with their rooms", async () => {
  const sockets = await several(4, server);
  const room = freshRoom();
  for (const member of sockets.slice(0, 3)) await ask(member, "join", room);
  const found = await ask(sockets[3], "fetch", room);
  const byId = (a, b) => (a.id < b.id ? -1 : 1);
  const expected = sockets.slice(0, 3).map(({ id }) => ({ id, rooms: [id, room].sort() }));
  found.forEach((member) => member.rooms.sort());
  assert.deepEqual(found.sort(byId), expected.sort(byId));
  assert.deepEqual(await ask(sockets[3], "fetch", "nobody here"), []);
  assert.deepEqual(await ask(sockets[0], "fetch", sockets[3].id), [{ id: sockets[3].id, rooms: [sockets[3].id] }]);
});

test("count is the number of sockets of the namespace", async () => {
  const sockets = await several(4, server, "/dyn-200");
  assert.equal(await ask(sockets[0], "count"), 4);
  const other = await connected(server, "/dyn-201");
  assert.equal(await ask(other, "count"), 1);
  sockets[3].disconnect();
  await within(patience, "the count to fall", (async () => {
    while ((await ask(sockets[0], "count")) !== 3);
  })());
});

test("kick disconnects a socket, which stays away", async () => {
  const [by, victim, other] = await several(3, server);
  const { id } = victim;
  const gone = next(victim, "disconnect");
  assert.equal(await ask(by, "kick", id), "ok");
  assert.equal((await gone)[0], "io server disconnect");
  assert.equal(victim.active, false);
  assert.equal(await ask(by, "kick", id), "ok");
  assert.deepEqual(await ask(by, "fetch", id), []);
  assert.equal(other.connected, true);
});

test("kick without close leaves the other namespaces, with close it takes them along", async () => {
  const by = await connected(server, "/custom");
  for (const close of [false, true]) {
    const shared = manager(server);
    const [custom, root] = [shared.socket("/custom"), shared.socket("/")];
    await Promise.all([next(custom, "connect"), next(root, "connect")]);
    const [customGone, rootGone] = [next(custom, "disconnect"), close && next(root, "disconnect")];
    await ask(by, "kick", custom.id, close);
    assert.equal((await customGone)[0], "io server disconnect");
    if (close) assert.equal((await rootGone)[0], "io server disconnect");
    else assert.equal(await ask(root, "echo", 1), 1);
  }
});

test("ask-room collects the first argument of each answer", async () => {
  const sockets = await several(5, server);
  const room = freshRoom();
  for (const [index, member] of sockets.slice(0, 4).entries()) {
    await ask(member, "join", room);
    member.on("question", (value, answer) => answer(`${value} ${index}`, "not this"));
  }
  const { ok, replies } = await ask(sockets[4], "ask-room", room, 3000, "q");
  assert.equal(ok, true);
  assert.deepEqual(replies.sort(), ["q 0", "q 1", "q 2", "q 3"]);
});

test("ask-room of a room without members is complete and empty", async () => {
  const socket = await connected(server);
  assert.deepEqual(await ask(socket, "ask-room", "nobody here", 3000, 1), { ok: true, replies: [] });
});

test("ask-room tells after the time given that an answer is missing", async () => {
  const sockets = await several(3, server);
  const room = freshRoom();
  for (const member of sockets) await ask(member, "join", room);
  sockets[0].on("question", (value, answer) => answer(value));
  sockets[1].on("question", () => {});
  sockets[2].on("question", (value, answer) => answer(value));
  const began = performance.now();
  assert.deepEqual(await ask(sockets[0], "ask-room", room, 2000, "q"), { ok: false, replies: ["q", "q"] });
  assert.ok(performance.now() - began >= 1990);
});

test("ask-room ends at once when a member leaves", async () => {
  const sockets = await several(3, server);
  const room = freshRoom();
  for (const member of sockets) await ask(member, "join", room);
  sockets[0].on("question", (value, answer) => answer(value));
  sockets[1].on("question", (value, answer) => answer(value));
  sockets[2].on("question", () => sockets[2].disconnect());
  const began = performance.now();
  const result = await sockets[0].timeout(35000).emitWithAck("ask-room", room, 30000, "q");
  assert.equal(result.ok, false);
  assert.ok(performance.now() - began < patience);
});

test("an answer after the time is dropped and does no harm", async () => {
  const [asker, late] = await several(2, server);
  const room = freshRoom();
  await ask(late, "join", room);
  const asked = new Promise((resolve) => late.on("question", (value, answer) => resolve(answer)));
  assert.deepEqual(await ask(asker, "ask-room", room, 50, "q"), { ok: false, replies: [] });
  (await asked)("too late");
  await settled(asker, late);
});

test("a room ends with its last member and may come again", async () => {
  const [a, b] = await several(2, server);
  const room = freshRoom();
  await ask(a, "join", room);
  await ask(a, "leave", room);
  assert.deepEqual(await ask(b, "fetch", room), []);
  await ask(b, "join", room);
  const emit = () => ask(a, "emit-to", room, "hello");
  assert.deepEqual(await receivers([a, b], "hello", emit), [0, 1]);
});

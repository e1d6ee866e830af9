// The other examples do what they show.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { ask, client, closeClients } from "./support/clients.mjs";
import { isReference, startExample } from "./support/server.mjs";
import { collect, next, patience } from "./support/waiting.mjs";

afterEach(closeClients);

const started = async (t, name) => {
  const server = await startExample(name);
  t.after(() => server.stop());
  return server;
};

async function joined(server, auth) {
  const socket = client(server, "/", { auth });
  await next(socket, "connect");
  return socket;
}

test("chat serves its page", { skip: isReference }, async (t) => {
  const server = await started(t, "chat");
  const page = await fetch(server.url, { signal: AbortSignal.timeout(patience) });
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-type"), /^text\/html/);
  assert.match(await page.text(), /<title>chat<\/title>/);
  const nothing = await fetch(`${server.url}/nothing`, { signal: AbortSignal.timeout(patience) });
  assert.equal(nothing.status, 404);
});

test("chat tells who came, what was said, who left, and wants names", { skip: isReference }, async (t) => {
  const server = await started(t, "chat");
  const ann = await joined(server, { name: "Ann" });
  const came = collect(ann, "came");
  const bob = await joined(server, { name: "Bob" });
  const said = next(ann, "said");
  assert.equal(await ask(bob, "say", "hello"), "ok");
  assert.deepEqual(await said, ["Bob", "hello"]);
  assert.deepEqual(came.all.at(-1), ["Bob", 2]);
  const left = next(ann, "left");
  bob.disconnect();
  assert.deepEqual(await left, ["Bob"]);
  const [error] = await next(client(server, "/", { auth: {} }), "connect_error");
  assert.equal(error.message, "say who you are");
});

test("async_handler answers from its pool, without holding others up", { skip: isReference }, async (t) => {
  const server = await started(t, "async_handler");
  const socket = await joined(server);
  const told = next(socket, "looked-up");
  const answered = [];
  const asked = (...request) => ask(socket, ...request).then((answer) => (answered.push(answer), answer));
  // A handler that blocked its shard would be answered before what was asked right behind it.
  await Promise.all([asked("lookup", "key"), asked("join", "room")]);
  assert.deepEqual(answered, ["ok", "value of key"]);
  assert.deepEqual(await told, ["key"]);
});

test("async_handler's coroutine counts votes", { skip: isReference }, async (t) => {
  const server = await started(t, "async_handler");
  const voters = await Promise.all([0, 1, 2].map(() => joined(server)));
  for (const [index, voter] of voters.entries()) {
    await ask(voter, "join", "hall");
    voter.on("vote", (question, answer) => answer(index > 0));
  }
  const answer = new Promise((resolve) => voters[0].emit("vote", "hall", "tea?", (...args) => resolve(args)));
  assert.deepEqual(await answer, [2, 3, "value of tea?"]);
});

test("async_handler ends cleanly while answers are due", { skip: isReference }, async (t) => {
  const server = await started(t, "async_handler");
  const socket = await joined(server);
  for (let i = 0; i < 20; ++i) socket.emit("lookup", `${i}`, () => {});
  socket.emit("vote", socket.id, "?", () => {});
  await ask(socket, "join", "room");
});

// The demo: its page, and its events as socket.io-client sees them.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { io } from "socket.io-client";
import { serve } from "./pushmesh.mjs";

let node;
before(async () => (node = await serve(["--demo"])));
after(() => node.stop());

async function client() {
  const socket = io(`http://127.0.0.1:${node.port}`, { transports: ["websocket"], forceNew: true, reconnection: false });
  await new Promise((connected, failed) => socket.once("connect", connected).once("connect_error", failed));
  return socket;
}

test("the page is served at / and says where it connects", async () => {
  const answer = await fetch(`http://127.0.0.1:${node.port}/`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type"), /^text\/html/);
  assert.match(answer.headers.get("content-security-policy"), /default-src 'none'/);
  const page = await answer.text();
  assert.match(page, /<title>pushmesh demo<\/title>/);
  assert.match(page, /connect\("\/socket\.io\/"/);
  assert.match(node.out, new RegExp(`^demo page at http://127.0.0.1:${node.port}/$`, "m"));
});

test("what is said to a room reaches its members, and nobody else", async () => {
  const [ann, bob, eve] = await Promise.all([client(), client(), client()]);
  const heard = { bob: [], eve: [] };
  bob.on("said", (...args) => heard.bob.push(args));
  eve.on("said", (...args) => heard.eve.push(args));
  // The acknowledgement of "say" tells that it is on its way, not that it arrived: bob stays until he heard it.
  const told = (socket, text) => new Promise((done) => socket.on("said", (room, id, what) => what === text && done()));
  assert.equal(await ann.emitWithAck("join", "tea"), "ok");
  assert.equal(await bob.emitWithAck("join", "tea"), "ok");
  const milk = told(bob, "milk?");
  assert.equal(await ann.emitWithAck("say", "tea", "milk?"), "ok");
  await milk;
  assert.equal(await bob.emitWithAck("leave", "tea"), "ok");
  const everyone = [told(bob, "everyone"), told(eve, "everyone")]; // said last by ann: all before it is here then
  assert.equal(await ann.emitWithAck("say", "tea", "gone"), "ok");
  assert.equal(await ann.emitWithAck("say", "", "everyone"), "ok");
  await Promise.all(everyone);
  assert.deepEqual(heard.bob, [["tea", ann.id, "milk?"], ["", ann.id, "everyone"]]);
  assert.deepEqual(heard.eve, [["", ann.id, "everyone"]]);
  for (const socket of [ann, bob, eve]) socket.close();
});

test("pages of other hosts may not connect, unless their origin is listed", async () => {
  const open = await serve(["--origins", "https://good.example"]);
  const outcome = (port, origin) => new Promise((told) => {
    const options = { transports: ["websocket"], forceNew: true, reconnection: false, extraHeaders: { origin } };
    const socket = io(`http://127.0.0.1:${port}`, options);
    socket.once("connect", () => (socket.close(), told("connected"))).once("connect_error", () => told("refused"));
  });
  assert.equal(await outcome(node.port, `http://127.0.0.1:${node.port}`), "connected");
  assert.equal(await outcome(node.port, "https://good.example"), "refused");
  assert.equal(await outcome(open.port, "https://good.example"), "connected");
  assert.equal(await outcome(open.port, `http://127.0.0.1:${open.port}`), "connected");
  assert.equal(await outcome(open.port, "https://evil.example"), "refused");
  await open.stop();
});

test("echo gives back its arguments, time the clock", async () => {
  const socket = await client();
  const args = await new Promise((answer) => socket.emit("echo", 1, { a: ["ü"] }, null, (...back) => answer(back)));
  assert.deepEqual(args, [1, { a: ["ü"] }, null]);
  const skew = Math.abs((await socket.emitWithAck("time")) - Date.now());
  assert.ok(skew < 5000, `${skew} ms`);
  socket.close();
});

test("wrong arguments are ignored without harm, a bad room name is told", async () => {
  const socket = await client();
  socket.emit("join").emit("join", 5).emit("say", {}, []).emit("leave", null);
  assert.equal(await socket.emitWithAck("join", ""), "a room's name has 1 to 256 bytes");
  assert.equal(await socket.emitWithAck("join", "x".repeat(257)), "a room's name has 1 to 256 bytes");
  assert.equal(await socket.emitWithAck("join", "x"), "ok");
  socket.close();
});

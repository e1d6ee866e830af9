// What clients that poll, and those that move on to a WebSocket, may expect of the conformance app: of one
// node, and of several behind a balancer without sticky sessions.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, askAll, client, connected, manager, several } from "./clients.mjs";
import { closing, collect, next, within } from "./waiting.mjs";


/// Resolves once the transport is a WebSocket.
export const upgraded = (socket) =>
  socket.io.engine.transport.name === "websocket" ? Promise.resolve() : next(socket.io.engine, "upgrade");

/// Makes the tests. `where()` is what clients connect to, a {url}, once tests run; `common` options of all clients.
export function pollingScenarios(where, common = {}) {
  const polling = { transports: ["polling"], ...common };
  const upgrading = { transports: ["polling", "websocket"], ...common };
  for (const [name, options] of Object.entries({ polling, "polling, then websocket": upgrading })) {
    test(`${name}: events and acks both ways, text and binary`, async () => {
      const socket = await connected(where(), "/", { ...options, auth: { who: "me" } });
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
      const socket = client(where(), "/", options);
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
        ...(await several(4, where(), "/", options)),
        ...(await several(2, where(), "/", common)),
      ];
      await Promise.all(members.map((m) => ask(m, "join", `mixed ${name}`)));
      const arrived = members.map((m) => next(m, "news"));
      await ask(members[0], "emit-to", `mixed ${name}`, "news", "text", Buffer.from([1, 2]));
      for (const one of await Promise.all(arrived)) assert.deepEqual(one, ["text", Buffer.from([1, 2])]);
    });

    test(`${name}: ten namespaces on one connection`, async () => {
      const io = manager(where(), options);
      const sockets = Array.from({ length: 10 }, (_, i) => io.socket(`/dyn-${i}`));
      await Promise.all(sockets.map((s) => next(s, "connect")));
      const answers = await Promise.all(sockets.map((s, i) => ask(s, "echo", i)));
      assert.deepEqual(answers, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    test(`${name}: the server closes, the client closes`, async () => {
      const [kicked, dropped, leaving, watcher] = await several(4, where(), "/", options);
      const room = `leaving ${name}`;
      for (const s of [kicked, dropped, leaving, watcher]) await ask(s, "join", room);
      const gone = (s) => next(s, "disconnect").then(([reason]) => reason);
      const reasons = [gone(kicked), gone(dropped)];
      kicked.emit("disconnect-me", true);
      dropped.emit("drop-me");
      assert.deepEqual(await Promise.all(reasons), ["io server disconnect", "transport close"]);
      const left = async () => (await ask(watcher, "fetch", room)).length;
      assert.equal(await left(), 2);
      leaving.disconnect();
      await within(closing, "the end of the client's session", (async () => {
        while ((await left()) > 1);
      })());
    });

    test(`${name}: payloads at the limit`, async () => {
      const socket = await connected(where(), "/", options);
      const large = "x".repeat(common.parser ? 740_000 : 990_000); // packets of other parsers are binary: base64
      assert.equal((await ask(socket, "echo", large)).length, large.length);
      const gone = next(socket, "disconnect");
      if (options === upgrading) await upgraded(socket);
      socket.emit("noop", "x".repeat(1_000_001));
      assert.ok(["transport error", "transport close"].includes((await gone)[0]));
    });
  }

  test("100 clients upgrade at the same time, none is lost", async () => {
    const sockets = await several(100, where(), "/", upgrading);
    await Promise.all(sockets.map(upgraded));
    const all = await Promise.all(sockets.map((s) => ask(s, "whoami")));
    assert.ok(all.every((me) => me.transport === "websocket"));
    await Promise.all(sockets.map((s) => ask(s, "join", "hundred")));
    assert.equal((await ask(sockets[0], "fetch", "hundred")).length, 100);
  });
}

// What clients of Engine.IO 3 (socket.io-client 1.x and 2.x) may expect of the conformance app over every transport: of
// one node, and of several behind a balancer without sticky sessions.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { ask as askNew, connected as newConnected, track } from "./clients.mjs";
import { next, patience, within } from "./waiting.mjs";

const require = createRequire(import.meta.url);
export const oldGenerations = { "1.7.4": require("socket.io-client-1"), "2.5.0": require("socket.io-client-2") };
export const transports = { websocket: ["websocket"], polling: ["polling"], "polling, then websocket": ["polling", "websocket"] };

/// Resolves once the transport is a WebSocket.
const upgraded = (socket) =>
  socket.io.engine.transport.name === "websocket"
    ? Promise.resolve()
    : new Promise((resolve) => socket.io.engine.once("upgrade", resolve));

/// Not connected yet; closed after the test.
export const oldClient = (io, server, nsp, options) =>
  track(io(server.url + nsp, { forceNew: true, reconnection: false, ...options }));

/// Events may come as soon as the socket exists: they are listened for at once.
export async function oldConnected(io, server, options, nsp = "/") {
  const socket = oldClient(io, server, nsp, options);
  const auth = next(socket, "auth");
  await next(socket, "connect");
  socket.auth = (await auth)[0];
  return socket;
}

export const askOld = (socket, event, ...args) =>
  within(patience, `the ack of ${event}`, new Promise((resolve) => socket.emit(event, ...args, (...r) => resolve(r))));

/// Makes the tests. `where()` is what clients connect to, a {url}, once tests run.
export function oldClientScenarios(where) {
  for (const [version, io] of Object.entries(oldGenerations)) {
    for (const [name, list] of Object.entries(transports)) {
      const options = { transports: list };
      // 1.x encodes the text of polling requests in UTF-8 twice: only ASCII gets through.
      const text = version === "1.7.4" && name !== "websocket" ? "plain \u0001 text" : "é😀€\u2028";
      const title = (what) => `${version} over ${name}: ${what}`;

      test(title("events and acks both ways, text and binary"), async () => {
        const socket = await oldConnected(io, where(), options);
        if (list.length > 1) await within(20000, "the upgrade", upgraded(socket));
        const args = [text, { deep: [null, 1.5] }, Buffer.from([0, 1, 254, 255])];
        const back = next(socket, "message-back");
        socket.emit("message", ...args);
        assert.deepEqual(await back, args);
        assert.deepEqual(await askOld(socket, "echo", ...args), args);
        socket.on("question", (value, answer) => answer(value, "and"));
        assert.deepEqual(await askOld(socket, "ask-me", args[2]), [[args[2], "and"]]);
        const [me] = await askOld(socket, "whoami");
        assert.deepEqual([me.eio, me.id, me.transport], [3, socket.id, list.at(-1)]);
        assert.deepEqual((await askOld(socket, "rooms"))[0], [socket.id]);
      });

      test(title("namespaces, their ids, and middleware"), async () => {
        const socket = await oldConnected(io, where(), options, "/custom?token=a%20b");
        assert.deepEqual(socket.auth, { token: "a b" });
        const [me] = await askOld(socket, "whoami");
        // 1.x leaves the namespace out.
        assert.deepEqual([me.id, me.nsp], [version === "1.7.4" ? `/custom#${socket.id}` : socket.id, "/custom"]);
        assert.match(me.id, /^\/custom#[\w-]{20}$/);
        assert.deepEqual((await askOld(socket, "rooms"))[0], [me.id]);
        const other = await newConnected(where(), "/custom");
        const news = next(socket, "news");
        assert.equal(await askNew(other, "emit-to", me.id, "news", 1), "ok");
        assert.deepEqual(await news, [1]);

        assert.deepEqual(await next(oldClient(io, where(), "/auth", options), "error"), [{ code: 401 }]);
        await next(oldClient(io, where(), "/auth?token=secret", options), "connect");
        assert.deepEqual(await next(oldClient(io, where(), "/random", options), "error"), [{ message: "Invalid namespace" }]);
      });

      test(title("rooms with clients of today, and how it ends"), async () => {
        const socket = await oldConnected(io, where(), options);
        const other = await newConnected(where());
        assert.deepEqual(await askOld(socket, "join", `old ${version} ${name}`), ["ok"]);
        assert.equal(await askNew(other, "join", `old ${version} ${name}`), "ok");
        const both = [next(socket, "news"), next(other, "news")];
        await askNew(other, "emit-to", `old ${version} ${name}`, "news", "x", Buffer.from([7]));
        assert.deepEqual(await Promise.all(both), [["x", Buffer.from([7])], ["x", Buffer.from([7])]]);
        const gone = next(socket, "disconnect");
        assert.equal(await askNew(other, "kick", socket.id), "ok");
        assert.deepEqual(await gone, ["io server disconnect"]);
      });
    }
  }
}

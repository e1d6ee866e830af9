// SIGTERM: everybody is told, everything ends, however much is under way.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { ask, client, closeClients, connected, rawClient, rawJoined, several } from "./support/clients.mjs";
import { isReference, startServer } from "./support/server.mjs";
import { RawConnection } from "./support/tcp.mjs";
import { next, patience, within } from "./support/waiting.mjs";

afterEach(closeClients);

test("an idle server ends at once", async () => {
  const server = await startServer();
  server.signal("SIGTERM");
  assert.ok((await server.mustExit()) < 3000);
});

test("clients see transport close and want to come back", async () => {
  const server = await startServer();
  const sockets = [...(await several(20, server)), ...(await several(20, server, "/custom"))];
  const gone = sockets.map((socket) => next(socket, "disconnect"));
  server.signal("SIGTERM");
  // The official server says 41 before it closes.
  const right = isReference ? ["io server disconnect", "transport close"] : ["transport close"];
  for (const [reason] of await Promise.all(gone)) assert.ok(right.includes(reason), reason);
  await server.mustExit();
});

test("the Close frame says 1001", { skip: isReference }, async () => {
  const server = await startServer();
  const raw = await rawJoined(server);
  server.signal("SIGTERM");
  assert.equal(await raw.ended(), 1001);
  assert.ok(!raw.messages.includes("41"));
  await server.mustExit();
});

test("SIGTERM while messages arrive, acks are awaited and clients come and go", async () => {
  const server = await startServer();
  const sockets = await several(60, server);
  const gone = sockets.map((socket) => next(socket, "disconnect", 2 * patience));
  let echoes = 0;
  const talking = setInterval(() => {
    for (const [index, socket] of sockets.entries()) {
      if (!socket.connected) continue;
      socket.emit("echo", "x".repeat(1000), () => (echoes += 1));
      socket.emit("broadcast", "news", index);
      socket.emit("ask-room", sockets[0].id, 60000, "never answered");
      if (index % 10 === 0) socket.emit("join", `room-${index}`);
    }
    for (let i = 0; i < 5; ++i) client(server, "/auth", { auth: { token: i % 2 ? "secret" : "x" } });
  }, 5);
  await within(patience, "the first echoes", (async () => {
    while (echoes < 200) await ask(sockets[0], "echo", 0);
  })());
  server.signal("SIGTERM");
  await server.mustExit().finally(() => clearInterval(talking));
  await Promise.all(gone);
});

// The official server waits for connections that sent no whole request.
test("SIGTERM with connections in every stage", { skip: isReference }, async () => {
  const server = await startServer();
  await rawClient(server);
  const deaf = await rawJoined(server);
  deaf.ws._socket.pause();
  const half = await RawConnection.open(server);
  half.write("GET /socket.io/?EIO=4");
  const bare = await RawConnection.open(server);
  await connected(server);
  server.signal("SIGTERM");
  await server.mustExit();
  half.destroy();
  bare.destroy();
});

test("a second SIGTERM changes nothing", async () => {
  const server = await startServer();
  await several(10, server);
  server.signal("SIGTERM");
  server.signal("SIGTERM");
  await server.mustExit();
});

test("a port in use is an error that names it", { skip: isReference }, async () => {
  const server = await startServer();
  const listen = `127.0.0.1:${server.port}`;
  await assert.rejects(startServer({ listen }), (error) => error.message.includes(listen) && error.message.includes("ended with 1"));
  await server.stop();
});

test("an option that is not there yet is refused by name", { skip: isReference }, async () => {
  await assert.rejects(startServer({ colour: "red" }), /ended with 64[^]*--colour/);
  await assert.rejects(startServer({ "ping-interval": "soon" }), /ended with 64[^]*soon/);
});

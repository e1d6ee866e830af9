// socket.io-client 1.x and 2.x (Engine.IO 3, Socket.IO protocol 4) over every transport, and by hand.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { closeClients, rawClient } from "./support/clients.mjs";
import { askOld, oldClient, oldClientScenarios, oldGenerations, transports } from "./support/old_client_scenarios.mjs";
import { startServer } from "./support/server.mjs";
import { next } from "./support/waiting.mjs";

let server;
before(async () => (server = await startServer()));
afterEach(closeClients);
after(() => server.stop());

oldClientScenarios(() => server);

test("a heartbeat keeps each of them, over each transport", async () => {
  const quick = await startServer({ "ping-interval": 200, "ping-timeout": 2000 });
  const each = Object.entries(oldGenerations).flatMap(([version, io]) => Object.entries(transports).map(([name, list]) => [version, io, name, list]));
  const sockets = await Promise.all(each.map(async ([version, io, name, list]) => {
    const socket = oldClient(io, quick, "/", { transports: list });
    await next(socket, "connect");
    socket.once("disconnect", (reason) => assert.fail(`${version} over ${name}: ${reason}`));
    return socket;
  }));
  await new Promise((resolve) => setTimeout(resolve, 3000)); // longer than without a ping
  for (const socket of sockets) {
    assert.deepEqual(await askOld(socket, "echo", 1), [1]);
    socket.off("disconnect");
    socket.disconnect();
  }
  await quick.stop();
});

test("by hand: the session of protocol 4 over a WebSocket", async () => {
  const raw = await rawClient(server, { query: "EIO=3&transport=websocket" });
  const sid = JSON.parse((await raw.receive("0{")).slice(1)).sid;
  assert.equal(await raw.receive("40"), "40");
  assert.equal(await raw.receive("42"), '42["auth",{}]');
  raw.send("2");
  assert.equal(await raw.receive("3"), "3");
  raw.send("40/custom?a=1&b=2,");
  assert.equal(await raw.receive("40/custom"), "40/custom,");
  assert.equal(await raw.receive("42/custom"), '42/custom,["auth",{"a":"1","b":"2"}]');
  raw.send('42/custom,5["whoami"]');
  assert.equal(JSON.parse((await raw.receive("43/custom,5")).slice(11))[0].id, `/custom#${sid}`);
  raw.send('451-8["message-with-ack",{"_placeholder":true,"num":0}]');
  raw.ws.send(Buffer.from([4, 1, 2]));
  assert.equal(await raw.receive("461-8"), '461-8[{"_placeholder":true,"num":0}]');
  assert.deepEqual(await raw.receive((m) => Buffer.isBuffer(m)), Buffer.from([4, 1, 2]));
  raw.send("3");
  await raw.ended();
});

test("by hand: a poll of protocol 3 in text and in binary form", async () => {
  for (const [b64, expected] of [["&b64=1", "10:b4AQIDBA=="], ["", "0105ff0401020304"]]) {
    const base = `${server.url}/engine.io/?EIO=3&transport=polling${b64}`;
    const opened = await (await fetch(base)).text();
    assert.match(opened, /^\d+:0\{/);
    const url = `${base}&sid=${JSON.parse(opened.slice(opened.indexOf("{"))).sid}`;
    const sent = await fetch(url, { method: "POST", body: "10:b4AQIDBA==", headers: { "Content-Type": "text/plain;charset=UTF-8" } });
    assert.equal(await sent.text(), "ok");
    const poll = await fetch(url);
    const body = Buffer.from(await poll.arrayBuffer());
    assert.equal(b64 ? body.toString() : body.toString("hex"), expected);
    assert.equal(poll.headers.get("content-type"), b64 ? "text/plain; charset=UTF-8" : "application/octet-stream");
  }
});

test("bare Engine.IO sends every message back", async () => {
  for (const [version, query] of [[4, "EIO=4"], [3, "EIO=3"]]) {
    const ws = await rawClient(server, { path: "/engine.io/", query: `${query}&transport=websocket`, pong: version === 4 });
    await ws.receive("0{");
    ws.send("4hé");
    assert.equal(await ws.receive("4"), "4hé");
    const bytes = Buffer.from(version === 4 ? [1, 2] : [4, 1, 2]);
    ws.ws.send(bytes);
    assert.deepEqual(await ws.receive((m) => Buffer.isBuffer(m)), bytes);
  }
});

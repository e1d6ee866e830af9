// The limits that are on by default, each made small: what a client sees, and what is counted.
import { test, after } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { once } from "node:events";
import { io, Manager } from "socket.io-client";
import WebSocket from "ws";
import { root, run, serve as serveProgram, until } from "./pushmesh.mjs";

const folder = mkdtempSync(path.join(os.tmpdir(), "pushmesh-limits-"));
const left = new Set();
after(() => {
  for (const leftover of left) leftover();
  rmSync(folder, { recursive: true });
});

/** A node that ends with this file, also when a test fails. */
async function serve(...args) {
  const node = await serveProgram(["--demo", "--internal-listen", "127.0.0.1:0", ...args]);
  left.add(() => node.child.kill("SIGKILL"));
  node.counted = async (name) => {
    const text = await (await fetch(`http://127.0.0.1:${node.internalPort}/metrics`)).text();
    return Number(text.split("\n").find((line) => line.startsWith(`pushmesh_${name} `))?.split(" ").at(-1));
  };
  /** Waits until it is `value`: what a client saw may be counted right after. */
  node.counts = async (name, value) => {
    const deadline = performance.now() + 20_000;
    let count;
    while ((count = await node.counted(name)) !== value && performance.now() < deadline);
    assert.equal(count, value, name);
  };
  node.get = (target, options) => fetch(`http://127.0.0.1:${node.port}${target}`, options);
  return node;
}

/** A WebSocket that joined "/". */
async function joined(node) {
  const socket = new WebSocket(`ws://127.0.0.1:${node.port}/socket.io/?EIO=4&transport=websocket`);
  left.add(() => socket.terminate());
  // Listened for at once: several messages may come in one piece.
  const answered = new Promise((told) => socket.on("message", (data) => String(data).startsWith("40") && told()));
  await once(socket, "open");
  socket.send("40");
  await answered;
  return socket;
}

test("more messages per second than allowed close the connection, as many are fine", async () => {
  const node = await serve("--max-message-rate", "200");
  const polite = await joined(node);
  for (let n = 0; n < 150; ++n) polite.send('42["noop"]');
  const rude = await joined(node);
  for (let n = 0; n < 1000; ++n) rude.send('42["noop"]');
  const [code, reason] = await once(rude, "close");
  assert.deepEqual([code, String(reason)], [1008, "rate limited"]);
  polite.send('421["echo","there"]');
  assert.equal(String((await once(polite, "message"))[0]), '431["there"]');
  await node.counts('disconnects_total{reason="rate limited"}', 1);
  polite.terminate();
  assert.equal((await node.stop()).code, 0);
});

test("a namespace too many is refused, the others stay", async () => {
  const node = await serve("--namespaces", "/a,/b,/c", "--max-namespaces", "2");
  const manager = new Manager(`http://127.0.0.1:${node.port}`, { transports: ["websocket"], reconnection: false });
  left.add(() => manager._close());
  const [a, b] = [manager.socket("/a"), manager.socket("/b")];
  await Promise.all([once(a, "connect"), once(b, "connect")]);
  const [error] = await once(manager.socket("/c"), "connect_error");
  assert.equal(error.message, "Too many namespaces");
  assert.ok(a.connected && b.connected);
  b.disconnect();
  await once(manager.socket("/c").connect(), "connect");
  await node.counts("namespaces_refused_total", 1);
  manager._close();
  assert.equal((await node.stop()).code, 0);
});

test("a socket joins no more rooms than allowed", async () => {
  const node = await serve("--max-rooms", "3");
  const socket = io(`http://127.0.0.1:${node.port}`, { transports: ["websocket"], forceNew: true, reconnection: false });
  left.add(() => socket.close());
  for (const room of ["1", "2", "3", "3", "4", "5"]) await socket.timeout(10_000).emitWithAck("join", room);
  await node.counts("rooms_refused_total", 2);
  await until(() => /is in 3 rooms \(max_rooms\)/.test(node.err), node, "no line about rooms");
  socket.close();
  assert.equal((await node.stop()).code, 0);
});

test("new connections beyond the rate wait and are served", async () => {
  const node = await serve("--max-connect-rate", "50", "--shards", "2");
  const began = performance.now();
  await Promise.all(Array.from({ length: 120 }, async () => {
    const socket = net.connect(node.port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const [answer] = await once(socket, "data");
    assert.match(String(answer), /^HTTP\/1\.1 200 /);
    socket.destroy();
  }));
  assert.ok(performance.now() - began > 700, "the burst of one second, then 70 at 50 a second");
  assert.ok((await node.counted("connects_delayed_total")) > 0);
  assert.equal((await node.stop()).code, 0);
});

/** What the node answers to bytes on a connection of their own; everything until it closes. */
async function answerTo(node, ...pieces) {
  const socket = net.connect(node.port, "127.0.0.1");
  left.add(() => socket.destroy());
  let text = "";
  socket.on("data", (data) => (text += data.toString("latin1"))).on("error", () => {});
  const closed = once(socket, "close");
  for (const piece of pieces) socket.write(piece);
  await closed;
  return text;
}

const polling = "/socket.io/?EIO=4&transport=polling";
const post = (sid, length) => `POST ${polling}&sid=${sid} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;

test("a request that is not complete in time is cut, and counted", async () => {
  const node = await serve("--request-timeout", "3s");
  const { sid } = JSON.parse((await (await node.get(polling)).text()).slice(1));
  const late = [[], ["GET /socket.io/?EIO=4 HTTP/1.1\r\nHost"], [post(sid, 100), "42["]];
  const answers = await Promise.all(late.map((pieces) => answerTo(node, ...pieces)));
  assert.deepEqual(answers, ["", "", ""]);
  await node.counts("request_timeouts_total", 3);
  assert.equal((await node.stop()).code, 0);
});

test("each limit of a request and of a message has its answer and its metric", async () => {
  const node = await serve("--max-http-head", "1KiB", "--max-payload", "1KiB", "--max-json-depth", "4",
    "--max-attachments", "2", "--max-event-name", "16");
  const long = "x".repeat(2000);
  const refused = (count) => node.counts("http_refused_total", count);
  assert.match(await answerTo(node, `GET ${polling} HTTP/1.1\r\nHost: x\r\nX: ${long}\r\n\r\n`), /^HTTP\/1\.1 431 /);
  await refused(1);
  const { sid } = JSON.parse((await (await node.get(polling)).text()).slice(1));
  assert.match(await answerTo(node, post(sid, 2000), long), /^HTTP\/1\.1 413 /);
  await refused(2);

  const cases = [
    [`42["x","${long}"]`, 1009, "message too big"],
    ['42["x",[[[[[1]]]]]]', 1002, "parse error"],
    ['453-["x",{"_placeholder":true,"num":0}]', 1002, "parse error"],
    [`42["${"n".repeat(20)}"]`, 1002, "parse error"],
  ];
  const counts = {};
  for (const [message, code, reason] of cases) {
    const socket = await joined(node);
    socket.send(message);
    const [closedWith] = await once(socket, "close");
    assert.equal(closedWith, code, message.slice(0, 40));
    counts[reason] = (counts[reason] ?? 0) + 1;
    await node.counts(`disconnects_total{reason="${reason}"}`, counts[reason]);
  }
  const fits = await joined(node);
  fits.send('421["echo",[[1]]]');
  assert.equal(String((await once(fits, "message"))[0]), "431[[[1]]]");
  fits.terminate();
  assert.equal((await node.stop()).code, 0);
});

test("a connection beyond max_connections is closed, and counted", async () => {
  const node = await serve("--max-connections", "2");
  const kept = [await joined(node), await joined(node)];
  assert.equal(await answerTo(node), "");
  await node.counts("refused_full_total", 1);
  kept[0].terminate();
  assert.equal((await node.stop()).code, 0);
});

test("the client's scripts are served with a tag, from their folder and nothing else", async () => {
  const dist = path.join(root, "tests/e2e/node_modules/socket.io-client/dist");
  const node = await serve("--client-dir", dist);
  for (const [name, type] of [["socket.io.js", "application/javascript"], ["socket.io.min.js", "application/javascript"],
    ["socket.io.esm.min.js", "application/javascript"], ["socket.io.js.map", "application/json"]]) {
    const answer = await node.get(`/socket.io/${name}?v=1`);
    assert.equal(answer.status, 200, name);
    assert.equal(answer.headers.get("content-type"), `${type}; charset=utf-8`);
    assert.equal(await answer.text(), readFileSync(path.join(dist, name), "utf8"));
    const tag = answer.headers.get("etag");
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
      const again = await node.get(`/socket.io/${name}`, { headers: { "If-None-Match": known } });
      assert.equal(again.status, 304, known);
      assert.equal(again.headers.get("etag"), tag);
      assert.equal(await again.text(), "");
    }
    assert.equal((await node.get(`/socket.io/${name}`, { headers: { "If-None-Match": '"other"' } })).status, 200);
  }
  assert.equal((await node.get("/socket.io/socket.io.js", { method: "POST" })).status, 405);
  const raw = async (target) => {
    const socket = net.connect(node.port, "127.0.0.1");
    socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const [answer] = await once(socket, "data");
    socket.destroy();
    return String(answer);
  };
  for (const target of ["/socket.io/../package.json", "/socket.io/%2e%2e/package.json", "/socket.io/..%2fpackage.json",
    "/socket.io/socket.io.js/../../package.json", "/socket.io//etc/passwd", "/socket.io/socket.io.js%00.map",
    "/socket.io/engine.io.js", "/socket.io/SOCKET.IO.JS", "/socket.io/socket.io.js/"])
    assert.match(await raw(target), /^HTTP\/1\.1 40[04] /, target);
  assert.equal((await node.stop()).code, 0);
});

test("without the scripts a 404 says what to do", async () => {
  const node = await serve();
  const answer = await node.get("/socket.io/socket.io.js");
  assert.equal(answer.status, 404);
  assert.match((await answer.json()).error.message, /--client-dir/);
  assert.equal((await node.stop()).code, 0);
  writeFileSync(path.join(folder, "nothing"), "");
  const empty = run(["serve", "--listen", "127.0.0.1:0", "--client-dir", folder]);
  assert.equal(empty.code, 1);
  assert.match(empty.err, /holds no socket\.io\*\.js; what is wanted is the folder client-dist/);
  assert.match(run(["serve", "--listen", "127.0.0.1:0", "--client-dir", "/no/such"]).err, /\/no\/such is not a folder/);
});

test("behind a proxy that speaks the PROXY protocol", async () => {
  assert.equal(run(["serve", "--proxy-protocol"]).code, 78);
  const node = await serve("--trusted-proxies", "127.0.0.0/8", "--proxy-protocol", "--request-timeout", "1s");
  const header = (rest) => Buffer.concat([Buffer.from("0d0a0d0a000d0a515549540a", "hex"), Buffer.from(rest, "hex")]);
  const client = header("2111000cc00002070a000001303901bb");
  const request = Buffer.from("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const answer = async (...pieces) => {
    const socket = net.connect({ port: node.port, host: "127.0.0.1", noDelay: true });
    let text = "";
    socket.on("data", (data) => (text += data)).on("error", () => {});
    const closed = new Promise((resolve) => socket.once("close", resolve));
    for (const piece of pieces) await new Promise((sent) => socket.write(piece, () => setImmediate(sent)));
    await closed;
    return text;
  };
  assert.match(await answer(client, request), /^HTTP\/1\.1 200 /);
  assert.match(await answer(Buffer.concat([client, request])), /^HTTP\/1\.1 200 /);
  assert.match(await answer(header("20000000"), request), /^HTTP\/1\.1 200 /);
  assert.match(await answer(...[...client].map((byte) => Buffer.of(byte)), request), /^HTTP\/1\.1 200 /);
  assert.equal(await answer(request), "");
  assert.equal(await answer(Buffer.from("PROXY TCP4 192.0.2.7 10.0.0.1 1 2\r\n")), "");
  assert.equal(await answer(client.subarray(0, 20)), "", "cut at the deadline");
  await node.counts("bad_proxy_headers_total", 2);
  assert.equal((await node.stop()).code, 0);

  const other = await serve("--trusted-proxies", "10.0.0.0/8", "--proxy-protocol");
  node.port = other.port;
  assert.equal(await answer(client, request), "");
  await other.counts("refused_proxy_total", 1);
  assert.equal((await other.stop()).code, 0);
});

test("each client address has a bound of its own behind trusted proxies", async () => {
  const node = await serve("--trusted-proxies", "127.0.0.1", "--max-connections-per-address", "2", "--shards", "2");
  const open = (client) => node.get("/socket.io/?EIO=4&transport=polling", { headers: { "X-Forwarded-For": client } });
  const sessions = [];
  for (const client of ["192.0.2.1", "192.0.2.2", "192.0.2.1, 127.0.0.1", "2001:db8::1", "2001:db8::2"]) {
    const answer = await open(client);
    assert.equal(answer.status, 200, client);
    sessions.push(JSON.parse((await answer.text()).slice(1)).sid);
  }
  for (const client of ["192.0.2.1", "2001:db8::3"]) {
    const answer = await open(client);
    assert.equal(answer.status, 429, client);
    assert.deepEqual(await answer.json(), { code: 4, message: "Too many connections from this address" });
  }
  const refused = new WebSocket(`ws://127.0.0.1:${node.port}/socket.io/?EIO=4&transport=websocket`, { headers: { "X-Forwarded-For": "192.0.2.1" } });
  const [error] = await once(refused, "error");
  assert.match(error.message, /429/);
  await node.counts("refused_address_total", 3);
  const line = /192\.0\.2\.1 has 2 connections|192\.0\.2\.1 has 1 connections, half of max_connections_per_address/;
  await until(() => line.test(node.err), node, "no line about the address");
  for (let n = 0; n < 5; ++n) assert.equal((await node.get("/socket.io/?EIO=4&transport=polling")).status, 200, "the proxy itself");

  const target = `/socket.io/?EIO=4&transport=polling&sid=${sessions[0]}`;
  assert.equal(await (await node.get(target, { method: "POST", body: "1" })).text(), "ok");
  // The session may end on another shard than the one that answered.
  const deadline = performance.now() + 20_000;
  let again;
  while ((again = (await open("192.0.2.1")).status) === 429 && performance.now() < deadline);
  assert.equal(again, 200, "room again");
  assert.equal((await node.stop()).code, 0);
});

test("new connections of one address have a rate, by the PROXY protocol too", async () => {
  const node = await serve("--trusted-proxies", "127.0.0.0/8", "--proxy-protocol", "--max-connect-rate-per-address", "3");
  const header = Buffer.from("0d0a0d0a000d0a515549540a2111000c", "hex");
  const open = async (address) => {
    const socket = net.connect(node.port, "127.0.0.1");
    left.add(() => socket.destroy());
    socket.write(Buffer.concat([header, Buffer.from(`${address}7f000001303901bb`, "hex"),
      Buffer.from("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")]));
    const [answer] = await once(socket, "data");
    return Number(String(answer).slice(9, 12));
  };
  const answers = await Promise.all(Array.from({ length: 40 }, () => open("c0000207")));
  const refused = answers.filter((status) => status === 429).length;
  assert.equal(answers.filter((status) => status === 200).length + refused, 40);
  assert.ok(refused > 0, "no machine takes 12 s for 40 requests");
  await node.counts("refused_address_total", refused);
  await until(() => /192\.0\.2\.7 connects more than 3 times per second/.test(node.err), node, "no line about the rate");
  assert.equal(await open("c0000208"), 200, "another address");
  assert.equal((await node.stop()).code, 0);
});

// The HTTP API: a cluster of two nodes with real clients. Every answer is held against openapi.yaml, and the commands of
// docs/http-api.md are run.
import { after, afterEach, before, test } from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { io } from "socket.io-client";
import { answerChecker, readOpenapi } from "../support/openapi.mjs";
import { within } from "../support/waiting.mjs";
import { deadline, servePair } from "./node_pair.mjs";
import { freePort } from "../support/ports.mjs";
import { program, root, run, serve, until } from "./pushmesh.mjs";

const keys = { push: "push-key-1f9c", read: "read-key-77ab", admin: "admin-key-03d2", all: "all-key-5e11" };
const keyFile = "# back-ends\npush-key-1f9c push\nread-key-77ab read\n\nadmin-key-03d2 admin\nall-key-5e11\n";
const folder = mkdtempSync(path.join(tmpdir(), "pushmesh-api-"));
const fileOf = (name, text) => (writeFileSync(path.join(folder, name), text), path.join(folder, name));
const document = readFileSync(path.join(root, "cluster/node/http/api/openapi.yaml"), "utf8");

const left = new Set(), sockets = [];
let nodes, check, api;
before(async () => {
  nodes = await servePair(["--namespaces", "/,/chat", "--api-key-file", fileOf("keys", keyFile), "--log-level", "debug", "--request-timeout", "1m"], left);
  api = await readOpenapi(document);
  check = answerChecker(api);
});
afterEach(() => sockets.splice(0).forEach((socket) => socket.disconnect()));
after(async () => {
  const output = nodes.map(({ out, err }) => out + err).join("");
  for (const key of Object.values(keys)) assert.ok(!output.includes(key), "a key is in the log");
  await Promise.all(nodes.map((node) => node.stop()));
  for (const end of left) end();
  rmSync(folder, { recursive: true });
});

/// {status, headers, body} of a request with a target that is sent as it is.
function ask(port, method, target, { key, body = "", headers = {}, agent = false } = {}) {
  const all = { ...(key ? { authorization: `Bearer ${key}` } : {}), ...(body ? { "content-type": "application/json" } : {}), ...headers };
  return within(deadline, `the answer to ${method} ${target}`, new Promise((resolve, reject) => {
    const asked = http.request({ host: "127.0.0.1", port, method, path: target, headers: all, agent }, async (answer) => {
      let text = "";
      for await (const chunk of answer.setEncoding("utf8")) text += chunk;
      resolve({ status: answer.statusCode, headers: answer.headers, body: text, port: answer.socket?.localPort });
    });
    asked.on("error", reject).end(body);
  }));
}

/// The same of a route of the document, against which the answer is checked.
async function call(method, target, options = {}) {
  const answer = await ask((options.node ?? nodes[0]).internalPort, method, target, options);
  check(method, target, answer);
  if (answer.headers["content-type"] === "application/json" && answer.body) answer.json = JSON.parse(answer.body);
  return answer;
}
const emit = (order, options = {}) => call("POST", "/api/v1/emit", { key: keys.push, body: JSON.stringify(order), ...options });

/// What a node answers to bytes, until it ends the connection or `enough` of what came.
function raw(port, bytes, enough = () => false) {
  const socket = net.connect(port, "127.0.0.1", () => socket.write(bytes));
  left.add(() => socket.destroy());
  let text = "";
  return within(deadline, "an answer", new Promise((resolve, reject) => {
    socket.on("error", reject).on("end", () => resolve(text));
    socket.setEncoding("latin1").on("data", (chunk) => { if (enough((text += chunk))) resolve(text); });
  })).finally(() => socket.destroy());
}

async function connected(node, nsp = "/") {
  const socket = io(`http://127.0.0.1:${node.port}${nsp}`, { transports: ["websocket"], forceNew: true });
  sockets.push(socket);
  await within(deadline, "a connection", once(socket, "connect"));
  return socket;
}

/// A client that emits of the first node reach: that node has heard that the other one has the namespace.
async function reachable(node, nsp = "/") {
  const socket = await connected(node, nsp);
  let reached = false;
  socket.once("probe", () => (reached = true));
  for (const end = Date.now() + deadline; !reached; ) {
    assert.ok(Date.now() < end, "no emit reached the client");
    await emit({ namespace: nsp, event: "probe" });
  }
  return socket;
}

/// Events of a socket up to one named `last`, left out.
function eventsOf(socket) {
  const events = [];
  return within(deadline, "the last event", new Promise((resolve) =>
    socket.onAny((...event) => {
      if (event[0] === "last") resolve(events);
      else if (event[0] !== "probe") events.push(event);
    })));
}

test("the node gives the document of this repository to every key", async () => {
  for (const key of Object.values(keys)) assert.equal((await call("GET", "/api/v1/openapi.yaml", { key })).body, document);
  const head = await call("HEAD", "/api/v1/openapi.yaml", { key: keys.push });
  assert.equal(Number(head.headers["content-length"]), Buffer.byteLength(document));
  assert.equal(head.body, "");
});

test("each route of the document is there, and no method more", async () => {
  for (const [pattern, item] of Object.entries(api.paths)) {
    const target = pattern.replace(/\{\w+\}/g, "x");
    const methods = Object.keys(item).map((method) => method.toUpperCase());
    const allowed = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).concat("OPTIONS").join(", ");
    const options = await ask(nodes[0].internalPort, "OPTIONS", target, { key: keys.all });
    assert.deepEqual([options.status, options.headers.allow, options.body], [204, allowed, ""], target);
    const other = await ask(nodes[0].internalPort, "DELETE", target, { key: keys.all });
    assert.deepEqual([other.status, other.headers.allow], [405, allowed], target);
    for (const method of methods) {
      assert.equal((await call(method, target)).status, 401);
      assert.equal((await call(method, target, { key: "unknown" })).status, 401);
      if (target !== "/api/v1/openapi.yaml") assert.equal((await call(method, target, { key: keys.admin })).status, 403);
    }
  }
  assert.equal((await call("POST", "/api/v1/emit", { key: keys.read, body: "{}" })).json.error.code, "forbidden");
  assert.equal((await call("GET", "/api/v1/cluster", { key: keys.push })).json.error.code, "forbidden");
});

test("an emit reaches the clients of both nodes once, in the order of the calls", async () => {
  const clients = await Promise.all(nodes.map((node) => reachable(node)));
  const chat = await reachable(nodes[1], "/chat");
  const events = [...clients, chat].map(eventsOf);
  const done = { node: "n0", nodes_missing: [] };
  assert.deepEqual((await emit({ event: "news", data: [{ a: [1, "ü"] }, 2] })).json, done);
  for (let i = 0; i < 20; ++i) await emit({ event: "n", data: [i] });
  await emit({ rooms: clients.map(({ id }) => id), except: [clients[0].id], event: "second only" });
  await emit({ rooms: [clients[0].id, clients[0].id, "nobody"], event: "first only", data: [] });
  await emit({ namespace: "/chat", event: "chat", data: [null] }, { key: keys.all });
  await emit({ event: "last" });
  await emit({ namespace: "/chat", event: "last" });
  const both = [["news", { a: [1, "ü"] }, 2], ...Array.from({ length: 20 }, (_, i) => ["n", i])];
  assert.deepEqual(await Promise.all(events), [[...both, ["first only"]], [...both, ["second only"]], [["chat", null]]]);
});

test("a body of 20 MiB is taken, and the node serves others meanwhile", async () => {
  const data = ["x".repeat(20 << 20)];
  const [big, live] = await Promise.all([emit({ rooms: ["nobody"], event: "big", data }), ask(nodes[0].internalPort, "GET", "/livez")]);
  assert.deepEqual([big.status, live.status], [200, 200]);
});

for (const [what, order, field] of [
  ["no JSON", "{", undefined],
  ["no object", "[1]", undefined],
  ["no event", {}, "event"],
  ["an event without a name", { event: "" }, "event"],
  ["a reserved event", { event: "disconnect" }, "event"],
  ["rooms that are none", { event: "e", rooms: [] }, "rooms"],
  ["a room that is no text", { event: "e", rooms: [1] }, "rooms"],
  ["a misspelt member", { event: "e", room: ["a"] }, "room"],
  ["data that is no list", { event: "e", data: 1 }, "data"],
  ["an unknown namespace", { event: "e", namespace: "/none" }, "namespace"],
  ["a namespace without its slash", { event: "e", namespace: "chat" }, "namespace"],
  ["too many levels", `{"event":"e","data":${"[".repeat(600)}${"]".repeat(600)}}`, undefined],
])
  test(`an emit with ${what} is a bad request`, async () => {
    const answer = await emit(order, typeof order === "string" ? { body: order } : {});
    assert.equal(answer.status, 400);
    assert.deepEqual([answer.json.error.code, answer.json.error.field], ["bad_request", field]);
  });

test("a body that does not say it is JSON is a 415", async () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded"])
    assert.equal((await emit({ event: "e" }, { headers: { "content-type": type } })).status, 415);
});

test("bodies are not read of who has no key, and only up to 32 MiB of others", async () => {
  const port = nodes[0].internalPort, head = "POST /api/v1/emit HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n";
  const stranger = await raw(port, `${head}Content-Length: ${64 << 20}\r\nExpect: 100-continue\r\n\r\n`);
  assert.match(stranger, /^HTTP\/1\.1 401 [^]*\r\nConnection: close\r\n/);
  const large = await raw(port, `${head}Authorization: Bearer ${keys.push}\r\nContent-Length: ${(32 << 20) + 1}\r\n\r\n`);
  assert.match(large, /^HTTP\/1\.1 413 [^]*"code":"too_large"/);
  const welcome = await raw(port, `${head}Authorization: Bearer ${keys.push}\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n`, (text) => text.includes("\r\n\r\n"));
  assert.match(welcome, /^HTTP\/1\.1 100 Continue\r\n\r\n$/);
});

test("bodies that nobody wants are not read", async () => {
  const large = (method, target) => `${method} ${target} HTTP/1.1\r\nHost: h\r\nContent-Length: ${32 << 20}\r\n\r\n`;
  assert.match(await raw(nodes[0].internalPort, large("GET", "/livez")), /^HTTP\/1\.1 413 [^]*\r\nConnection: close\r\n/);
  assert.match(await raw(nodes[0].port, large("POST", "/socket.io/socket.io.js")), /^HTTP\/1\.1 413 [^]*\r\nConnection: close\r\n/);
  assert.equal((await call("GET", "/api/v1/cluster", { key: keys.read, body: "{}", headers: { "content-length": 2 } })).status, 413);
});

test("who sends slowly holds nobody up", async () => {
  const slow = net.connect(nodes[0].internalPort, "127.0.0.1");
  left.add(() => slow.destroy());
  await once(slow, "connect");
  slow.write(`POST /api/v1/emit HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${keys.push}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"ev`);
  assert.equal((await emit({ event: "e", rooms: ["nobody"] })).status, 200);
  slow.destroy();
});

test("a connection is kept for the next request, also after a refusal", async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const answers = [];
  for (const key of [undefined, keys.read, "unknown", keys.push, keys.read]) answers.push(await call("GET", "/api/v1/cluster", { key, agent }));
  agent.destroy();
  assert.deepEqual(answers.map(({ status }) => status), [401, 200, 401, 403, 200]);
  assert.equal(new Set(answers.map(({ port }) => port)).size, 1);
});

test("tricks with paths lead nowhere", async () => {
  for (const [target, status] of [
    ["/api/v1/nothing", 404], ["/api/v1/cluster/", 404], ["/api/v1//cluster", 404], ["/api/v1/./cluster", 404], ["/api/v1/x/../cluster", 404],
    ["/api/v1/%63luster", 404], ["/api/v1%2fcluster", 404], ["/api/v1/cluster;a=1", 404], ["/api/v2/cluster", 404], ["/api/", 404],
    ["/api/v1/%zz", 400], ["/api/v1/a%", 400], ["/api/v1/a\\b", 400], ["/api/v1/sockets/%2e%2e", 400], ["/api/v1/sockets/%ff", 400], ["/api/v1/sockets/%00", 400],
  ]) {
    const answer = await ask(nodes[0].internalPort, "GET", target, { key: keys.all });
    assert.equal(answer.status, status, target);
    assert.equal(JSON.parse(answer.body).error.code, status === 404 ? "not_found" : "bad_request");
    assert.equal((await ask(nodes[0].internalPort, "GET", target)).status, 401, target);
  }
  for (const target of ["//api/v1/cluster", "/api", "/livez/", "/livez/../api/v1/cluster", "http://h/api/v1/cluster"])
    assert.equal((await ask(nodes[0].internalPort, "GET", target, { key: keys.all })).status, 404, target);
});

test("a socket is found through any node, and no longer when it has left", async () => {
  const socket = await connected(nodes[1]);
  for (const node of nodes) {
    const { json } = await call("GET", `/api/v1/sockets/${socket.id}`, { key: keys.read, node });
    assert.ok(Math.abs(Date.parse(json.since) - Date.now()) < 60 * 60 * 1000, json.since);
    assert.deepEqual(json, { user: null, device: null, platform: null, socket: socket.id, node: "n1", since: json.since, address: "127.0.0.1" });
    assert.equal((await call("GET", `/api/v1/sockets/%2Fchat%23${socket.id}`, { key: keys.read, node })).json.socket, socket.id);
  }
  await within(deadline, "the login", socket.emitWithAck("login", "u7"));
  assert.equal((await call("GET", `/api/v1/sockets/${socket.id}`, { key: keys.read })).json.user, "u7");
  const id = socket.id;
  socket.disconnect();
  const found = async () => (await call("GET", `/api/v1/sockets/${id}`, { key: keys.read })).status;
  // The node hears of it in its time.
  for (const end = Date.now() + deadline; (await found()) !== 404; ) assert.ok(Date.now() < end, "it is still there");
  for (const unknown of ["x", "a%2Fb", `${id}x`, "%C3%A9"])
    assert.equal((await call("GET", `/api/v1/sockets/${unknown}`, { key: keys.read })).json.error.code, "not_found");
});

test("the cluster is listed, the node that was asked first", async () => {
  const seen = await Promise.all(nodes.map(async (node) => (await call("GET", "/api/v1/cluster", { key: keys.read, node })).json.nodes));
  assert.deepEqual(seen.map((list) => list.map(({ name }) => name)), [["n0", "n1"], ["n1", "n0"]]);
  assert.deepEqual(seen[0].map(({ suspected }) => suspected), [false, false]);
  assert.deepEqual(seen[0].slice().reverse(), seen[1]);
});

test("health and metrics need no key, and none of it is on the public listener", async () => {
  for (const target of ["/livez", "/readyz", "/metrics"]) {
    assert.equal((await ask(nodes[0].internalPort, "GET", target)).status, 200);
    assert.equal((await ask(nodes[0].internalPort, "HEAD", target)).status, 200);
  }
  for (const target of ["/api/v1/cluster", "/api/v1/openapi.yaml", "/metrics"])
    assert.equal((await ask(nodes[0].port, "GET", target, { key: keys.all })).status, 404);
});

/// Runs the program beside us: what it talks to may be here. {code, out, err}
async function command(args, { cwd = folder, env = {}, file = program } = {}) {
  const child = spawn(file, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const result = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => (result.out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (result.err += text));
  const [code] = await once(child, "close");
  return { code, ...result };
}
const overHttp = (key = keys.all, { url = `http://127.0.0.1:${nodes[0].internalPort}` } = {}) => ["--http", url, "--key-file", fileOf(`only-${key}`, `${key}\n`)];

test("pushmesh nodes, emit and find use the API as they do a cluster port", async () => {
  const clients = await Promise.all(nodes.map((node) => reachable(node)));
  const { nodes: listed } = JSON.parse((await command(["nodes", "--json", ...overHttp(keys.read)])).out);
  assert.deepEqual(await command(["nodes", ...overHttp(keys.read)]), { code: 0, err: "", out: listed.map(({ name, address, tag }) => `${name}  ${address}  ${tag}\n`).join("") });
  assert.deepEqual(listed.map(({ name }) => name), ["n0", "n1"]);

  const events = clients.map(eventsOf);
  const sent = await command(["emit", "--event", "news", "--data", '{"a":"ü"}', "--data", "2", "--room", clients[1].id, "--room", clients[0].id, "--except", clients[0].id, ...overHttp(keys.push)]);
  assert.deepEqual(sent, { code: 0, out: "sent by node n0\n", err: "" });
  assert.deepEqual(JSON.parse((await command(["emit", "--event", "last", "--json", ...overHttp(keys.push, { url: `http://localhost:${nodes[0].internalPort}/` })])).out), { node: "n0", dropped: [] });
  assert.deepEqual(await Promise.all(events), [[], [["news", { a: "ü" }, 2]]]);

  const found = await command(["find", clients[1].id, "--json", ...overHttp(keys.read)]);
  assert.deepEqual([found.code, JSON.parse(found.out).node], [0, "n1"]);
  const text = await command(["find", clients[1].id, ...overHttp(keys.read)]);
  assert.match(text.out, new RegExp(`^socket ${clients[1].id}\n  node       n1\n  address    127\\.0\\.0\\.1\n  since      \\S+Z\n$`));
});

test("the exit codes of commands over HTTP", async () => {
  const closed = net.createServer((socket) => socket.once("data", () => socket.end())).listen(0, "127.0.0.1");
  left.add(() => closed.close());
  await once(closed, "listening");
  const rude = `http://127.0.0.1:${closed.address().port}`, dead = `http://127.0.0.1:${await freePort()}`;
  const url = `http://127.0.0.1:${nodes[0].internalPort}`, event = ["--event", "e"];
  for (const [code, args, message] of [
    [1, ["nodes", ...overHttp("wrong-key")], "the key is unknown"],
    [1, ["nodes", "--http", url], "a key is needed: Authorization: Bearer KEY"],
    [1, ["emit", ...event, ...overHttp(keys.read)], 'the key has not the scope "push"'],
    [1, ["emit", ...event, "--namespace", "/none", ...overHttp()], "namespace: no namespace of this node has this name"],
    [1, ["nodes", "--http", `http://127.0.0.1:${nodes[0].port}`], `there is no HTTP API at http://127.0.0.1:${nodes[0].port}`],
    [1, ["nodes", "--http", rude], `${rude}: the connection was closed without an answer: what became of it is unknown`],
    [2, ["find", "x", ...overHttp()], "no socket has the id x"],
    [2, ["find", "AAAAAAAAAAAAAAAAAAAA", ...overHttp()], "no socket has the id AAAAAAAAAAAAAAAAAAAA"],
    [64, ["nodes", "--http", "https://127.0.0.1:1"], '--http: expected a URL such as "http://127.0.0.1:9100", got "https://127.0.0.1:1"'],
    [64, ["nodes", "--http", "http://127.0.0.1:1/x"], '--http: expected a URL such as "http://127.0.0.1:9100", got "http://127.0.0.1:1/x"'],
    [64, ["emit", "--ack", ...event, ...overHttp()], "--ack needs --node: over HTTP clients are not asked"],
    [64, ["emit", "--event", "connect", ...overHttp()], '--event: "connect" is reserved by Socket.IO'],
    [69, ["nodes", "--http", dead], `no node can be reached at ${dead}: connection refused`],
    [78, ["nodes", "--http", url, "--key-file", "/nowhere/key"], "--key-file: /nowhere/key: No such file or directory"],
    [78, ["nodes", "--http", url, "--key-file", fileOf("two", "a push\n")], `--key-file: ${path.join(folder, "two")}: expected one key and nothing else`],
  ])
    assert.deepEqual(await command(args), { code, out: "", err: `pushmesh: ${message}\n` }, args.join(" "));
});

test("the commands of docs/http-api.md answer what it shows", async () => {
  const { id } = await connected(nodes[1]);
  const page = readFileSync(path.join(root, "docs/http-api.md"), "utf8");
  const blocks = [...page.matchAll(/```sh\n([^]*?)\n```(?:\n\n```json\n([^]*?)\n```)?/g)];
  assert.equal(blocks.length, 6);
  // The same members and kinds of values.
  const form = (value) => (value === null || typeof value !== "object" ? typeof value : Array.isArray(value) ? value.map(form) : Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, form(inner)])));
  for (const [, commands, shown] of blocks) {
    const own = commands.replaceAll("127.0.0.1:9100", `127.0.0.1:${nodes[0].internalPort}`);
    const env = { KEY: keys.all, SID: id, PATH: `${path.dirname(program)}:${process.env.PATH}` };
    const { code, out, err } = await command(["-euo", "pipefail", "-c", own], { env, file: "bash" });
    assert.deepEqual({ code, err }, { code: 0, err: "" }, commands);
    if (shown) assert.deepEqual(form(JSON.parse(out)), form(JSON.parse(shown)), out);
  }
});

test("more requests than rate_per_key are told to come later", async () => {
  const node = await serve(["--internal-listen", "127.0.0.1:0", "--api-key-file", fileOf("rated", "a-key\nb-key"), "--rate-per-key", "1"]);
  left.add(() => node.child.kill("SIGKILL"));
  const request = (key) => `GET /api/v1/cluster HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${key}\r\n`;
  const sent = `${request("a-key")}\r\n`.repeat(20) + `${request("b-key")}Connection: close\r\n\r\n`;
  const answers = (await raw(node.internalPort, sent)).split("HTTP/1.1 ").slice(1);
  assert.equal(answers.length, 21);
  assert.deepEqual([answers[0], answers[20]].map((answer) => answer.slice(0, 3)), ["200", "200"]);
  const refused = answers.filter((answer) => answer.startsWith("429"));
  assert.ok(refused.length > 0);
  for (const answer of refused) assert.match(answer, /\r\nRetry-After: 1\r\n[^]*"code":"rate_limited"/);
  assert.equal((await node.stop()).code, 0);
});

test("SIGHUP reads the keys again; a wrong file changes nothing", async () => {
  const file = fileOf("changing", "old-key read\n");
  const node = await serve(["--internal-listen", "127.0.0.1:0", "--api-key-file", file]);
  left.add(() => node.child.kill("SIGKILL"));
  const status = async (key) => (await call("GET", "/api/v1/cluster", { key, node })).status;
  const reload = async (text, line) => {
    writeFileSync(file, text);
    node.child.kill("SIGHUP");
    await until(() => line.test(node.err), node, "the keys were not read again");
  };
  assert.deepEqual([await status("old-key"), await status("new-key")], [200, 401]);
  await reload("new-key read\nother-key\n", /the HTTP API has 2 keys/);
  assert.deepEqual([await status("old-key"), await status("new-key")], [401, 200]);
  await reload("new-key everything\n", /the keys in use stay: .*line 1: unknown scope \\"everything\\"/);
  assert.equal(await status("new-key"), 200);
  assert.equal((await node.stop()).code, 0);
  assert.ok(!node.err.includes("new-key") && !node.err.includes("old-key"));
});

test("without a key file the API is open to this machine, and to no page of another host", async () => {
  const node = await serve(["--internal-listen", "127.0.0.1:0"]);
  left.add(() => node.child.kill("SIGKILL"));
  const status = async (headers) => (await call("GET", "/api/v1/cluster", { node, headers })).status;
  assert.equal((await call("GET", "/api/v1/cluster", { node })).json.nodes[0].address, null);
  assert.equal((await emit({ event: "e" }, { node, key: undefined })).status, 200);
  assert.deepEqual([await status({ host: "localhost:1" }), await status({ host: "evil.example" }), await status({ origin: "http://evil.example" })], [200, 403, 403]);
  assert.equal((await node.stop()).code, 0);
});

test("with --insecure and without keys a node off loopback starts, but has no API", async () => {
  const node = await serve(["--internal-listen", "0.0.0.0:0", "--insecure"]);
  left.add(() => node.child.kill("SIGKILL"));
  node.internalPort = Number(/^internal listener on 0\.0\.0\.0:(\d+)$/m.exec(node.out)[1]);
  assert.equal((await ask(node.internalPort, "GET", "/livez")).status, 200);
  assert.deepEqual([(await call("GET", "/api/v1/cluster", { node })).status, (await call("GET", "/api/v1/cluster", { node, key: "x" })).status], [401, 401]);
  assert.equal((await node.stop()).code, 0);
});

for (const [what, args, message] of [
  ["an API off loopback without keys", ["--internal-listen", "0.0.0.0:0"],
    "without keys everybody who reaches 0.0.0.0:0 could use the HTTP API; name a file with keys (api_key_file), listen on a loopback address such " +
    "as 127.0.0.1:9100, or add --insecure, with which there is no API there"],
  ["a key file that is not there", ["--api-key-file", "/nowhere/keys"], "api_key_file: /nowhere/keys: No such file or directory"],
  ["a key file without keys", ["--api-key-file", "/dev/null"], "api_key_file: /dev/null: there is no key in it"],
  ["a key file with mistakes", ["--api-key-file", fileOf("wrong", "a-key pull\n")],
    `api_key_file: ${path.join(folder, "wrong")}: line 1: unknown scope "pull"; there are push, read and admin`],
])
  test(`${what} is refused with 78`, () =>
    assert.deepEqual(run(["serve", "--listen", "127.0.0.1:0", ...args]), { code: 78, out: "", err: `pushmesh: ${message}\n` }));

// pushmesh emit, find and nodes: against a cluster of two nodes with real clients, their mistakes word for word.
import { after, afterEach, before, test } from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { io } from "socket.io-client";
import { freePort } from "../support/ports.mjs";
import { program, run, serve } from "./pushmesh.mjs";

const done = 0, failed = 1, nobody = 2, usage = 64, unreachable = 69, configuration = 78;

let nodes, sockets = [];
before(async () => {
  const addresses = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  nodes = await Promise.all(addresses.map(async (address, index) => {
    const node = await serve(["--name", `n${index}`, "--cluster-listen", address, "--peer", addresses[1 - index], "--demo"]);
    return Object.assign(node, { address });
  }));
  while (((await command("nodes", "--json")).json?.nodes.length ?? 0) < 2) /* each asks anew */;
});
afterEach(() => sockets.splice(0).forEach((socket) => socket.disconnect()));
after(() => Promise.all(nodes.map((node) => node.stop())));

async function connected(node) {
  const socket = io(`http://127.0.0.1:${node.port}`, { transports: ["websocket"], forceNew: true });
  sockets.push(socket);
  await once(socket, "connect");
  return socket;
}

/// Runs it beside us: clients here have to answer. {code, out, err, json}
async function command(name, ...args) {
  const node = args.includes("--node") ? [] : ["--node", nodes[0].address];
  const child = spawn(program, [name, ...node, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const result = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => (result.out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (result.err += text));
  const [code] = await once(child, "close");
  if (args.includes("--json") && result.out) result.json = JSON.parse(result.out);
  return Object.assign(result, { code });
}

test("nodes lists all, the one that was asked first", async () => {
  const { code, out, err } = await command("nodes");
  assert.deepEqual({ code, err }, { code: done, err: "" });
  const lines = out.trim().split("\n").map((line) => line.split(/ +/));
  assert.deepEqual(lines.map(([name, address]) => [name, address]), nodes.map(({ address }, index) => [`n${index}`, address]));
  const { json } = await command("nodes", "--json");
  assert.equal(json.node, "n0");
  assert.deepEqual(json.nodes.map(({ name, address }) => [name, address]), lines.map(([name, address]) => [name, address]));
  assert.deepEqual(json.nodes.map(({ tag }) => tag), lines.map(([, , tag]) => tag));
});

test("emit reaches the clients of all nodes, once", async () => {
  const clients = await Promise.all(nodes.map(connected));
  const got = clients.map(() => []);
  const came = clients.map((socket, index) => new Promise((resolve) =>
    socket.onAny((...event) => (event[0] === "last" ? resolve() : got[index].push(event)))));
  const first = await command("emit", "--event", "news", "--data", '{"a":[1,"ü"]}', "--data", "2");
  assert.deepEqual(first, { code: done, out: "sent by node n0\n", err: "" });
  assert.deepEqual((await command("emit", "--event", "last", "--json")).json, { node: "n0", dropped: [] });
  await Promise.all(came);
  assert.deepEqual(got, [[["news", { a: [1, "ü"] }, 2]], [["news", { a: [1, "ü"] }, 2]]]);
});

test("emit --ack tells who answered, on whatever node", async () => {
  const clients = await Promise.all(nodes.map(connected));
  clients.forEach((socket, index) => socket.on("ask", (value, answer) => answer(index, value)));
  const rooms = clients.flatMap(({ id }) => ["--room", id]);
  const all = await command("emit", "--event", "ask", "--data", '"x"', "--ack", "--json", ...rooms);
  assert.equal(all.code, done, all.err);
  assert.deepEqual(all.json.acked.sort((a, b) => a.args[0] - b.args[0]), clients.map(({ id }, index) =>
    ({ socket: id, node: `n${index}`, user: "", args: [index, "x"], attachment_bytes: [] })));
  assert.deepEqual({ ...all.json, acked: [] }, { node: "n0", acked: [], timed_out: [], left: [], nodes_missing: [] });
  const one = await command("emit", "--event", "ask", "--data", '"x"', "--ack", ...rooms, "--except", clients[0].id);
  assert.deepEqual(one, { code: done, err: "", out: `acknowledged by 1 of 1 sockets\n  ${clients[1].id} on n1: [1,"x"]\n` });
});

test("who does not answer in time is told, and nobody is 2", async () => {
  const silent = await connected(nodes[1]);
  const late = await command("emit", "--event", "ask", "--ack", "--timeout", "200ms", "--room", silent.id);
  assert.deepEqual(late, { code: failed, err: "", out: `acknowledged by 0 of 1 sockets\n  ${silent.id} did not answer in time\n` });
  const none = await command("emit", "--event", "ask", "--ack", "--room", "no such room");
  assert.deepEqual(none, { code: nobody, err: "pushmesh: nobody matched\n", out: "acknowledged by 0 of 0 sockets\n" });
});

test("find tells of a socket of another node", async () => {
  const socket = await connected(nodes[1]);
  const { code, json } = await command("find", socket.id, "--json");
  assert.equal(code, done);
  assert.equal(Math.abs(Date.parse(json.since) - Date.now()) < 60000, true, json.since);
  assert.match(json.since, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const { since, request, headers, ...rest } = json;
  assert.deepEqual(rest, { socket: socket.id, node: "n1", namespace: "/", user: null, address: "127.0.0.1", secure: false, rooms: [socket.id] });
  assert.match(request, /^\/socket\.io\/\?.*transport=websocket/);
  const text = await command("find", socket.id);
  assert.equal(text.out, `socket ${socket.id}\n  node       n1\n  namespace  /\n  address    127.0.0.1\n  since      ${json.since}\n  rooms      ${socket.id}\n`);
  const gone = `${socket.id.slice(0, -1)}${socket.id.endsWith("A") ? "B" : "A"}`;
  for (const id of [gone, "nobody"])
    assert.deepEqual(await command("find", id), { code: nobody, out: "", err: `pushmesh: no socket has the id ${id}\n` });
});

test("a node that is lost before it answers leaves an unknown outcome", async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const lost = await serve(["--name", "n2", "--cluster-listen", address, "--demo"]);
  const socket = io(`http://127.0.0.1:${lost.port}`, { transports: ["websocket"], forceNew: true, reconnection: false });
  sockets.push(socket);
  await once(socket, "connect");
  socket.on("ask", () => lost.stop("SIGKILL"));
  const result = await command("emit", "--event", "ask", "--ack", "--node", address, "--room", socket.id);
  const err = "pushmesh: node n2 was lost before it answered: what became of it is unknown\n";
  assert.deepEqual(result, { code: failed, out: "", err });
});

test("the example actor_api finds a socket, asks it, and tells who answered", async () => {
  const socket = await connected(nodes[1]);
  socket.on("question", (text, answer) => answer(`${text} yes`));
  const child = spawn(path.join(path.dirname(program), "actor_api"), [nodes[0].address, socket.id, "really?"]);
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
  const [code] = await once(child, "close");
  assert.deepEqual({ code, out }, { code: done, out: `found on n1, in 1 rooms\n${socket.id} on n1 answered "really? yes"\n` });
});

test("a node that is not there is passed by; none at all is 69", async () => {
  const dead = `127.0.0.1:${await freePort()}`;
  const second = run(["nodes", "--node", dead, "--node", nodes[1].address, "--json"]);
  assert.equal(second.code, done, second.err);
  assert.equal(JSON.parse(second.out).node, "n1");
  const none = run(["nodes", "--node", dead, "--connect-timeout", "300ms"]);
  assert.deepEqual(none, { code: unreachable, out: "", err: `pushmesh: no node can be reached at ${dead}\n` });
});

test("a node of another cluster refuses, and says so", async () => {
  const { code, err } = await command("nodes", "--cluster-name", "other", "--connect-timeout", "2s");
  assert.equal(code, unreachable);
  assert.match(err, /^pushmesh: no node can be reached at \S+: .*"?other"?.*\n$/);
  assert.match(err, /pushmesh/);
});

const node = ["--node", "127.0.0.1:1"];
for (const [what, code, args, message] of [
  ["no node", usage, ["nodes"], "--node HOST:PORT is needed: the cluster address of a node; or --http URL"],
  ["a node that is no address", usage, ["nodes", "--node", "n1"], '--node: expected addresses such as "node2.example.com:4000", got "n1"'],
  ["no event", usage, ["emit", ...node], "--event NAME is needed: what clients listen for"],
  ["a reserved event", usage, ["emit", ...node, "--event", "disconnect"], '--event: "disconnect" is reserved by Socket.IO'],
  ["data that is no JSON", usage, ["emit", ...node, "--event", "x", "--data", "{a:1}"],
    `--data: expected one JSON value such as '{"n":1}' or '"text"', got "{a:1}"`],
  ["two values in one", usage, ["emit", ...node, "--event", "x", "--data", "1,2"],
    `--data: expected one JSON value such as '{"n":1}' or '"text"', got "1,2"`],
  ["a namespace without a slash", usage, ["emit", ...node, "--event", "x", "--namespace", "chat"],
    '--namespace: expected a name such as "/chat", with a slash in front, got "chat"'],
  ["no socket", usage, ["find", ...node], "the id of a socket is needed: pushmesh find SID"],
  ["a time without a unit", usage, ["nodes", ...node, "--timeout", "5"],
    '--timeout: expected a duration of up to 24h such as "250ms" or "5s", got "5"'],
  ["an unknown option", usage, ["emit", ...node, "--evnt", "x"], "unknown option --evnt; did you mean --event?"],
  ["an argument too many", usage, ["find", ...node, "a", "b"], 'unexpected argument "b"'],
  ["an open line", configuration, ["nodes", "--node", "10.1.2.3:4000"],
    "anybody on the way to 10.1.2.3:4000 could read and change what is sent: give certificates (--cluster-cert, --cluster-key, " +
    "--cluster-ca; deploy/make-certs.sh makes them), or add --insecure if only a firewall keeps strangers out"],
  ["a certificate without its key", configuration, ["nodes", ...node, "--cluster-cert", "a.pem"],
    "mutual TLS between nodes needs all of --cluster-cert, --cluster-key and --cluster-ca; not given: --cluster-key and --cluster-ca"],
])
  test(`${what} is refused with ${code}`, () =>
    assert.deepEqual(run(args), { code, out: "", err: `pushmesh: ${message}\n` }));

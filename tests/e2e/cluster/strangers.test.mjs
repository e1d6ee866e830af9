// Strangers on the cluster's port: they get nothing and harm nothing. TLS, in network namespaces; this process
// is the stranger.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { after, afterEach, before, test } from "node:test";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { Authority } from "../../faults/certificates.mjs";
import { ask, closeClients, connected } from "../support/clients.mjs";
import { arrived, clusterPort, formed, freshRoom, makeNamespaces, startAll, stopAll } from "../support/cluster.mjs";
import { patience, within } from "../support/waiting.mjs";

let network, nodes, authority;
before(async () => {
  ({ network, nodes, authority } = makeNamespaces(3, { options: { "log-level": "info" } }));
  await startAll(nodes.slice(0, 2));
  await formed(nodes.slice(0, 2));
});
let opened = [];
afterEach(async () => {
  closeClients();
  opened.splice(0).forEach((socket) => socket.destroy());
  await stillWorks();
});
after(async () => {
  await stopAll(nodes);
  network?.close();
});

/// The two nodes serve each other as before.
async function stillWorks() {
  await formed(nodes.slice(0, 2));
  const [a, b] = await Promise.all([connected(nodes[0]), connected(nodes[1])]);
  const came = new Promise((resolve) => b.once("hello", resolve));
  await ask(a, "emit-to", b.id, "hello");
  await within(patience, "a message between the nodes", came);
  closeClients();
}

const memory = (pid) => Number(readFileSync(`/proc/${pid}/status`, "utf8").match(/^RssAnon:\s+(\d+)/m)[1]) / 1024;
const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).length;
const target = () => ({ host: network.nodes[0].clusterAddress, port: clusterPort });

function opens(socket, event = "connect") {
  opened.push(socket);
  socket.on("error", () => {});
  socket.received = Buffer.alloc(0);
  socket.on("data", (chunk) => (socket.received = Buffer.concat([socket.received, chunk])));
  socket.ended = new Promise((resolve) => socket.once("close", resolve));
  return within(10000, "a connection", Promise.race([new Promise((resolve) => socket.once(event, resolve)), socket.ended])).then(() => socket);
}

const plain = () => opens(connect(target()));

/// A BASP header that announces a payload: operation, padding, flags, length, and ids.
function baspHeader(length) {
  const header = Buffer.alloc(32);
  header[0] = 0; // server handshake
  header.writeUInt32BE(length, 4);
  return header;
}

const tlsRecord = (length) => Buffer.from([0x16, 3, 1, length >> 8, length & 255]);

for (const [name, bytes] of [
  ["text", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")],
  ["a BASP header that announces 4 GB", baspHeader(0xffffffff)],
  ["a TLS record of 64 KB that never ends", Buffer.concat([tlsRecord(65535), Buffer.alloc(65000, 0xab)])],
  ["random bytes", Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 197 + 11) & 255))],
]) {
  test(`plain TCP: ${name}`, async () => {
    const before = memory(nodes[0].pid);
    const sockets = await Promise.all(Array.from({ length: 20 }, plain));
    for (const socket of sockets) socket.write(bytes);
    await stillWorks();
    for (const socket of sockets) {
      // At most a TLS alert (record type 21) comes back: nothing of who we are.
      assert.ok(socket.received.length === 0 || socket.received[0] === 21, socket.received.toString("latin1"));
    }
    assert.ok(memory(nodes[0].pid) - before < 64, "memory grew");
  });
}

/// A stranger whose handshake failed must not cost the two nodes their link (docs/decisions/0006).
async function linkStays(act) {
  const from = nodes.slice(0, 2).map((node) => node.output.length);
  await act();
  await stillWorks();
  nodes.slice(0, 2).forEach((node, i) => assert.doesNotMatch(node.output.slice(from[i]), /peer .* is down/));
}

/// A TLS client that shakes hands as far as it can, and then asks for what a node would be told.
async function tlsStranger(options) {
  const socket = await opens(connectTls({ ...target(), rejectUnauthorized: false, ...options }), "secureConnect");
  // TLS 1.3: a client believes to be connected before its certificate is judged.
  socket.write(baspHeader(0xffffffff));
  await within(10000, "the end of the connection", socket.ended);
  return socket;
}

const pem = ({ cert, key }) => ({ cert: readFileSync(cert), key: readFileSync(key) });

/// What node 0 must log meanwhile of the connections it refuses.
async function isLogged(reason, act) {
  const from = nodes[0].output.length;
  await linkStays(act);
  await nodes[0].logs(new RegExp(`TLS connection from ${network.clusterNet}\\.\\d+ failed: ${reason}`), { from });
}

test("TLS without a certificate", async () => {
  await isLogged("it shows no certificate", async () => {
    const socket = await tlsStranger({});
    assert.equal(socket.received.length, 0);
  });
});

test("TLS with an expired certificate of our own CA", async () => {
  const expired = authority.issue("expired", `${network.clusterNet}.254`, { expired: true });
  await isLogged("its certificate is not accepted: certificate has expired", async () => {
    const socket = await tlsStranger(pem(expired));
    assert.equal(socket.received.length, 0);
  });
});

test("TLS with a certificate of another CA of the same name", async () => {
  const foreign = new Authority().issue("foreign", `${network.clusterNet}.254`);
  await isLogged("its certificate is not accepted: .*(signature|issuer|self)", async () => {
    const socket = await tlsStranger(pem(foreign));
    assert.equal(socket.received.length, 0);
  });
});

/// Node 2 with other files, until the test is over.
async function withFiles(files, use) {
  const [node, args] = [nodes[2], [...nodes[2].args]];
  for (const [flag, path] of Object.entries(files)) node.args[node.args.indexOf(`--cluster-${flag}`) + 1] = path;
  try {
    await use(node);
  } finally {
    if (node.isRunning) assert.equal(await node.stop(), 0);
    Object.assign(node, { args, starts: 0 });
  }
}

test("a node with an expired certificate does not start, and says why", async () => {
  const { cert, key } = authority.issue("late", network.nodes[2].clusterAddress, { expired: true });
  await withFiles({ cert, key }, (node) => assert.rejects(node.start(), /certificate .*expired/));
});

test("a node whose certificate is not of its CA does not start, and says why", async () => {
  const { cert, key } = new Authority().issue("alien", network.nodes[2].clusterAddress);
  await withFiles({ cert, key }, (node) => assert.rejects(node.start(), /certificate .*not signed/));
});

test("a node of another CA does not get in, and the others do not suffer", async () => {
  const from = nodes[0].output.length;
  await withFiles(new Authority().issue("alien", network.nodes[2].clusterAddress), async (node) => {
    await node.start();
    // It dials and is dialled, and both sides say what comes of it.
    const refused = (side) => new RegExp(`TLS connection ${side} ${network.clusterNet}[.:\\d]+ failed: (its certificate is not accepted|it does not accept us)`);
    await node.logs(refused("to"));
    await nodes[0].logs(refused("from"), { from });
    await stillWorks();
    const [inside, outside] = await Promise.all([connected(nodes[0]), connected(node)]);
    const room = freshRoom();
    await ask(inside, "join", room);
    assert.deepEqual(await ask(outside, "fetch", room), []);
  });
  assert.doesNotMatch(nodes[0].output.slice(from), /peer .* is down/);
});

test("a node that dials a stranger says what is wrong with the certificate", async () => {
  const address = `${network.clusterNet}.254`;
  const strangers = [
    [{}, "it does not accept us: it has no certificate itself"],
    [pem(authority.issue("gone-by", address, { expired: true })), "its certificate is not accepted: certificate has expired"],
    [pem(new Authority().issue("abroad", address)), "its certificate is not accepted: .*(signature|issuer|self)"],
  ];
  const node = nodes[2];
  const args = [...node.args];
  const servers = await Promise.all(strangers.map(async ([files]) => {
    const server = createTlsServer({ ...files, requestCert: true, rejectUnauthorized: false }, (socket) => socket.on("error", () => {}).resume());
    server.on("tlsClientError", () => {});
    await new Promise((listening) => server.listen(0, address, listening));
    return server;
  }));
  try {
    node.args = node.args.concat(servers.flatMap((server) => ["--peer", `${address}:${server.address().port}`]));
    await node.start();
    await Promise.all(servers.map((server, i) => node.logs(new RegExp(`TLS connection to ${address}:${server.address().port} failed: ${strangers[i][1]}`))));
    await formed(nodes); // which costs it nothing
    await node.stop();
  } finally {
    servers.forEach((server) => server.close());
    Object.assign(node, { args, starts: 0 });
  }
});

test("bytes of a real link, sent again, do nothing", async () => {
  // A proxy between this stranger's network and node 0 records what node 2 sends when it dials it.
  const recorded = [];
  const proxy = createServer((near) => {
    const far = connect(target());
    const bytes = [];
    recorded.push(bytes);
    near.on("data", (chunk) => (bytes.push(chunk), far.write(chunk)));
    far.on("data", (chunk) => near.write(chunk));
    for (const [one, other] of [[near, far], [far, near]]) one.on("error", () => {}).on("close", () => other.destroy());
  });
  await new Promise((resolve) => proxy.listen(clusterPort, `${network.clusterNet}.254`, resolve));
  const node = nodes[2];
  const args = [...node.args];
  node.args = node.args.flatMap((arg, i) => (arg === "--peer" || args[i - 1] === "--peer" ? [] : [arg]));
  node.args.push("--peer", `${network.clusterNet}.254:${clusterPort}`);
  await node.start();
  await formed(nodes);
  const socket = await connected(node);
  const victim = await connected(nodes[0]);
  let hellos = 0;
  victim.on("hello", () => (hellos += 1));
  await ask(socket, "emit-to", victim.id, "hello");
  await arrived(socket, victim);
  await node.stop();
  node.args = args;
  node.starts = 0;
  proxy.close();
  for (const bytes of recorded) {
    if (bytes.length === 0) continue;
    const again = await plain();
    for (const chunk of bytes) again.write(chunk);
    await within(10000, "the end of the replay", Promise.race([again.ended, new Promise((resolve) => setTimeout(resolve, 2000))]));
  }
  await arrived(victim, victim);
  assert.equal(hellos, 1);
});

test("a peer may be a DNS name with several addresses, of which one is enough", async () => {
  const node = nodes[2];
  // `ip netns exec` shows the programs of a namespace these files in place of /etc.
  const etc = `/etc/netns/${node.namespace}`;
  mkdirSync(etc, { recursive: true });
  const args = [...node.args];
  try {
    writeFileSync(`${etc}/hosts`, `${network.clusterNet}.99 peers.test\n${network.nodes[1].clusterAddress} peers.test\n`);
    node.args = node.args.flatMap((arg, i) => (arg === "--peer" || args[i - 1] === "--peer" ? [] : [arg]));
    node.args.push("--peer", `peers.test:${clusterPort}`);
    await node.start();
    await formed(nodes);
    await node.stop();
  } finally {
    rmSync(etc, { recursive: true });
    Object.assign(node, { args, starts: 0 });
  }
});

test("2,000 silent connections do not keep a real peer out", async (t) => {
  const before = descriptors(nodes[0].pid);
  const silent = await Promise.all(Array.from({ length: 2000 }, plain));
  const held = descriptors(nodes[0].pid) - before;
  await nodes[2].start();
  const took = await formed(nodes);
  t.diagnostic(`e2e: beside 2,000 silent connections (${held} held), a node joined in ${Math.round(took)} ms`);
  assert.ok(took < 5000, `${took} ms`);
  silent.forEach((socket) => socket.destroy());
  await within(20000, "their descriptors to be free", (async () => {
    while (descriptors(nodes[0].pid) - before > 50) await new Promise((resolve) => setTimeout(resolve, 50));
  })());
  await nodes[2].stop();
  nodes[2].starts = 0;
});

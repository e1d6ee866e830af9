// Who belongs to a cluster: how nodes find each other, come back, say goodbye, and are refused.
import assert from "node:assert/strict";
import { after, afterEach, test } from "node:test";
import { ClusterNode } from "../../faults/cluster_node.mjs";
import { ask, closeClients, connected } from "../support/clients.mjs";
import { arrived, formed, freshRoom, makeLoopback, startAll, stopAll } from "../support/cluster.mjs";
import { freePort } from "../support/ports.mjs";
import { stopwatch } from "../support/stopwatch.mjs";
import { collect, within } from "../support/waiting.mjs";

let started = [];
/// Nodes that are stopped after the test.
async function cluster(count, options) {
  const nodes = await makeLoopback(count, { ...options, options: { "log-level": "info", ...options?.options } });
  started.push(...nodes);
  return nodes;
}
afterEach(async () => {
  closeClients();
  await stopAll(started.splice(0));
});
after(() => stopAll(started.splice(0)));

const soon = async (what, holds, ms = 10000) =>
  within(ms, what, (async () => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
  })());

/// Members of each node's own room, as `asker` sees them.
async function sees(asker, room) {
  return (await ask(asker, "fetch", room)).length;
}

test("one reachable peer is enough: the others are told of", async (t) => {
  const nodes = await cluster(3, { peersOf: (index, addresses) => (index ? [addresses[index - 1]] : []) });
  await startAll(nodes);
  t.diagnostic(`e2e: a chain of three was a mesh after ${Math.round(await formed(nodes))} ms`);
});

test("the order of starting does not matter, nor a peer that is not there", async () => {
  const nodes = await cluster(3);
  await nodes[2].start();
  await nodes[0].start();
  await formed([nodes[0], nodes[2]]);
  await nodes[1].start();
  await formed(nodes);
});

test("a node that names itself as a peer is no peer of itself", async () => {
  const nodes = await cluster(2, { peersOf: (_, addresses) => addresses });
  await startAll(nodes);
  await formed(nodes);
  const [socket] = [await connected(nodes[0])];
  const room = freshRoom();
  await ask(socket, "join", room);
  const all = collect(socket, "hello").all;
  await ask(socket, "emit-to", room, "hello");
  await arrived(socket, socket);
  assert.equal(all.length, 1);
});

test("six nodes form a mesh", async (t) => {
  const nodes = await cluster(6);
  await startAll(nodes);
  t.diagnostic(`e2e: six nodes formed in ${Math.round(await formed(nodes))} ms`);
});

test("a killed node is gone at once, and one of its name takes its place", async (t) => {
  const nodes = await cluster(3);
  await startAll(nodes);
  await formed(nodes);
  const room = freshRoom();
  const [stays, leaves] = [await connected(nodes[0]), await connected(nodes[1])];
  await ask(leaves, "join", room);
  assert.equal(await sees(stays, room), 1);
  const watch = stopwatch(nodes[0].pid);
  await nodes[1].kill();
  await soon("the dead node's sockets to be gone", async () => (await sees(stays, room)) === 0);
  const took = watch();
  t.diagnostic(`e2e: a kill was noticed after ${Math.round(took)} ms`);
  assert.ok(took < 3000, `${took} ms`);
  for (let round = 0; round < 3; ++round) {
    await nodes[1].start();
    t.diagnostic(`e2e: rejoined ${Math.round(await formed(nodes, { deadline: 10000 }))} ms after it listened again`);
    const back = await connected(nodes[1]);
    await ask(back, "join", room);
    const all = collect(back, "hello").all;
    await ask(stays, "emit-to", room, "hello", round);
    await arrived(stays, back);
    assert.deepEqual(all, [[round]]);
    await nodes[1].kill();
  }
  await nodes[1].start();
  await formed(nodes);
});

test("a node that stops says goodbye: an ask that waits for it ends at once", async () => {
  const nodes = await cluster(3);
  await startAll(nodes);
  await formed(nodes);
  const [asker, silent] = [await connected(nodes[0]), await connected(nodes[1])];
  const room = freshRoom();
  await ask(silent, "join", room);
  const asked = new Promise((resolve) => silent.on("question", resolve));
  const answer = asker.timeout(15000).emitWithAck("ask-room", room, 14000, "q");
  await asked;
  const watch = stopwatch(...nodes.map(({ pid }) => pid));
  const stopped = nodes[1].stop();
  assert.deepEqual(await answer, { ok: false, replies: [] });
  const took = watch();
  assert.ok(took < 5000, `${took} ms`);
  assert.equal(await stopped, 0);
  await formed([nodes[0], nodes[2]]);
  await nodes[1].start();
  await formed(nodes);
});

test("a room named like the id of a socket of a node that died is a room", async () => {
  const nodes = await cluster(3);
  await startAll(nodes);
  await formed(nodes);
  const { id } = await connected(nodes[1]);
  const sockets = [await connected(nodes[0]), await connected(nodes[2])];
  await ask(sockets[1], "join", id);
  const all = collect(sockets[1], "hello").all;
  const emit = async (n) => {
    await ask(sockets[0], "emit-to", id, "hello", n);
    await arrived(sockets[0], sockets[1]);
  };
  await emit(1);
  await nodes[1].kill();
  await emit(2);
  await soon("the dead node to be forgotten", async () => (await sees(sockets[0], id)) === 1);
  await emit(3);
  await ask(sockets[0], "join", id);
  assert.equal(await sees(sockets[1], id), 2);
  assert.deepEqual(all, [[1], [2], [3]]);
});

test("a second node of the same name is refused with a line on both sides", async () => {
  const nodes = await cluster(3, { names: ["first", "twin", "twin"] });
  await startAll(nodes.slice(0, 2));
  await formed(nodes.slice(0, 2));
  await nodes[2].start();
  await nodes[2].logs(/name.*twin/i);
  await nodes[0].logs(/refused.*twin/i);
  // The cluster is as it was, and the stranger alone.
  await formed(nodes.slice(0, 2));
  const [inside, outside] = [await connected(nodes[0]), await connected(nodes[2])];
  const room = freshRoom();
  await ask(inside, "join", room);
  assert.equal(await sees(outside, room), 0);
});

test("nodes of two clusters do not mix, and say so", async () => {
  const nodes = await cluster(2);
  nodes[0].args.push("--cluster-name", "blue");
  nodes[1].args.push("--cluster-name", "green");
  await startAll(nodes);
  for (const node of nodes) await node.logs(/cluster.*(blue.*green|green.*blue)/i);
  const sockets = await Promise.all(nodes.map((node) => connected(node)));
  const room = freshRoom();
  await ask(sockets[0], "join", room);
  assert.equal(await sees(sockets[1], room), 0);
});

test("a node of another wire version is refused with a line on both sides, whoever dials", async () => {
  const nodes = await cluster(2);
  await startAll(nodes);
  await formed(nodes);
  for (const version of [0, 2]) {
    const address = `127.0.0.1:${await freePort()}`;
    const file = process.env.E2E_OTHER_WIRE_NODE;
    const other = new ClusterNode({ name: "other", file, args: [version, address, `v${version}`, nodes[0].cluster] });
    started.push(other);
    await other.start();
    const sentence = (theirs, ours) => new RegExp(`refused.*it speaks wire version ${theirs}, we ${ours}`);
    await other.logs(sentence(1, version));
    await nodes[0].logs(new RegExp(`refused.*v${version}.*it speaks wire version ${version}, we 1`));
    // Node 1 has it as a peer, and dials.
    await nodes[1].stop();
    nodes[1].args.push("--peer", address);
    const from = other.output.length;
    await nodes[1].start();
    await nodes[1].logs(sentence(version, 1));
    await other.logs(sentence(1, version), { from });
    await formed(nodes);
    assert.doesNotMatch(other.output, /linked with/);
    assert.equal(await other.stop(), 0);
  }
});

test("off loopback a node without certificates does not start, and says what is missing", async () => {
  const [node] = await cluster(1);
  node.args[node.args.indexOf("--cluster-listen") + 1] = "0.0.0.0:0";
  await assert.rejects(node.start(), /cluster-cert|certificate|TLS/);
  node.starts = 0;
});

// Clusters for tests: a few conformance apps that know each other, on loopback without TLS, or in network
// namespaces with it (tests/faults/network.mjs), where links can be cut.
import assert from "node:assert/strict";
import { Authority } from "../../faults/certificates.mjs";
import { ClusterNode } from "../../faults/cluster_node.mjs";
import { Network } from "../../faults/network.mjs";
import { ask, connected } from "./clients.mjs";
import { freePort } from "./ports.mjs";
import { stopwatch } from "./stopwatch.mjs";
import { within } from "./waiting.mjs";

export const shards = Number(process.env.E2E_SHARDS ?? 2);
/// The port nodes listen on for each other, each in its own namespace.
export const clusterPort = 7400;
/// What forming and healing may take on a loaded machine; what is promised is asserted where it is measured.
const formingDeadline = 60000;

/// Makes a node that can be given to connected() and the like: {url, port, ...} once it is started.
function makeNode({ name, listen, cluster, peers, tls, namespace, options = {} }) {
  assert.ok(process.env.E2E_BIN, "run tests with tests/e2e/run.mjs");
  const flags = Object.entries({ listen, shards, name, "cluster-listen": cluster, ...options });
  const args = [
    ...flags.flatMap(([flag, value]) => [`--${flag}`, String(value)]),
    ...peers.flatMap((peer) => ["--peer", peer]),
    ...(tls ? ["--cluster-cert", tls.cert, "--cluster-key", tls.key, "--cluster-ca", tls.ca] : []),
  ];
  const node = new ClusterNode({ name, file: process.env.E2E_BIN, args, namespace });
  node.cluster = cluster;
  node.host = listen.slice(0, listen.lastIndexOf(":"));
  Object.defineProperty(node, "url", { get: () => `http://${node.host}:${node.port}` });
  return node;
}

/// Not started yet. `peersOf(index, addresses)` says whom each dials; by default all others. `optionsOf(index)`: more
/// options of that node.
export async function makeLoopback(count, { peersOf, options, optionsOf, names } = {}) {
  const addresses = [];
  for (let i = 0; i < count; ++i) addresses.push(`127.0.0.1:${await freePort()}`);
  const others = (index) => addresses.filter((_, other) => other !== index);
  // The same port after a restart: clients of a test need not look for it.
  return Promise.all(addresses.map(async (cluster, index) =>
    makeNode({ name: names?.[index] ?? `n${index}`, listen: `127.0.0.1:${await freePort()}`, cluster,
      peers: peersOf ? peersOf(index, addresses) : others(index), options: { ...options, ...optionsOf?.(index) } })));
}

/// The same in namespaces, with TLS: {network, nodes, authority}.
export function makeNamespaces(count, { host = true, options, peersOf, authority = new Authority() } = {}) {
  const network = new Network({ nodes: count, host });
  const addresses = network.nodes.map(({ clusterAddress }) => `${clusterAddress}:${clusterPort}`);
  const others = (index) => addresses.filter((_, other) => other !== index);
  const nodes = network.nodes.map(({ index, namespace, clientAddress, clusterAddress }) => {
    const node = makeNode({ name: `n${index}`, listen: `${clientAddress}:3000`, cluster: addresses[index], namespace,
      peers: peersOf ? peersOf(index, addresses) : others(index), tls: authority.issue(`n${index}`, clusterAddress), options });
    return Object.assign(node, { place: network.nodes[index] });
  });
  return { network, nodes, authority };
}

export const startAll = (nodes) => Promise.all(nodes.map((node) => node.start()));

let rooms = 0;
export const freshRoom = () => `room-${process.pid}-${++rooms}`;

/// Resolves to the milliseconds until each of the nodes sees a socket of each other. Their rooms are
/// fresh: what one node told another before is no help.
export async function formed(nodes, { deadline = formingDeadline, client = {} } = {}) {
  const watch = stopwatch(...nodes.map(({ pid }) => pid));
  const probes = await Promise.all(nodes.map((node) => connected(node, "/", client)));
  const names = probes.map(freshRoom);
  const joins = Promise.all(probes.map((probe, index) => probe.timeout(deadline).emitWithAck("join", names[index])));
  const sees = async (probe) => (await Promise.all(names.map((room) => ask(probe, "fetch", room)))).every((found) => found.length === 1);
  const all = (async () => {
    while (!(await Promise.all(probes.map(sees))).every(Boolean)) await new Promise((resolve) => setTimeout(resolve, 20));
  })();
  try {
    await within(deadline, "the cluster to form", all);
    await joins;
  } catch (error) {
    const logs = nodes.map(({ name, output }) => `--- ${name}:\n${output.slice(-3000)}`).join("\n");
    throw new Error(`${error.message}\n${logs}`);
  } finally {
    probes.forEach((probe) => probe.disconnect());
  }
  return watch();
}

/// Resolves when all that was sent by `sender` before has arrived at each of `sockets`: its messages to
/// one socket keep their order over rooms, ids and broadcasts.
export async function arrived(sender, ...sockets) {
  const fences = sockets.map((socket) => {
    const fence = `fence-${++rooms}`;
    const came = new Promise((resolve) => socket.once(fence, resolve));
    sender.emit("emit-to", socket.id, fence);
    return within(10000, `the fence at ${socket.id}`, came);
  });
  await Promise.all(fences);
}

/// Stops the nodes; each must exit with 0 (a sanitizer's report is exit code 1 and is shown).
export async function stopAll(nodes) {
  const codes = await Promise.all(nodes.map((node) => node.starts && node.stop()));
  codes.forEach((code, index) => {
    const { name, output, starts } = nodes[index];
    if (starts && code !== "SIGKILL") assert.equal(code, 0, `${name} ended with ${code}:\n${output.slice(-8000)}`);
  });
}

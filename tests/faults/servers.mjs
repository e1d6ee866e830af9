// How the server under test is started: ours, or the official one for comparison.
import { join } from "node:path";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ClusterNode } from "./cluster_node.mjs";

export const clusterPort = 7400;
const clientPort = 3000;

/// The conformance app of a build folder, with TLS between the nodes.
export function pushmeshNodes({ bin, network, authority, shards = 2, options = [] }) {
  const file = join(bin, "conformance_app");
  if (!existsSync(file)) throw new Error(`no conformance_app in ${bin}`);
  return network.nodes.map((node) => {
    const name = `n${node.index}`;
    const { cert, key, ca } = authority.issue(name, node.clusterAddress);
    const peers = network.nodes.filter((peer) => peer !== node).flatMap((peer) => ["--peer", `${peer.clusterAddress}:${clusterPort}`]);
    const args = ["--listen", `${node.clientAddress}:${clientPort}`, "--shards", String(shards), "--name", name,
      "--cluster-listen", `${node.clusterAddress}:${clusterPort}`, ...peers,
      "--cluster-cert", cert, "--cluster-key", key, "--cluster-ca", ca, ...options];
    return new ClusterNode({ name, file, args, namespace: node.namespace });
  });
}

/// The official server with @socket.io/redis-adapter, and a Redis on a machine of its own (`broker`), which
/// is all these nodes know of each other: {broker, redis, nodes}.
export function officialNodes({ network }) {
  const app = fileURLToPath(new URL("official/app.mjs", import.meta.url));
  if (!existsSync(new URL("official/node_modules", import.meta.url))) throw new Error("run npm ci in tests/faults/official first");
  const broker = { index: "redis", ...network.addStranger("redis", 250) };
  const redis = new ClusterNode({ name: "redis", file: "redis-server", namespace: broker.namespace,
    args: ["--bind", broker.clusterAddress, "--port", "6379", "--protected-mode", "no", "--save", "", "--daemonize", "no"],
    ready: /Ready to accept connections/ });
  const nodes = network.nodes.map(({ index, namespace, clientAddress }) =>
    new ClusterNode({ name: `n${index}`, file: process.execPath, namespace,
      args: [app, `${clientAddress}:${clientPort}`, `redis://${broker.clusterAddress}:6379`] }));
  return { broker, redis, nodes };
}

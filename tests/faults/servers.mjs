// How the server under test is started.
import { join } from "node:path";
import { existsSync } from "node:fs";
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

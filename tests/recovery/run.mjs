#!/usr/bin/env node
// Clients of a node are cut off and come back, by command:
//
//   node tests/recovery/run.mjs --bin DIR [--shards 2] [--clients 200] [--seconds 120]
//                               [--drop 1000-60000] [--stay 500-3000] [--seed 1] [--window 120000]
//
// Prints one line of JSON; exits with 0 when nothing was lost, doubled or out of order and 99.9 % of the drops were
// recovered. Needs tests/e2e/node_modules.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ClusterNode } from "../faults/cluster_node.mjs";
import { checkRecovery } from "./check.mjs";

const { values: options } = parseArgs({
  options: {
    bin: { type: "string" },
    shards: { type: "string", default: "2" },
    clients: { type: "string", default: "200" },
    seconds: { type: "string", default: "120" },
    drop: { type: "string", default: "1000-60000" },
    stay: { type: "string", default: "500-3000" },
    period: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    window: { type: "string", default: "120000" },
  },
});
if (!options.bin) {
  console.error("--bin DIR: the folder of the conformance app");
  process.exit(64);
}

const range = (text) => text.split("-").map(Number);
const node = new ClusterNode({
  name: "n0",
  file: resolve(options.bin, "conformance_app"),
  args: ["--listen", "127.0.0.1:0", "--shards", options.shards, "--recovery", options.window],
});
await node.start();
const verdict = await checkRecovery({
  ports: [node.port],
  clients: Number(options.clients),
  seconds: Number(options.seconds),
  drop: range(options.drop),
  stay: range(options.stay),
  period: Number(options.period),
  seed: Number(options.seed),
});
await node.stop();
console.log(JSON.stringify(verdict));
const { drops, recovered } = verdict.same;
const kept = drops > 0 && recovered / drops >= 0.999;
process.exit(kept && verdict.lost + verdict.doubled + verdict.wrong === 0 ? 0 : 1);

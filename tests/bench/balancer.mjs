#!/usr/bin/env node
// Default socket.io clients (polling, then the upgrade) through haproxy, round robin over three nodes, one of
// which is stopped gracefully meanwhile. Exits with 1 when there was an answer 4xx or 5xx, or a client reconnected although
// neither its session nor its connection was on the node that stopped.
//
//   node tests/bench/balancer.mjs --bin DIR [--clients 5000] [--rate 1000] [--processes 4] [--shards 1]
//                                 [--no-stop] [--websocket]
//
// --no-stop     all three nodes stay
// --websocket   no polling: no tunnels, for comparison
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values: flags } = parseArgs({
  options: {
    bin: { type: "string" },
    clients: { type: "string", default: "5000" },
    rate: { type: "string", default: "1000" },
    processes: { type: "string", default: "4" },
    shards: { type: "string", default: "1" },
    "no-stop": { type: "boolean", default: false },
    websocket: { type: "boolean", default: false },
  },
});
const program = join(resolve(flags.bin ?? "."), "conformance_app");
if (!flags.bin || !existsSync(program)) {
  console.error("--bin DIR: the folder with conformance_app");
  process.exit(64);
}
process.env.E2E_BIN = program;
process.env.E2E_SHARDS = flags.shards;
const { balancedRun } = await import("../e2e/support/balanced_run.mjs");

const clients = Number(flags.clients);
const r = await balancedRun({
  clients,
  perSecond: Number(flags.rate),
  processes: Number(flags.processes),
  stopOne: !flags["no-stop"],
  options: flags.websocket ? { transports: ["websocket"] } : {},
  patience: 180000,
});
const ms = (x) => `${x.toFixed(1)} ms`;
const share = (n) => `${n} (${((100 * n) / clients).toFixed(1)} %)`;
console.log(`clients               ${clients}, begun within ${r.connectSeconds.toFixed(1)} s`);
console.log(`answers               ${Object.entries(r.answers).map(([status, n]) => `${status}: ${n}`).join(", ")}`);
if (r.stopMs !== undefined) {
  console.log(`the node stopped in   ${ms(r.stopMs)}`);
  console.log(`concerned by it       ${share(r.ofStopped)}: session or WebSocket was there; reconnected ${r.reconnects}`);
  console.log(`"Session ID unknown"  ${r.unknownOfStopped} to clients of the stopped node`);
}
console.log(`tunnelled             ${share(r.tunnels)}; still polling ${r.polling}`);
for (const how of ["direct", "tunnelled"])
  if (r.cost[how]) console.log(`echo, ${how.padEnd(15)} p50 ${ms(r.cost[how].p50)}, p99 ${ms(r.cost[how].p99)}`);
console.log(`broadcast of 200 B    ${ms(r.cost.broadcastMs)} to all, ${r.cost.cpuPerMillion.toFixed(1)} s of CPU per million`);
console.log(`memory                ${Math.round(r.bytesPerClient)} bytes per client, all nodes together`);
console.log(`problems              ${r.problems.length}`);
for (const problem of r.problems.slice(0, 20)) console.log(`  ${problem}`);
process.exit(r.problems.length + r.unknownOfStopped > 0 ? 1 : 0);

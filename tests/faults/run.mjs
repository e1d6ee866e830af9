#!/usr/bin/env node
// Clients use a cluster while faults come and go by chance; a checker reads what they wrote down.
//
//   tests/faults/run.mjs --bin DIR [--seconds 120] [--clients 300] [--nodes 3] [--seed X]
//                        [--only KIND,KIND] [--out FOLDER] [--shards 2] [--verbose]
//   tests/faults/run.mjs --official [...]
//
// With --official the official server with its Redis adapter is judged instead: what would lie between two
// nodes lies between the first of them and Redis, and nothing is delayed.
//
// Needs root (network namespaces, iptables) and tests/e2e/node_modules. Prints the plan, a table, and one
// line of JSON; exits with 0 when no rule was broken, 1 when one was, 64 when it cannot run here.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Authority } from "./certificates.mjs";
import { check } from "./checker.mjs";
import { now } from "./cluster_node.mjs";
import { interpose } from "./delay_proxy.mjs";
import { cut, cutOneWay, Delay, Freeze, Kill, LinkDown, loss, RateLimit } from "./faults.mjs";
import { readHistory } from "./history_client.mjs";
import { Network, NetworkError } from "./network.mjs";
import { faultPlan, kindNames } from "./plan.mjs";
import { Random } from "./random.mjs";
import { faultTable, summary } from "./report.mjs";
import { clusterPort, officialNodes, pushmeshNodes } from "./servers.mjs";

const { values: options } = parseArgs({
  options: {
    bin: { type: "string" },
    seconds: { type: "string", default: "120" },
    clients: { type: "string", default: "300" },
    nodes: { type: "string", default: "3" },
    seed: { type: "string", default: String(Date.now() % 100000) },
    only: { type: "string" },
    out: { type: "string" },
    shards: { type: "string", default: "2" },
    calm: { type: "string", default: "8" },
    "no-faults": { type: "boolean", default: false },
    official: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  },
});
const [seconds, clients, count, seed] = ["seconds", "clients", "nodes", "seed"].map((name) => Number(options[name]));
if (!options.bin && !options.official) stopWith(64, "--bin DIR: the folder of the conformance app");

/// What each client does: an emit every 2 s on average, to these targets; another room every 20 s.
const workload = { every: 2000, moveEvery: 20000, rooms: 30, roomsEach: 2, kinds: { room: 0.55, id: 0.3, all: 0.05, ask: 0.1 } };

const began = now();
const say = (text) => console.log(`${((now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function stopWith(code, message) {
  console.error(message);
  process.exit(code);
}

/// The clients of one node: a process in a namespace.
class Group {
  lag = 0;
  #answers = new Map();

  constructor(namespace) {
    const script = fileURLToPath(new URL("client_group.mjs", import.meta.url));
    const [file, args] = Network.within(namespace, process.execPath, ["--max-old-space-size=4096", script]);
    this.child = spawn(file, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.child.on("message", (message) => {
      if (message.lag !== undefined) this.lag = Math.max(this.lag, message.lag);
      for (const key of Object.keys(message)) this.#answers.get(key)?.();
    });
    this.child.once("exit", (code) => code && stopWith(1, `a group of clients ended with ${code}`));
  }

  /// Sends a message and waits for the one that answers it.
  ask(message, answer) {
    const came = new Promise((resolve) => this.#answers.set(answer, resolve));
    this.child.send(message);
    return came;
  }
}

/// Makes the planned fault's object.
function makeFault({ kind, pair, node, probability, rate, ms }, { network, programs, proxy, broker }) {
  const a = network.nodes[pair?.[0]];
  const b = broker ?? network.nodes[pair?.[1]];
  switch (kind) {
    case "cut": return cut(network, a, b);
    case "one-way cut": return cutOneWay(network, a, b);
    case "loss": return loss(network, a, b, probability);
    case "link down": return new LinkDown(network, network.nodes[node], count);
    case "rate limit": return new RateLimit(network, network.nodes[node], count, rate);
    case "freeze": return new Freeze(programs[node], node, count);
    case "kill": return new Kill(programs[node], node, count);
    case "delay": return new Delay(proxy, ...pair, ms);
    default: throw new Error(`no fault is called ${kind}`);
  }
}

async function runFaults(plan, where) {
  const zero = now();
  const records = [];
  for (const planned of plan) {
    await sleep(zero + planned.at * 1000 - now());
    const fault = makeFault(planned, where);
    records.push(fault.record);
    await fault.apply();
    say(`${fault.description} for ${planned.lasts} s`);
    await sleep(fault.record.applied + planned.lasts * 1000 - now());
    await fault.heal();
    say(`${fault.description} healed`);
  }
  await sleep(zero + seconds * 1000 - now());
  return records;
}

async function ourNodes(network) {
  const [a, b] = network.nodes;
  const proxy = b && (await interpose(network, a, b, clusterPort));
  return { proxy, programs: pushmeshNodes({ bin: options.bin, network, authority: new Authority(), shards: options.shards }) };
}

async function startBroker(network) {
  const { broker, redis, nodes } = officialNodes({ network });
  await redis.start();
  return { broker, programs: nodes };
}

async function main() {
  const random = new Random(seed);
  const network = new Network({ nodes: count, groups: count });
  const out = options.out ?? mkdtempSync(join(tmpdir(), "pushmesh-faults-"));
  mkdirSync(out, { recursive: true });
  if (!options.out) process.once("exit", () => rmSync(out, { recursive: true, force: true }));

  const { programs, ...more } = options.official ? await startBroker(network) : await ourNodes(network);
  process.once("exit", () => options.out && programs.forEach(({ name, output }) => writeFileSync(join(out, `${name}.log`), output)));
  await Promise.all(programs.map((program) => program.start()));

  const groups = network.groups.map(({ namespace }) => new Group(namespace));
  const each = Math.ceil(clients / count);
  await Promise.all(groups.map((group, index) => group.ask({ start: {
    url: `http://${network.nodes[index].clientAddress}:${programs[index].port}`,
    node: index, clients: each, seed: random.integer(0, 2 ** 31), firstKey: (index + 1) * 100000, plan: workload,
  } }, "ready")));
  say(`${count} nodes, ${each * count} clients, seed ${seed}`);
  const only = options.only?.split(",") ?? kindNames.filter((kind) => kind !== "delay" || more.proxy);
  const plan = options["no-faults"] ? [] : faultPlan({ random, seconds, nodes: count, calm: Number(options.calm), only });
  const start = now();
  const faults = await runFaults(plan, { network, programs, ...more });
  await Promise.all(groups.map((group) => group.ask({ finish: true }, "finished")));
  await sleep(10000);

  const paths = groups.map((_, index) => join(out, `group-${index}.jsonl`));
  await Promise.all(groups.map((group, index) => group.ask({ write: paths[index] }, "written")));
  const history = { sockets: [], emits: [] };
  for (const path of paths) {
    const part = readHistory(readFileSync(path, "utf8"));
    for (const list of ["sockets", "emits"]) for (const entry of part[list]) history[list].push(entry);
  }
  if (options.out) writeFileSync(join(out, "faults.json"), JSON.stringify({ faults, start }));
  const exits = await Promise.all(programs.map((program) => program.stop().catch((error) => error.message)));
  network.close();

  // The forming of the cluster is measured elsewhere: its first seconds are like the time after a heal.
  const forming = { kind: "start", touched: allPairs(count), apart: [], down: [], applied: 0, healed: start };
  const verdict = check({ ...history, faults: [forming, ...faults] });
  verdict.figures.faults -= 1;
  exits.forEach((code, index) => code !== 0 && fail(verdict, "exit", { node: index, code }));
  console.log(`\n${faultTable(faults, start)}\n\n${summary(verdict, faults)}`);
  console.log(`largest lag of a client process: ${Math.round(Math.max(...groups.map(({ lag }) => lag)))} ms`);
  console.log(JSON.stringify({ seed, seconds, clients, nodes: count, passed: verdict.passed, violations: verdict.violations, ...verdict.figures }));
  if (!verdict.passed || options.verbose) programs.forEach(({ name, output }) => console.log(`--- ${name}:\n${output.slice(-6000)}`));
  return verdict.passed ? 0 : 1;
}

const allPairs = (nodes) => Array.from({ length: nodes }, (_, a) => Array.from({ length: a }, (_, b) => [a, b])).flat();

function fail(verdict, rule, detail) {
  verdict.passed = false;
  verdict.violations[rule] = (verdict.violations[rule] ?? 0) + 1;
  verdict.examples.push({ rule, ...detail });
}

main().then(
  (code) => process.exit(code),
  (error) => stopWith(error instanceof NetworkError ? 64 : 1, error instanceof NetworkError ? error.message : error.stack),
);

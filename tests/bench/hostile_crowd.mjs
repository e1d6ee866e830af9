#!/usr/bin/env node
// Crowds that hold connections up, wave after wave, beside a client that must feel nothing:
//
//   node tests/bench/hostile_crowd.mjs [--bin build/release/bin] [--count 5000] [--waves 6] [--only KIND]
//
// KIND is one of those of tests/e2e/support/crowd_worker.mjs: silent, head, body, frame; and vanished, whose
// network goes away without a FIN (root). Prints for each wave how the offenders ended, what the bystander saw
// and the node's user memory (RssAnon). Fails when an offender ended otherwise or was not counted, when the
// bystander was cut off or waited for more than 100 ms, and when memory grew by more than 2 % from the fourth
// wave on: until then the heap grows to what the most clients at once need.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Network } from "../faults/network.mjs";
import { crowd, startBystander } from "../e2e/support/crowd.mjs";
import { launch } from "../e2e/support/server.mjs";

const { values: options } = parseArgs({
  options: {
    bin: { type: "string", default: "build/release/bin" },
    count: { type: "string", default: "5000" },
    waves: { type: "string", default: "6" },
    only: { type: "string", default: "" },
  },
});
const count = Number(options.count);
const waves = Number(options.waves);
const allowedGap = 100;
const flags = ["--demo", "--insecure", "--shards", "1", "--request-timeout", "4s", "--ping-interval", "6s", "--ping-timeout", "4s", "--close-timeout", "1s"];

async function startNode(host, at) {
  const args = ["serve", "--listen", `${host}:0`, "--internal-listen", `${host}:0`, ...flags];
  const node = await launch(...at(join(options.bin, "pushmesh"), args));
  const internal = node.output().match(/^internal listener on .*:(\d+)$/m)[1];
  return Object.assign(node, {
    host,
    url: `http://${host}:${node.port}`,
    async counted(name) {
      const text = await (await fetch(`http://${host}:${internal}/metrics`)).text();
      return Number(text.split("\n").find((line) => line.startsWith(`pushmesh_${name} `)).split(" ").at(-1));
    },
    memory: () => Number(readFileSync(`/proc/${node.pid}/status`, "utf8").match(/RssAnon:\s+(\d+)/)[1]),
    descriptors: () => readdirSync(`/proc/${node.pid}/fd`).length,
  });
}

const timeouts = "request_timeouts_total";
const pings = 'disconnects_total{reason="ping timeout"}';

/// What each kind ends with, and the metrics that count it.
const kinds = {
  silent: { how: "cut", metrics: { [timeouts]: 1 } },
  head: { how: "cut", metrics: { [timeouts]: 1 } },
  body: { how: "cut", metrics: { [timeouts]: 1 } },
  frame: { how: "1001 ping timeout", metrics: { [pings]: 1 } },
  vanished: { metrics: { [timeouts]: 2 / 5, [pings]: 3 / 5 } },
};
const vanishing = ["head", "body", "frame", "idle", "poll"];

/// How the offenders ended, as text. Of those that vanish nobody can tell.
async function attack(kind, node, network, wave) {
  if (kind !== "vanished") {
    const { ended } = await crowd(kind, node, count);
    const endings = await ended;
    assert.deepEqual(Object.keys(endings), [kinds[kind].how]);
    const [{ clients, least, most }] = Object.values(endings);
    assert.equal(clients, count);
    return `${kinds[kind].how} after ${(least / 1000).toFixed(1)} to ${(most / 1000).toFixed(1)} s`;
  }
  const { namespace } = network.groups[wave - 1]; // the kernel may still try to reach those of the last wave
  const at = (file, args) => Network.within(namespace, file, args);
  const crowds = await Promise.all(vanishing.map((one) => crowd(one, node, count / vanishing.length, at)));
  network.in(namespace, "ip", "link", "set", "clients0", "down");
  crowds.forEach(({ kill }) => kill());
  return "no client was told";
}

/// Until all is gone but the bystander.
async function settled(node, before) {
  const began = performance.now();
  while ((await node.counted("connections")) > 1 || node.descriptors() > before) {
    assert.ok(performance.now() - began < 60000, `${await node.counted("connections")} connections and ${node.descriptors()} descriptors are left`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await new Promise((resolve) => setTimeout(resolve, 1500)); // caches of what was freed are trimmed by then
}

async function run(kind) {
  const network = kind === "vanished" ? new Network({ nodes: 1, groups: waves, host: true }) : undefined;
  const [host, at] = network
    ? [network.nodes[0].clientAddress, (file, args) => Network.within(network.nodes[0].namespace, file, args)]
    : ["127.0.0.1", (file, args) => [file, args]];
  const node = await startNode(host, at);
  const bystander = await startBystander(node);
  await node.counted(timeouts); // its connection is one of the descriptors from now on
  const before = node.descriptors() + 2; // and two that fetch may open
  let last;
  for (let wave = 1; wave <= waves; ++wave) {
    const counted = Object.fromEntries(await Promise.all(Object.keys(kinds[kind].metrics).map(async (name) => [name, await node.counted(name)])));
    await bystander.period();
    const ending = await attack(kind, node, network, wave);
    await settled(node, before);
    const seen = await bystander.period();
    for (const [name, share] of Object.entries(kinds[kind].metrics)) assert.equal((await node.counted(name)) - counted[name], share * count, name);
    const memory = node.memory();
    console.log(`${kind} wave ${wave}: ${count} offenders, ${ending}; bystander: gap ${seen.blamed.toFixed(0)} ms (${seen.gap.toFixed(0)} ms with what ` +
      `others took of the processors) in ${seen.answers} answers; memory ${memory} KiB`);
    assert.equal(seen.disconnects, 0);
    assert.ok(seen.blamed <= allowedGap, "the bystander waited");
    if (wave > 3) assert.ok(memory <= last * 1.02, `memory grew from ${last} to ${memory} KiB`);
    last = memory;
  }
  bystander.leave();
  await node.stop();
  network?.close();
}

for (const kind of Object.keys(kinds)) if (kind.includes(options.only)) await run(kind);

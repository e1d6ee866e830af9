#!/usr/bin/env node
// End-to-end tests against the conformance app.
//
//   node tests/e2e/run.mjs --bin DIR [--only NAME] [--shards 1,3]
//   node tests/e2e/run.mjs --reference [--only NAME]     the same tests against the official server
//   node tests/e2e/run.mjs --bin DIR --cluster [...]     the tests in cluster/: several nodes, some of them in
//                                                        network namespaces (root)
//
// DIR is searched for the programs. NAME is part of a test file's name. Exits with 0 when all passed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { run } from "node:test";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = fileURLToPath(new URL(".", import.meta.url));
const { values: options } = parseArgs({
  options: {
    bin: { type: "string" },
    only: { type: "string", default: "" },
    shards: { type: "string", default: "1,3" },
    reference: { type: "boolean", default: false },
    cluster: { type: "boolean", default: false },
  },
});

function fail(message) {
  console.error(message);
  process.exit(64);
}

/// The newest executable file of this name below `folder`.
function findProgram(folder, name) {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === name)
    .map((entry) => join(entry.parentPath ?? entry.path, name))
    .filter((path) => statSync(path).mode & 0o100);
  return paths.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
}

/// Clients in C++ are one file each and need only Boost's headers: built here when the build folder has
/// none.
function buildClient(name) {
  const source = join(here, name, `${name}.cpp`);
  const folder = resolve(here, "../../build/e2e");
  const program = join(folder, name);
  if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) return program;
  mkdirSync(folder, { recursive: true });
  const flags = ["-std=c++20", "-O1", "-Wall", "-Wextra", source, "-o", program, "-pthread"];
  const built = spawnSync(process.env.CXX ?? "g++", flags, { stdio: "inherit" });
  if (built.status !== 0) fail(`cannot build ${source}`);
  return program;
}

function locate() {
  if (options.reference) {
    process.env.E2E_REFERENCE = "1";
  } else {
    if (!options.bin || !existsSync(options.bin)) fail("--bin DIR: the folder of the programs to test");
    process.env.E2E_BIN = findProgram(options.bin, "conformance_app") ?? fail(`no conformance_app in ${options.bin}`);
    process.env.E2E_OTHER_WIRE_NODE = findProgram(options.bin, "other_wire_node") ?? "";
  }
  for (const [file, variable, name] of [["beast", "E2E_BEAST_CLIENT", "beast_client"], ["order", "E2E_CHECKER", "checker"]]) {
    if (!files.includes(`${file}.test.mjs`)) continue;
    process.env[variable] = (options.bin && findProgram(options.bin, name)) || buildClient(name);
  }
}

/// Runs one file; prints what failed. Resolves to {passed, failed, skipped}.
async function runFile(file, title) {
  const began = performance.now();
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let output = "";
  const note = (kind, { name, details, skip }) => {
    if (name.endsWith(".test.mjs")) {
      // The file itself: it also fails when its process ends before all of its tests have.
      if (kind !== "failed" || counts.failed > 0) return;
    }
    counts[skip !== undefined ? "skipped" : kind] += 1;
    if (kind !== "failed") return;
    const error = details?.error?.cause ?? details?.error;
    console.log(`   FAILED: ${name}\n      ${String(error?.stack ?? error).replaceAll("\n", "\n      ")}`);
  };
  const stream = run({ files: [join(folder, file)], concurrency: 1, timeout: options.cluster ? 300000 : 120000 });
  stream.on("test:pass", (data) => note("passed", data));
  stream.on("test:fail", (data) => note("failed", data));
  stream.on("test:diagnostic", ({ message }) => message.startsWith("e2e:") && console.log(`   ${message.slice(4).trim()}`));
  for (const type of ["test:stdout", "test:stderr"]) stream.on(type, (data) => (output += data.message ?? ""));
  stream.resume();
  await new Promise((done) => stream.once("end", done));
  if (counts.failed && output) console.log(output.slice(-8000));
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const skipped = counts.skipped ? `, ${counts.skipped} skipped` : "";
  console.log(`${counts.failed ? "FAIL" : "ok  "} ${title}: ${counts.passed} passed, ${counts.failed} failed${skipped} (${seconds} s)`);
  return counts;
}

/// What these test is the same for any number of shards: they run with the last one only.
const sameOnAnyShards = new Set(["beast", "bridge_official", "engineio_facts", "hostile", "python"].map((name) => `${name}.test.mjs`));

const folder = options.cluster ? join(here, "cluster") : here;
const files = readdirSync(folder).filter((name) => name.endsWith(".test.mjs") && name.includes(options.only)).sort();
if (files.length === 0) fail(`no test file is named like ${options.only}`);
locate();
const total = { passed: 0, failed: 0, skipped: 0 };
const add = (counts) => Object.keys(total).forEach((key) => (total[key] += counts[key]));
const shardCounts = options.reference ? ["1"] : options.shards.split(",");
for (const shards of shardCounts) {
  process.env.E2E_SHARDS = shards;
  const where = options.reference ? "official server" : `${shards} shard${shards === "1" ? "" : "s"}`;
  const isLast = shards === shardCounts.at(-1);
  for (const file of files.filter((name) => isLast || !sameOnAnyShards.has(name))) add(await runFile(file, `${file.replace(".test.mjs", "")} (${where})`));
}
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 ? 1 : 0);

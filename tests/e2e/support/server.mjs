// Starts the server under test and stops it again. run.mjs says which by environment variables.
import { spawn } from "node:child_process";
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stopwatch } from "./stopwatch.mjs";
import { within } from "./waiting.mjs";

export const isReference = process.env.E2E_REFERENCE === "1";
export const shards = Number(process.env.E2E_SHARDS ?? 1);
/// What shutdown may take: promised, and asserted by mustExit().
const stopDeadline = 5000;
/// How long is waited for it. A sanitizer looks for leaks, builds run beside.
const stopPatience = 20000;

function command(options) {
  if (isReference) {
    const app = fileURLToPath(new URL("../reference/app.mjs", import.meta.url));
    return [process.execPath, [app, ...options]];
  }
  assert.ok(process.env.E2E_BIN, "run tests with tests/e2e/run.mjs");
  return [process.env.E2E_BIN, options];
}

/// Waits for the line `listening on HOST:PORT`.
function port(child, output) {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    // Not "exit": that may come before the last of what it printed.
    child.once("close", (code) => reject(new Error(`the server ended with ${code} at start:\n${output.text}`)));
    child.stdout.on("data", () => {
      const found = output.text.match(/^listening on .*:(\d+)\n/m);
      if (found) resolve(Number(found[1]));
    });
  });
}

/// A running conformance app: `url`, `port`, `pid`. Stopped by stop(), which fails the test when the
/// server does not exit with 0 in time (a sanitizer's report is exit code 1 and is shown).
export function startServer(options = {}) {
  const flags = Object.entries({ listen: "127.0.0.1:0", shards, ...options });
  return launch(...command(flags.flatMap(([name, value]) => [`--${name}`, String(value)])));
}

/// The same for another example, of the same build.
export const startExample = (name) => launch(join(dirname(process.env.E2E_BIN), name), ["127.0.0.1:0"]);

/// The same for a program by its path.
export async function launch(file, args) {
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
  const output = { text: "" };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output.text += chunk));
  const exited = new Promise((resolve) => child.once("close", (code, signal) => resolve(code ?? signal)));
  process.once("exit", () => child.kill("SIGKILL"));
  process.once("SIGTERM", () => process.exit(1));
  const bound = await within(20000, "the server's `listening on` line", port(child, output)).catch((error) => {
    child.kill("SIGKILL");
    throw error;
  });

  const server = {
    port: bound,
    url: `http://127.0.0.1:${bound}`,
    pid: child.pid,
    exited,
    output: () => output.text,
    /// Resolves once the server printed what `pattern` matches, `count` times (with the flag g).
    logged(pattern, count = 1) {
      const seen = () => (output.text.match(pattern)?.length ?? 0) >= count;
      const printed = new Promise((resolve) => {
        if (seen()) return resolve();
        const check = () => seen() && resolve();
        for (const stream of [child.stdout, child.stderr]) stream.on("data", check);
      });
      return within(20000, `${pattern} in the server's output`, printed);
    },
    signal: (name) => child.kill(name),
    async stop() {
      child.kill("SIGTERM");
      await ended();
    },
    /// Resolves to the milliseconds it took from now.
    async mustExit() {
      const watch = stopwatch(child.pid);
      await ended();
      const took = watch();
      assert.ok(took < stopDeadline, `the server took ${took} ms to exit`);
      return took;
    },
  };

  async function ended() {
    const code = await within(stopPatience, "the server's exit after SIGTERM", exited).catch((late) => {
      child.kill("SIGKILL");
      throw late;
    });
    assert.equal(code, 0, `the server ended with ${code}:\n${output.text.slice(-8000)}`);
  }
  return server;
}

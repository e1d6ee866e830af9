// Runs the pushmesh program and watches what it prints.
import { spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { stopwatch } from "../support/stopwatch.mjs";

export const root = fileURLToPath(new URL("../../..", import.meta.url));

// run.mjs names a program of the folder to test; alone, the dev build is tested.
const bin = process.env.E2E_BIN ? path.dirname(process.env.E2E_BIN) : path.join(root, "build/dev/bin");
export const program = path.join(bin, "pushmesh");

// Nothing of our own environment may reach the program as a setting.
const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PUSHMESH_")));

/** Runs it to its end. Returns {code, out, err}. */
export function run(args, { env = {}, cwd, uid, file = program } = {}) {
  const done = spawnSync(file, args, { encoding: "utf8", timeout: 20_000, env: { ...clean, ...env }, cwd, uid });
  if (done.error) throw done.error;
  return { code: done.status ?? done.signal, out: done.stdout, err: done.stderr };
}

/** Starts `serve` and waits until it serves. */
export async function serve(args = [], { env = {} } = {}) {
  const child = spawn(program, ["serve", "--listen", "127.0.0.1:0", ...args], { env: { ...clean, ...env } });
  const node = { child, out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => (node.out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (node.err += text));
  node.ended = once(child, "close").then(([code, signal]) => code ?? signal);
  await until(() => /^listening on .*\n/m.test(node.out), node, "it did not serve");
  node.port = Number(/^listening on 127\.0\.0\.1:(\d+)$/m.exec(node.out)[1]);
  node.internalPort = Number(/^internal listener on 127\.0\.0\.1:(\d+)$/m.exec(node.out)?.[1] ?? 0);
  node.stop = async (signal = "SIGTERM") => {
    child.kill(signal);
    const giveUp = setTimeout(() => child.kill("SIGKILL"), 60_000);
    const watch = stopwatch(child.pid);
    const code = await node.ended;
    clearTimeout(giveUp);
    if (code !== 0) console.error(node.err.slice(-8000)); // a sanitizer's report, for example
    return { code, ms: watch() };
  };
  return node;
}

/** Waits until `holds`, at most `ms` and while the program runs, which then gets `signal`. */
export async function until(holds, node, what, { ms = 30_000, signal = "SIGKILL" } = {}) {
  const giveUp = setTimeout(() => node.child.kill(signal), ms); // that ends the loop, too
  let running = true;
  const ended = node.ended.then(() => (running = false));
  while (!holds() && running) await Promise.race([once(node.child.stdout, "data"), once(node.child.stderr, "data"), ended]);
  clearTimeout(giveUp);
  if (!holds()) throw new Error(`${what}: ${node.out}${node.err}`);
}

/** A port of 127.0.0.1 that is taken until release(). */
export async function takenPort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: server.address().port, release: () => server.close() };
}

// Crowds of clients that hold a server up (crowd_worker.mjs), and a client beside them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const script = (name) => fileURLToPath(new URL(name, import.meta.url));
const children = new Set();
process.once("exit", () => children.forEach((child) => child.kill("SIGKILL")));

/// A program that writes lines of JSON: next() resolves to one.
function talking([file, args]) {
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] });
  children.add(child);
  child.once("close", () => children.delete(child));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    async next() {
      const { value, done } = await lines.next();
      assert.ok(!done, `${args.join(" ")} ended early`);
      return value;
    },
  };
}

/// Resolves once all of them began. `ended` resolves to how they were closed. `at` says how to run a
/// program elsewhere, as in Network.within.
export async function crowd(kind, { host = "127.0.0.1", port }, count, at = (...command) => command) {
  const worker = talking(at(process.execPath, [script("crowd_worker.mjs"), kind, host, String(port), String(count)]));
  assert.deepEqual(JSON.parse(await worker.next()), { began: count });
  const ended = worker.next().then(JSON.parse);
  ended.catch(() => {}); // of one that is killed
  return { ended, kill: () => worker.child.kill("SIGKILL") };
}

/// A client that sends an echo every 10 ms: period() ends a period and resolves to its largest gap in ms,
/// the part of it the server is to blame for, answers and disconnects (bystander.mjs).
export async function startBystander({ url, pid }, event = "connect") {
  const { child, next } = talking([process.execPath, [script("bystander.mjs"), url, String(pid), event]]);
  assert.equal(await next(), "ready");
  return {
    async period() {
      child.stdin.write("\n");
      return JSON.parse(await next());
    },
    leave: () => child.stdin.end(),
  };
}

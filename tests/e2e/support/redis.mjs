// A real redis-server on a unix socket, and the emitter packages of every generation on it.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Emitter } from "@socket.io/redis-emitter";
import { createClient } from "redis";
import { within } from "./waiting.mjs";

const require = createRequire(import.meta.url);

/// Resolves once something answers at the socket.
async function answering(path) {
  for (;;) {
    const up = await new Promise((resolve) => {
      const probe = connect(path, () => probe.end("PING\r\n"));
      probe.once("data", (text) => resolve(/^(\+PONG|-NOAUTH)/.test(text)));
      probe.once("error", () => setTimeout(resolve, 20, false));
    });
    if (up) return;
  }
}

/// `socket` is its path, `url` what the server under test takes.
export async function startRedis(...more) {
  const folder = mkdtempSync(join(tmpdir(), "pushmesh-e2e-redis-"));
  const socket = join(folder, "redis.sock");
  let child;
  const redis = {
    socket,
    url: `unix://${socket}`,
    async start() {
      const options = ["--port", "0", "--unixsocket", socket, "--dir", folder, "--save", "", "--appendonly", "no"];
      child = spawn("redis-server", [...options, ...more], { stdio: "ignore" });
      await within(20000, "redis-server", answering(socket));
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return; // a test that failed left it so
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await gone;
    },
    signal: (name) => child.kill(name),
    async stop() {
      await redis.kill();
      rmSync(folder, { recursive: true });
    },
  };
  process.once("exit", () => child?.kill("SIGKILL"));
  await redis.start();
  return redis;
}

/// A connection to it, for publishing and subscribing by hand. Closed by closeEmitters().
export async function publisher(redis) {
  const client = createClient({ socket: { path: redis.socket } });
  client.on("error", () => {});
  await client.connect();
  open.push(() => client.disconnect());
  return client;
}

const open = [];

/// Versions 1 to 3 bring the Redis client they publish with.
function oldEmitter(name) {
  return async (redis, options) => {
    const emitter = require(name)({ socket: redis.socket, ...options });
    emitter.redis.on("error", () => {});
    open.push(() => emitter.redis.end(true));
    return emitter;
  };
}

/// generation -> (redis, options) => an emitter of that package.
export const emitters = {
  1.1: oldEmitter("emitter-1"),
  "2.0": oldEmitter("emitter-2"),
  3.2: oldEmitter("emitter-3"),
  5.1: async (redis, options) => {
    const client = await publisher(redis);
    // The package leaves the promise alone: a reply that is under way when a test ends must not fail it.
    return new Emitter({ publish: (...message) => client.publish(...message).catch(() => {}) }, options);
  },
};

export function closeEmitters() {
  for (const close of open.splice(0)) close();
}

// The quick start of the README, but for the build: three nodes that are one server.
import { after, test } from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import path from "node:path";
import { io } from "socket.io-client";
import { isFree } from "../support/ports.mjs";
import { program, root, until } from "./pushmesh.mjs";

const nodes = 3;
const running = new Set();
after(() => running.forEach((child) => child.kill("SIGTERM")));

/// A first port such that what the script needs is free; others may take it before we use it.
async function freePorts() {
  for (;;) {
    const first = 20000 + Math.floor(Math.random() * 8000);
    const wanted = [0, 4400].flatMap((offset) => Array.from({ length: nodes }, (_, i) => first + offset + i));
    if ((await Promise.all(wanted.map(isFree))).every(Boolean)) return first;
  }
}

function quickstart(...args) {
  const child = spawn(path.join(root, "deploy/quickstart.sh"), ["--program", program, ...args]);
  running.add(child);
  const script = { child, out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => (script.out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (script.err += text));
  script.ended = once(child, "close").then(([code, signal]) => (running.delete(child), code ?? signal));
  return script;
}

async function client(port) {
  const socket = io(`http://127.0.0.1:${port}`, { transports: ["websocket"], forceNew: true });
  await once(socket, "connect");
  return socket;
}

/// Says it until it is heard: nodes that have just started need a moment to find each other.
async function heard(speaker, listener, room) {
  for (let n = 0; ; ++n) {
    const came = once(listener, "said").then(([, , text]) => text);
    speaker.emit("say", room, `milk? ${n}`);
    const text = await Promise.race([came, new Promise((tick) => setTimeout(tick, 200))]);
    if (text !== undefined) return text;
  }
}

test("the quick start gives three nodes, and what is said on one is heard on another", { timeout: 100_000 }, async () => {
  const port = await freePorts();
  const script = quickstart("--port", String(port));
  await until(() => script.out.includes("Ctrl-C stops all."), script, "it did not start", { ms: 60_000, signal: "SIGTERM" }); // its nodes end with it
  const sockets = await Promise.all([0, 1, 2].map((i) => client(port + i)));
  for (const socket of sockets) assert.equal(await socket.emitWithAck("join", "tea"), "ok");
  for (const [from, to] of [[0, 2], [2, 1], [1, 0]]) assert.match(await heard(sockets[from], sockets[to], "tea"), /^milk/);
  for (const socket of sockets) socket.close();

  // The page of the README, line by line; [...] stands for any lines.
  const shown = /deploy\/quickstart\.sh\n[^]*?```text\n([^]*?)```/.exec(readFileSync(path.join(root, "README.md"), "utf8"))[1];
  const expected = shown.slice(shown.indexOf("== nodes")).trim().split("\n");
  const ported = (line) => line.replace(/127\.0\.0\.1:300(\d)/g, (_, i) => `127.0.0.1:${port + Number(i)}`);
  let at = 0;
  for (const line of expected.map(ported)) {
    if (line === "[...]" || line === "") continue;
    at = script.out.indexOf(`${line}\n`, at);
    assert.notEqual(at, -1, `"${line}" is not in its place in\n${script.out}`);
  }

  script.child.kill("SIGINT");
  assert.equal(await script.ended, 0, script.out + script.err);
  assert.equal(script.err, "");
  for (let i = 0; i < nodes; ++i) {
    const probe = connect(port + i, "127.0.0.1");
    const [error] = await once(probe, "error");
    assert.equal(error.code, "ECONNREFUSED");
  }
});

test("a port that is taken is told before anything starts", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address();
  const script = quickstart("--port", String(port), "--nodes", "1");
  assert.equal(await script.ended, 1);
  assert.equal(script.err, `error: port ${port} of 127.0.0.1 is taken by another program; choose another first port: deploy/quickstart.sh --port N\n`);
  taken.close();
});

// TLS clients of a cluster: the session on one node, its requests and its WebSocket on another.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { io } from "socket.io-client";
import { roundRobin } from "../support/round_robin.mjs";
import { within } from "../support/waiting.mjs";
import { deadline, request, servePair, upgradedThrough } from "./node_pair.mjs";
import { root } from "./pushmesh.mjs";

const folder = mkdtempSync(path.join(os.tmpdir(), "pushmesh-tls-cluster-"));
const file = (name) => path.join(folder, name);
const left = new Set();
let nodes, front, ca;

before(async () => {
  execFileSync(path.join(root, "deploy/make-certs.sh"), [folder, "front=127.0.0.1,localhost"]);
  ca = readFileSync(file("ca.crt"));
  nodes = await servePair(["--tls-cert", file("front.crt"), "--tls-key", file("front.key")], left);
  front = await roundRobin(nodes.map(({ port }) => ({ host: "127.0.0.1", port })));
});
after(async () => {
  await front?.close();
  for (const node of nodes ?? []) assert.equal((await node.stop()).code, 0);
  for (const leftover of left) leftover();
  rmSync(folder, { recursive: true });
});

test("a session of one node is polled, and upgraded, through the other", async () => {
  const [home, edge] = nodes;
  const opened = await request(home.port, "/socket.io/?EIO=4&transport=polling", { ca });
  const { sid } = JSON.parse(opened.body.slice(1));
  const mine = `/socket.io/?EIO=4&transport=polling&sid=${sid}`;
  assert.deepEqual(await request(edge.port, mine, { method: "POST", body: "40", ca }), { status: 200, body: "ok" });
  assert.match((await request(edge.port, mine, { ca })).body, /^40\{/);
  const socket = await upgradedThrough(edge.port, sid, left, { ca });
  for (const text of ["ü", "x".repeat(500_000), "again"]) {
    socket.send(`420${JSON.stringify(["echo", text])}`);
    assert.equal(await socket.next(), `430${JSON.stringify([text])}`);
  }
  const ended = once(socket.ws, "close");
  socket.ws.close();
  await within(deadline, "the end", ended);
});

test("socket.io-client over TLS through a balancer that is not sticky", async () => {
  const sockets = Array.from({ length: 8 }, () => io(front.url.replace("http:", "https:"), { forceNew: true, reconnection: false, ca }));
  try {
    await within(deadline, "all upgrades", Promise.all(sockets.map(async (socket) => {
      const failed = once(socket, "connect_error").then(([error]) => Promise.reject(error));
      await Promise.race([once(socket, "connect"), failed]);
      const { engine } = socket.io;
      if (engine.transport.name !== "websocket") await once(engine, "upgrade");
    })));
    for (const socket of sockets) assert.equal(await socket.timeout(deadline).emitWithAck("echo", "ü"), "ü");
    const heard = sockets.map((socket) => within(deadline, "what was said", once(socket, "said")));
    for (const socket of sockets) assert.equal(await socket.timeout(deadline).emitWithAck("join", "tea"), "ok");
    assert.equal(await sockets[0].timeout(deadline).emitWithAck("say", "tea", "milk?"), "ok");
    for (const [room, , text] of await Promise.all(heard)) assert.deepEqual([room, text], ["tea", "milk?"]);
  } finally {
    for (const socket of sockets) socket.close();
  }
});

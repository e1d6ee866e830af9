// Two nodes of the program that are one server, and requests to them by hand.
import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import WebSocket from "ws";
import { freePort } from "../support/ports.mjs";
import { within } from "../support/waiting.mjs";
import { run, serve } from "./pushmesh.mjs";

export const deadline = 30_000;

/** Resolves once each sees the other. `left`: what ends with the test file. */
export async function servePair(args, left) {
  const addresses = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const nodes = await Promise.all(addresses.map(async (address, i) => {
    const node = await serve(["--name", `n${i}`, "--cluster-listen", address, "--peer", addresses[1 - i], "--demo", "--shards", "2",
      "--internal-listen", "127.0.0.1:0", ...args]);
    left.add(() => node.child.kill("SIGKILL"));
    return node;
  }));
  const seenBy = (address) => JSON.parse(run(["nodes", "--json", "--node", address]).out || '{"nodes":[]}').nodes.length;
  for (const address of addresses) while (seenBy(address) < 2) /* each asks anew */;
  return nodes;
}

/** {status, body} of a request, over a connection of its own unless `agent` has one. */
export function request(port, path, { method = "GET", body = "", ca, agent = false } = {}) {
  const options = { host: "127.0.0.1", port, path, method, ca, agent };
  return within(deadline, "an answer", new Promise((resolve, reject) => {
    const asked = (ca ? https : http).request(options, async (answer) => {
      let text = "";
      for await (const chunk of answer.setEncoding("utf8")) text += chunk;
      resolve({ status: answer.statusCode, body: text });
    });
    asked.on("error", (error) => reject(new Error(`${method} ${path} at ${port}: ${error.message}`))).end(body);
  }));
}

/** The session `sid`, upgraded through the node with that port: send(), and next() for what comes but pings. */
export async function upgradedThrough(port, sid, left, { ca } = {}) {
  const ws = new WebSocket(`${ca ? "wss" : "ws"}://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket&sid=${sid}`, { ca });
  left.add(() => ws.terminate());
  const messages = [], waiting = [];
  ws.on("message", (data) => (messages.push(data.toString()), waiting.splice(0).forEach((check) => check())));
  const next = () => within(deadline, "a message", (async () => {
    for (;;) {
      while (messages.length === 0) await new Promise((resolve) => waiting.push(resolve));
      const message = messages.shift();
      if (message !== "2") return message;
      ws.send("3");
    }
  })());
  await within(deadline, "the WebSocket", once(ws, "open"));
  ws.send("2probe");
  const answer = await next();
  if (answer !== "3probe") throw new Error(`the probe was answered ${answer}`);
  ws.send("5");
  return { ws, next, send: (text) => ws.send(text) };
}

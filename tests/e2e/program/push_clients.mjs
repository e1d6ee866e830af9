// Users of the push service: tokens made by the npm package `jose`, and clients that log in with them.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { io } from "socket.io-client";
import { SignJWT, exportSPKI, generateKeyPair } from "jose";
import { within } from "../support/waiting.mjs";
import { serve } from "./pushmesh.mjs";

export const deadline = 30_000;
export const secret = "the secret of the tests, which no log may show";
const seconds = (ms) => ms / 1000;

/** Keys of every kind: {alg, sign, file}, `file` being what the node is given. */
export async function makeKeys(folder) {
  const keys = {};
  const add = (name, alg, sign, content) => {
    const file = path.join(folder, `${name}.key`);
    writeFileSync(file, content);
    keys[name] = { alg, sign, file, content };
  };
  for (const [name, text] of [["hs", secret], ["old", `${secret}, as it was before`], ["foreign", `${secret}, but another`]])
    add(name, "HS256", new TextEncoder().encode(text), `${text}\n`);
  for (const [name, alg] of [["rs", "RS256"], ["es", "ES256"], ["foreignRs", "RS256"]]) {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    add(name, alg, privateKey, `${await exportSPKI(publicKey)}\n`);
  }
  return keys;
}

/** A token; without `ms` it lives for an hour, with null for ever. */
export function token(key, user, { ms = 3_600_000, tags, from, alg = key.alg, ...claims } = {}) {
  const made = new SignJWT({ ...(tags ? { tags } : {}), ...claims }).setProtectedHeader({ alg, typ: "JWT" });
  if (user !== undefined) made.setSubject(user);
  if (from !== undefined) made.setNotBefore(seconds(Date.now() + from));
  if (ms !== null) made.setExpirationTime(seconds(Date.now() + ms));
  return made.sign(key.sign);
}

/** What a file of tests started: nodes, sockets and a folder, all gone in the end. */
export class Stage {
  folder = mkdtempSync(path.join(tmpdir(), "pushmesh-push-"));
  nodes = [];
  sockets = new Set();

  async serve(args, options) {
    const node = await serve(["--demo", "--shards", "2", "--log-level", "debug", ...args], options);
    this.nodes.push(node);
    return node;
  }

  /** Not connected yet. `heard` is every event that came, in order. */
  socket(node, auth, { nsp = "/", ...options } = {}) {
    const socket = io(`http://127.0.0.1:${node.port}${nsp}`,
      { transports: ["websocket"], forceNew: true, reconnection: false, auth, ...options });
    this.sockets.add(socket);
    socket.heard = [];
    const waiting = new Set();
    socket.onAny((...event) => {
      socket.heard.push(event);
      for (const check of waiting) check();
    });
    /** The arguments of the `count`th event of this name. */
    socket.hears = (name, count = 1) => within(deadline, `${count} "${name}"`, new Promise((resolve) => {
      const check = () => {
        const found = socket.heard.filter(([event]) => event === name)[count - 1];
        if (!found) return;
        waiting.delete(check);
        resolve(found.slice(1));
      };
      waiting.add(check);
      check();
    }));
    socket.names = () => socket.heard.map(([name]) => name);
    socket.leaves = new Promise((resolve) => socket.on("disconnect", resolve));
    socket.ask = (event, ...args) => socket.timeout(deadline).emitWithAck(event, ...args);
    return socket;
  }

  async connect(node, auth, options) {
    const socket = this.socket(node, auth, options);
    await within(deadline, "a connection", new Promise((resolve, reject) =>
      socket.once("connect", resolve).once("connect_error", (e) => reject(new Error(`${e.message} ${JSON.stringify(e.data)}`)))));
    return socket;
  }

  /** {message, data} of the CONNECT_ERROR. */
  refusal(node, auth) {
    const socket = this.socket(node, auth);
    return within(deadline, "a refusal", new Promise((resolve, reject) => {
      socket.once("connect_error", ({ message, data }) => resolve({ message, data }));
      socket.once("connect", () => reject(new Error("it was let in")));
    })).finally(() => socket.close());
  }

  async end() {
    for (const socket of this.sockets) socket.disconnect();
    const codes = [];
    for (const node of this.nodes) codes.push((await node.stop()).code);
    rmSync(this.folder, { recursive: true });
    return codes;
  }
}

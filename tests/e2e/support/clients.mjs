// socket.io-client as the tests use it: websocket only, one connection each, closed after the test.
import { io, Manager } from "socket.io-client";
import WebSocket from "ws";
import { closing, next, patience, within } from "./waiting.mjs";

const open = new Set();

/// Has what can disconnect() closed after the test.
export function track(socket) {
  open.add(socket);
  return socket;
}

/// A socket that is not connected yet.
export function client(server, nsp = "/", options = {}) {
  const socket = io(server.url + nsp, {
    transports: ["websocket"],
    forceNew: true,
    reconnection: false,
    ...options,
  });
  open.add(socket);
  return socket;
}

/// Connected, its first event `auth` received.
export async function connected(server, nsp = "/", options = {}) {
  const socket = client(server, nsp, options);
  const auth = next(socket, "auth");
  await next(socket, "connect");
  await auth;
  return socket;
}

/// `count` of them.
export const several = (count, server, nsp, options) =>
  Promise.all(Array.from({ length: count }, () => connected(server, nsp, options)));

/// A Manager for several namespaces over one connection.
export function manager(server, options = {}) {
  const made = new Manager(server.url, { transports: ["websocket"], reconnection: false, ...options });
  open.add({ disconnect: () => made._close() });
  return made;
}

/// Emits and waits for the ack: one argument as itself.
export const ask = (socket, event, ...args) => socket.timeout(patience).emitWithAck(event, ...args);

/// All arguments of the ack.
export const askAll = (socket, event, ...args) =>
  within(patience, `the ack of ${event}`, new Promise((resolve) => socket.emit(event, ...args, (...r) => resolve(r))));

let fences = 0;

/// Resolves when everything that `sockets` emitted to each other before has arrived. Order is promised for
/// each pair of a sender and a receiver, so there is a fence for each pair of one namespace.
export async function settled(...sockets) {
  const pairs = sockets.flatMap((from) => sockets.filter((to) => to.nsp === from.nsp).map((to) => [from, to]));
  await Promise.all(pairs.map(([from, to]) => {
    const fence = `fence-${++fences}`;
    const came = next(to, fence);
    from.emit("emit-to", to.id, fence);
    return came;
  }));
}

/// Closes all that were opened.
export function closeClients() {
  for (const socket of open) socket.disconnect();
  open.clear();
}

/// The protocol by hand, over a WebSocket. Text and binary messages are in `messages`; ended()
/// resolves to the close code. Pings are answered unless `pong` is false.
export async function rawClient(server, { pong = true, path = "/socket.io/", query = "EIO=4&transport=websocket", headers } = {}) {
  const ws = new WebSocket(`ws://127.0.0.1:${server.port}${path}?${query}`, { headers });
  const raw = { ws, messages: [], waiting: [], send: (text) => ws.send(text), disconnect: () => ws.terminate() };
  open.add(raw);
  const closed = new Promise((resolve) => ws.once("close", (code) => resolve(code)));
  raw.ended = (ms = closing) => within(ms, "the end of the connection", closed);
  ws.on("error", () => {});
  ws.on("message", (data, isBinary) => {
    const text = isBinary ? data : data.toString();
    if (text === "2" && pong) return ws.send("3");
    raw.messages.push(text);
    raw.waiting.forEach((check) => check());
  });
  /// The first message for which `wanted` (a prefix or a function) holds, removed from `messages`.
  raw.receive = (wanted, ms = patience) => {
    const fits = typeof wanted === "string" ? (text) => text.startsWith?.(wanted) : wanted;
    const found = new Promise((resolve) => {
      const check = () => {
        const index = raw.messages.findIndex(fits);
        if (index < 0) return;
        raw.waiting = raw.waiting.filter((other) => other !== check);
        resolve(raw.messages.splice(index, 1)[0]);
      };
      raw.waiting.push(check);
      check();
    });
    return within(ms, `a message ${wanted}`, found);
  };
  await within(patience, "the WebSocket", new Promise((resolve, reject) => ws.once("open", resolve).once("error", reject)));
  return raw;
}

/// rawClient() that joined `nsp`: `sid` is its socket id there.
export async function rawJoined(server, nsp = "/", options) {
  const raw = await rawClient(server, options);
  await raw.receive("0{");
  const prefix = nsp === "/" ? "" : `${nsp},`;
  raw.send(`40${prefix}`);
  raw.sid = JSON.parse((await raw.receive(`40${prefix}{`)).slice(2 + prefix.length)).sid;
  await raw.receive(`42${prefix}["auth"`);
  return raw;
}

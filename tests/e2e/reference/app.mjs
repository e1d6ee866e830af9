// The conformance app on the official server: what the tests are checked against (run.mjs --reference).
// Takes the options of examples/conformance_app that it can; --shards is accepted and has no meaning.
import { createServer } from "node:http";
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { attach } from "engine.io";
import { Server } from "socket.io";
import msgpackParser from "socket.io-msgpack-parser";

const { values: options } = parseArgs({
  options: {
    listen: { type: "string", default: "127.0.0.1:3000" },
    profile: { type: "string", default: "app" },
    "ping-interval": { type: "string" },
    "ping-timeout": { type: "string" },
    "connect-timeout": { type: "string" },
    parser: { type: "string", default: "default" },
    shards: { type: "string" },
    recovery: { type: "string" },
    "log-level": { type: "string" },
  },
});
const profile = { app: [3000, 3000, 5000], suite: [300, 200, 1000] }[options.profile];
const number = (name, index) => Number(options[name] ?? profile[index]);

const http = createServer((_, response) => response.writeHead(404).end());
const io = new Server(http, {
  pingInterval: number("ping-interval", 0),
  pingTimeout: number("ping-timeout", 1),
  connectTimeout: number("connect-timeout", 2),
  maxHttpBufferSize: 1000000,
  ...(options.parser === "msgpack" && { parser: msgpackParser }),
  ...(options.recovery && { connectionStateRecovery: { maxDisconnectionDuration: Number(options.recovery) } }),
  cors: { origin: "*" },
  allowEIO3: true,
});
attach(http, { path: "/engine.io", allowEIO3: true, cors: { origin: "*" }, maxHttpBufferSize: 1000000 }).on("connection", (socket) =>
  socket.on("message", (data) => socket.send(data)),
);
const node = randomUUID();

const isText = (value) => typeof value === "string";
const isTexts = (value) => Array.isArray(value) && value.every(isText);
const reserved = new Set(["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]);

// The answer of one socket, or nothing when it leaves or stays silent for `ms`.
const ask = (socket, ms, value) =>
  new Promise((resolve) => {
    socket.once("disconnect", () => resolve(undefined));
    socket.timeout(ms).emit("question", value, (error, ...reply) => resolve(error ? undefined : reply));
  });

async function askRoom(nsp, room, ms, value) {
  const ids = [...(nsp.adapter.rooms.get(room) ?? [])];
  const answers = ids.map((id) => ask(nsp.sockets.get(id), ms, value));
  const missing = new Promise((resolve) => answers.forEach((a) => a.then((reply) => reply || resolve())));
  const replies = [];
  answers.forEach((a) => a.then((reply) => reply && replies.push(reply[0])));
  const ok = await Promise.race([Promise.all(answers).then(() => true), missing.then(() => false)]);
  return { ok: ok && replies.length === ids.length, replies };
}

function whoami(socket) {
  const { query, headers, address, auth } = socket.handshake;
  const transport = socket.conn.transport.name;
  return { id: socket.id, nsp: socket.nsp.name, node, eio: socket.conn.protocol, transport, auth, query, headers, address };
}

// Handlers get the socket, the answer function and the arguments.
const handlers = {
  message: (s, ack, ...args) => s.emit("message-back", ...args),
  "message-with-ack": (s, ack, ...args) => ack(...args),
  noop() {},
  echo: (s, ack, ...args) => ack(...args),
  join: (s, ack, room) => isText(room) && (s.join(room), ack("ok")),
  leave: (s, ack, room) => isText(room) && (s.leave(room), ack("ok")),
  rooms: (s, ack) => ack([...s.rooms]),
  whoami: (s, ack) => ack(whoami(s)),
  "emit-to"(s, ack, room, event, ...args) {
    if (!isText(room) || !isText(event) || reserved.has(event)) return;
    s.nsp.to(room).emit(event, ...args);
    ack("ok");
  },
  "emit-except"(s, ack, rooms, except, event, ...args) {
    if (!isTexts(rooms) || !isTexts(except) || !isText(event) || reserved.has(event)) return;
    if (rooms.length) s.nsp.to(rooms).except(except).emit(event, ...args);
    ack("ok");
  },
  broadcast(s, ack, event, ...args) {
    if (!isText(event) || reserved.has(event)) return;
    s.broadcast.emit(event, ...args);
    ack("ok");
  },
  kick(s, ack, id, close) {
    if (!isText(id)) return;
    s.nsp.in(id).disconnectSockets(close === true);
    ack("ok");
  },
  "ask-me": (s, ack, value) => s.emit("question", value, (...reply) => ack(reply)),
  async "ask-room"(s, ack, room, ms, value) {
    if (isText(room) && Number.isInteger(ms)) ack(await askRoom(s.nsp, room, ms, value));
  },
  async fetch(s, ack, room) {
    if (!isText(room)) return;
    const members = await s.nsp.in(room).fetchSockets();
    ack(members.map((m) => ({ id: m.id, rooms: [...m.rooms] })));
  },
  recovered: (s, ack) => ack(s.recovered),
  remember: (s, ack, words) => (s.data.words = words),
  recall: (s, ack) => ack(s.data.words ?? ""),
  count: (s, ack) => ack(s.nsp.sockets.size),
  "disconnect-me": (s, ack, close) => s.disconnect(close === true),
  "drop-me": (s) => s.conn.close(),
};

function serve(nsp) {
  nsp.on("connection", (socket) => {
    socket.emit("auth", socket.handshake.auth);
    for (const [name, handler] of Object.entries(handlers)) {
      socket.on(name, (...args) => {
        const ack = typeof args.at(-1) === "function" ? args.pop() : () => {};
        handler(socket, ack, ...args);
      });
    }
  });
}

for (const name of ["/", "/custom", /^\/dyn-\d+$/]) serve(io.of(name));
serve(
  io.of("/auth").use((socket, next) => {
    if (socket.handshake.auth.token === "secret") return next();
    next(Object.assign(new Error("not authorized"), { data: { code: 401 } }));
  }),
);

const [, host, port] = options.listen.match(/^(.*):(\d+)$/);
http.listen(Number(port), host, () => console.log(`listening on ${host}:${http.address().port}`));
process.on("SIGTERM", () => io.close(() => process.exit(0)));

// What tests/faults/history_client.mjs needs of the conformance app, on the official server with its Redis
// adapter. Usage: app.mjs HOST:PORT REDIS-URL
import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";

const [listen, redis] = process.argv.slice(2);
const [, host, port] = listen.match(/^(.*):(\d+)$/);

const publisher = createClient({ url: redis });
const subscriber = publisher.duplicate();
// Reconnecting is the client's own business; without a listener its errors would end the process.
for (const client of [publisher, subscriber]) client.on("error", () => {});
await Promise.all([publisher.connect(), subscriber.connect()]);

const http = createServer((_, response) => response.writeHead(404).end());
const io = new Server(http, { pingInterval: 3000, pingTimeout: 3000, adapter: createAdapter(publisher, subscriber) });

async function askRoom(room, ms, value, ack) {
  try {
    ack({ ok: true, replies: await io.to(room).timeout(ms).emitWithAck("question", value) });
  } catch (error) {
    ack({ ok: false, replies: error.responses ?? [] });
  }
}

io.on("connection", (socket) => {
  socket.on("join", async (room, ack) => (await socket.join(room), ack("ok")));
  socket.on("leave", async (room, ack) => (await socket.leave(room), ack("ok")));
  socket.on("emit-to", (room, event, ...args) => {
    const ack = args.pop();
    io.to(room).emit(event, ...args);
    ack("ok");
  });
  socket.on("broadcast", (event, ...args) => {
    const ack = args.pop();
    socket.broadcast.emit(event, ...args);
    ack("ok");
  });
  socket.on("ask-room", askRoom);
});

http.listen(Number(port), host, () => console.log(`listening on ${host}:${http.address().port}`));
process.on("SIGTERM", () => process.exit(0));

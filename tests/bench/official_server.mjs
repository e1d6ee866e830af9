// The official server with the official adapter, as tests/bench/bridge.mjs compares with:
// node official_server.mjs REDIS_SOCKET. Run in tests/e2e, whose packages it uses.
import { createServer } from "node:http";
import { createRequire } from "node:module";

const require = createRequire(new URL("../e2e/package.json", import.meta.url));
const { createAdapter } = require("@socket.io/redis-adapter");
const { createClient } = require("redis");
const { Server } = require("socket.io");

const [pub, sub] = await Promise.all([1, 2].map(async () => {
  const client = createClient({ socket: { path: process.argv[2] } });
  await client.connect();
  return client;
}));
const http = createServer();
const io = new Server(http, { adapter: createAdapter(pub, sub), pingInterval: 600000, pingTimeout: 600000 });
io.on("connection", (socket) => socket.on("join", async (room, ack) => ack(await socket.join(room))));
http.listen(0, "127.0.0.1", () => console.log(`listening on 127.0.0.1:${http.address().port}`));

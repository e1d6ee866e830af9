// The official server with its defaults, as tests/bench/transports.py compares with:
// node official_echo.mjs [CERT KEY]. Its event `echo` answers what it got.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createRequire } from "node:module";

const { Server } = createRequire(new URL("../e2e/package.json", import.meta.url))("socket.io");
const [cert, key] = process.argv.slice(2).map((path) => readFileSync(path));
const http = cert ? createTlsServer({ cert, key }) : createServer();
http.keepAliveTimeout = 3600_000;
const io = new Server(http, { pingInterval: 3600_000, pingTimeout: 3600_000 });
io.on("connection", (socket) => socket.on("echo", (value, ack) => ack(value)));
http.listen(0, "127.0.0.1", () => console.log(`listening on 127.0.0.1:${http.address().port}`));

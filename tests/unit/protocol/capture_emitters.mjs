#!/usr/bin/env node
// Prints what emitter packages publish, for emitter_captures.hpp: call, version, channel, bytes (or JSON).
//
//   cd "$(mktemp -d)" && npm install e1.1@npm:socket.io-emitter@1.1.0 e5.1@npm:@socket.io/redis-emitter@5.1.0
//   node .../capture_emitters.mjs e1.1 e5.1
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.cwd(), "here.js"));
const nums = [1.5, 40000, -1, null, true, -200, -40000, 3000000000, 1600000000123, -5000000000, 9007199254740991, 0.1, 1e300, -0.5];
const calls = {
  simple: (e) => e.emit("hi", "a", 1),
  room: (e) => e.to("r1").emit("hi"),
  rooms: (e) => e.to("r1").to("r2").emit("hi"),
  nsp: (e) => e.of("/adm").emit("hi"),
  "nsp without slash": (e) => e.of("adm").emit("hi"),
  volatile: (e) => e.volatile.emit("v"),
  json: (e) => e.json.emit("v"),
  broadcast: (e) => e.broadcast.emit("v"),
  buffer: (e) => e.emit("bin", Buffer.from([1, 2, 3]), { a: [Buffer.from([4])] }),
  str40: (e) => e.emit("s", "x".repeat(40)),
  undef: (e) => e.emit("u", undefined, 1),
  date: (e) => e.emit("d", new Date(0), new Date(1600000000123)),
  nums: (e) => e.emit("n", ...nums),
  numroom: (e) => e.to(12345).emit("n"),
  "except and flags": (e) => e.to("r1").except("r2").compress(false).emit("x"),
  join: (e) => e.in("r1").socketsJoin(["a", "b"]),
  leave: (e) => e.except("r1").socketsLeave("a"),
  disconnect: (e) => e.in("sid").disconnectSockets(true),
  "server side": (e) => e.serverSideEmit("ev", 1, { a: 2 }),
};

for (const name of process.argv.slice(2)) {
  for (const [call, run] of Object.entries(calls)) {
    const publish = (channel, message) => {
      const isText = typeof message === "string";
      const bytes = isText && message.startsWith("{") ? message : Buffer.from(message, isText ? "latin1" : undefined).toString("hex");
      console.log(`${call}\t${name}\t${channel}\t${bytes}`);
    };
    const redis = { hset() {}, publish }; // the old ones know a client of Redis by its hset
    const module = require(name);
    try {
      run(module.Emitter ? new module.Emitter(redis) : module(redis));
    } catch (error) {
      console.log(`${call}\t${name}\tnot there: ${error.message}`);
    }
  }
}

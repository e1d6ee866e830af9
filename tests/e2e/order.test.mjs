// Order: what one sender emits arrives in its order everywhere; joins and leaves meet each broadcast as a
// whole. E2E_CROWD=15000 makes the C++ checker's crowd as large as the issue wants (about a minute).
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { ask, closeClients, several } from "./support/clients.mjs";
import { runChecks } from "./support/program.mjs";
import { isReference, startServer } from "./support/server.mjs";
import { collect } from "./support/waiting.mjs";

const crowd = Number(process.env.E2E_CROWD ?? 1500);

let server;
// A crowd on a shared machine answers pings late: not what is tested here.
before(async () => (server = await startServer({ "ping-interval": 25000, "ping-timeout": 20000, "connect-timeout": 45000 })));
afterEach(closeClients);
after(() => server.stop());

test("a unicast sent after a broadcast arrives after it at each of 200 socket.io-clients", async () => {
  const rounds = 5;
  const [sender, ...others] = await several(201, server);
  const seen = others.map((socket) => collect(socket, "both"));
  for (let round = 0; round < rounds; ++round) {
    sender.emit("broadcast", "both", "broadcast", round);
    for (const { id } of others) sender.emit("emit-to", id, "both", "unicast", round);
  }
  const wanted = Array.from({ length: rounds }, (_, round) => [["broadcast", round], ["unicast", round]]).flat();
  for (const all of seen) assert.deepEqual(await all.until(2 * rounds, 30000), wanted);
});

test("several senders: each one's messages keep their order", async () => {
  const sockets = await several(12, server);
  const seen = sockets.map((socket) => collect(socket, "from"));
  const count = 100;
  for (let n = 0; n < count; ++n) sockets.forEach((socket, index) => socket.emit("broadcast", "from", index, n));
  for (const [index, all] of seen.entries()) {
    const got = await all.until(count * (sockets.length - 1), 30000);
    for (let from = 0; from < sockets.length; ++from) {
      const numbers = got.filter(([who]) => who === from).map(([, n]) => n);
      assert.deepEqual(numbers, from === index ? [] : Array.from({ length: count }, (_, n) => n));
    }
  }
});

test("an emit before a disconnect arrives, one after it does not", async () => {
  const [sender, ...victims] = await several(20, server);
  const seen = victims.map((victim) => collect(victim, "last words"));
  const gone = victims.map((victim) => new Promise((resolve) => victim.once("disconnect", resolve)));
  for (const { id } of victims) {
    sender.emit("emit-to", id, "last words", 1);
    sender.emit("kick", id);
    sender.emit("emit-to", id, "last words", 2);
  }
  await ask(sender, "echo", 0);
  await Promise.all(gone);
  for (const { all } of seen) assert.deepEqual(all, [[1]]);
});

test(`the checker with ${crowd} sockets`, async (t) => {
  const size = isReference ? 300 : crowd;
  const args = ["127.0.0.1", String(server.port), String(size), size > 5000 ? "5" : "10"];
  const output = await runChecks(t, process.env.E2E_CHECKER, args, { atLeast: 3, timeout: 300000 });
  t.diagnostic(`e2e: ${size} sockets, ${output.match(/moves.*/)?.[0]}`);
});

// Users of the push service on two nodes that are one server, and sockets that come back.
import { test, after } from "node:test";
import assert from "node:assert/strict";
import { Stage, deadline } from "./push_clients.mjs";
import { servePair } from "./node_pair.mjs";
import { within } from "../support/waiting.mjs";

const stage = new Stage();
const left = new Set();
after(async () => {
  for (const leftover of left) leftover();
  await stage.end();
});

test("who logged in on one node is reached from the other as soon as that is answered", async () => {
  const [n0, n1] = await servePair([], left);
  const [ann, bob] = [await stage.connect(n0), await stage.connect(n1)];
  for (let n = 0; n < 20; ++n) {
    assert.equal((await ann.ask("login", `u${n}`)).ok, true);
    await bob.ask("say", `user:u${n}`, `to u${n}`);
    assert.deepEqual((await ann.hears("said", n + 1))[2], `to u${n}`);
  }
  const cat = await stage.connect(n1, { user: "cat" });
  await cat.hears("session");
  await ann.ask("say", "user:cat", "to cat");
  assert.equal((await cat.hears("said"))[2], "to cat");
  for (const node of [n0, n1]) assert.equal((await node.stop()).code, 0);
});

test("a socket that comes back is logged in as before, unless its user logged in elsewhere", async () => {
  const node = await stage.serve(["--max-disconnection-duration", "2m"]);
  const [stays, loses, guest] = await Promise.all(["stays", "loses", undefined].map((user) =>
    stage.connect(node, user && { user, platform: "web" }, { reconnection: !!user, reconnectionDelay: 50, reconnectionDelayMax: 100 })));
  await Promise.all([stays.hears("session"), loses.hears("session")]);
  // The offset of a message is what a client comes back by.
  for (const user of ["stays", "loses"]) await guest.ask("say", `user:${user}`, "before");
  await Promise.all([stays.hears("said"), loses.hears("said")]);

  const back = (socket) => within(deadline, "its return", new Promise((resolve) => socket.once("connect", resolve)));
  const drop = async (socket) => {
    socket.io.reconnection(false);
    socket.io.engine.close();
    await within(deadline, "its end", socket.leaves);
  };
  await drop(loses);
  await guest.ask("login", { user: "loses", platform: "tv" });
  const returned = back(loses);
  loses.connect();
  await returned;
  assert.equal(loses.recovered, true);
  const [notice] = await loses.hears("repeat");
  assert.deepEqual([notice.reason, notice.by], ["replaced", "tv"]);

  await drop(stays);
  await guest.ask("say", "user:stays", "meanwhile");
  const again = back(stays);
  stays.connect();
  await again;
  assert.equal(stays.recovered, true);
  assert.equal((await stays.hears("said", 2))[2], "meanwhile");
  await guest.ask("say", "user:stays", "after");
  assert.equal((await stays.hears("said", 3))[2], "after");
  await guest.ask("login", { user: "stays", platform: "tv" }); // it is the user's again: it can be replaced
  assert.equal((await stays.hears("repeat"))[0].by, "tv");
  assert.ok(!guest.names().includes("repeat"));
});

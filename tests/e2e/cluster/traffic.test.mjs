// What crosses a link, counted by iptables: an emit goes to nodes that have the room, to no other.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { ask, closeClients, connected } from "../support/clients.mjs";
import { arrived, formed, freshRoom, makeNamespaces, startAll, stopAll } from "../support/cluster.mjs";
import { within } from "../support/waiting.mjs";

const emits = 10_000;
let network, nodes;
before(async () => {
  ({ network, nodes } = makeNamespaces(3));
  await startAll(nodes);
  await formed(nodes);
});
afterEach(closeClients);
after(async () => {
  await stopAll(nodes);
  network?.close();
});

/// Emits `count` times to a room and resolves to the milliseconds until all have arrived at `receiver`.
async function flood(sender, room, receiver, count) {
  const began = performance.now();
  for (let n = 0; n < count; n += 500) {
    await Promise.all(Array.from({ length: Math.min(500, count - n) }, () =>
      sender.timeout(20000).emitWithAck("emit-to", room, "m", "some text of a usual length")));
  }
  await arrived(sender, receiver);
  return performance.now() - began;
}

test(`${emits} emits to a room that another node does not have cost the link to it nothing`, async (t) => {
  const [sender, member] = await Promise.all([nodes[0], nodes[1], nodes[2]].map((node) => connected(node)));
  const room = freshRoom();
  await ask(member, "join", room);
  const [toMember, toOther] = [1, 2].map((index) => network.counter(network.nodes[0], network.nodes[index]));
  const took = await flood(sender, room, member, emits);
  const [used, added] = [toMember.bytes(), toOther.bytes()];
  // The same time without an emit.
  [toMember, toOther].forEach((counter) => counter.reset());
  await new Promise((resolve) => setTimeout(resolve, took));
  const idle = toOther.bytes();
  [toMember, toOther].forEach((counter) => counter.remove());
  t.diagnostic(`e2e: ${emits} emits: ${used} bytes to the node with the room, ${added} to the other, idle ${idle}`);
  assert.ok(used > emits * 30, `${used}: the counter counts`);
  assert.ok(added < idle + 10 * 1024, `${added} bytes, idle ${idle}`);
});

test("soon after the last member left, emits stay away from its node", async () => {
  const [sender, member, other] = await Promise.all([nodes[0], nodes[1], nodes[2]].map((node) => connected(node)));
  const room = freshRoom();
  for (const socket of [member, other]) await ask(socket, "join", room);
  await ask(other, "leave", room);
  const toOther = network.counter(network.nodes[0], network.nodes[2]);
  // That the room is gone there is told after a while: it often comes back at once.
  await within(15000, "the room to be forgotten", (async () => {
    do {
      toOther.reset();
      await flood(sender, room, member, 500);
    } while (toOther.bytes() > 500 * 10);
  })());
  toOther.remove();
});

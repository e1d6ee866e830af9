// A client whose session is on another node than its connection counts at both: as a session there, as a connection here.
import { after, test } from "node:test";
import assert from "node:assert/strict";
import { Agent } from "node:http";
import { request, servePair, upgradedThrough } from "./node_pair.mjs";

const left = new Set();
after(() => left.forEach((leftover) => leftover()));

const polling = "/socket.io/?EIO=4&transport=polling";
/// A request that is closed without an answer gives "closed".
const outcome = (port, path, options) => request(port, path, options).then(({ status }) => status, () => "closed");
/** Some metrics of a node. */
async function figures(node) {
  const { body } = await request(node.internalPort, "/metrics");
  const value = (name) => Number(new RegExp(`^pushmesh_${name} (\\d+)`, "m").exec(body)[1]);
  const names = ["connections", "tunnels", "tunnelled_connections", "refused_full_total"];
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}

/** What /readyz?verbose says about connections. */
async function connectionHealth(node) {
  const { body } = await request(node.internalPort, "/readyz?verbose");
  const { state, detail } = JSON.parse(body).parts.find(({ name }) => name === "connections");
  return `${state}: ${detail}`;
}

test("max_connections holds at the session's node and at the connection's", { timeout: 120_000 }, async () => {
  const max = 3;
  const [home, edge] = await servePair(["--max-connections", String(max)], left);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 }); // all over one connection
  const sids = [];
  for (let i = 0; i < max; ++i) sids.push(JSON.parse((await request(home.port, polling, { agent })).body.slice(1)).sid);
  assert.equal(await outcome(home.port, polling, { agent }), 503); // its sessions have all places, its connections have not
  agent.destroy();
  assert.deepEqual(await figures(home), { connections: max, tunnels: 0, tunnelled_connections: 0, refused_full_total: 1 });

  const sockets = [];
  for (const sid of sids) {
    const socket = await upgradedThrough(edge.port, sid, left);
    socket.send("40");
    assert.match(await socket.next(), /^40\{/);
    sockets.push(socket);
  }
  assert.equal(await outcome(edge.port, polling), "closed"); // it has no session, but as many connections
  assert.deepEqual(await figures(home), { connections: max, tunnels: 0, tunnelled_connections: max, refused_full_total: 1 });
  assert.deepEqual(await figures(edge), { connections: 0, tunnels: max, tunnelled_connections: 0, refused_full_total: 1 });

  assert.equal(await connectionHealth(home), "degraded: 3 of 3: new ones are refused");
  assert.equal(await connectionHealth(edge), "degraded: 0 and 3 for other nodes of 3: new ones are refused");

  // One that ends is counted at neither any more.
  sockets[0].send("1");
  while ((await figures(home)).connections > max - 1 || (await figures(edge)).tunnels > max - 1);
  for (const node of [home, edge]) assert.equal((await node.stop()).code, 0);
});

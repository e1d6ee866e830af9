// Clients whose network is gone: no FIN ever comes, and what the node sends is lost. Needs namespaces.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { dirname, join } from "node:path";
import { Network } from "../../faults/network.mjs";
import { crowd } from "../support/crowd.mjs";
import { launch } from "../support/server.mjs";

const each = 50;
const network = new Network({ nodes: 1, groups: 1, host: true });
const [{ namespace, clientAddress: host }] = network.nodes;
after(() => network.close());

test("clients that vanish are closed in time, whatever they were at", async () => {
  const pushmesh = join(dirname(process.env.E2E_BIN), "pushmesh");
  const flags = ["serve", "--demo", "--insecure", "--listen", `${host}:0`, "--internal-listen", `${host}:9100`, "--request-timeout", "10s",
    "--ping-interval", "1s", "--ping-timeout", "10s", "--close-timeout", "1s"];
  const node = await launch(...Network.within(namespace, pushmesh, flags));
  const counted = async (name) => {
    const text = await (await fetch(`http://${host}:9100/metrics`)).text();
    return Number(text.split("\n").find((line) => line.startsWith(`pushmesh_${name} `)).split(" ").at(-1));
  };
  const [group] = network.groups;
  const at = (file, args) => Network.within(group.namespace, file, args);
  const kinds = ["head", "frame", "idle", "poll"];
  const crowds = await Promise.all(kinds.map((kind) => crowd(kind, { host, port: node.port }, each, at)));
  network.in(group.namespace, "ip", "link", "set", "clients0", "down");
  crowds.forEach(({ kill }) => kill());

  const gone = async () => (await counted("sockets")) === 0 && (await counted("connections")) === 0 &&
    (await counted("request_timeouts_total")) === each;
  const began = performance.now();
  while (!(await gone())) {
    assert.ok(performance.now() - began < 60000, `${await counted("sockets")} sockets are left`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.equal(await counted('disconnects_total{reason="ping timeout"}'), 3 * each);
  await node.stop();
});

// Default clients through haproxy without sticky sessions; tests/bench/balancer.mjs does the same with 5,000.
import assert from "node:assert/strict";
import { test } from "node:test";
import { balancedRun } from "../support/balanced_run.mjs";

test("200 clients connect through haproxy while a node stops: only its own reconnect", async (t) => {
  const { problems, tunnels, reconnects, ofStopped, unknownOfStopped, stopMs } = await balancedRun({ clients: 200, perSecond: 200 });
  t.diagnostic(`e2e: ${tunnels} of 200 tunnelled; ${ofStopped} were on the node that stopped (in ${Math.round(stopMs)} ms), ` +
    `${reconnects} reconnected, ${unknownOfStopped} of their requests came too late`);
  assert.deepEqual(problems, []);
  // How many there are is for the balancer to choose.
  assert.ok(tunnels > 10, `${tunnels} tunnels`);
  assert.ok(reconnects <= ofStopped);
});

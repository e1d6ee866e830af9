// Crowds that hold connections up: each is closed at its deadline with the right reason, is counted, and a
// client beside them feels nothing. tests/bench/hostile_crowd.mjs does it with 5,000 at once.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { crowd, startBystander } from "../support/crowd.mjs";
import { serve } from "./pushmesh.mjs";

const each = 100;

/** Lets crowds of these kinds loose on a node of their own; `judge` gets their ends, and reads metrics. */
async function attacked(flags, kinds, judge) {
  const node = await serve(["--demo", "--internal-listen", "127.0.0.1:0", ...flags]);
  const counted = async (name) => {
    const text = await (await fetch(`http://127.0.0.1:${node.internalPort}/metrics`)).text();
    return Number(text.split("\n").find((line) => line.startsWith(`pushmesh_${name} `)).split(" ").at(-1));
  };
  try {
    const bystander = await startBystander({ url: `http://127.0.0.1:${node.port}`, pid: node.child.pid });
    const crowds = await Promise.all(kinds.map((kind) => crowd(kind, node, each)));
    await judge(await Promise.all(crowds.map(({ ended }) => ended)), counted);
    assert.equal(await counted("sockets"), 1, "the bystander's");
    const seen = await bystander.period();
    assert.equal(seen.disconnects, 0);
    assert.ok(seen.answers > 20, JSON.stringify(seen));
    bystander.leave();
    assert.equal((await node.stop()).code, 0);
  } finally {
    node.child.kill("SIGKILL");
  }
}

describe("crowds", { concurrency: true }, () => {
  test("that are slow with a head or a body, or say nothing, are cut at the request's deadline", () =>
    attacked([], ["silent", "head", "body"], async (crowds, counted) => {
      for (const ends of crowds) {
        assert.deepEqual(Object.keys(ends), ["cut"]);
        assert.equal(ends.cut.clients, each);
        assert.ok(ends.cut.least >= 9900, `request_timeout is 10 s: ${JSON.stringify(ends)}`);
      }
      assert.equal(await counted("request_timeouts_total"), 3 * each);
    }));

  test("that are slow with a frame and answer no ping are closed by the ping", () =>
    attacked(["--ping-interval", "1s", "--ping-timeout", "10s"], ["frame"], async ([ends], counted) => {
      assert.deepEqual(Object.keys(ends), ["1001 ping timeout"]);
      assert.equal(ends["1001 ping timeout"].clients, each);
      assert.ok(ends["1001 ping timeout"].least >= 10900, `a ping after 1 s, 10 s for the pong: ${JSON.stringify(ends)}`);
      assert.equal(await counted('disconnects_total{reason="ping timeout"}'), each);
    }));
});

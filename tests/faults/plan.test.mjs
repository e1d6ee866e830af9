// The plan of a run: by its seed, within its bounds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { faultPlan } from "./plan.mjs";
import { Random } from "./random.mjs";

const plan = (seed, more = {}) => faultPlan({ random: new Random(seed), seconds: 600, nodes: 3, ...more });

test("the same seed gives the same plan, another seed another", () => {
  assert.deepEqual(plan(7), plan(7));
  assert.notDeepEqual(plan(7), plan(8));
});

test("ten minutes have every kind of fault, one after the other with calm between", () => {
  for (let seed = 0; seed < 50; ++seed) {
    const faults = plan(seed);
    assert.equal(new Set(faults.map(({ kind }) => kind)).size, 8);
    faults.reduce((end, { at, lasts }) => {
      assert.ok(at >= end + 8 - 1e-9);
      assert.ok(lasts >= 1 && lasts <= 30);
      return at + lasts;
    }, 0);
    assert.ok(faults.at(-1).at + faults.at(-1).lasts + 8 <= 600);
  }
});

test("two minutes have at least five faults", () => {
  for (let seed = 0; seed < 50; ++seed) assert.ok(plan(seed, { seconds: 120 }).length >= 5);
});

test("pairs are two different nodes", () => {
  for (let seed = 0; seed < 50; ++seed) {
    for (const { pair } of plan(seed)) if (pair) assert.ok(pair[0] !== pair[1] && Math.max(...pair) < 3 && Math.min(...pair) >= 0);
  }
});

// The checker on histories made by hand: each rule with a history that keeps it and one that breaks it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "./checker.mjs";

/// Three nodes with two sockets each, all members of room "r" from time 10 on, up for 100 s.
function quietRun() {
  const sockets = [0, 1, 2, 3, 4, 5].map((key) => ({
    key,
    id: `id-${key}`,
    node: Math.floor(key / 2),
    up: 0,
    down: Infinity,
    memberships: [{ room: "r", asked: 5, joined: 10, leaving: Infinity, left: Infinity }],
    received: [],
  }));
  const run = { sockets, emits: [], faults: [] };
  let count = 0;
  /// Socket `from` emits at `sent`; it arrives 5 ms later at all it is for but those in `lost`.
  run.emit = (from, kind, sent, { target = kind === "id" ? "id-5" : "r", lost = [], took = 2, delay = 5, answer } = {}) => {
    const emit = { id: from * 1e6 + ++count, from, kind, target, sent, answered: sent + took, answer: answer ?? "ok" };
    const isFor = { all: ({ key }) => key !== from, id: ({ id }) => id === target, room: () => true, ask: () => true }[kind];
    const receivers = sockets.filter((socket) => isFor(socket) && !lost.includes(socket.key));
    for (const socket of receivers) socket.received.push([emit.id, sent + delay]);
    if (kind === "ask" && !answer) emit.answer = { ok: lost.length === 0, replies: receivers.map(({ key }) => [key, emit.id]) };
    run.emits.push(emit);
    return emit;
  };
  return run;
}

const cutBetween = (a, b, applied, healed, more = {}) => ({
  kind: "cut", apart: [[a, b]], touched: [[a, b]], down: [], applied, healed, ...more,
});
const without = (array, predicate) => array.filter((entry) => !predicate(entry));

test("a run in which all is well passes", () => {
  const run = quietRun();
  run.emit(0, "room", 100);
  run.emit(0, "id", 110);
  run.emit(1, "all", 120);
  run.emit(2, "ask", 130);
  const { passed, violations, figures } = check(run);
  assert.deepEqual(violations, {});
  assert.equal(passed, true);
  assert.deepEqual(figures.classes.untouched, { expected: 6 + 1 + 5 + 6, delivered: 18 });
  assert.deepEqual(figures.asks, { quiet: 1, complete: 1, all: 1, allComplete: 1 });
});

for (const kind of ["room", "all", "id"]) {
  test(`one lost message is found: ${kind}`, () => {
    const run = quietRun();
    run.emit(0, kind, 100, { lost: [5] });
    const { passed, violations, examples } = check(run);
    assert.equal(passed, false);
    assert.deepEqual(violations, { lost: 1, overall: 1 });
    assert.equal(examples[0].receiver, 5);
  });
}

test("a message that arrives twice is found", () => {
  const run = quietRun();
  const { id } = run.emit(0, "room", 100);
  run.sockets[4].received.push([id, 300]);
  assert.deepEqual(check(run).violations, { duplicate: 1 });
});

test("a duplicate is found although another message came between", () => {
  const run = quietRun();
  const first = run.emit(0, "room", 100);
  run.emit(0, "id", 110, { target: "id-4" });
  run.sockets[4].received.push([first.id, 300]);
  assert.equal(check(run).violations.duplicate, 1);
});

for (const kinds of [["room", "room"], ["room", "id"], ["all", "room"], ["id", "all"]]) {
  test(`disorder is found: ${kinds.join(", then ")}`, () => {
    const run = quietRun();
    for (const kind of kinds) run.emit(0, kind, 100);
    run.sockets[5].received.reverse();
    assert.deepEqual(check(run).violations, { disorder: 1 });
  });
}

test("messages of two senders have no order", () => {
  const run = quietRun();
  run.emit(0, "room", 100);
  run.emit(1, "room", 100);
  run.sockets[5].received.reverse();
  assert.deepEqual(check(run).violations, {});
});

test("an ack of somebody who never got the question is found", () => {
  const run = quietRun();
  const emit = run.emit(0, "ask", 100);
  run.sockets[5].received = [];
  const { violations } = check(run);
  assert.equal(violations["false ack"], 1);
  emit.answer.replies = without(emit.answer.replies, ([key]) => key === 5);
  emit.answer.ok = false;
  assert.equal(check(run).violations["false ack"], undefined);
});

test("an ack that belongs to another question is found", () => {
  const run = quietRun();
  const first = run.emit(0, "ask", 100);
  run.emit(0, "ask", 200).answer.replies[3][1] = first.id;
  assert.deepEqual(check(run).violations, { "false ack": 1 });
});

test("an answer that counts somebody twice is found", () => {
  const run = quietRun();
  const emit = run.emit(0, "ask", 100);
  emit.answer.replies.push(emit.answer.replies[0]);
  assert.deepEqual(check(run).violations, { "double ack": 1 });
});

test("an answer that says all is well though a member is missing is found", () => {
  const run = quietRun();
  const emit = run.emit(0, "ask", 100);
  emit.answer.replies = without(emit.answer.replies, ([key]) => key === 3);
  assert.deepEqual(check(run).violations, { "false ok": 1 });
});

test("members behind a cut need not be counted", () => {
  const run = quietRun();
  run.faults.push(cutBetween(0, 1, 50, 20000));
  run.emit(0, "ask", 9000, { lost: [2, 3], answer: { ok: true, replies: [[0, 1], [1, 1], [4, 1], [5, 1]] } });
  assert.deepEqual(check(run).violations, {});
});

test("what is sent between nodes apart is counted beside the rest", () => {
  const run = quietRun();
  run.faults.push(cutBetween(0, 1, 5000, 20000));
  run.emit(0, "room", 9000, { lost: [2, 3] });
  const { passed, figures } = check(run);
  assert.equal(passed, true);
  assert.deepEqual(figures.classes.apart, { expected: 2, delivered: 0 });
  assert.deepEqual(figures.classes.untouched, { expected: 4, delivered: 4 });
  assert.equal(figures.overall.share, 1);
});

test("a cut between two nodes excuses no loss between others", () => {
  const run = quietRun();
  run.faults.push(cutBetween(0, 1, 5000, 20000));
  run.emit(0, "room", 9000, { lost: [2, 3, 4] });
  assert.equal(check(run).violations.lost, 1);
});

test("a cut between nodes excuses no loss on one node", () => {
  const run = quietRun();
  run.faults.push(cutBetween(0, 1, 5000, 20000));
  run.emit(0, "room", 9000, { lost: [1] });
  assert.equal(check(run).violations.lost, 1);
});

test("until 5 s after the heal losses count for the whole run only", () => {
  const run = quietRun();
  run.faults.push(cutBetween(0, 1, 5000, 20000));
  run.emit(0, "room", 22000, { lost: [2] });
  for (let n = 0; n < 10; ++n) run.emit(0, "room", 24000 + n);
  const { violations, figures } = check(run);
  assert.deepEqual(violations, {});
  assert.deepEqual(figures.classes.touched, { expected: 22, delivered: 21 });
});

test("from 5 s after the heal no loss is forgiven", () => {
  const run = quietRun();
  run.faults.push(cutBetween(0, 1, 5000, 20000));
  run.emit(0, "room", 25100, { lost: [2] });
  const { violations, examples } = check(run);
  assert.equal(violations.lost, 1);
  assert.equal(examples[0].how, "healed");
});

test("less than 95 % over the whole run is found", () => {
  const run = quietRun();
  run.faults.push(cutBetween(0, 1, 5000, 20000, { kind: "loss", apart: [] }));
  for (let n = 0; n < 10; ++n) run.emit(0, "room", 9000 + n, { lost: n < 4 ? [2] : [] });
  assert.deepEqual(check(run).violations, { overall: 1 });
});

test("a message that arrives long after it was sent into a cut is found", () => {
  const run = quietRun();
  run.faults.push(cutBetween(0, 1, 5000, 20000));
  run.emit(0, "id", 6000, { target: "id-2", delay: 15000 });
  assert.deepEqual(check(run).violations, { late: 1 });
});

test("a message that arrives soon after a short cut is not late", () => {
  const run = quietRun();
  run.faults.push(cutBetween(0, 1, 5000, 6000));
  run.emit(0, "id", 5500, { target: "id-2", delay: 1500 });
  assert.deepEqual(check(run).violations, {});
});

test("an emit that is answered after more than a second is found, also during a cut", () => {
  const run = quietRun();
  run.faults.push(cutBetween(0, 1, 5000, 20000));
  run.emit(0, "id", 6000, { target: "id-4", took: 1200, delay: 5 });
  assert.deepEqual(check(run).violations, { "slow answer": 1 });
});

test("an emit that is never answered is found", () => {
  const run = quietRun();
  run.emit(0, "id", 6000, { took: Infinity });
  assert.deepEqual(check(run).violations, { "slow answer": 1 });
});

test("a frozen node may answer late", () => {
  const run = quietRun();
  const pairs = [[0, 1], [0, 2]];
  run.faults.push({ kind: "freeze", apart: pairs, touched: pairs, down: [0], applied: 5000, healed: 9000 });
  run.emit(0, "id", 6000, { took: 3100, delay: 3100, target: "id-1" });
  assert.deepEqual(check(run).violations, {});
});

test("asks outside of faults that do not complete are found", () => {
  const run = quietRun();
  for (let n = 0; n < 4; ++n) run.emit(0, "ask", 100 + n);
  run.emit(0, "ask", 200, { answer: { ok: false, replies: [] } });
  assert.deepEqual(check(run).violations, {});
  run.emit(0, "ask", 201, { answer: { ok: false, replies: [] } });
  assert.deepEqual(check(run).violations, { asks: 1 });
});

test("who is about to join or to leave may get it or not", () => {
  for (const lost of [[], [5]]) {
    const run = quietRun();
    Object.assign(run.sockets[5].memberships[0], { asked: 90, joined: 101 });
    run.emit(0, "room", 100, { lost });
    assert.deepEqual(check(run).violations, {});
  }
  for (const lost of [[], [5]]) {
    const run = quietRun();
    Object.assign(run.sockets[5].memberships[0], { leaving: 103, left: 106 });
    run.emit(0, "room", 100, { lost });
    assert.deepEqual(check(run).violations, {});
  }
});

test("who joined and was told so gets everything sent afterwards", () => {
  const run = quietRun();
  Object.assign(run.sockets[5].memberships[0], { asked: 90, joined: 99 });
  run.emit(0, "room", 100, { lost: [5] });
  assert.equal(check(run).violations.lost, 1);
});

test("who has left gets nothing", () => {
  const run = quietRun();
  Object.assign(run.sockets[5].memberships[0], { leaving: 80, left: 90 });
  run.emit(0, "room", 100);
  assert.deepEqual(check(run).violations, { stray: 1 });
});

test("a broadcast does not come back to its sender, an id reaches nobody else", () => {
  const run = quietRun();
  const all = run.emit(0, "all", 100);
  run.sockets[0].received.push([all.id, 105]);
  const one = run.emit(0, "id", 110);
  run.sockets[2].received.push([one.id, 115]);
  assert.deepEqual(check(run).violations, { stray: 2 });
});

test("a message nobody sent is found", () => {
  const run = quietRun();
  run.sockets[2].received.push([77, 100]);
  assert.deepEqual(check(run).violations, { invented: 1 });
});

test("a socket whose node was killed gets nothing; the one that comes after it is another", () => {
  const run = quietRun();
  const pairs = [[2, 0], [2, 1]];
  run.faults.push({ kind: "kill", apart: pairs, touched: pairs, down: [2], applied: 5000, healed: 8000 });
  run.sockets[5].down = 5001;
  run.sockets.push({ ...run.sockets[5], key: 6, id: "id-6", up: 8200, down: Infinity, received: [],
    memberships: [{ room: "r", asked: 8210, joined: 8220, leaving: Infinity, left: Infinity }] });
  run.emit(0, "room", 6000, { lost: [4, 5, 6] });
  run.emit(0, "room", 20000, { lost: [5] });
  assert.deepEqual(check(run).violations, {});
  run.emit(0, "room", 21000, { lost: [5, 6] });
  assert.equal(check(run).violations.lost, 1);
});

test("what was sent just before a fault began may be lost with it", () => {
  const run = quietRun();
  run.faults.push(cutBetween(0, 1, 5000, 20000));
  for (let n = 0; n < 20; ++n) run.emit(0, "room", 1000 + n);
  run.emit(0, "room", 4900, { lost: [2, 3] });
  const { violations, figures } = check(run);
  assert.deepEqual(violations, {});
  assert.deepEqual(figures.classes.touched, { expected: 2, delivered: 0 });
});

// Hostile input on the port: each piece gets its answer, and a bystander on the same server feels nothing.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startBystander } from "./support/crowd.mjs";
import { bodies, frames, packets, requests } from "./support/hostile_cases.mjs";
import { isReference, startServer } from "./support/server.mjs";
import { httpStatus, pollingClient } from "./support/polling.mjs";
import { RawConnection, text } from "./support/tcp.mjs";
import { closing, patience, within } from "./support/waiting.mjs";

/// What a bystander may wait for an answer, in ms, while a processor is free for it and the server.
const allowedGap = 100;
const controlPeriod = 2000;

let server, bystander;
before(async () => {
  server = await startServer();
  bystander = await startBystander(server, "auth");
});
after(async () => {
  bystander.leave();
  await server.stop();
});

async function expectHttp(raw, { status, smuggles }) {
  await Promise.race([raw.closed, raw.until(() => raw.received.includes("\r\n\r\n"), "an answer", closing)]);
  await within(closing, "the end of the connection", raw.closed);
  // Cutting the connection without a word is an answer, too, where nothing looks like HTTP.
  const answer = raw.received.toString("latin1").match(/^HTTP\/1\.1 (\d+)/);
  assert.ok(answer ? status.includes(Number(answer[1])) : raw.received.length === 0, raw.received.toString("latin1", 0, 200));
  if (smuggles) assert.ok(raw.received.toString("latin1").split("HTTP/1.1 ").length <= 2, "the second request was served");
}

async function expectLiving(raw) {
  raw.write(text('42777["echo","alive"]'));
  assert.equal(await raw.message((m) => m.startsWith("43777"), "the echo"), '43777["alive"]');
}

/// The official server closes without a code after bad packets.
const codes = ({ closes }) => (isReference ? [...closes, 1005] : closes);

/// Packet type with ack id, and arguments: the official server writes numbers its own way.
const parsed = (message) => [message.match(/^\d+-?/)[0], JSON.parse(message.replace(/^\d+-?/, ""))];

async function run(t, one) {
  const raw = await (one.stage === "tcp" ? RawConnection.open(server) : RawConnection.joined(server));
  t.after(() => raw.destroy());
  raw.write(one.send);
  if (one.status) return expectHttp(raw, one);
  if (one.closes) {
    const code = await raw.closeCode();
    assert.ok(codes(one).includes(code), `closed with ${code}, right is ${codes(one)}`);
    return;
  }
  if (one.answers) assert.deepEqual(parsed(await raw.message((m) => m !== "2", "the answer")), parsed(one.answers));
  await expectLiving(raw);
}

async function post({ body, eio, type }) {
  const session = await pollingClient(server, { eio });
  assert.equal(await httpStatus(session.url, { method: "POST", body, headers: { "Content-Type": type } }), 400);
  assert.equal(await httpStatus(session.url), 400, "the session lives on");
}

async function abusePolls() {
  const session = await pollingClient(server);
  const line = `GET ${session.url.slice(server.url.length)} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const raw = await RawConnection.open(server);
  raw.write(line.repeat(200));
  // All but the last are released by the one behind them; the last is held, and its end noticed at once.
  await raw.until(() => String(raw.received).split("HTTP/1.1 200 ").length - 1 === 199, "the released polls");
  assert.match(String(raw.received), /\r\n\r\n6/);
  raw.destroy();
  await within(closing, "the end of the session", (async () => {
    while ((await httpStatus(session.url, { method: "POST", body: "3" })) === 200);
  })());
}

/// A generator of the same bytes in each run (xorshift).
function randomBytes(seed) {
  let state = seed;
  return (count) => {
    const bytes = Buffer.alloc(count);
    for (let i = 0; i < count; ++i) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      bytes[i] = state & 255;
    }
    return bytes;
  };
}

async function throwRandomBytes(stage, count) {
  const next = randomBytes(20240229);
  for (let i = 0; i < count; ++i) {
    const raw = await (stage === "tcp" ? RawConnection.open(server) : RawConnection.joined(server));
    raw.write(next(1 + (i * 37) % 3000));
    // Whatever it was: the connection is closed by either side.
    await Promise.race([raw.closed, delay(5)]);
    raw.destroy();
  }
}

/// Requests that never end: cut after the request deadline, 10 s to 15 s.
async function halfRequests() {
  const pieces = ["", "G", "GET /socket.io/?EIO=4", "GET / HTTP/1.1\r\nHost: x\r\n", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"];
  const began = performance.now();
  const open = await Promise.all(pieces.map(async (piece) => {
    const raw = await RawConnection.open(server);
    raw.write(piece);
    return raw;
  }));
  const dripping = await RawConnection.open(server);
  const drip = setInterval(() => dripping.write("G"), 500);
  await within(20000, "the cut of half requests", Promise.all([...open, dripping].map((raw) => raw.closed))).finally(() => clearInterval(drip));
  const took = performance.now() - began;
  assert.ok(took < 15500, `cut after ${took} ms`);
}

test("hostile input", async (t) => {
  await bystander.period();
  await delay(controlPeriod);
  const control = await bystander.period();

  const half = isReference ? Promise.resolve() : halfRequests().then(() => undefined, (error) => error);
  for (const one of [...requests, ...frames, ...packets]) {
    await t.test(one.name, { skip: isReference && one.ours }, (t) => run(t, one));
  }
  for (const one of bodies) await t.test(one.name, { skip: isReference }, () => post(one));
  await t.test("polls that are aborted, doubled, pipelined", { skip: isReference }, abusePolls);
  await t.test("300 connections with random bytes", () => throwRandomBytes("tcp", 300));
  await t.test("300 WebSockets with random bytes", () => throwRandomBytes("joined", 300));
  await t.test("lying lengths: less than was announced, then the connection goes", async () => {
    for (const length of [126, 70000, 1_000_000]) {
      const raw = await RawConnection.joined(server);
      raw.write(text("42[", { length }));
      await delay(5);
      raw.destroy();
    }
  });
  await t.test("half requests are cut in time", async () => assert.ifError(await half));

  await t.test("a bystander saw no reconnect and no gap", async (t) => {
    const seen = await bystander.period();
    const told = (p) => `gap ${p.blamed.toFixed(0)} ms (${p.gap.toFixed(0)} ms with what others took of the processors) in ${p.answers} answers`;
    t.diagnostic(`e2e: bystander: ${told(seen)}; control: ${told(control)}`);
    assert.equal(seen.disconnects, 0);
    assert.ok(seen.answers > 20);
    assert.ok(seen.blamed <= allowedGap, `${told(seen)}; without hostile input: ${told(control)}`);
  });
});

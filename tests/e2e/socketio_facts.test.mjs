// What the official test suite checks of Socket.IO protocol 5, each fact by itself: docs/protocol.md lists them.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { closeClients, rawClient, rawJoined } from "./support/clients.mjs";
import { startServer } from "./support/server.mjs";

const calm = { "ping-interval": 25000, "ping-timeout": 20000, "connect-timeout": 45000 };
let server, pinging, strict;
before(async () => {
  server = await startServer(calm);
  pinging = await startServer({ ...calm, "ping-interval": 100 });
  strict = await startServer({ ...calm, "connect-timeout": 100 });
});
afterEach(closeClients);
after(() => Promise.all([server, pinging, strict].map((one) => one.stop())));

const deadline = 30000;

/// Beyond the open packet.
async function opened(at = server) {
  const raw = await rawClient(at);
  await raw.receive("0{", deadline);
  return raw;
}

for (const [title, prefix, auth] of [
  ["the main namespace", "", ""],
  ["the main namespace with a payload", "", '{"token":"123"}'],
  ["a custom namespace", "/custom,", ""],
  ["a custom namespace with a payload", "/custom,", '{"token":"abc"}'],
]) {
  test(`CONNECT to ${title} is answered by an id`, async () => {
    const raw = await opened();
    raw.send(`40${prefix}${auth}`);
    const answer = await raw.receive("4", deadline);
    assert.ok(answer.startsWith(`40${prefix}{`), answer);
    const { sid, ...rest } = JSON.parse(answer.slice(2 + prefix.length));
    assert.match(sid, /^[\w-]{20}$/);
    assert.deepEqual(rest, {});
    assert.equal(await raw.receive("4", deadline), `42${prefix}["auth",${auth || "{}"}]`);
  });
}

test("CONNECT to an unknown namespace is refused", async () => {
  const raw = await opened();
  raw.send("40/random");
  assert.equal(await raw.receive("4", deadline), '44/random,{"message":"Invalid namespace"}');
});

test("what is no CONNECT at the beginning closes", async () => {
  const raw = await opened();
  raw.send("4abc");
  await raw.ended(deadline);
});

test("no CONNECT in time closes", async () => (await opened(strict)).ended(deadline));

test("who leaves the main namespace stays connected, and is pinged", async () => {
  const raw = await rawJoined(pinging, "/", { pong: false });
  raw.send("41");
  // The second is sent after our answer to the first, and so after the 41 was read.
  for (let round = 0; round < 2; ++round) {
    assert.equal(await raw.receive(() => true, deadline), "2");
    raw.send("3");
  }
});

test("who leaves a custom namespace is still in the main one", async () => {
  const raw = await rawJoined(server);
  raw.send("40/custom");
  for (const answer of ["40/custom,", "42/custom,"]) await raw.receive(answer, deadline);
  raw.send("41/custom");
  raw.send('42["message","message to main namespace"]');
  assert.equal(await raw.receive(() => true, deadline), '42["message-back","message to main namespace"]');
});

const pair = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}';
for (const [title, sent, answer, attachments] of [
  ["an event", '42["message",1,"2",{"3":[true]}]', '42["message-back",1,"2",{"3":[true]}]', []],
  ["an event with two attachments", `452-["message",${pair}]`, `452-["message-back",${pair}]`, [[1, 2, 3], [4, 5, 6]]],
  ["an event that wants an ack", '42456["message-with-ack",1,"2",{"3":[false]}]', '43456[1,"2",{"3":[false]}]', []],
  ["an event with two attachments that wants an ack", `452-789["message-with-ack",${pair}]`, `462-789[${pair}]`, [[1, 2, 3], [4, 5, 6]]],
]) {
  test(`${title} is answered byte by byte`, async () => {
    const raw = await rawJoined(server);
    raw.send(sent);
    for (const bytes of attachments) raw.send(Buffer.from(bytes));
    assert.equal(await raw.receive(() => true, deadline), answer);
    for (const bytes of attachments) assert.deepEqual(await raw.receive(() => true, deadline), Buffer.from(bytes));
  });
}

for (const [title, packet] of [
  ["an unknown packet type", "4abc"],
  ["an event that is no array", "42{}"],
  ["an ack id that is no number", '42abc["message-with-ack",1,"2",{"3":[false]}]'],
]) {
  test(`${title} closes`, async () => {
    const raw = await rawJoined(server);
    raw.send(packet);
    await raw.ended(deadline);
  });
}

test("both profiles say their timing in the open packet", async () => {
  for (const [profile, pingInterval, pingTimeout] of [["app", 3000, 3000], ["suite", 300, 200]]) {
    const one = await startServer({ profile });
    const raw = await rawClient(one);
    const { sid, ...rest } = JSON.parse((await raw.receive("0{", deadline)).slice(1));
    assert.deepEqual(rest, { upgrades: [], pingInterval, pingTimeout, maxPayload: 1000000 });
    await one.stop();
  }
});

// A real browser: the client's own bundle as the node serves it, with its default transports; and the demo's page.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import path from "node:path";
import { io } from "socket.io-client";
import { startBrowser } from "../support/browser.mjs";
import { roundRobin } from "../support/round_robin.mjs";
import { root, serve } from "./pushmesh.mjs";

const scripts = path.join(root, "tests/e2e/node_modules/socket.io-client/dist");
let browser;
const left = [];
before(async () => left.push((browser = await startBrowser())));
after(async () => {
  for (const one of left.reverse()) await one.stop();
});

/// Another site, whose page loads the client from the node.
async function site(nodeUrl) {
  const page = `<!doctype html><title>shop</title><link rel="icon" href="data:,">
<script src="${nodeUrl()}/socket.io/socket.io.js"></script>
<script>
const seen = [], waiting = [];
const note = (...what) => { seen.push(what); waiting.splice(0).forEach((check) => check()); };
// The next of what was noted that begins with these, taken off.
async function noted(...wanted) {
  for (;;) {
    const at = seen.findIndex((what) => wanted.every((word, i) => what[i] === word));
    if (at >= 0) return seen.splice(at, 1)[0];
    await new Promise((resolve) => waiting.push(resolve));
  }
}
const socket = io("${nodeUrl()}", { reconnectionDelay: 100, reconnectionDelayMax: 500 });
socket.io.on("open", () => {
  note("transport", socket.io.engine.transport.name);
  socket.io.engine.once("upgrade", (transport) => note("transport", transport.name));
});
socket.on("connect", () => note("connect", socket.id));
socket.on("disconnect", (reason) => note("disconnect", reason));
socket.on("said", (room, from, text) => note("said", room, text));
socket.io.on("reconnect", () => note("reconnect"));
</script>`;
  const server = createServer((_, answer) => answer.writeHead(200, { "Content-Type": "text/html" }).end(page));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  left.push({ stop: () => (server.closeAllConnections(), new Promise((closed) => server.close(closed))) });
  return `http://127.0.0.1:${server.address().port}`;
}

const waiting = { timeout: 120_000 };

test("the client's bundle in a browser: polls, upgrades, talks, and survives a kill of the node", waiting, async () => {
  // Holds the port while no node does.
  const nodes = [];
  const front = await roundRobin(nodes);
  left.push({ stop: () => front.close() });
  const origin = await site(() => front.url);
  const start = async () => {
    const node = await serve(["--demo", "--client-dir", scripts, "--origins", origin]);
    left.push({ stop: () => node.child.kill("SIGKILL") });
    nodes[0] = { host: "127.0.0.1", port: node.port };
    return node;
  };
  const first = await start();
  await browser.goto(origin);
  const evaluate = browser.evaluate;
  const echo = `socket.timeout(30000).emitWithAck("echo", { a: ["ü😀", 1.5, null] })`;
  const [, id] = await evaluate('noted("connect")');
  assert.match(id, /^[\w-]{20}$/);
  assert.deepEqual(await evaluate(echo), { a: ["ü😀", 1.5, null] });
  assert.deepEqual(await evaluate('noted("transport")'), ["transport", "polling"]);
  assert.deepEqual(await evaluate('noted("transport")'), ["transport", "websocket"]);
  assert.deepEqual(await evaluate(echo), { a: ["ü😀", 1.5, null] });
  const binary = 'socket.timeout(30000).emitWithAck("echo", new Uint8Array([0, 1, 255]))';
  assert.deepEqual(await evaluate(`${binary}.then((buffer) => [...new Uint8Array(buffer)])`), [0, 1, 255]);

  const other = io(`http://127.0.0.1:${first.port}`, { transports: ["websocket"], forceNew: true, reconnection: false });
  await once(other, "connect");
  assert.equal(await evaluate('socket.timeout(30000).emitWithAck("join", "tea")'), "ok");
  assert.equal(await other.timeout(30_000).emitWithAck("say", "tea", "milk?"), "ok");
  assert.deepEqual(await evaluate('noted("said", "tea")'), ["said", "tea", "milk?"]);
  other.close();

  first.child.kill("SIGKILL");
  await first.ended;
  assert.match((await evaluate('noted("disconnect")'))[1], /^transport (close|error)$/);
  const second = await start();
  await evaluate('noted("reconnect")');
  const [, again] = await evaluate('noted("connect")');
  assert.notEqual(again, id);
  assert.deepEqual(await evaluate(echo), { a: ["ü😀", 1.5, null] });
  await evaluate("socket.disconnect(), true");
  assert.deepEqual(browser.errors, []);
  assert.equal((await second.stop()).code, 0);
});

test("the demo's page in a browser: joins, says, and shows what is said", waiting, async () => {
  const node = await serve(["--demo"]);
  left.push({ stop: () => node.child.kill("SIGKILL") });
  await browser.goto(`http://127.0.0.1:${node.port}/`);
  /// Resolves once the condition holds; looks whenever the page changes.
  const shown = (condition) => browser.evaluate(`new Promise((resolve) => {
    const look = () => (${condition}) && (watcher.disconnect(), resolve(true));
    const watcher = new MutationObserver(look);
    watcher.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    look();
  })`);
  const submit = (form, field, text) => browser.evaluate(
    `document.querySelector("${field}").value = ${JSON.stringify(text)}, document.querySelector("${form}").requestSubmit(), true`);
  await shown('document.querySelector("#state").classList.contains("up")');
  await submit("#join", "#room", "tea");
  await shown('document.querySelector("#rooms").textContent.includes("tea")');
  await submit("#say", "#text", "milk? <b>&");
  await shown('document.querySelector("#messages").textContent.includes("milk? <b>&")');
  assert.deepEqual(browser.errors, []);
  await browser.goto("about:blank");
  assert.equal((await node.stop()).code, 0);
});

// HTTP long-polling and the upgrade to a WebSocket, with socket.io-client and by hand.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { ask, closeClients, connected } from "./support/clients.mjs";
import { httpStatus, pollingClient } from "./support/polling.mjs";
import { pollingScenarios } from "./support/polling_scenarios.mjs";
import { isReference, startServer } from "./support/server.mjs";

let server;
before(async () => (server = await startServer()));
afterEach(closeClients);
after(() => server.stop());

const polling = { transports: ["polling"] };

pollingScenarios(() => server);

test("a client that answers no ping is disconnected", { skip: isReference }, async () => {
  // The second poll has to be there before the session ends.
  const quick = await startServer({ "ping-interval": 200, "ping-timeout": 2000 });
  const raw = await pollingClient(quick);
  assert.equal(await raw.get(), "2");
  assert.equal(await raw.get(), "1");
  assert.equal(await httpStatus(raw.url), 400);
  await quick.stop();
});

test("a client between two polls is kept by its heartbeat", async () => {
  const quick = await startServer({ "ping-interval": 200, "ping-timeout": 2000 });
  const socket = await connected(quick, "/", polling);
  socket.once("disconnect", (reason) => assert.fail(reason));
  await new Promise((resolve) => setTimeout(resolve, 3000)); // longer than without a pong
  assert.equal(await ask(socket, "echo", 1), 1);
  socket.off("disconnect").disconnect();
  await quick.stop();
});

test("pages of any origin may poll, preflight included", async () => {
  const url = `${server.url}/socket.io/?EIO=4&transport=polling`;
  const asked = await fetch(url, {
    method: "OPTIONS",
    headers: { Origin: "https://page.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-mine" },
  });
  assert.equal(asked.status, 204);
  assert.equal(asked.headers.get("access-control-allow-origin"), "*");
  assert.equal(asked.headers.get("access-control-allow-headers"), "x-mine");
  assert.match(asked.headers.get("access-control-allow-methods"), /POST/);
  const opened = await fetch(url, { headers: { Origin: "https://page.example" } });
  assert.equal(opened.headers.get("access-control-allow-origin"), "*");
  const unknown = await fetch(`${url}&sid=nope`);
  assert.deepEqual([unknown.status, await unknown.json()], [400, { code: 1, message: "Session ID unknown" }]);
});

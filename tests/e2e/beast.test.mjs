// The core rows with Boost.Beast's client.
import { after, before, test } from "node:test";
import { runChecks } from "./support/program.mjs";
import { startServer } from "./support/server.mjs";

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

test("Boost.Beast's client talks to the node", async (t) => {
  await runChecks(t, process.env.E2E_BEAST_CLIENT, ["127.0.0.1", String(server.port)], { atLeast: 11 });
});

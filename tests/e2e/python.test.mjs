// The core rows with Debian's python3-socketio.
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runChecks } from "./support/program.mjs";
import { startServer } from "./support/server.mjs";

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

test("python3-socketio talks to the node", async (t) => {
  const script = fileURLToPath(new URL("python/client.py", import.meta.url));
  await runChecks(t, "/usr/bin/python3", [script, server.url], { atLeast: 14 });
});

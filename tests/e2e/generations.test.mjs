// socket.io-client 4.x, 2.x and 1.x over every transport: one list of scenarios.
import { after, afterEach, before } from "node:test";
import { closeClients } from "./support/clients.mjs";
import { generationScenarios, reconnectScenario } from "./support/generation_scenarios.mjs";
import { roundRobin } from "./support/round_robin.mjs";
import { startServer } from "./support/server.mjs";

const calm = { "ping-interval": 25000, "ping-timeout": 60000, "connect-timeout": 45000 };
const nodes = [];
let server, front; // holds the port while no server does
before(async () => {
  server = await startServer(calm);
  nodes.push({ host: "127.0.0.1", port: server.port });
  front = await roundRobin(nodes);
});
afterEach(closeClients);
after(async () => {
  await front.close();
  await server.stop();
});

generationScenarios(() => server); // 1,008 clients in its crowd

reconnectScenario(() => front, async (allGone) => {
  server.signal("SIGKILL");
  await server.exited;
  await allGone();
  server = await startServer(calm);
  nodes[0] = { host: "127.0.0.1", port: server.port };
});

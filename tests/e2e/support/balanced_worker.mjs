// A process of default clients (polling, then the upgrade), for balanced_run.mjs.
import { io } from "socket.io-client";

const clients = [];
let news = 0;

function start(url, options) {
  const it = { news: 0, sids: [], errors: [], ends: [], upgradeErrors: [], connected: false, gaveUp: false };
  it.socket = io(url, { forceNew: true, ...options });
  // A session may end before its socket is connected.
  it.socket.io.on("open", () => {
    it.gaveUp = false;
    const { engine } = it.socket.io;
    it.sids.push(engine.id);
    engine.on("upgradeError", (error) => {
      it.gaveUp = true;
      it.upgradeErrors.push(`${error.message} ${Date.now() / 1000}`);
    });
  });
  it.socket.on("connect", () => (it.connected = true));
  it.socket.on("connect_error", ({ message, description, context }) =>
    it.errors.push([message, description?.message ?? description, context?.responseText].join(" | ")));
  it.socket.on("disconnect", (reason, details) => {
    it.connected = false;
    it.ends.push([Date.now() / 1000, reason, details?.description?.message ?? details?.description, details?.context?.responseText].join(" | "));
  });
  it.socket.on("news", () => (++it.news, ++news));
  clients.push(it);
}

const isSettled = ({ connected, gaveUp, socket }) =>
  connected && (gaveUp || socket.io.engine.transport.name === "websocket");

/// Waits for nothing but the next client's turn.
async function connectAll({ url, count, perSecond, options }) {
  const began = performance.now();
  while (clients.length < count) {
    const due = Math.min(count, Math.floor(((performance.now() - began) * perSecond) / 1000) + 1);
    while (clients.length < due) start(url, options);
    process.send({ started: clients.length });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/// One after the other, so that what is measured is the way and not the queue here.
async function echoAll() {
  const times = [];
  for (const { socket } of clients) {
    const began = performance.now();
    const answer = await socket.timeout(20000).emitWithAck("echo", "some text of a usual length").catch(() => undefined);
    // Who is gone meanwhile shows in the report.
    if (answer !== undefined) times.push([socket.io.engine.id, performance.now() - began]);
  }
  return times;
}

const commands = {
  connect: connectAll,
  settled: () => clients.filter(isSettled).length,
  echo: echoAll,
  report: () => clients.map(({ socket, sids, errors, ends, upgradeErrors, news }) => ({ news, sids, errors, ends, upgradeErrors, transport: socket.io.engine.transport.name })),
  broadcast: ({ bytes }) => clients[0].socket.timeout(20000).emitWithAck("broadcast", "news", "x".repeat(bytes)),
  news: () => news,
  end: () => {
    for (const { socket } of clients) socket.disconnect();
    setTimeout(() => process.exit(0), 200);
  },
};

process.on("message", async ({ id, command, argument }) => {
  try {
    process.send({ id, result: await commands[command](argument ?? {}) });
  } catch (error) {
    process.send({ id, error: String(error?.stack ?? error) });
  }
});
process.on("disconnect", () => process.exit(0));

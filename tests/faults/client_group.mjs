// A process with many clients of one node, in a namespace of its own. It is told what to do over its IPC
// channel by run.mjs: {start: options}, {finish: true}, {write: path}; it answers {ready}, {finished},
// {written}, and once a second {lag}: how many ms its own loop came late at most.
import { createRequire } from "node:module";
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import { History, HistoryClient, historyLines } from "./history_client.mjs";
import { Random } from "./random.mjs";

// The packages are those of the end-to-end tests.
const { io } = createRequire(new URL("../e2e/run.mjs", import.meta.url))("socket.io-client");

let history;
const sockets = [];

async function start({ url, node, clients, seed, firstKey, plan, options }) {
  history = new History(firstKey);
  const random = new Random(seed);
  const connected = [];
  for (let i = 0; i < clients; ++i) {
    const socket = io(url, { transports: ["websocket"], forceNew: true, reconnectionDelay: 200, reconnectionDelayMax: 1000,
      timeout: 5000, autoConnect: false, ...options });
    sockets.push(socket);
    new HistoryClient({ socket, node, group: history, random, plan });
    connected.push(new Promise((resolve) => socket.once("connect", resolve)));
    socket.connect();
  }
  await Promise.all(connected);
  process.send({ ready: true });
}

/// The histories end here: that the sockets are closed afterwards is not part of them.
async function write(path) {
  await pipeline(Readable.from((function* () {
    for (const line of historyLines(history)) yield `${line}\n`;
  })()), createWriteStream(path));
  process.send({ written: true });
  for (const socket of sockets) socket.disconnect();
}

let expected = performance.now();
let lag = 0;
setInterval(() => {
  const time = performance.now();
  lag = Math.max(lag, time - expected - 20);
  expected = time;
}, 20);
setInterval(() => {
  process.send({ lag });
  lag = 0;
}, 1000);

process.on("disconnect", () => process.exit(0));
process.on("message", (message) => {
  if (message.start) start(message.start);
  // Nothing new is sent; what is on its way still arrives.
  if (message.finish) (history.isOver = true), process.send({ finished: true });
  if (message.write) write(message.write).catch((error) => (console.error(error), process.exit(1)));
});

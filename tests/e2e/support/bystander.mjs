// A client in a process of its own that sends an echo every 10 ms and notes how long the server was
// silent. Usage: bystander.mjs URL PID-OF-THE-SERVER [EVENT], which it
// waits for before it begins (auth). Each line on stdin ends a period; the answer is a
// line of JSON with the largest gap between two answers in ms; the largest one less the time in which
// we or the server waited for a processor, which others used, or in which we stood still ourselves, as a
// timer shows (the whole machine may); the number of answers and of disconnects.
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const [url, serverPid, first = "auth"] = process.argv.slice(2);
const socket = io(url, { transports: ["websocket"] });
const mine = `/proc/${process.pid}/schedstat`;
const theirs = readdirSync(`/proc/${serverPid}/task`).map((thread) => `/proc/${serverPid}/task/${thread}/schedstat`);
const every = 10;
let period, lastAnswer, lastWaits, lastStill;
/// Milliseconds that our timer was late in all, and when it last ran.
let late = 0, lastTick = performance.now();

/// Milliseconds a thread was ready to run and had no processor (proc(5), schedstat); 0 if it is gone.
function waited(path) {
  try {
    return Number(readFileSync(path, "utf8").split(" ")[1]) / 1e6;
  } catch {
    return 0;
  }
}

/// How long we stood still until `now`, in all; a timer may be a little late.
const still = (now) => late + (now - lastTick > 2 * every ? now - lastTick - every : 0);

function tick() {
  const now = performance.now();
  late = still(now);
  lastTick = now;
  socket.emit("echo", answered);
}

const waits = () => [mine, ...theirs].map(waited);

function note() {
  const now = performance.now();
  const gap = now - lastAnswer;
  const current = waits();
  const [own, ...others] = current.map((total, index) => total - lastWaits[index]);
  period.gap = Math.max(period.gap, gap);
  period.blamed = Math.max(period.blamed, gap - Math.max(own, still(now) - lastStill) - Math.max(...others));
  lastAnswer = now;
  lastStill = still(now);
  lastWaits = current;
}

function begin() {
  period = { gap: 0, blamed: 0, answers: 0, disconnects: period?.disconnects ?? 0 };
  lastAnswer = performance.now();
  lastStill = still(lastAnswer);
  lastWaits = waits();
}

function answered() {
  note();
  period.answers += 1;
}

socket.on("disconnect", () => (period.disconnects += 1));
socket.once(first, () => {
  begin();
  lastTick = performance.now();
  setInterval(tick, every);
  console.log("ready");
});
createInterface({ input: process.stdin })
  .on("line", () => {
    note();
    console.log(JSON.stringify(period));
    begin();
  })
  .on("close", () => process.exit(0));

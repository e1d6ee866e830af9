// A client in a process of its own that sends an echo every 10 ms and notes how long the server was
// silent. Usage: bystander.mjs URL. Each line on stdin ends a period; the answer is a line of JSON with
// the largest gap between two answers and the largest delay of the own timer, both in ms, and the
// number of answers and disconnects.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const socket = io(process.argv[2], { transports: ["websocket"] });
let period, lastAnswer, lastTick;

function begin() {
  period = { gap: 0, ownDelay: 0, answers: 0, disconnects: period?.disconnects ?? 0 };
  lastAnswer = lastTick = performance.now();
}

function answered() {
  const now = performance.now();
  period.gap = Math.max(period.gap, now - lastAnswer);
  period.answers += 1;
  lastAnswer = now;
}

function tick() {
  const now = performance.now();
  period.ownDelay = Math.max(period.ownDelay, now - lastTick - 10);
  lastTick = now;
  socket.emit("echo", answered);
}

socket.on("disconnect", () => (period.disconnects += 1));
socket.once("auth", () => {
  begin();
  setInterval(tick, 10);
  console.log("ready");
});
createInterface({ input: process.stdin })
  .on("line", () => {
    period.gap = Math.max(period.gap, performance.now() - lastAnswer);
    console.log(JSON.stringify(period));
    begin();
  })
  .on("close", () => process.exit(0));

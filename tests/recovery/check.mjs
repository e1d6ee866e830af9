// Many clients lose their connections and come back, to the same node or to another, while numbered messages
// go to everybody, to rooms and to their ids; each of them checks that it gets every number once, in order.
import { createRequire } from "node:module";
import { Random } from "../faults/random.mjs";
import { cuttingProxy } from "./cutting_proxy.mjs";

const { io } = createRequire(new URL("../e2e/package.json", import.meta.url))("socket.io-client");
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/// What may pass at the end until everybody has everything.
const patience = 30000;

class Receiver {
  constructor(index, proxy, { rooms, random, drop, stay, noticed, verdict }) {
    Object.assign(this, { index, proxy, random, drop, stay, noticed, verdict });
    this.room = `g${index % rooms}`;
    this.heard = new Map(); // the last number by source and stream
    this.socket = io(proxy.url, { transports: ["websocket"], forceNew: true, reconnection: false });
    this.socket.on("m", (source, stream, number) => this.hear(`${source} ${stream}`, number));
    this.socket.on("connect_error", () => setTimeout(() => this.socket.connect(), 50));
  }

  hear(stream, number) {
    const last = this.heard.get(stream);
    this.heard.set(stream, Math.max(number, last ?? 0));
    this.verdict.received += 1;
    if (last === undefined || number === last + 1) return;
    if (number <= last) this.note("doubled", `${stream}: ${number} after ${last}`);
    else this.note("lost", `${stream}: ${last + 1} to ${number - 1}`);
  }

  note(kind, what) {
    this.verdict[kind] += 1;
    if (this.verdict.examples.length < 20) this.verdict.examples.push(`client ${this.index} ${kind} ${what}`);
  }

  ask = (event, ...args) => this.socket.timeout(10000).emitWithAck(event, ...args);

  connect() {
    return new Promise((resolve) => {
      this.socket.once("connect", resolve);
      this.socket.connect();
    });
  }

  async enter() {
    await this.ask("join", this.room);
    this.node = (await this.ask("whoami")).node;
    this.id = this.socket.id;
  }

  /// Until `ending()`: stays, is cut off, stays away, comes back.
  async live(ending) {
    while (!ending()) {
      await sleep(this.random.integer(...this.stay));
      if (ending()) break;
      this.proxy.cut(this.proxy.of(this.socket));
      await new Promise((resolve) => (this.socket.connected ? this.socket.once("disconnect", resolve) : resolve()));
      await sleep(this.random.integer(...this.drop));
      await this.noticed(this.id);
      await this.connect();
      const { recovered } = this.socket;
      if (!recovered) {
        this.heard.clear();
        this.note("unrecovered", `was ${this.id}`);
      } else if (this.socket.id !== this.id) {
        this.note("wrong", "another id");
      }
      const before = this.node;
      if (recovered) this.node = (await this.ask("whoami")).node;
      else await this.enter();
      const where = this.node === before ? "same" : "other";
      this.verdict[where].drops += 1;
      if (recovered) this.verdict[where].recovered += 1;
    }
  }
}

class Source {
  constructor(index, url, { rooms, period }) {
    Object.assign(this, { index, rooms, period });
    this.last = new Map();
    this.socket = io(url, { transports: ["websocket"], forceNew: true });
  }

  emit(stream, event, ...to) {
    const number = (this.last.get(stream) ?? 0) + 1;
    this.last.set(stream, number);
    this.socket.emit(event, ...to, "m", this.index, stream, number);
  }

  /// A message to everybody, one to a room, one to a client, in turn.
  tick(receivers) {
    this.turn = (this.turn ?? 0) + 1;
    const room = this.turn % this.rooms;
    const to = receivers[this.turn % receivers.length];
    this.emit("all", "broadcast");
    this.emit(`g${room}`, "emit-to", `g${room}`);
    if (to.id) this.emit(`id-${to.index}-${to.id}`, "emit-to", to.id);
  }
}

/// Resolves to what became of it: {same: {drops, recovered}, other: {...}, lost, doubled, wrong, received, examples}.
/// `ports` are those of the nodes; times in ms, `drop` and `stay` as [least, most]. A client stays away until
/// `noticed(id)` resolves, too: one that is back before its node saw it go is another socket.
export async function checkRecovery({ ports, clients = 50, seconds = 10, drop = [1000, 10000], stay = [500, 3000], rooms = 5, period = 10, seed = 1, elsewhere = true, noticed = async () => {} }) {
  const random = new Random(seed);
  const verdict = { same: { drops: 0, recovered: 0 }, other: { drops: 0, recovered: 0 }, lost: 0, doubled: 0, wrong: 0, unrecovered: 0, received: 0, examples: [] };
  let turn = 0;
  const proxy = await cuttingProxy(() => ports[elsewhere ? turn++ % ports.length : 0]);
  const settings = { rooms, random, drop, stay, noticed, verdict, period };
  const receivers = Array.from({ length: clients }, (_, index) => new Receiver(index, proxy, settings));
  await Promise.all(receivers.map((r) => new Promise((resolve) => r.socket.once("connect", resolve))));
  await Promise.all(receivers.map((r) => r.enter()));
  const sources = ports.map((port, index) => new Source(index, `http://127.0.0.1:${port}`, settings));
  await Promise.all(sources.map(({ socket }) => new Promise((resolve) => socket.once("connect", resolve))));
  await Promise.all(sources.map(({ socket }) => socket.timeout(10000).emitWithAck("join", "sources")));
  const timers = sources.map((source) => setInterval(() => source.tick(receivers), period));

  let over = false;
  const lives = receivers.map((r) => r.live(() => over));
  await sleep(seconds * 1000);
  over = true;
  await Promise.all(lives);
  timers.forEach(clearInterval);
  // The last number of each stream is sent to all whom it concerns.
  const wanted = (r) => sources.flatMap((source) => ["all", r.room, `id-${r.index}-${r.id}`].map((stream) => [`${source.index} ${stream}`, source.last.get(stream) ?? 0]));
  const has = (r) => wanted(r).every(([stream, last]) => last === 0 || (r.heard.get(stream) ?? last) >= last);
  const deadline = performance.now() + patience;
  while (!receivers.every(has) && performance.now() < deadline) await sleep(20);
  receivers.filter((r) => !has(r)).forEach((r) => r.note("lost", `at the end: ${JSON.stringify(wanted(r).filter(([s, last]) => (r.heard.get(s) ?? last) < last))}`));
  for (const { socket } of [...receivers, ...sources]) socket.disconnect();
  proxy.close();
  verdict.sent = sources.reduce((sum, s) => sum + [...s.last.values()].reduce((a, b) => a + b, 0), 0);
  return verdict;
}

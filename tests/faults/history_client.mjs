// A client that uses the conformance app and writes down what it did and what came: see checker.mjs for
// the shape of a history.
import { now } from "./cluster_node.mjs";

/// Ids of emits: the sender's key and its count of emits. Both stay exact in a double.
const perSocket = 1e6;
const padding = "x".repeat(100);
const askPatience = 8000;

export class HistoryClient {
  #session;
  #timers = new Set();
  #rooms = new Set();

  /// `io` makes the socket.io-client socket; `group` is the History the client writes to; `plan` says how
  /// often it does what and how many rooms there are.
  constructor({ socket, node, group, random, plan }) {
    Object.assign(this, { socket, node, group, random, plan });
    socket.on("connect", () => this.#up());
    socket.on("disconnect", () => this.#down());
    socket.on("m", (id, senderId) => this.#took(id, senderId));
    socket.on("question", (id, answer) => {
      this.#took(id);
      answer([this.#session.record.key, id]);
    });
    while (this.#rooms.size < plan.roomsEach) this.#rooms.add(this.#anyRoom());
  }

  #anyRoom = () => `room-${this.random.integer(0, this.plan.rooms - 1)}`;

  #later(mean, work) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, this.random.gap(mean));
    this.#timers.add(timer);
  }

  #up() {
    const record = this.group.session(this.socket.id, this.node);
    this.#session = { record, emits: 0, memberships: new Map() };
    for (const room of this.#rooms) this.#join(room);
    this.#later(this.plan.every, this.#emit);
    this.#later(this.plan.moveEvery, this.#move);
  }

  #down() {
    if (!this.#session) return;
    this.#session.record.down = now();
    this.#session = undefined;
    this.#timers.forEach(clearTimeout);
    this.#timers.clear();
  }

  #took(id, senderId) {
    this.#session.record.received.push(id, now());
    if (senderId) this.group.heardOf(senderId);
  }

  #join(room) {
    const session = this.#session;
    const membership = { room, asked: now(), joined: Infinity, leaving: Infinity, left: Infinity };
    session.memberships.set(room, membership);
    session.record.memberships.push(membership);
    this.socket.emit("join", room, () => (membership.joined = now()));
  }

  /// Leaves one room and joins another.
  #move = () => {
    const room = this.random.pick([...this.#rooms]);
    const other = this.#anyRoom();
    if (!this.#rooms.has(other)) {
      const membership = this.#session.memberships.get(room);
      this.#rooms.delete(room);
      this.#session.memberships.delete(room);
      membership.leaving = now();
      this.socket.emit("leave", room, () => (membership.left = now()));
      this.#rooms.add(other);
      this.#join(other);
    }
    this.#later(this.plan.moveEvery, this.#move);
  };

  #kind() {
    let roll = this.random.unit();
    for (const [kind, part] of Object.entries(this.plan.kinds)) {
      if ((roll -= part) < 0) return kind;
    }
    return "room";
  }

  #emit = () => {
    if (this.group.isOver) return;
    const { record } = this.#session;
    const kind = this.#kind();
    const target = kind === "id" ? this.random.pick(this.group.heard) ?? this.socket.id : kind === "all" ? "" : this.#anyRoom();
    const id = record.key * perSocket + ++this.#session.emits;
    const emit = { id, from: record.key, kind, target, sent: now(), answered: Infinity, answer: undefined };
    this.group.emits.push(emit);
    const answered = (answer) => Object.assign(emit, { answered: now(), answer });
    if (kind === "ask") this.socket.emit("ask-room", target, askPatience, id, answered);
    else if (kind === "all") this.socket.emit("broadcast", "m", id, this.socket.id, padding, answered);
    else this.socket.emit("emit-to", target, "m", id, this.socket.id, padding, answered);
    this.#later(this.plan.every, this.#emit);
  };
}

/// What the clients of one process write to.
export class History {
  sessions = [];
  emits = [];
  /// Ids of sockets whose messages came lately: whom to write to.
  heard = [];
  isOver = false;
  #nextKey;
  #slot = 0;

  /// Keys of sockets begin here; groups take different ones.
  constructor(firstKey) {
    this.#nextKey = firstKey;
  }

  session(id, node) {
    const record = { key: this.#nextKey++, id, node, up: now(), down: Infinity, memberships: [], received: [] };
    this.sessions.push(record);
    return record;
  }

  heardOf(id) {
    this.heard[this.#slot++ % 200] = id;
  }
}

/// Lines of JSON, one per session and emit; Infinity is null there.
export function* historyLines({ sessions, emits }) {
  for (const session of sessions) yield JSON.stringify({ session });
  for (const emit of emits) yield JSON.stringify({ emit });
}

const restore = (object, ...fields) => {
  for (const field of fields) object[field] ??= Infinity;
  return object;
};

/// Reads those lines back into what check() takes.
export function readHistory(text) {
  const history = { sockets: [], emits: [] };
  for (const line of text.split("\n")) {
    if (!line) continue;
    const { session, emit } = JSON.parse(line);
    if (emit) {
      history.emits.push(restore(emit, "answered"));
      continue;
    }
    session.memberships.forEach((membership) => restore(membership, "joined", "leaving", "left"));
    const { received } = session;
    session.received = Array.from({ length: received.length / 2 }, (_, i) => [received[2 * i], received[2 * i + 1]]);
    history.sockets.push(restore(session, "down"));
  }
  return history;
}

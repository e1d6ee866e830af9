// Judges the histories of a run. Pure: values in, a verdict out.
//
// check({sockets, emits, faults, limits}) -> {passed, violations, figures}
//
// sockets  [{key, id, node, up, down, memberships, received}]: one entry per Socket.IO session; a client
//          that lost its node and came back is a new one. `key` is our number for it, `node` the number of
//          its node, `up` and `down` when it was connected (down: Infinity when it stayed to the end).
//          memberships [{room, asked, joined, leaving, left}]: when the join and the leave were asked for
//          and when they were answered; Infinity when never. received [[emit id, time]] in its order.
// emits    [{id, from, kind, target, sent, answered, answer}]: `from` is the key of the sending socket, ids
//          of one sender grow in the order of sending. kind: room (target: its name), id (a socket id), all
//          (everybody but the sender), ask (a room; the answer is {ok, replies: [[key, emit id]]}). The
//          answer to the others is "ok". answered: Infinity when never.
// faults   [{kind, apart, touched, down, applied, healed}], see faults.mjs.
//
// All times in ms of one clock.

export const defaults = {
  /// After a heal everything must arrive again from here on.
  healing: 5000,
  /// What was sent this long before a fault may still have been on its way when it began.
  flight: 1500,
  /// A receiver counts as up or as a member when it stays so for this long after the emit was accepted.
  staying: 3000,
  /// `emit-to` and `broadcast` must be answered within this.
  answer: 1000,
  /// The same for asks, whose own patience is 8 s.
  askAnswer: 9000,
  /// What is sent between nodes that are apart arrives within this or never.
  late: 5000,
  /// Parts of one that must arrive over the whole run, and of asks outside of faults that must complete.
  overall: 0.95,
  asks: 0.8,
};

/// Numbers of nodes, in either order.
const isPair = ([a, b], x, y) => (a === x && b === y) || (a === y && b === x);

/// The faults, asked about two nodes and a time.
class FaultLog {
  constructor(faults, limits) {
    this.faults = faults.map((fault) => ({ ...fault, healed: fault.healed ?? Infinity }));
    this.limits = limits;
  }

  #hits(fault, list, a, b) {
    return a === b ? fault.down.includes(a) : list.some((pair) => isPair(pair, a, b));
  }

  /// How nodes a and b stood to each other when something was sent: "apart", "touched" (something between
  /// them acts, has just ended or is about to begin), "healed" (an earlier fault is over) or "untouched".
  between(a, b, from, until) {
    const { healing, flight } = this.limits;
    let state = "untouched";
    for (const fault of this.faults) {
      if (!this.#hits(fault, fault.touched, a, b)) continue;
      const { applied, healed } = fault;
      if (this.#hits(fault, fault.apart, a, b) && from < healed && until >= applied) return "apart";
      if (from < healed + healing && until >= applied - flight) state = "touched";
      else if (state === "untouched" && from >= healed + healing) state = "healed";
    }
    return state;
  }

  /// The kind of the fault that keeps a and b apart.
  kindApart(a, b, from, until) {
    const is = (f) => this.#hits(f, f.touched, a, b) && this.#hits(f, f.apart, a, b) && from < f.healed && until >= f.applied;
    return this.faults.find(is)?.kind;
  }

  /// Whether anything acts anywhere.
  isQuiet(from, until) {
    const { healing, flight } = this.limits;
    return !this.faults.some((f) => from < f.healed + healing && until >= f.applied - flight);
  }

  /// Whether the node worked all the time.
  works(node, from, until) {
    return !this.faults.some((f) => f.down.includes(node) && from < f.healed + this.limits.healing && until >= f.applied);
  }
}

/// Counts what broke a rule and keeps the first examples.
class Violations {
  counts = {};
  examples = [];

  add(rule, detail) {
    this.counts[rule] = (this.counts[rule] ?? 0) + 1;
    if (this.counts[rule] <= 5) this.examples.push({ rule, ...detail });
  }
}

export function percentile(sorted, part) {
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] : 0;
}

const spread = (numbers) => {
  const sorted = Float64Array.from(numbers).sort();
  return { count: sorted.length, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), max: sorted.at(-1) ?? 0 };
};

/// One delivery per emit and receiver, and one order per sender and receiver.
function checkReceived(socket, emits, violations) {
  const times = new Map();
  const last = new Map();
  for (const [id, time] of socket.received) {
    const emit = emits.get(id);
    if (!emit) {
      violations.add("invented", { emit: id, receiver: socket.key, time });
      continue;
    }
    if (times.has(id)) violations.add("duplicate", { emit: id, kind: emit.kind, receiver: socket.key, time, sent: emit.sent });
    else times.set(id, time);
    const before = last.get(emit.from) ?? -1;
    // The same one again is a duplicate, not disorder.
    if (id < before) violations.add("disorder", { emit: id, kind: emit.kind, receiver: socket.key, time, after: before });
    if (id > before) last.set(emit.from, id);
    if (time < emit.sent) violations.add("invented", { emit: id, receiver: socket.key, time, sent: emit.sent });
  }
  return times;
}

/// "must": it has to get the emit; "may": it was coming or going; "not": it has no right to it.
function claim(emit, socket, membership, { staying }) {
  const until = Math.min(emit.answered, emit.sent + 60000);
  if (socket.up > until || socket.down < emit.sent) return "may";
  const stays = socket.up <= emit.sent && socket.down > until + staying;
  if (!membership) return stays ? "must" : "may";
  if (membership.joined <= emit.sent && membership.leaving > until + staying && stays) return "must";
  return "may";
}

/// Receivers by emit: index of sockets and of memberships.
class Audience {
  constructor(sockets) {
    this.sockets = sockets;
    this.byId = new Map(sockets.map((socket) => [socket.id, socket]));
    this.rooms = new Map();
    for (const socket of sockets) {
      for (const membership of socket.memberships) {
        if (!this.rooms.has(membership.room)) this.rooms.set(membership.room, new Map());
        const members = this.rooms.get(membership.room);
        if (!members.has(socket)) members.set(socket, []);
        members.get(socket).push(membership);
      }
    }
  }

  /// Yields [socket, "must" | "may"].
  *of(emit, limits) {
    if (emit.kind === "all") {
      for (const socket of this.sockets) if (socket.key !== emit.from) yield [socket, claim(emit, socket, undefined, limits)];
    } else if (emit.kind === "id") {
      const socket = this.byId.get(emit.target);
      if (socket) yield [socket, claim(emit, socket, undefined, limits)];
    } else {
      for (const [socket, memberships] of this.rooms.get(emit.target) ?? []) {
        const claims = memberships.map((membership) => claim(emit, socket, membership, limits));
        yield [socket, claims.includes("must") ? "must" : "may"];
      }
    }
  }

  /// Whether the socket could have got it at all: it is addressed, and was a member between asking to
  /// join and having left.
  mayHold(emit, socket, time) {
    if (emit.kind === "all") return socket.key !== emit.from;
    if (emit.kind === "id") return socket.id === emit.target;
    const memberships = this.rooms.get(emit.target)?.get(socket) ?? [];
    return memberships.some(({ asked, left }) => asked <= time && left >= emit.sent && left >= time);
  }
}

/// The answer to an ask names only those who got it, and is "ok" only when nobody is missing.
function checkAsk(emit, claims, times, faultLog, sender, violations, limits) {
  if (!emit.answer) return;
  const answered = new Set();
  for (const [key, id] of emit.answer.replies) {
    if (id !== emit.id || !times.get(key)?.has(emit.id)) violations.add("false ack", { emit: emit.id, said: key, answers: id });
    if (answered.has(key)) violations.add("double ack", { emit: emit.id, said: key });
    answered.add(key);
  }
  if (!emit.answer.ok) return;
  for (const [socket, state] of claims) {
    if (state !== "must" || answered.has(socket.key)) continue;
    const how = faultLog.between(sender.node, socket.node, emit.sent, emit.answered);
    // A node already declared down is not counted, which is right while something touches it.
    if (how === "untouched" || how === "healed") violations.add("false ok", { emit: emit.id, missing: socket.key, node: socket.node });
  }
}

/// The sender's own node must work to answer, and the sender must be there to hear it.
function checkAnswer(emit, sender, faultLog, answers, violations, limits) {
  const most = emit.kind === "ask" ? limits.askAnswer : limits.answer;
  const took = emit.answered - emit.sent;
  const until = emit.sent + most;
  if (sender.up <= emit.sent && sender.down > until && faultLog.works(sender.node, emit.sent, until)) {
    if (took !== Infinity) answers.push(took);
    if (took > most) violations.add("slow answer", { emit: emit.id, kind: emit.kind, node: sender.node, ms: took });
  }
  if (emit.kind !== "ask" && took !== Infinity && emit.answer !== "ok") violations.add("refused", { emit: emit.id, answer: emit.answer });
}

const share = ({ delivered, expected }) => (expected ? delivered / expected : 1);

export function check({ sockets, emits, faults = [], limits: given = {} }) {
  const limits = { ...defaults, ...given };
  const violations = new Violations();
  const faultLog = new FaultLog(faults, limits);
  const audience = new Audience(sockets);
  const byKey = new Map(sockets.map((socket) => [socket.key, socket]));
  const emitsById = new Map(emits.map((emit) => [emit.id, emit]));
  const times = new Map(sockets.map((socket) => [socket.key, checkReceived(socket, emitsById, violations)]));

  for (const socket of sockets) {
    for (const [id, time] of times.get(socket.key)) {
      if (!audience.mayHold(emitsById.get(id), socket, time)) violations.add("stray", { emit: id, receiver: socket.key, time });
    }
  }

  const classes = Object.fromEntries(["untouched", "healed", "touched", "apart"].map((name) => [name, { expected: 0, delivered: 0 }]));
  const latencies = { untouched: [], healed: [], touched: [], apart: [] };
  const [answers, askAnswers] = [[], []];
  const asks = { quiet: 0, complete: 0, all: 0, allComplete: 0 };
  const frozenLate = { count: 0, max: 0 };

  for (const emit of emits) {
    const sender = byKey.get(emit.from);
    const isAccepted = emit.answered !== Infinity;
    const end = Math.min(emit.answered, emit.sent + limits.answer);
    checkAnswer(emit, sender, faultLog, emit.kind === "ask" ? askAnswers : answers, violations, limits);

    const claims = [...audience.of(emit, limits)];
    if (emit.kind === "ask") checkAsk(emit, claims, times, faultLog, sender, violations, limits);
    for (const [socket, state] of claims) {
      const time = times.get(socket.key).get(emit.id);
      const how = faultLog.between(sender.node, socket.node, emit.sent, end);
      if (time !== undefined) {
        latencies[how].push(time - emit.sent);
        if (how === "apart" && time - emit.sent > limits.late) {
          const kind = faultLog.kindApart(sender.node, socket.node, emit.sent, end);
          if (kind === "freeze") frozenLate.max = Math.max(frozenLate.max, time - emit.sent), (frozenLate.count += 1);
          else violations.add("late", { emit: emit.id, receiver: socket.key, fault: kind, ms: time - emit.sent });
        }
      }
      if (state !== "must" || !isAccepted) continue;
      classes[how].expected += 1;
      if (time !== undefined) classes[how].delivered += 1;
      else if (how === "untouched" || how === "healed") {
        violations.add("lost", { emit: emit.id, kind: emit.kind, from: sender.node, to: socket.node, receiver: socket.key, sent: emit.sent, how });
      }
    }

    if (emit.kind === "ask" && sender.down > emit.sent + 15000) {
      const complete = emit.answer?.ok === true;
      asks.all += 1;
      asks.allComplete += complete;
      if (faultLog.isQuiet(emit.sent, Math.min(emit.answered, emit.sent + 3000))) {
        asks.quiet += 1;
        asks.complete += complete;
      }
    }
  }

  const counted = ["untouched", "healed", "touched"].map((name) => classes[name]);
  const overall = {
    expected: counted.reduce((sum, { expected }) => sum + expected, 0),
    delivered: counted.reduce((sum, { delivered }) => sum + delivered, 0),
  };
  if (share(overall) < limits.overall) violations.add("overall", { share: share(overall), least: limits.overall });
  if (asks.quiet && asks.complete / asks.quiet < limits.asks) {
    violations.add("asks", { share: asks.complete / asks.quiet, least: limits.asks });
  }

  const figures = {
    sockets: sockets.length,
    emits: emits.length,
    received: sockets.reduce((sum, socket) => sum + socket.received.length, 0),
    faults: faults.length,
    classes,
    overall: { ...overall, share: share(overall) },
    asks,
    answers: spread(answers),
    askAnswers: spread(askAnswers),
    latencies: Object.fromEntries(Object.entries(latencies).map(([name, list]) => [name, spread(list)])),
    frozenLate,
  };
  return { passed: violations.examples.length === 0, violations: violations.counts, examples: violations.examples, figures };
}

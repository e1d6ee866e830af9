// Faults between nodes, each an object with apply() and heal() that may be awaited. What the checker
// needs to know of one stands in `record`: its kind; `apart`, the pairs of node numbers that could not
// talk; `touched`, the pairs that suffered in any way (those apart included); `down`, the numbers of
// nodes that did not work; when it was applied and healed, in ms of now().
import { now } from "./cluster_node.mjs";

const pairsWith = (index, count) => Array.from({ length: count }, (_, other) => [index, other]).filter(([a, b]) => a !== b);

class Fault {
  constructor(kind, { apart = [], touched = apart, down = [], detail = "" }) {
    this.record = { kind, detail, apart, touched, down, applied: undefined, healed: undefined };
  }

  async apply() {
    this.record.applied = now();
    await this.begin();
  }

  /// The moment of healing is when nothing is in the way any more.
  async heal() {
    if (this.record.applied === undefined || this.record.healed !== undefined) return;
    await this.end();
    this.record.healed = now();
  }

  get description() {
    return [this.record.kind, this.record.detail].filter(Boolean).join(" ");
  }
}

/// Drops what comes from some addresses; each rule is taken out again as it was put in.
class Rules extends Fault {
  #rules;

  constructor(kind, network, rules, what) {
    super(kind, what);
    this.network = network;
    this.#rules = rules;
  }

  #change(action) {
    for (const [node, rule] of this.#rules) this.network.in(node.namespace, "iptables", "-w", action, "INPUT", ...rule);
  }

  begin() {
    this.#change("-A");
  }

  end() {
    this.#change("-D");
  }
}

/// Under which addresses `to` sees packets of `from`: its own, and that of a proxy between them.
const addressesOf = (from, to) => [from.clusterAddress, ...(from.proxies?.[to.index] ?? [])];

const dropping = (from, to, ...match) =>
  addressesOf(from, to).map((address) => [to, ["-s", address, ...match, "-j", "DROP"]]);

/// Whom a fault between two machines concerns: them, or, when one is a broker for `count` nodes, the other
/// and all nodes.
const pairsOf = (network, a, b) => (network.nodes.includes(b) ? [[a.index, b.index]] : pairsWith(a.index, network.nodes.length));
const nameOf = ({ index }) => (Number.isInteger(index) ? `n${index}` : index);

/// Nothing passes between two nodes, in either direction.
export const cut = (network, a, b) =>
  new Rules("cut", network, [...dropping(a, b), ...dropping(b, a)],
    { apart: pairsOf(network, a, b), detail: `${nameOf(a)} | ${nameOf(b)}` });

/// What `from` sends does not reach `to`; the other direction is open.
export const cutOneWay = (network, from, to) =>
  new Rules("one-way cut", network, dropping(from, to), { apart: pairsOf(network, from, to), detail: `${nameOf(from)} -> ${nameOf(to)}` });

/// Each packet between the two is lost with this probability.
export function loss(network, a, b, probability) {
  const match = ["-m", "statistic", "--mode", "random", "--probability", probability.toFixed(3)];
  return new Rules("loss", network, [...dropping(a, b, ...match), ...dropping(b, a, ...match)],
    { touched: pairsOf(network, a, b), detail: `${(100 * probability).toFixed(0)} % ${nameOf(a)} <-> ${nameOf(b)}` });
}

/// A node's cable to the others is pulled; its clients keep theirs.
export class LinkDown extends Fault {
  constructor(network, node, count) {
    super("link down", { apart: pairsWith(node.index, count), detail: `n${node.index}` });
    Object.assign(this, { network, node });
  }

  begin() {
    this.network.in(this.node.namespace, "ip", "link", "set", "cluster0", "down");
  }

  end() {
    this.network.in(this.node.namespace, "ip", "link", "set", "cluster0", "up");
  }
}

/// What a node sends to the others passes at this rate.
export class RateLimit extends Fault {
  constructor(network, node, count, rate) {
    super("rate limit", { touched: pairsWith(node.index, count), detail: `${rate} n${node.index}` });
    Object.assign(this, { network, node, rate });
  }

  begin() {
    this.network.in(this.node.namespace, "tc", "qdisc", "add", "dev", "cluster0", "root", "tbf",
      "rate", this.rate, "burst", "32kb", "latency", "300ms");
  }

  end() {
    this.network.in(this.node.namespace, "tc", "qdisc", "del", "dev", "cluster0", "root");
  }
}

/// SIGSTOP until SIGCONT.
export class Freeze extends Fault {
  constructor(program, index, count) {
    super("freeze", { apart: pairsWith(index, count), down: [index], detail: `n${index}` });
    this.program = program;
  }

  begin() {
    this.program.signal("SIGSTOP");
  }

  end() {
    this.program.signal("SIGCONT");
  }
}

/// kill -9; healed when the process that was started anew listens.
export class Kill extends Fault {
  constructor(program, index, count) {
    super("kill", { apart: pairsWith(index, count), down: [index], detail: `n${index}` });
    this.program = program;
  }

  async begin() {
    await this.program.kill();
  }

  async end() {
    await this.program.start();
  }
}

/// What the delay proxy between two nodes passes on comes late.
export class Delay extends Fault {
  constructor(proxy, a, b, ms) {
    super("delay", { touched: [[a, b]], detail: `${ms} ms n${a} <-> n${b}` });
    Object.assign(this, { proxy, ms });
  }

  begin() {
    this.proxy.setDelay(this.ms);
  }

  end() {
    this.proxy.setDelay(0);
  }
}

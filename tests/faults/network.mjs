// A network of its own for each run: a namespace per node and per group of clients, joined by two bridges
// in a namespace `hub`. Nodes talk to each other over the interface `cluster0`, clients to nodes over
// `clients0`, so that faults between nodes do not touch clients.
//
// All names begin with `pm-<pid>-`; everything goes when the process ends, also when a test fails, and
// what a killed run left behind goes at the next start.
import { spawnSync } from "node:child_process";
import { readlinkSync } from "node:fs";

export class NetworkError extends Error {}

/// Runs a command, gives its output; throws a NetworkError when it fails.
export function command(file, ...args) {
  const done = spawnSync(file, args, { encoding: "utf8" });
  if (done.error) throw new NetworkError(`${file} cannot be run (${done.error.code}): install the fault_packages of deploy/packages.sh`);
  if (done.status !== 0) throw new NetworkError(`${file} ${args.join(" ")}: ${(done.stderr || done.stdout).trim()}`);
  return done.stdout;
}

const quietly = (file, ...args) => spawnSync(file, args, { encoding: "utf8" });

const isAlive = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
};

function deleteNamespace(name) {
  const pids = quietly("ip", "netns", "pids", name).stdout?.trim().split("\n").filter(Boolean) ?? [];
  for (const pid of pids.map(Number)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself.
    }
  }
  quietly("ip", "netns", "del", name);
}

/// Namespaces whose run is over.
function sweep() {
  for (const [name] of quietly("ip", "netns", "list").stdout?.matchAll(/^pm-\d+-\S+/gm) ?? []) {
    if (!isAlive(Number(name.split("-")[1]))) deleteNamespace(name);
  }
}

/// What a test needs of the kernel, each with a command that fails without it, run in a namespace.
const features = {
  "the iptables filter table": ["iptables", "-w", "-A", "INPUT", "-s", "10.255.255.1", "-j", "DROP"],
  "iptables' statistic match (random loss)":
    ["iptables", "-w", "-A", "INPUT", "-m", "statistic", "--mode", "random", "--probability", "0.5", "-j", "DROP"],
  "iptables' nat table (the delay proxy)":
    ["iptables", "-w", "-t", "nat", "-A", "OUTPUT", "-p", "tcp", "--dport", "9", "-j", "DNAT", "--to-destination", "127.0.0.1:9"],
  "the tbf queue (rate limits)": ["tc", "qdisc", "add", "dev", "lo", "root", "tbf", "rate", "1mbit", "burst", "32kb", "latency", "100ms"],
};

/// Why no network can be made here, or an empty text.
export function missingFeatures() {
  if (process.platform !== "linux") return "namespaces need Linux";
  if (process.getuid() !== 0) return "network namespaces need root: run this as root";
  const probe = `pm-${process.pid}-probe`;
  try {
    sweep();
    command("ip", "netns", "add", probe);
  } catch (error) {
    return `no network namespace can be made: ${error.message}`;
  }
  try {
    command("ip", "-n", probe, "link", "add", "b0", "type", "bridge");
    command("ip", "-n", probe, "link", "add", "v0", "type", "veth", "peer", "name", "v1");
    for (const [what, [file, ...args]] of Object.entries(features)) {
      try {
        command("ip", "netns", "exec", probe, file, ...args);
      } catch (error) {
        return `this kernel or system lacks ${what}: ${error.message}`;
      }
    }
    return "";
  } catch (error) {
    return `this kernel lacks bridges or veth pairs: ${error.message}`;
  } finally {
    deleteNamespace(probe);
  }
}

let networks = 0;

export class Network {
  #namespaces = [];
  #hostLinks = [];
  #close = () => this.close();

  /// `nodes` and `groups` are how many namespaces of each there are. With `host`, this process reaches both
  /// of the nodes' addresses itself.
  constructor({ nodes, groups = 0, host = false }) {
    const missing = missingFeatures();
    if (missing) throw new NetworkError(missing);
    this.prefix = `pm-${process.pid}-${networks++}`;
    process.once("exit", this.#close);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(130));
    this.clusterNet = this.#freeSubnet("10.77");
    this.clientNet = this.#freeSubnet("10.78");
    this.#add("hub");
    for (const bridge of ["cluster", "clients"]) {
      command("ip", "-n", this.hub, "link", "add", bridge, "type", "bridge");
      command("ip", "-n", this.hub, "link", "set", bridge, "up");
    }
    this.nodes = Array.from({ length: nodes }, (_, index) => this.#addNode(index));
    this.groups = Array.from({ length: groups }, (_, index) => this.#addGroup(index));
    if (host) for (const [bridge, net] of [["cluster", this.clusterNet], ["clients", this.clientNet]]) this.#joinHost(bridge, net);
  }

  get hub() {
    return `${this.prefix}-hub`;
  }

  /// The first network nobody uses here: with `host` it must not be somebody else's.
  #freeSubnet(prefix) {
    const routes = command("ip", "route", "show", "table", "all");
    const start = process.pid % 200;
    const free = Array.from({ length: 200 }, (_, i) => `${prefix}.${(start + i) % 200}`).find((net) => !routes.includes(`${net}.`));
    if (!free) throw new NetworkError(`no free network in ${prefix}.0.0/16`);
    return free;
  }

  #add(name) {
    const namespace = `${this.prefix}-${name}`;
    command("ip", "netns", "add", namespace);
    this.#namespaces.push(namespace);
    command("ip", "-n", namespace, "link", "set", "lo", "up");
    return namespace;
  }

  /// A cable from a bridge into a namespace.
  #plug(namespace, bridge, device, port, address) {
    command("ip", "-n", this.hub, "link", "add", port, "type", "veth", "peer", "name", device, "netns", namespace);
    command("ip", "-n", this.hub, "link", "set", port, "master", bridge, "up");
    command("ip", "-n", namespace, "addr", "add", `${address}/24`, "dev", device);
    command("ip", "-n", namespace, "link", "set", device, "up");
  }

  #addNode(index) {
    const namespace = this.#add(`n${index}`);
    const node = { index, namespace, clusterAddress: `${this.clusterNet}.${index + 1}`, clientAddress: `${this.clientNet}.${index + 1}` };
    this.#plug(namespace, "cluster", "cluster0", `cluster-${index}`, node.clusterAddress);
    this.#plug(namespace, "clients", "clients0", `clients-${index}`, node.clientAddress);
    return node;
  }

  #addGroup(index) {
    const namespace = this.#add(`g${index}`);
    this.#plug(namespace, "clients", "clients0", `group-${index}`, `${this.clientNet}.${index + 100}`);
    return { index, namespace };
  }

  /// A machine on the cluster's network that is no node: strangers, the delay proxy.
  addStranger(name, number) {
    const namespace = this.#add(name);
    const clusterAddress = `${this.clusterNet}.${number}`;
    this.#plug(namespace, "cluster", "cluster0", `x-${name}`.slice(0, 15), clusterAddress);
    return { namespace, clusterAddress };
  }

  #joinHost(bridge, net) {
    const device = `pm${process.pid}-${networks}${bridge.slice(0, 3)}`;
    const port = `host-${bridge}`;
    command("ip", "-n", this.hub, "link", "add", port, "type", "veth", "peer", "name", device, "netns", String(process.pid));
    this.#hostLinks.push(device);
    command("ip", "-n", this.hub, "link", "set", port, "master", bridge, "up");
    command("ip", "addr", "add", `${net}.254/24`, "dev", device);
    command("ip", "link", "set", device, "up");
  }

  /// Runs a command in a namespace.
  in(namespace, ...args) {
    return command("ip", "netns", "exec", namespace, ...args);
  }

  /// The argument list that runs a program in a namespace; it keeps the pid.
  static within(namespace, file, args) {
    return ["ip", ["netns", "exec", namespace, file, ...args]];
  }

  /// Counts the bytes that come from `from` to `to` (nodes), as iptables sees them: bytes() since the
  /// last reset().
  counter(from, to) {
    const rule = ["INPUT", "-s", from.clusterAddress, "-p", "tcp", "-m", "comment", "--comment", "counter"];
    this.in(to.namespace, "iptables", "-w", "-I", ...rule);
    const read = () => {
      const line = this.in(to.namespace, "iptables", "-w", "-nvxL", "INPUT").split("\n")
        .find((text) => text.includes("/* counter */") && text.includes(` ${from.clusterAddress} `));
      return Number(line.trim().split(/\s+/)[1]);
    };
    let zero = read();
    return {
      bytes: () => read() - zero,
      reset: () => (zero = read()),
      remove: () => this.in(to.namespace, "iptables", "-w", "-D", ...rule),
    };
  }

  /// Ends all that runs in the namespaces and removes them. May be called again.
  close() {
    process.off("exit", this.#close);
    for (const namespace of this.#namespaces.splice(0).reverse()) deleteNamespace(namespace);
    for (const device of this.#hostLinks.splice(0)) quietly("ip", "link", "del", device);
  }
}

/// The namespace a process is in, to check that a program did start where it should.
export const namespaceOf = (pid) => readlinkSync(`/proc/${pid}/ns/net`);

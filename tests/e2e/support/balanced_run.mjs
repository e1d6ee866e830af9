// Default clients through haproxy, round robin over three nodes, one of which is stopped meanwhile.
import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { connected } from "./clients.mjs";
import { formed, makeLoopback, startAll, stopAll } from "./cluster.mjs";
import { startHaproxy } from "./haproxy.mjs";
import { within } from "./waiting.mjs";

const workerFile = fileURLToPath(new URL("./balanced_worker.mjs", import.meta.url));
const ticksPerSecond = 100;
/// Those of servers, not the short ones of the conformance app.
const defaults = { "ping-interval": 25000, "ping-timeout": 20000, "connect-timeout": 45000 };

/// Seconds of CPU a process has used.
function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
const anonymous = (pid) => Number(readFileSync(`/proc/${pid}/status`, "utf8").match(/RssAnon:\s+(\d+)/)[1]) * 1024;

class Worker {
  #calls = new Map();
  #last = 0;
  started = 0;

  constructor() {
    this.child = fork(workerFile);
    this.child.on("message", ({ id, started, result, error }) => {
      if (started !== undefined) return (this.started = started);
      const { resolve, reject } = this.#calls.get(id);
      this.#calls.delete(id);
      error ? reject(new Error(error)) : resolve(result);
    });
    this.child.on("exit", () => this.#calls.forEach(({ reject }) => reject(new Error("a process of clients ended"))));
  }
  call(command, argument) {
    const id = ++this.#last;
    this.child.send({ id, command, argument });
    return new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }));
  }
}

const percentile = (sorted, p) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))];
const sidOf = (url) => url.match(/[?&]sid=([^&]+)/)?.[1];

async function until(what, deadline, holds) {
  await within(deadline, what, (async () => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
  })());
}

/// Which nodes the sessions of all clients live on, and which their requests went through.
class Ways {
  constructor(haproxy, home, stopped) {
    Object.assign(this, { haproxy, home, stopped: stopped?.name });
    this.read();
  }
  read() {
    this.requests = this.haproxy.requests().filter(({ url }) => url.includes("/socket.io/"));
    this.edge = new Map();
    for (const { status, node, url } of this.requests) if (status === 101) this.edge.set(sidOf(url), node);
  }
  homeOf = (sid) => this.home.get(sid.slice(0, 6));
  isTunnelled = (sid) => this.edge.has(sid) && this.edge.get(sid) !== this.homeOf(sid);
  /// Whether the session, or its WebSocket, was on the node that stopped.
  isConcerned = (sid) => this.stopped !== undefined && [this.homeOf(sid), this.edge.get(sid)].includes(this.stopped);
  of = (sid) => this.requests.filter(({ url }) => sidOf(url) === sid)
    .map(({ status, node, method, state }) => `${method} ${node} ${status} ${state}`).join(", ");
  answers() {
    const count = {};
    for (const { status } of this.requests) count[status] = (count[status] ?? 0) + 1;
    return count;
  }
  /// Answers that no client should get.
  problems() {
    const isWrong = ({ status, url }) =>
      status >= 500 || status < 0 || (status === 400 && this.homeOf(sidOf(url) ?? "") !== this.stopped);
    return this.requests.filter(isWrong).map(({ status, node, state, url }) => `${status} ${node} ${state} ${url}`);
  }
}

/// What one client saw that it should not have.
function judge({ sids, errors, ends, upgradeErrors }, ways) {
  const concerned = sids.filter(ways.isConcerned).length;
  const about = `${ends.join("; ")} ${upgradeErrors.join("; ")}: ${sids.map((sid) => `home ${ways.homeOf(sid)}, ${ways.of(sid)}`).join("; ")}`;
  const found = [];
  if (errors.length > 0 && concerned === 0) found.push(`an error: ${errors.join("; ")}`);
  if (ends.length > concerned || sids.length > concerned + 1) found.push(`disconnected: ${about}`);
  return found;
}

/// What it cost, once all clients have settled: echoes one after the other in each process, broadcasts to all.
async function measure(workers, nodes, clients, ways, problems) {
  const used = () => nodes.reduce((sum, { pid }) => sum + cpu(pid), 0);
  const times = { tunnelled: [], direct: [] };
  for (const list of await Promise.all(workers.map((w) => w.call("echo"))))
    for (const [sid, ms] of list) times[ways.isTunnelled(sid) ? "tunnelled" : "direct"].push(ms);
  const rounds = 20;
  const [before, began] = [used(), performance.now()];
  for (let i = 0; i < rounds; ++i) await workers[0].call("broadcast", { bytes: 200 });
  let arrived = 0;
  await until("all broadcasts", 30000, async () => {
    arrived = (await Promise.all(workers.map((w) => w.call("news")))).reduce((a, b) => a + b);
    return arrived >= rounds * (clients - 1);
  }).catch(() => {});
  if (arrived !== rounds * (clients - 1)) problems.push(`${arrived} of ${rounds * (clients - 1)} broadcasts arrived`);
  const result = { broadcastMs: (performance.now() - began) / rounds, cpuPerMillion: ((used() - before) / (rounds * (clients - 1))) * 1e6 };
  for (const [name, list] of Object.entries(times)) {
    list.sort((a, b) => a - b);
    if (list.length > 0) result[name] = { p50: percentile(list, 0.5), p99: percentile(list, 0.99) };
  }
  return result;
}

/// `perSecond` clients connect until there are `clients`; when half of them have begun, a node is stopped.
/// Resolves to the report; its `problems` are what may not be. `options`: of the clients.
export async function balancedRun({ clients, perSecond, processes = 1, stopOne = true, options = {}, patience = 60000 }) {
  const nodes = await makeLoopback(3, { options: defaults });
  let haproxy;
  const workers = [];
  try {
    await startAll(nodes);
    await formed(nodes);
    const home = new Map(); // tag -> node
    for (const node of nodes) {
      const probe = await connected(node);
      home.set(probe.id.slice(0, 6), node.name);
      probe.disconnect();
    }
    haproxy = await startHaproxy(nodes, { maxconn: Math.min(2 * clients + 100, 9900) });
    for (let i = 0; i < processes; ++i) workers.push(new Worker());
    const idle = nodes.map(({ pid }) => anonymous(pid));
    const began = performance.now();
    const share = Math.ceil(clients / processes);
    const connecting = workers.map((w, i) => w.call("connect", {
      url: haproxy.url, options, perSecond: perSecond / processes, count: Math.min(share, clients - i * share) }));
    const started = () => workers.reduce((sum, w) => sum + w.started, 0);
    const stopped = stopOne ? nodes[2] : undefined;
    let stopMs;
    if (stopped) {
      await until("half of the clients", patience, () => started() >= clients / 2);
      const at = performance.now();
      const code = await stopped.stop();
      stopMs = performance.now() - at;
      if (code !== 0) throw new Error(`${stopped.name} ended with ${code}:\n${stopped.output.slice(-4000)}`);
    }
    await Promise.all(connecting);
    const connectSeconds = (performance.now() - began) / 1000;
    await until("all clients to be connected and upgraded", patience, async () =>
      (await Promise.all(workers.map((w) => w.call("settled")))).reduce((a, b) => a + b) === clients);

    const running = nodes.filter((node) => node !== stopped);
    const ways = new Ways(haproxy, home, stopped);
    const problems = [];
    const cost = await measure(workers, running, clients, ways, problems);
    const all = (await Promise.all(workers.map((w) => w.call("report")))).flat();
    ways.read();
    problems.push(...ways.problems(), ...all.flatMap((client) => judge(client, ways)));
    const grown = running.map(({ pid }) => anonymous(pid) - idle[nodes.findIndex((node) => node.pid === pid)]);
    return {
      problems, connectSeconds, stopMs, cost,
      answers: ways.answers(),
      reconnects: all.filter(({ sids }) => sids.length > 1).length,
      ofStopped: all.filter(({ sids }) => sids.some(ways.isConcerned)).length,
      unknownOfStopped: ways.requests.filter(({ status }) => status === 400).length,
      tunnels: all.filter(({ sids }) => ways.isTunnelled(sids.at(-1))).length,
      polling: all.filter(({ transport }) => transport === "polling").length,
      bytesPerClient: grown.reduce((a, b) => a + b) / clients,
    };
  } finally {
    for (const worker of workers) worker.call("end").catch(() => {});
    await haproxy?.stop();
    workers.forEach(({ child }) => child.kill("SIGKILL"));
    await stopAll(nodes);
  }
}

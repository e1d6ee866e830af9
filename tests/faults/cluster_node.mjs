// One node of a cluster under test: the program in its namespace, or on loopback without one.
import { spawn } from "node:child_process";
import { Network } from "./network.mjs";

/// Milliseconds of the clock that all processes of a machine share.
export const now = () => Number(process.hrtime.bigint() / 1000n) / 1000;

const within = (ms, what, promise) => {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`waited ${ms} ms for ${what}`)), ms)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

export class ClusterNode {
  #killOnExit = () => this.#child?.kill("SIGKILL");
  #child;

  /// `file` and `args` are the program; `namespace` where it runs (none: here); `ready` what it prints once
  /// it serves, with the port if it is not known before.
  constructor({ name, file, args, namespace, env = {}, ready = /^listening on .*:(\d+)\n/m }) {
    Object.assign(this, { name, file, args, namespace, env, ready, output: "", starts: 0 });
  }

  get pid() {
    return this.#child?.pid;
  }

  get isRunning() {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /// Resolves when the node serves; `port` is where.
  async start({ deadline = 20000 } = {}) {
    const [file, args] = this.namespace ? Network.within(this.namespace, this.file, this.args) : [this.file, this.args];
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...this.env } });
    this.#child = child;
    this.starts += 1;
    process.once("exit", this.#killOnExit);
    this.exited = new Promise((resolve) => child.once("close", (code, signal) => resolve(code ?? signal)));
    this.exited.then(() => process.off("exit", this.#killOnExit));
    const begin = this.output.length;
    const listening = new Promise((resolve, reject) => {
      child.once("error", reject);
      this.exited.then((code) => reject(new Error(`${this.name} ended with ${code} at start:\n${this.output.slice(begin)}`)));
      const read = (chunk) => {
        this.output += chunk;
        const found = this.output.slice(begin).match(this.ready);
        if (found) resolve(Number(found[1]));
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
    });
    this.port = await within(deadline, `the line that ${this.name} serves`, listening);
    return this;
  }

  signal(name) {
    if (!this.isRunning) throw new Error(`${this.name} does not run:\n${this.output.slice(-4000)}`);
    this.#child.kill(name);
  }

  /// kill -9; resolves when the process is gone.
  async kill() {
    this.signal("SIGKILL");
    await this.exited;
  }

  /// SIGTERM; resolves to what it exited with, after `deadline` it is killed.
  async stop({ deadline = 10000 } = {}) {
    if (!this.isRunning) return this.exited;
    this.signal("SIGCONT");
    this.signal("SIGTERM");
    return within(deadline, `${this.name}'s exit after SIGTERM`, this.exited).catch((late) => {
      this.#child.kill("SIGKILL");
      throw late;
    });
  }

  /// Resolves when the log has a line that matches, from character `from` on.
  async logs(pattern, { deadline = 10000, from = 0 } = {}) {
    const end = now() + deadline;
    for (;;) {
      const found = this.output.slice(from).match(pattern);
      if (found) return found;
      if (now() > end) throw new Error(`${this.name} did not log ${pattern} within ${deadline} ms:\n${this.output.slice(from).slice(-4000)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

// HAProxy in front of nodes: round robin for each request, nothing sticky.
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./ports.mjs";
import { within } from "./waiting.mjs";

/// The part that docs/scaling.md shows, in front of these nodes.
function configuration(port, nodes, maxconn) {
  return `
global
  maxconn ${maxconn}
  nbthread 1
  log stdout format raw local0 info
defaults
  mode http
  log global
  option logasap
  log-format "%ST %s %HM %ts %HU %Ts.%ms"
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
frontend clients
  bind 127.0.0.1:${port}
  default_backend nodes
backend nodes
  balance roundrobin
  option http-server-close
  option redispatch 1
  retries 3
  retry-on conn-failure empty-response
  default-server check inter 200ms fall 1 rise 1
${nodes.map(({ name, host, port: to }) => `  server ${name} ${host}:${to}`).join("\n")}
`;
}

/// {url, port, requests(), stop()}; requests() are {status, node, method, state, url} of all so far.
export async function startHaproxy(nodes, { maxconn = 1000 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "pushmesh-haproxy-"));
  const port = await freePort();
  const file = join(folder, "haproxy.cfg");
  writeFileSync(file, configuration(port, nodes, maxconn));
  // A file: of what a full pipe does not take HAProxy drops lines.
  const output = join(folder, "log");
  const log = openSync(output, "w");
  const child = spawn("/usr/sbin/haproxy", ["-f", file, "-db"], { stdio: ["ignore", log, log] });
  closeSync(log);
  const read = () => readFileSync(output, "utf8");
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const exited = new Promise((resolve) => child.once("close", resolve));
  const serves = (async () => {
    while (child.exitCode === null) {
      const answer = await fetch(`http://127.0.0.1:${port}/nothing`).catch(() => undefined);
      if (answer && answer.status !== 503) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`haproxy ended with ${child.exitCode}:\n${read()}`);
  })();
  await within(20000, "haproxy", serves);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    pid: child.pid,
    requests: () => [...read().matchAll(/^(-?\d+) (\S+) (\S+) (\S+) (\S+) (\S+)$/gm)].map(([, status, node, method, state, url, at]) =>
      ({ status: Number(status), node, method, state, url, at })),
    async stop() {
      child.kill("SIGTERM");
      kill();
      await exited;
      process.off("exit", kill);
      rmSync(folder, { recursive: true });
    },
  };
}

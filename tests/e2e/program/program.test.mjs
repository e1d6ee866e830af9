// The commands of the pushmesh program, its mistakes word for word, and its listeners.
import { test, after } from "node:test";
import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { io } from "socket.io-client";
import { program, root, run, serve, takenPort, until } from "./pushmesh.mjs";

const folder = mkdtempSync(path.join(os.tmpdir(), "pushmesh-program-"));
after(() => rmSync(folder, { recursive: true }));

const usage = 64;
const configuration = 78;
const address = "HOST:PORT such as 127.0.0.1:3000, where HOST is an IP address or localhost";
const duration = 'a duration from 50ms to 1h such as "250ms", "5s" or "2m"';

/** What `pushmesh ARGS` says when it refuses, without the program's name in front. */
function refusal(code, args, options) {
  const done = run(args, options);
  assert.equal(done.code, code, done.err);
  assert.equal(done.out, "");
  assert.match(done.err, /^pushmesh: /);
  return done.err.replace(/^pushmesh: /, "").replace(/\n$/, "");
}

/** The refusal of a file with this text. */
function fileRefusal(text) {
  writeFileSync(path.join(folder, "pushmesh.toml"), text);
  return refusal(configuration, ["serve", "--config", "pushmesh.toml"], { cwd: folder });
}

const mistakes = [
  ["no command", usage, [], {}, "no command is given\nSee pushmesh --help."],
  ["an unknown command", usage, ["serv"], {}, 'unknown command "serv"; did you mean "serve"?\nSee pushmesh --help.'],
  ["an unknown option", usage, ["serve", "--lisen", "127.0.0.1:0"], {}, "unknown option --lisen; did you mean --listen?"],
  ["an unknown option before the command", usage, ["--verison"], {}, "unknown option --verison; did you mean --version?\nSee pushmesh --help."],
  ["an argument too many", usage, ["serve", "now"], {}, 'unexpected argument "now"'],
  ["an option without its value", usage, ["serve", "--listen"], {}, "--listen needs a value"],
  ["an option given twice", usage, ["serve", "--shards", "1", "--shards", "2"], {}, "--shards is given 2 times"],
  ["an address without a port", usage, ["serve", "--listen", "127.0.0.1"], {}, `--listen: expected ${address}, got "127.0.0.1"`],
  ["a port that does not exist", usage, ["serve", "--listen", "127.0.0.1:65536"], {}, `--listen: expected ${address}, got "127.0.0.1:65536"`],
  ["a host that is no address", usage, ["serve", "--listen", "example.com:80"], {}, `--listen: expected ${address}, got "example.com:80"`],
  ["too many shards", usage, ["serve", "--shards", "65"], {}, '--shards: expected a whole number from 0 to 64, got "65"'],
  ["a negative number", usage, ["serve", "--shards", "-1"], {}, '--shards: expected a whole number from 0 to 64, got "-1"'],
  ["a duration without a unit", usage, ["serve", "--ping-interval", "25000"], {}, `--ping-interval: expected ${duration}, got "25000"`],
  ["a duration with an unknown unit", usage, ["serve", "--ping-timeout", "20sec"], {}, `--ping-timeout: expected ${duration}, got "20sec"`],
  ["a negative duration", usage, ["serve", "--ping-interval", "-5s"], {}, `--ping-interval: expected ${duration}, got "-5s"`],
  ["a duration that is too short", usage, ["serve", "--ping-timeout", "1ms"], {}, `--ping-timeout: expected ${duration}, got "1ms"`],
  ["a size with an unknown unit", usage, ["serve", "--max-payload", "1MB"], {}, '--max-payload: expected a size from 1KiB to 256MiB such as "64KiB" or "256MiB", got "1MB"'],
  ["a memory limit that is too small", usage, ["serve", "--memory-limit", "1MiB"], {}, '--memory-limit: expected 0 or a size from 32MiB to 1024GiB such as "64KiB" or "256MiB", got "1MiB"'],
  ["an unknown choice", usage, ["serve", "--overflow", "drop"], {}, '--overflow: expected "close", "drop_oldest", "drop_newest" or "coalesce", got "drop"'],
  ["a namespace without a slash", usage, ["serve", "--namespaces", "/,chat"], {}, '--namespaces: expected names such as "/chat", with a slash in front, got "/,chat"'],
  ["an origin that is none", usage, ["serve", "--origins", "example.com"], {}, '--origins: expected origins such as "https://example.com", or "*", got "example.com"'],
  ["a way to log in that does not exist", usage, ["serve", "--auth", "basic"], {}, '--auth: expected "none" or "jwt", got "basic"'],
  ["a wrong value in the environment", configuration, ["serve"], { env: { PUSHMESH_SHARDS: "many" } }, 'PUSHMESH_SHARDS: expected a whole number from 0 to 64, got "many"'],
  ["a missing file", configuration, ["serve", "--config", "/no/such.toml"], {}, "cannot read /no/such.toml: No such file or directory"],
  ["a folder as file", configuration, ["serve", "--config", "/tmp"], {}, "cannot read /tmp: Is a directory"],
  [
    "an open door", configuration, ["serve", "--listen", "0.0.0.0:0"], {},
    'auth = "none" lets everybody in who reaches 0.0.0.0:0; listen on a loopback address such as 127.0.0.1:3000, or add --insecure if that is meant',
  ],
  [
    "a budget larger than the memory", configuration, ["serve", "--memory-limit", "64MiB", "--outbound-budget", "1GiB"], {},
    "limits.outbound_budget (1GiB) is larger than limits.memory_limit (64MiB)",
  ],
  [
    "two listeners on one port", configuration, ["serve", "--internal-listen", "127.0.0.1:3000"], {},
    "listen and internal_listen are both 127.0.0.1:3000; they need different ports",
  ],
];

for (const [what, code, args, options, message] of mistakes)
  test(`${what} is refused with ${code}`, () => assert.equal(refusal(code, args, options), message));

const fileMistakes = [
  ["an unknown key", '\n\nlisen = "127.0.0.1:0"', 'unknown key "lisen" in pushmesh.toml line 3; did you mean "listen"?'],
  ["a key in the wrong place", 'ping_interval = "5s"', 'unknown key "ping_interval" in pushmesh.toml line 1; it belongs in [socketio]'],
  ["an unknown section", '[limit]', "unknown section [limit] in pushmesh.toml line 1; did you mean [limits]?"],
  ["a duration as a number", '[socketio]\nping_interval = 25', `socketio.ping_interval in pushmesh.toml line 2: expected ${duration}, got 25`],
  ["a number as text", 'shards = "2"', 'shards in pushmesh.toml line 1: expected a whole number from 0 to 64, got "2"'],
  ["a key given twice", "shards = 1\nshards = 2", "pushmesh.toml line 2 column 10: Error while parsing key-value pair: cannot redefine existing integer 'shards'"],
];

for (const [what, text, message] of fileMistakes)
  test(`${what} in a file is refused with 78`, () => assert.equal(fileRefusal(text), message));

test("text that is not TOML is refused with 78, line and column", () => {
  assert.match(fileRefusal('shards = 1\nlisten = = "x"'), /^pushmesh\.toml line 2 column 10: Error while parsing/);
});

test("a port that is taken ends the program with 1", async () => {
  const taken = await takenPort();
  const where = `127.0.0.1:${taken.port}`;
  const done = run(["serve", "--listen", where]);
  taken.release();
  assert.equal(done.code, 1);
  assert.equal(done.out, "");
  assert.match(done.err, new RegExp(`^pushmesh: cannot listen on ${where}: address is in use$`, "m"));
});

test("a port that needs more rights ends the program with 1", { skip: process.getuid() !== 0 && "only root can become nobody" }, () => {
  const first = Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8"));
  if (first <= 1) return;
  const file = path.join(folder, "pushmesh"); // nobody may not read the folder we build in
  copyFileSync(program, file);
  chmodSync(folder, 0o755);
  const done = run(["serve", "--listen", "127.0.0.1:1"], { uid: 65534, file });
  assert.equal(done.code, 1);
  assert.match(done.err, /^pushmesh: cannot listen on 127\.0\.0\.1:1: permission denied; ports below 1024 need CAP_NET_BIND_SERVICE$/m);
});

test("--version and --help end with 0", () => {
  assert.match(run(["--version"]).out, /^pushmesh \d+\.\d+\.\d+\n$/);
  for (const command of [[], ["serve"], ["check-config"], ["bench"]]) {
    const done = run([...command, "--help"]);
    assert.equal(done.code, 0);
    assert.match(done.out, new RegExp(`Usage: ${["pushmesh", ...command].join(" ")} `));
    assert.equal(done.err, "");
  }
});

test("docs/configuration.md is what the program writes", () => {
  const written = readFileSync(path.join(root, "docs/configuration.md"), "utf8");
  assert.equal(run(["check-config", "--markdown"]).out, written);
});

test("the file shown in docs/configuration.md is valid", () => {
  const page = readFileSync(path.join(root, "docs/configuration.md"), "utf8");
  const file = path.join(folder, "example.toml");
  writeFileSync(file, /```toml\n(.*?)```/s.exec(page)[1]);
  const done = run(["check-config", "--config", file]);
  assert.equal(done.code, 0, done.err);
  assert.match(done.out, /^internal_listen = "127\.0\.0\.1:9100" {2}# /m);
});

test("check-config shows what is in effect and from where", () => {
  const file = path.join(folder, "one.toml");
  writeFileSync(file, 'name = "file"\nshards = 3\n');
  const done = run(["check-config", "--config", file, "--shards", "2"], { env: { PUSHMESH_NAME: "env", PUSHMESH_LISEN: "x" } });
  assert.equal(done.code, 0);
  assert.match(done.out, /^name = "env" {2}# PUSHMESH_NAME$/m);
  assert.match(done.out, /^shards = 2 {2}# flag$/m);
  assert.match(done.out, /^auth = "none" {2}# default$/m);
  assert.equal(done.err, "pushmesh: environment variable PUSHMESH_LISEN is unknown and ignored; did you mean PUSHMESH_LISTEN?\n");
});

test("check-config refuses what serve refuses", () => {
  assert.equal(refusal(usage, ["check-config", "--shards", "65"]), '--shards: expected a whole number from 0 to 64, got "65"');
});

for (const signal of ["SIGTERM", "SIGINT"])
  test(`${signal} ends a node with 0 within 5 s, with a client connected`, async () => {
    const node = await serve();
    const client = io(`http://127.0.0.1:${node.port}`, { transports: ["websocket"], reconnection: false });
    const left = new Promise((told) => client.once("disconnect", told));
    await new Promise((joined, failed) => client.once("connect", joined).once("connect_error", failed));
    const { code, ms } = await node.stop(signal);
    assert.equal(code, 0);
    assert.ok(ms < 5000, `${ms} ms`);
    assert.match(await left, /^(transport close|io server disconnect)$/);
    assert.match(node.out, /^listening on 127\.0\.0\.1:\d+\n$/);
  });

test("the log is JSON lines when it is not read on a terminal, and names the capacity", async () => {
  const node = await serve();
  await node.stop();
  const lines = node.err.trim().split("\n").map((line) => JSON.parse(line));
  for (const line of lines) {
    assert.match(line.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.match(line.level, /^(debug|info|warn|error)$/);
  }
  assert.ok(lines.some(({ message }) => /^capacity: \d+ connections/.test(message)), node.err);
});

test("the log can be text, and only what is important", async () => {
  const text = await serve(["--log-format", "text"], { env: { PUSHMESH_NONSENSE: "1" } });
  await text.stop();
  assert.match(text.err, /^\S+Z warn {2}environment variable PUSHMESH_NONSENSE is unknown and ignored$/m);
  assert.match(text.err, /^\S+Z info {2}capacity: /m);
  const quiet = await serve(["--log-level", "error"], { env: { PUSHMESH_NONSENSE: "1" } });
  await quiet.stop();
  assert.equal(quiet.err, "");
});

test("the internal listener tells health and metrics, and nothing else", async () => {
  const node = await serve(["--internal-listen", "127.0.0.1:0"]);
  const get = (where, options) => fetch(`http://127.0.0.1:${node.internalPort}${where}`, options);
  try {
    for (const where of ["/livez", "/readyz"]) {
      const answer = await get(where);
      assert.equal(answer.status, 200);
      assert.equal(await answer.text(), "ok");
    }
    const metrics = await get("/metrics");
    assert.equal(metrics.status, 200);
    assert.match(metrics.headers.get("content-type"), /^text\/plain; version=0\.0\.4/);
    const text = await metrics.text();
    assert.match(text, /^# HELP pushmesh_connections .+\n# TYPE pushmesh_connections gauge\npushmesh_connections \d+$/m);
    assert.match(text, /^pushmesh_build_info\{version="\d+\.\d+\.\d+",name="127\.0\.0\.1:\d+",node_id="[\w-]{6}"\} 1$/m);
    assert.match(text, /^process_resident_memory_bytes [1-9]/m);
    const missing = await get("/");
    assert.equal(missing.status, 404);
    assert.equal((await missing.json()).error.code, "not_found");
    const posted = await get("/metrics", { method: "POST", body: "x" });
    assert.equal(posted.status, 405);
    assert.equal(posted.headers.get("allow"), "GET, HEAD");
    const outside = await fetch(`http://127.0.0.1:${node.port}/metrics`);
    assert.equal(outside.status, 404);
    const inside = await get("/socket.io/?EIO=4&transport=polling");
    assert.equal(inside.status, 404);
  } finally {
    await node.stop();
  }
});

test("a listener that cannot be opened for the inside ends the program with 1", async () => {
  const taken = await takenPort();
  const done = run(["serve", "--listen", "127.0.0.1:0", "--internal-listen", `127.0.0.1:${taken.port}`]);
  taken.release();
  assert.equal(done.code, 1);
  assert.match(done.err, new RegExp(`^pushmesh: cannot listen on 127.0.0.1:${taken.port}: address is in use$`, "m"));
});

test("without --demo there is no page", async () => {
  const node = await serve();
  const answer = await fetch(`http://127.0.0.1:${node.port}/`);
  await node.stop();
  assert.equal(answer.status, 404);
});

test("a client that reads nothing does not hold up the end of a node", async () => {
  const node = await serve();
  const socket = net.connect(node.port, "127.0.0.1");
  await once(socket, "connect");
  socket.on("error", () => {}).write("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\n"); // never finished
  const { code, ms } = await node.stop();
  socket.destroy();
  assert.equal(code, 0);
  assert.ok(ms < 5000, `${ms} ms`);
});

test("a second signal ends a node that is stopping", async () => {
  const node = await serve();
  node.child.kill("SIGINT");
  await until(() => node.err.includes("SIGINT: stopping"), node, "it did not stop");
  node.child.kill("SIGINT");
  const code = await node.ended;
  assert.ok(code === 0 || code === "SIGINT", String(code)); // it may have ended before
});

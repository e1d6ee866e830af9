// TLS of the public listener, with real clients: socket.io over wss, openssl s_client, Node's https.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import tls from "node:tls";
import { once } from "node:events";
import { io } from "socket.io-client";
import { root, run, serve as serveProgram, until } from "./pushmesh.mjs";

const folder = mkdtempSync(path.join(os.tmpdir(), "pushmesh-tls-"));
const left = new Set();
after(() => {
  for (const leftover of left) leftover();
  rmSync(folder, { recursive: true });
});
/** A node and clients that end with this file, also when a test fails. */
async function serve(args) {
  const node = await serveProgram(args);
  left.add(() => node.child.kill("SIGKILL"));
  return node;
}
const file = (name) => path.join(folder, name);
const read = (name) => readFileSync(file(name));
const renew = (name) => ["crt", "key"].forEach((end) => copyFileSync(file(`${name}.${end}`), file(`live.${end}`)));
const flags = ["--tls-cert", file("live.crt"), "--tls-key", file("live.key"), "--demo"];

before(() => {
  const make = path.join(root, "deploy/make-certs.sh");
  execFileSync(make, [folder, "first=127.0.0.1,localhost", "second=127.0.0.1,localhost", "alice"]);
  execFileSync(make, [file("others"), "alice"]);
  renew("first");
});

/** A connected socket.io client. */
async function connected(node, options = {}) {
  const socket = io(`https://127.0.0.1:${node.port}`, {
    transports: ["websocket"], forceNew: true, reconnection: false, ca: read("ca.crt"), ...options,
  });
  left.add(() => socket.close());
  const outcome = await Promise.race([once(socket, "connect"), once(socket, "connect_error")]);
  if (outcome[0] instanceof Error) throw outcome[0];
  return socket;
}

const echo = (socket) => socket.timeout(10_000).emitWithAck("echo", { a: [1, "ü"] });

/** Name in the certificate a new client is shown. */
async function shownName(node) {
  const client = tls.connect({ host: "127.0.0.1", port: node.port, ca: read("ca.crt") });
  await once(client, "secureConnect");
  const name = client.getPeerCertificate().subject.CN;
  client.destroy();
  return name;
}

test("socket.io-client over wss, with the CA and not without", async () => {
  const node = await serve(flags);
  const socket = await connected(node);
  assert.deepEqual(await echo(socket), { a: [1, "ü"] });
  const large = "x".repeat(900_000);
  assert.equal(await socket.timeout(20_000).emitWithAck("echo", large), large);
  await assert.rejects(connected(node, { ca: read("others/ca.crt") }));
  socket.close();
  assert.equal((await node.stop()).code, 0);
});

test("long-polling over TLS, and its upgrade on another shard", async () => {
  const node = await serve([...flags, "--shards", "3"]);
  await Promise.all(Array.from({ length: 12 }, async () => {
    const socket = await connected(node, { transports: ["polling", "websocket"] });
    const { engine } = socket.io;
    if (engine.transport.name !== "websocket") await once(engine, "upgrade");
    assert.deepEqual(await echo(socket), { a: [1, "ü"] });
    socket.close();
  }));
  const polling = await connected(node, { transports: ["polling"] });
  const large = "x".repeat(500_000);
  assert.equal(await polling.timeout(20_000).emitWithAck("echo", large), large);
  polling.close();
  assert.equal((await node.stop()).code, 0);
});

test("openssl s_client takes the certificate, 1.2 and 1.3 only, and no renegotiation", async () => {
  const node = await serve(flags);
  const client = (more, input = "") =>
    spawnSync("openssl", ["s_client", "-connect", `127.0.0.1:${node.port}`, "-CAfile", file("ca.crt"),
      "-verify_return_error", "-verify_ip", "127.0.0.1", ...more], { input, encoding: "utf8", timeout: 20_000 });
  for (const version of ["-tls1_2", "-tls1_3"]) {
    const { stdout } = client([version, "-alpn", "h2,http/1.1"]);
    assert.match(stdout, /Verify return code: 0 \(ok\)/);
    assert.match(stdout, /ALPN protocol: http\/1\.1/);
    assert.match(stdout, /Secure Renegotiation IS|TLSv1\.3/);
  }
  assert.notEqual(client(["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]).status, 0);
  // "R" makes it renegotiate.
  const asked = spawnSync("sh", ["-c", `(echo R; sleep 0.2) | openssl s_client -tls1_2 -connect 127.0.0.1:${node.port} 2>&1`],
    { encoding: "utf8", timeout: 20_000 });
  assert.match(asked.stdout, /no renegotiation/i);
  assert.equal((await node.stop()).code, 0);
});

test("SIGHUP renews the certificate, nobody is disconnected", async () => {
  renew("first");
  const node = await serve(flags);
  const old = await connected(node);
  old.on("disconnect", (why) => assert.fail(why));
  assert.equal(await shownName(node), "first");

  renew("second");
  node.child.kill("SIGHUP");
  await until(() => /new TLS certificate .*CN = second/.test(node.err), node, "no new certificate");
  assert.equal(await shownName(node), "second");
  await echo(old);

  copyFileSync(file("first.crt"), file("live.crt"));
  node.child.kill("SIGHUP");
  await until(() => /the certificate in use stays: tls.key: .*belongs to another certificate/.test(node.err), node, "no complaint");
  assert.equal(await shownName(node), "second");
  await echo(old);
  old.off("disconnect").close();
  renew("first");
  assert.equal((await node.stop()).code, 0);
});

test("clients may have to show a certificate", async () => {
  const node = await serve([...flags, "--tls-client-ca", file("ca.crt")]);
  const alice = await connected(node, { cert: read("alice.crt"), key: read("alice.key") });
  await echo(alice);
  await assert.rejects(connected(node));
  await assert.rejects(connected(node, { cert: read("others/alice.crt"), key: read("others/alice.key") }));
  alice.close();
  assert.equal((await node.stop()).code, 0);
});

test("hostile handshakes harm nobody", async () => {
  const node = await serve([...flags, "--request-timeout", "1s", "--internal-listen", "127.0.0.1:0"]);
  const bystander = await connected(node);
  bystander.on("disconnect", (why) => assert.fail(why));
  const hello = Buffer.from("1603010200010001fc0303", "hex");
  const attacks = [
    () => Buffer.alloc(0), () => hello, () => Buffer.alloc(2000, 0xff), () => Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    () => Buffer.concat([hello, Buffer.alloc(700, 7)]),
  ];
  const ends = Array.from({ length: 500 }, (_, n) => {
    const socket = net.connect(node.port, "127.0.0.1");
    socket.on("error", () => {}).on("data", () => {});
    socket.write(attacks[n % attacks.length]());
    return new Promise((resolve) => socket.once("close", resolve));
  });
  let answers = 0;
  const all = Promise.all(ends).then(() => "ended");
  for (let ended = false; !ended; ) {
    await echo(bystander);
    answers += 1;
    ended = await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 10))]);
  }
  assert.ok(answers > 5);
  const metrics = await (await fetch(`http://127.0.0.1:${node.internalPort}/metrics`)).text();
  const value = (name) => Number(new RegExp(`^pushmesh_${name} (\\d+)$`, "m").exec(metrics)[1]);
  assert.equal(value("tls_handshakes_total"), 1);
  assert.ok(value("tls_failed_total") >= 300);
  assert.ok(value("tls_certificate_end_seconds") > Date.now() / 1000);
  bystander.off("disconnect").close();
  assert.equal((await node.stop()).code, 0);
});

test("a certificate without its key is a mistake of configuration", () => {
  const done = run(["serve", "--tls-cert", file("first.crt")]);
  assert.equal(done.code, 78);
  assert.match(done.err, /TLS needs both tls.cert and tls.key; not given: tls.key/);
  const missing = run(["serve", "--listen", "127.0.0.1:0", "--tls-cert", file("no.crt"), "--tls-key", file("first.key")]);
  assert.equal(missing.code, 1);
  assert.match(missing.err, /tls.cert: .*no.crt cannot be read: No such file/);
});

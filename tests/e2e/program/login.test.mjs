// Login, refresh and logout of the push service, as stock clients see them.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { Stage, makeKeys, token, deadline, secret } from "./push_clients.mjs";
import { run } from "./pushmesh.mjs";
import { within } from "../support/waiting.mjs";

const stage = new Stage();
const shown = new Set(); // what no log may hold
let keys, node, open, strict;

before(async () => {
  keys = await makeKeys(stage.folder);
  const files = ["hs", "old", "rs", "es"].flatMap((name) => ["--jwt-key-file", keys[name].file]);
  [node, open, strict] = await Promise.all([
    stage.serve(["--auth", "jwt", ...files]),
    stage.serve([]),
    stage.serve(["--on-replaced", "disconnect", "--jwt-audience", "push", "--auth-timeout", "500ms"], {
      env: {
        PUSHMESH_AUTH: "jwt", PUSHMESH_JWT_KEY_FILE: keys.hs.file, PUSHMESH_JWT_ISSUER: "shop", PUSHMESH_JWT_LEEWAY: "10m",
        PUSHMESH_EVENT_LOGIN: "sign-in", PUSHMESH_EVENT_SESSION: "welcome", PUSHMESH_EVENT_REPEAT: "gone",
      },
    }),
  ]);
});
after(() => stage.end());

async function noted(made) {
  const text = await made;
  shown.add(text).add(text.split(".").at(-1));
  return text;
}
const hs = (user, options) => noted(token(keys.hs, user, options));
const base64url = (text) => Buffer.from(text).toString("base64url");

/** A token by hand: any header, any text as claims, HMAC by `key`. */
function handmade(claims, { header = { alg: "HS256" }, key = secret } = {}) {
  const body = `${base64url(JSON.stringify(header))}.${base64url(typeof claims === "string" ? claims : JSON.stringify(claims))}`;
  return `${body}.${createHmac("sha256", key).update(body).digest("base64url")}`;
}

/** Says to a room, then to all: whoever heard the latter has heard the former, or was not in the room. */
async function said(from, room, to) {
  const mark = `mark-${Math.random()}`;
  await from.ask("say", room, `${room} ${mark}`);
  await from.ask("say", "", mark);
  const heardMark = () => to.heard.some(([name, , , text]) => name === "said" && text === mark);
  for (let count = 1; !heardMark(); ++count) await to.hears("said", count);
  return to.heard.some(([name, , , text]) => name === "said" && text === `${room} ${mark}`);
}

test("login by connect: the session comes as an event, users and tags are rooms", async () => {
  const expires = Date.now() + 3_600_000;
  const auth = { token: await hs("u1", { tags: ["vip", "de"] }), device: "d1", platform: "ios", last: "m1" };
  const ann = await stage.connect(node, auth);
  const [session] = await ann.hears("session");
  assert.match(session.expires, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Math.abs(Date.parse(session.expires) - expires) < deadline);
  delete session.expires;
  assert.deepEqual(session, { user: "u1", device: "d1", platform: "ios", tags: ["vip", "de"], offline: 0 });
  const guest = await stage.connect(node);
  assert.equal(await said(guest, "user:u1", ann), true);
  assert.equal(await said(guest, "tag:vip", ann), true);
  assert.equal(await said(guest, "tag:de", ann), true);
  assert.equal(await said(ann, "user:u1", guest), false);
  assert.equal(ann.names()[0], "session");
  assert.ok(!guest.names().includes("session"));
  assert.notEqual(await guest.ask("join", "user:u1"), "ok"); // of the demo page: nobody joins a user's room by name
  ann.close();
  guest.close();
});

test("what a token does not say is null or empty", async () => {
  const socket = await stage.connect(node, { token: await hs("u2", { ms: null }) });
  assert.deepEqual(await socket.hears("session"), [{ user: "u2", device: null, platform: null, tags: [], offline: 0, expires: null }]);
  socket.close();
});

test("login by event is answered in the ack, and by no event", async () => {
  const socket = await stage.connect(node);
  const answer = await socket.ask("login", { token: await hs("u3", { ms: null, tags: ["a"] }), device: "d", platform: "web" });
  assert.deepEqual(answer, { ok: true, session: { user: "u3", device: "d", platform: "web", tags: ["a"], offline: 0, expires: null } });
  assert.equal(await said(socket, "user:u3", socket), true);
  assert.ok(!socket.names().includes("session"));
  socket.close();
});

test("tokens of every algorithm and of an old key are taken", async () => {
  for (const name of ["rs", "es", "old"]) {
    const socket = await stage.connect(node, { token: await noted(token(keys[name], `by-${name}`)) });
    assert.equal((await socket.hears("session"))[0].user, `by-${name}`);
    socket.close();
  }
});

test("tokens that are not good are refused by their code, by connect and by event", async () => {
  const good = await hs("u4");
  const [header, claims, signature] = good.split(".");
  const bad = {
    expired: [await hs("u4", { ms: -1000 }), "token_expired"],
    "not valid yet": [await hs("u4", { from: 600_000 }), "token_invalid"],
    "of a foreign secret": [await noted(token(keys.foreign, "u4")), "token_invalid"],
    "of a foreign key": [await noted(token(keys.foreignRs, "u4")), "token_invalid"],
    "expired, of a foreign secret": [await noted(token(keys.foreign, "u4", { ms: -1000 })), "token_invalid"],
    "of a foreign algorithm": [await noted(token(keys.hs, "u4", { alg: "HS512" })), "token_invalid"],
    "signed by the public RSA key as a secret": [handmade({ sub: "u4" }, { key: keys.rs.content }), "token_invalid"],
    "the same without its line end": [handmade({ sub: "u4" }, { key: keys.rs.content.trim() }), "token_invalid"],
    "signed by the public EC key as a secret": [handmade({ sub: "u4" }, { key: keys.es.content.trim() }), "token_invalid"],
    "of the RSA key, called ES256": [handmade({ sub: "u4" }, { header: { alg: "ES256" } }), "token_invalid"],
    "not signed": [`${base64url('{"alg":"none"}')}.${claims}.`, "token_invalid"],
    "not signed, with a signature": [`${base64url('{"alg":"none"}')}.${claims}.${signature}`, "token_invalid"],
    "without its signature": [`${header}.${claims}.`, "token_invalid"],
    cut: [good.slice(0, -1), "token_invalid"],
    "of another user by hand": [`${header}.${base64url('{"sub":"root"}')}.${signature}`, "token_invalid"],
    "without a user": [await hs(undefined), "token_invalid"],
    "with a number as user": [handmade({ sub: 4 }), "token_invalid"],
    "with two users": [handmade('{"sub":"u4","sub":"root"}'), "token_invalid"],
    "for an audience": [await hs("u4", { aud: "mail" }), "token_invalid"],
    "nested deep": [handmade(`{"sub":"u4","x":${"[".repeat(200_000)}${"]".repeat(200_000)}}`), "token_invalid"],
    huge: [handmade({ sub: "u4", x: "x".repeat(100_000) }), "token_invalid"],
    "no token": ["hello", "token_invalid"],
    empty: ["", "token_invalid"],
    "not text": [7, "token_invalid"],
  };
  const socket = await stage.connect(node);
  for (const [what, [text, code]] of Object.entries(bad)) {
    assert.deepEqual(await stage.refusal(node, { token: text }), { message: "unauthorized", data: { code } }, what);
    const { ok, error, ...rest } = await socket.ask("login", { token: text });
    assert.deepEqual([ok, error.code, typeof error.message, rest], [false, code, "string", {}], what);
  }
  assert.equal((await socket.ask("refresh", { token: good })).error.code, "unauthorized"); // still nobody
  assert.equal((await socket.ask("login", { token: good })).ok, true);
  socket.close();
});

test("a login that is no login is a bad request", async () => {
  const socket = await stage.connect(node);
  const text = await hs("u5");
  for (const argument of [[], [null], [text], [{}], [{ token: null }], [{ user: "u5" }], [[text]], [5],
    [{ token: text, device: 5 }], [{ token: text, platform: {} }], [{ token: text, device: "x".repeat(129) }]]) {
    const { ok, error } = await socket.ask("login", ...argument);
    assert.deepEqual([ok, error.code], [false, "bad_request"], JSON.stringify(argument).slice(0, 80));
  }
  assert.deepEqual(await stage.refusal(node, { token: text, device: 5 }), { message: "unauthorized", data: { code: "bad_request" } });
  socket.close();
});

test("refresh takes a newer token of the same user", async () => {
  const socket = await stage.connect(node, { token: await hs("u6", { ms: null, tags: ["a", "b"] }), device: "d6", platform: "web" });
  await socket.hears("session");
  assert.equal((await socket.ask("refresh", { token: await hs("u7") })).error.code, "forbidden");
  assert.equal((await socket.ask("refresh", { token: await hs("u6", { ms: -1000 }) })).error.code, "token_expired");
  assert.equal((await socket.ask("refresh", { token: "x.y.z" })).error.code, "token_invalid");
  assert.equal((await socket.ask("refresh")).error.code, "bad_request");
  const answer = await socket.ask("refresh", { token: await hs("u6", { ms: null, tags: ["b", "c"] }) });
  assert.deepEqual(answer, { ok: true, session: { user: "u6", device: "d6", platform: "web", tags: ["b", "c"], offline: 0, expires: null } });
  assert.deepEqual([await said(socket, "tag:a", socket), await said(socket, "tag:b", socket), await said(socket, "tag:c", socket)], [false, true, true]);
  socket.close();
});

test("logout ends the session and leaves the connection", async () => {
  const socket = await stage.connect(node, { token: await hs("u8", { tags: ["t8"] }) });
  await socket.hears("session");
  assert.deepEqual(await socket.ask("logout"), { ok: true });
  assert.deepEqual(await socket.ask("logout"), { ok: true });
  assert.equal((await socket.ask("refresh", { token: await hs("u8") })).error.code, "unauthorized");
  assert.deepEqual([await said(socket, "user:u8", socket), await said(socket, "tag:t8", socket)], [false, false]);
  assert.ok(!socket.names().includes("repeat"));
  socket.close();
});

test("login as another user logs the first out, without repeat", async () => {
  const socket = await stage.connect(node, { token: await hs("u9", { tags: ["t9"] }) });
  await socket.hears("session");
  assert.equal((await socket.ask("login", { token: "bad" })).ok, false);
  assert.equal(await said(socket, "user:u9", socket), true);
  assert.equal((await socket.ask("login", { token: await hs("u10") })).session.user, "u10");
  assert.deepEqual([await said(socket, "user:u9", socket), await said(socket, "tag:t9", socket), await said(socket, "user:u10", socket)],
    [false, false, true]);
  assert.deepEqual([socket.names().includes("repeat"), socket.names().filter((name) => name === "session").length], [false, 1]);
  socket.close();
});

test("the newest device of a user wins, the other is told and logged out", async () => {
  const first = await stage.connect(node, { token: await hs("u11"), device: "d1", platform: "ios" });
  await first.hears("session");
  const second = await stage.connect(node, { token: await hs("u11"), device: "d2", platform: "android" });
  const [notice] = await first.hears("repeat");
  assert.deepEqual([notice.reason, notice.by, typeof notice.text, Object.keys(notice).length], ["replaced", "android", "string", 3]);
  await second.hears("session");
  assert.deepEqual([await said(first, "user:u11", first), await said(first, "user:u11", second)], [false, true]);
  assert.equal((await first.ask("login", { token: await hs("u11") })).ok, true); // and back, from an unnamed platform
  assert.equal((await second.hears("repeat"))[0].by, null);
  assert.equal((await first.ask("login", { token: await hs("u11") })).ok, true); // once more: it replaces itself
  assert.equal(await said(second, "user:u11", first), true);
  assert.equal(first.names().filter((name) => name === "repeat").length, 1);
  first.close();
  second.close();
});

/** Logs in by a token that lives for two seconds; longer where the machine is so slow that it is over before. */
async function loginForMoments(socket, user, then = async () => true) {
  for (let ms = 2000; ; ms *= 2) {
    const text = await hs(user, { ms });
    const answer = await socket.ask("login", { token: text });
    if (answer.ok && (await then())) return { text, expires: Date.parse(answer.session.expires) };
    if (!answer.ok) assert.equal(answer.error.code, "token_expired");
  }
}

test("a session ends with its token, unless that is refreshed", async () => {
  const [kept, ended] = [await stage.connect(node), await stage.connect(node)];
  await loginForMoments(kept, "u13", async () => (await kept.ask("refresh", { token: await hs("u13") })).ok);
  const notices = kept.names().filter((name) => name === "repeat").length;
  const { text, expires } = await loginForMoments(ended, "u12");
  const [notice] = await ended.hears("repeat");
  assert.ok(Date.now() >= expires, "not before its time");
  assert.deepEqual([notice.reason, notice.by, typeof notice.text], ["expired", null, "string"]);
  assert.equal((await ended.ask("login", { token: text })).error.code, "token_expired");
  assert.equal(await said(ended, "user:u12", ended), false);
  assert.equal(await said(ended, "user:u13", kept), true); // its two seconds were over earlier
  assert.equal(kept.names().filter((name) => name === "repeat").length, notices);
  ended.close();
  kept.close();
});

test("sockets that do not log in are closed after auth_timeout, others stay", async () => {
  const claims = { aud: ["mail", "push"], iss: "shop" };
  const user = await stage.connect(strict, { token: await hs("u14", claims) });
  assert.equal((await user.hears("welcome"))[0].user, "u14");
  const former = await stage.connect(strict, { token: await hs("u15", claims) });
  assert.deepEqual(await former.ask("logout"), { ok: true });
  const guest = await stage.connect(strict);
  assert.equal(await within(deadline, "its end", guest.leaves), "io server disconnect");
  assert.equal((await user.ask("echo", 1)), 1);
  assert.equal((await former.ask("echo", 2)), 2);
  user.close();
  former.close();
});

test("audience, issuer, leeway and names of events are as configured", async () => {
  const claims = { aud: "push", iss: "shop" };
  const unauthorized = { message: "unauthorized", data: { code: "token_invalid" } };
  assert.deepEqual(await stage.refusal(strict, { token: await hs("u16", { ...claims, aud: "mail" }) }), unauthorized);
  assert.deepEqual(await stage.refusal(strict, { token: await hs("u16", { ...claims, iss: "other" }) }), unauthorized);
  assert.deepEqual(await stage.refusal(strict, { token: await hs("u16", { iss: "shop" }) }), unauthorized);
  assert.deepEqual(await stage.refusal(strict, { token: await hs("u16", { ...claims, ms: -3_600_000 }) }),
    { message: "unauthorized", data: { code: "token_expired" } });
  // Within the leeway it lets in; the session is over as soon as it is there.
  const late = await stage.connect(strict, { token: await hs("u16", { ...claims, ms: -1000 }) });
  assert.equal((await late.hears("gone"))[0].reason, "expired");
  assert.equal(await within(deadline, "its end", late.leaves), "io server disconnect");

  const socket = await stage.connect(strict, { token: await hs("u17", claims) });
  assert.equal((await socket.ask("sign-in", { token: await hs("u18", claims) })).session.user, "u18");
  const other = await stage.connect(strict, { token: await hs("u18", claims), platform: "tv" });
  assert.deepEqual((await socket.hears("gone"))[0].by, "tv");
  assert.equal(await within(deadline, "its end", socket.leaves), "io server disconnect");
  other.close();
});

test("without auth a client is whoever it says", async () => {
  const session = (user, device = null, platform = null) => ({ user, device, platform, tags: [], offline: 0, expires: null });
  const socket = await stage.connect(open);
  assert.deepEqual(await socket.ask("login", "v1"), { ok: true, session: session("v1") });
  assert.deepEqual(await socket.ask("login", { user: "v2", device: "d", platform: "p" }), { ok: true, session: session("v2", "d", "p") });
  assert.equal(await said(socket, "user:v2", socket), true);
  const byConnect = await stage.connect(open, { user: "v3", platform: "web" });
  assert.deepEqual(await byConnect.hears("session"), [session("v3", null, "web")]);
  await socket.ask("login", "v3");
  assert.equal((await byConnect.hears("repeat"))[0].reason, "replaced");
  for (const argument of [[], [null], [""], [{}], [5], ["x".repeat(257)], [{ user: 5 }], [{ user: "" }], [{ token: await hs("v4") }], [["v4"]]])
    assert.equal((await socket.ask("login", ...argument)).error?.code, "bad_request", JSON.stringify(argument).slice(0, 80));
  assert.equal((await socket.ask("refresh", { token: await hs("v3") })).error.code, "bad_request");
  assert.deepEqual(await socket.ask("logout"), { ok: true });
  assert.equal((await socket.ask("refresh")).error.code, "unauthorized");
  const untouched = await stage.connect(open, { user: { of: "the application" }, token: "its own" });
  assert.equal((await untouched.ask("refresh")).error.code, "unauthorized");
  for (const each of [socket, byConnect, untouched]) each.close();
});

test("a login without an ack counts, a flood of logins is slowed down", async () => {
  const socket = await stage.connect(open);
  socket.emit("login", "v5");
  const answers = await Promise.all(Array.from({ length: 400 }, (_, n) => socket.ask("login", n % 2 ? "v5" : 5)));
  const codes = new Set(answers.map((answer) => answer.error?.code ?? "ok"));
  assert.ok(codes.has("rate_limited") && codes.has("bad_request"), [...codes].join());
  assert.equal(await said(socket, "user:v5", socket), true);
  socket.close();
});

test("auth by tokens without a key that can be used ends the program with 78", () => {
  const file = path.join(stage.folder, "wrong.key");
  const refused = (content, ...args) => {
    if (content !== undefined) writeFileSync(file, content);
    const { code, err } = run(["serve", "--listen", "0.0.0.0:0", ...args]);
    assert.equal(code, 78);
    return err;
  };
  assert.match(refused(undefined, "--auth", "jwt"), /needs push\.jwt_key_files/);
  const withFile = ["--auth", "jwt", "--jwt-key-file", file];
  assert.match(refused(undefined, ...withFile), /cannot be read: No such file/);
  assert.match(refused("", ...withFile), /it is empty/);
  assert.match(refused("\n", ...withFile), /it is empty/);
  assert.match(refused("-----BEGIN PRIVATE KEY-----\n", ...withFile), /private key/);
  assert.match(refused(keys.rs.content.slice(0, 100), ...withFile), /not a public key/);
  assert.match(refused(secret, "--jwt-key-file", file, "--insecure"), /push\.auth is "none"/);
});

test("no log holds a token or a secret", async () => {
  assert.deepEqual(await stage.end(), [0, 0, 0]);
  const logs = stage.nodes.map(({ out, err }) => out + err).join("\n");
  assert.match(logs, /login from 127\.0\.0\.1 refused: token_expired/);
  assert.ok(shown.size > 50);
  for (const text of [secret, ...shown]) assert.ok(!logs.includes(text), "a token or secret is in the log");
  stage.end = () => {};
});

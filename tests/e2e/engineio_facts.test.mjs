// What the official test suites check of Engine.IO 3 and 4, each fact by itself: docs/protocol.md lists them.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, afterEach, before, test } from "node:test";
import { closeClients, rawClient } from "./support/clients.mjs";
import { isReference, startServer } from "./support/server.mjs";
import { within } from "./support/waiting.mjs";

const calm = { "ping-interval": 25000, "ping-timeout": 20000, "connect-timeout": 45000 };
let server, // nobody is closed for being slow
  pinging, // asks often, waits long
  strict; // does not wait
before(async () => {
  server = await startServer(calm);
  pinging = await startServer({ ...calm, "ping-interval": 100 });
  strict = await startServer({ ...calm, "ping-interval": 100, "ping-timeout": 100 });
});
// A node that stops waits for clients to poll once more: those that will not say so.
const open = [];
afterEach(async () => {
  closeClients();
  await Promise.all(open.splice(0).map((session) => session.post("1")));
});
after(() => Promise.all([server, pinging, strict].map((one) => one.stop())));

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const deadline = 30000;

/// {status, body, bytes} of a request.
async function request(url, options) {
  const answer = await fetch(url, options);
  const bytes = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, body: bytes.toString(), bytes };
}

/// A body of packets, each text, as protocol `eio` writes it.
const bodyOf = (eio, ...packets) => (eio === 4 ? packets.join("\x1e") : packets.map((p) => `${p.length}:${p}`).join(""));

/// What a path and version of Engine.IO are asked by.
function endpoint(path, eio) {
  const query = `EIO=${eio}`;
  const http = (at, more, options) => request(`${at.url}${path}?${more}`, options);
  const ws = (at, more = `${query}&transport=websocket`) => rawClient(at, { path, query: more, pong: false });
  const opened = (text) => JSON.parse(text.slice(text.indexOf("{")));
  return {
    query, http, ws, opened,
    leave: (text) => http(server, `${query}&transport=polling&sid=${opened(text).sid}`, { method: "POST", body: bodyOf(eio, "1") }),
    /// A polling session.
    async open(at = server, more = "") {
      const mine = `${query}&transport=polling${more}`;
      const { sid } = opened((await http(at, mine)).body);
      const post = (body) => http(at, `${mine}&sid=${sid}`, { method: "POST", body });
      const session = {
        url: `${at.url}${path}?${mine}&sid=${sid}`,
        get: () => http(at, `${mine}&sid=${sid}`),
        post: (...packets) => post(bodyOf(eio, ...packets)),
        postBody: post,
        probe: () => ws(at, `${query}&transport=websocket&sid=${sid}`),
        /// Resolves once the server does not know it any more. A noop is what it ignores.
        forgotten: () => within(deadline, "the end of the session", (async () => {
          while ((await post(bodyOf(eio, "6"))).status === 200) await pause(10);
        })()),
      };
      open.push(session);
      return session;
    },
  };
}

/// A WebSocket that was opened, beyond its open packet.
async function opened(at, where) {
  const raw = await where.ws(at);
  await raw.receive("0{", deadline);
  return raw;
}

const refused = (promise) => assert.rejects(promise, /Unexpected server response: 400/);

for (const [path, eio] of [["/engine.io/", 4], ["/engine.io/", 3], ["/socket.io/", 4]]) {
  const where = endpoint(path, eio);
  const fact = (title, check, options = {}) => test(`${path} ${eio}: ${title}`, options, check);

  fact("a polling session opens, and tells its id, upgrades and timing", async () => {
    const { status, body } = await where.http(server, `${where.query}&transport=polling`);
    assert.equal(status, 200);
    await where.leave(body);
    const packet = eio === 4 ? body : body.slice(body.indexOf(":") + 1);
    if (eio === 3) assert.equal(Number(body.split(":")[0]), packet.length);
    assert.equal(packet[0], "0");
    const { sid, ...rest } = JSON.parse(packet.slice(1));
    assert.match(sid, /^[\w-]{20}$/);
    assert.deepEqual(rest, { upgrades: ["websocket"], pingInterval: 25000, pingTimeout: 20000, maxPayload: 1000000 });
  }, { skip: isReference && path === "/engine.io/" && "its timing is not set there" });

  fact("a WebSocket session opens, and offers no upgrade", async () => {
    const raw = await where.ws(server);
    const { sid, ...rest } = where.opened(await raw.receive("0", deadline));
    assert.match(sid, /^[\w-]{20}$/);
    assert.deepEqual(rest, { upgrades: [], pingInterval: 25000, pingTimeout: 20000, maxPayload: 1000000 });
  }, { skip: isReference && path === "/engine.io/" && "its timing is not set there" });

  fact("polling without a version, or with an unknown one, is 400", async () => {
    for (const version of ["", "EIO=abc&"]) assert.equal((await where.http(server, `${version}transport=polling`)).status, 400);
  }, { skip: isReference && "it takes them for version 3" });

  fact("a WebSocket without a version, or with an unknown one, is refused", async () => {
    for (const version of ["", "EIO=abc&"]) await refused(where.ws(server, `${version}transport=websocket`));
  }, { skip: isReference && "it takes them for version 3" });

  fact("a request without a transport, or with an unknown one, is 400", async () => {
    for (const transport of ["", "&transport=abc"]) assert.equal((await where.http(server, where.query + transport)).status, 400);
  });

  fact("a WebSocket without a transport, or with an unknown one, is refused", async () => {
    for (const transport of ["", "&transport=abc"]) await refused(where.ws(server, where.query + transport));
  });

  fact("a session is opened by GET alone", async () => {
    for (const method of ["POST", "PUT"])
      assert.equal((await where.http(server, `${where.query}&transport=polling`, { method })).status, 400);
  });

  fact("pings and pongs over polling", async () => {
    const session = await where.open(pinging);
    for (let round = 0; round < 3; ++round) {
      if (eio === 4) {
        assert.deepEqual((await session.get()).body, "2");
        assert.equal((await session.post("3")).status, 200);
      } else {
        assert.equal((await session.post("2")).status, 200);
        assert.deepEqual((await session.get()).body, "1:3");
      }
    }
  }, { skip: isReference && path === "/engine.io/" && "its timing is not set there" });

  fact("pings and pongs over a WebSocket", async () => {
    const raw = await opened(pinging, where);
    for (let round = 0; round < 3; ++round) {
      if (eio === 3) raw.send("2");
      assert.equal(await raw.receive(eio === 3 ? "3" : "2", deadline), eio === 3 ? "3" : "2");
      if (eio === 4) raw.send("3");
    }
  }, { skip: isReference && path === "/engine.io/" && "its timing is not set there" });

  fact("a polling session without heartbeat ends", async () => (await where.open(strict)).forgotten(), { skip: isReference });

  fact("a WebSocket session without heartbeat ends", async () => (await opened(strict, where)).ended(deadline), { skip: isReference });

  fact("a client that closes has its poll released by a noop, and its id is forgotten", async () => {
    // Which of two requests comes first is not ours to say; a poll that comes second finds no session.
    for (let attempt = 0, released = false; !released; ++attempt) {
      assert.ok(attempt < 100, "the poll always came second");
      const session = await where.open();
      const poll = session.get();
      assert.equal((await session.post("1")).status, 200);
      const { status, body } = await poll;
      released = status === 200;
      if (released) assert.equal(body, bodyOf(eio, "6"));
      assert.equal((await session.get()).status, 400);
    }
  });

  fact("a client that closes its WebSocket session has the WebSocket closed", async () => {
    const raw = await opened(server, where);
    raw.send("1");
    await raw.ended(deadline);
  }, { skip: isReference && "it waits for the client to close" });

  fact("a probe is answered, and a poll meanwhile by a noop", async () => {
    const session = await where.open();
    const raw = await session.probe();
    raw.send("2probe");
    assert.equal(await raw.receive("3", deadline), "3probe");
    const { status, body } = await session.get();
    assert.deepEqual([status, body], [200, bodyOf(eio, "6")]);
  });

  /// `then` runs when a session has moved to the WebSocket `raw`. A second probe is answered, if at all, by its
  /// close: what comes on the first says that the server has read the 5.
  const moved = async (then) => {
    const session = await where.open();
    const raw = await session.probe();
    raw.send("2probe");
    await raw.receive("3probe", deadline);
    raw.send("5");
    const alive = async () => {
      raw.send(path === "/engine.io/" ? "4hello" : "40");
      assert.match(await raw.receive("4", deadline), path === "/engine.io/" ? /^4hello$/ : /^40\{/);
    };
    await alive();
    await then(session);
    if (path === "/engine.io/") await alive();
    assert.equal(raw.ws.readyState, raw.ws.OPEN);
  };

  fact("with packet 5 the session has moved to the WebSocket", () => moved(() => {}));

  fact("an upgraded session answers polls with 400, and lives on", () =>
    moved(async (session) => assert.equal((await session.get()).status, 400)));

  fact("a further WebSocket for an upgraded session is closed, and the first lives on", () =>
    moved(async (session) => (await session.probe()).ended(deadline)));
}

for (const eio of [4, 3]) {
  const where = endpoint("/engine.io/", eio);
  const fact = (title, check, options = {}) => test(`version ${eio}: ${title}`, options, check);
  /// What is posted comes back with the next poll, byte by byte.
  const comesBack = async (...packets) => {
    const session = await where.open(server, eio === 3 ? "&b64=1" : "");
    const posted = await session.post(...packets);
    assert.deepEqual([posted.status, posted.body], [200, "ok"]);
    let got = "";
    // A poll may come when only the first of them is there.
    await within(deadline, "all packets", (async () => {
      const wanted = bodyOf(eio, ...packets);
      while (got.length < wanted.length) {
        const { status, body } = await session.get();
        assert.equal(status, 200);
        got += (got && eio === 4 ? "\x1e" : "") + body;
      }
      assert.equal(got, wanted);
    })());
  };

  fact("a text message over polling", () => comesBack("4hello"));
  fact("several text messages in one body", () => comesBack("4one", "4two", "4three"));
  fact("text and binary in one body, in base64", () => comesBack("4hello", eio === 4 ? "bAQIDBA==" : "b4AQIDBA=="));

  fact("a body that is no packet is 400 and ends the session", async () => {
    const session = await where.open();
    assert.equal((await session.postBody("abc")).status, 400);
    assert.equal((await session.get()).status, 400);
  }, { skip: isReference && "it cuts the connection" });

  fact("of two polls at once the first is answered by a close, the second by 400", async () => {
    const session = await where.open();
    const answers = await Promise.all([session.get(), session.get()]);
    const [first, second] = answers.sort((a, b) => a.status - b.status);
    assert.deepEqual([first.status, first.body], [200, bodyOf(eio, "1")]);
    assert.ok([400, 500].includes(second.status));
    await session.forgotten();
  });

  fact("a client that gives up its poll ends the session", async () => {
    const session = await where.open();
    const { port, pathname, search } = new URL(session.url);
    const poll = connect(Number(port), "127.0.0.1");
    poll.on("error", () => {});
    // The end comes behind the request.
    poll.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: x\r\n\r\n`, () => poll.destroy());
    await session.forgotten();
  });

  fact("a text message over a WebSocket", async () => {
    const raw = await opened(server, where);
    raw.send("4hello");
    assert.equal(await raw.receive("4", deadline), "4hello");
  });

  fact("a binary message over a WebSocket", async () => {
    const raw = await opened(server, where);
    const bytes = Buffer.from(eio === 4 ? [1, 2, 3, 4] : [4, 1, 2, 3, 4]);
    raw.send(bytes);
    assert.deepEqual(await raw.receive((m) => Buffer.isBuffer(m), deadline), bytes);
  });

  fact("a WebSocket message that is no packet closes", async () => {
    const raw = await opened(server, where);
    raw.send("abc");
    await raw.ended(deadline);
  });
}

test("version 3: text and binary in one body, in its binary form", async () => {
  const session = await endpoint("/engine.io/", 3).open();
  assert.equal((await session.post("4hello", "b4AQIDBA==")).body, "ok");
  let got = Buffer.alloc(0);
  await within(deadline, "both", (async () => {
    while (got.length < 17) got = Buffer.concat([got, (await session.get()).bytes]);
  })());
  assert.equal(got.toString("hex"), "0006ff3468656c6c6f" + "0105ff0401020304");
}, { skip: isReference });

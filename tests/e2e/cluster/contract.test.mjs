// The conformance app's events across nodes: whatever node a client is connected to, each message comes
// exactly once to whom it is for.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import msgpackParser from "socket.io-msgpack-parser";
import { ask, closeClients, connected as connectedWith, manager } from "../support/clients.mjs";
import { arrived, formed, freshRoom, makeLoopback, startAll, stopAll } from "../support/cluster.mjs";
import { collect, next, patience, within } from "../support/waiting.mjs";

const sorted = (list) => [...list].sort();

for (const [count, parser] of [[2], [3], [2, msgpackParser], [3, msgpackParser]]) {
  describe(`${count} nodes${parser ? " with the msgpack parser" : ""}`, () => {
    const common = parser ? { parser } : {};
    const connected = (node, nsp, options) => connectedWith(node, nsp, { ...common, ...options });
    let nodes;
    before(async () => {
      nodes = await makeLoopback(count, { options: parser ? { parser: "msgpack" } : {} });
      await startAll(nodes);
      await formed(nodes, { client: common });
    });
    afterEach(closeClients);
    after(() => stopAll(nodes));

    /// `each` sockets on every node, those of one node beside each other.
    const onEach = (each, nsp, options) =>
      Promise.all(nodes.flatMap((node) => Array.from({ length: each }, () => connected(node, nsp, options))));

    /// How many times each of `sockets` got the event that `emit` makes `sender` send.
    async function receivers(sender, sockets, event, emit) {
      const got = sockets.map((socket) => collect(socket, event).all);
      await emit();
      await arrived(sender, ...sockets);
      sockets.forEach((socket) => socket.off(event));
      return got.map((all) => all.length);
    }

    const eachOf = (first, second) => nodes.flatMap(() => [first, second]);

    test("nodes have different names for themselves, and ids of their own", async () => {
      const sockets = await onEach(1);
      const answers = await Promise.all(sockets.map((socket) => ask(socket, "whoami")));
      assert.equal(new Set(answers.map(({ node }) => node)).size, count);
      answers.forEach(({ id }, index) => assert.equal(id, sockets[index].id));
      assert.equal(new Set(sockets.map(({ id }) => id.slice(0, 6))).size, count);
    });

    test("emit-to reaches the members on all nodes once, the sender if it is one", async () => {
      const sockets = await onEach(2);
      const room = freshRoom();
      for (let i = 0; i < sockets.length; i += 2) assert.equal(await ask(sockets[i], "join", room), "ok");
      for (const sender of sockets) {
        const got = await receivers(sender, sockets, "hello", () => ask(sender, "emit-to", room, "hello", 1));
        assert.deepEqual(got, eachOf(1, 0));
      }
    });

    test("arguments pass between nodes as they are", async () => {
      const [from, , to] = await onEach(2);
      const huge = parser ? 1e-21 : 1e21; // the client's parser sends large whole numbers modulo 2^64
      const args = [1.5, -0, huge, 9007199254740991, "ü😀\u2028\u0000", { a: ["x", null, true], __proto__: 1 }, null, [], {}, "_placeholder"];
      const came = next(to, "given");
      await ask(from, "emit-to", to.id, "given", ...args);
      assert.deepEqual(await came, JSON.parse(JSON.stringify(args)));
    });

    test("binary passes between nodes, in events of all kinds and between other messages", async () => {
      const sockets = await onEach(2);
      const [sender] = sockets;
      const room = freshRoom();
      for (const socket of sockets) await ask(socket, "join", room);
      const got = sockets.map((socket) => collect(socket, "bin").all);
      const wanted = [];
      for (const size of [0, 1, 70000, 400000]) {
        const data = { list: [Buffer.alloc(size, size & 255), "text"], again: Buffer.from([size & 255]) };
        sender.emit("emit-to", room, "bin", size, data);
        sender.emit("emit-to", room, "bin", "between");
        wanted.push([size, data], ["between"]);
      }
      sender.emit("broadcast", "bin", Buffer.from("all"));
      await arrived(sender, ...sockets);
      assert.deepEqual(got[0], wanted);
      for (const each of got.slice(1)) assert.deepEqual(each, [...wanted, [Buffer.from("all")]]);
    });

    test("answers with binary come back from all nodes", async () => {
      const sockets = await onEach(2);
      const room = freshRoom();
      for (const [index, socket] of sockets.entries()) {
        await ask(socket, "join", room);
        socket.on("question", (value, answer) => answer({ index, bytes: Buffer.concat([value, Buffer.alloc(100000, index)]) }));
      }
      const { ok, replies } = await ask(sockets[0], "ask-room", room, 5000, Buffer.from("?"));
      assert.equal(ok, true);
      const inOrder = [...replies].sort((a, b) => a.index - b.index);
      assert.deepEqual(inOrder, sockets.map((_, index) =>
        ({ index, bytes: Buffer.concat([Buffer.from("?"), Buffer.alloc(100000, index)]) })));
    });

    test("what only looks like a placeholder breaks nobody on other nodes", async () => {
      const [liar, , honest] = await onEach(2);
      const room = freshRoom();
      for (const socket of [liar, honest]) await ask(socket, "join", room);
      const fake = { _placeholder: true, num: 3 };
      const came = next(honest, "fake");
      liar.emit("emit-to", room, "fake", fake);
      assert.deepEqual(await came, [fake]);
      liar.on("question", (value, answer) => answer(fake));
      honest.on("question", (value, answer) => answer(Buffer.from([1])));
      const { ok, replies } = await ask(honest, "ask-room", room, 5000, 1);
      assert.equal(ok, true);
      assert.deepEqual(replies.map((r) => r && [...r]).sort(), [[1], null]);
    });

    for (const size of [65536, 262143, 262144, 262145, 900000]) {
      test(`a message of ${size} bytes passes between nodes, in its place`, async () => {
        const [from, , to] = await onEach(2);
        const room = freshRoom();
        await ask(to, "join", room);
        const all = collect(to, "big");
        from.emit("emit-to", room, "big", 1);
        from.emit("emit-to", room, "big", "x".repeat(size));
        from.emit("emit-to", to.id, "big", 3);
        const [first, second, third] = await all.until(3);
        assert.deepEqual([first, second[0].length, third], [[1], size, [3]]);
      });
    }

    test("emit-to reaches a socket by its id on any node, and nobody by an unknown name", async () => {
      const sockets = await onEach(1);
      const [sender] = sockets;
      for (const [index, { id }] of sockets.entries()) {
        const got = await receivers(sender, sockets, "hello", () => ask(sender, "emit-to", id, "hello"));
        assert.deepEqual(got, sockets.map((_, other) => (other === index ? 1 : 0)));
      }
      const last = sockets.at(-1).id;
      for (const unknown of ["no such room", "A".repeat(20), last.slice(0, 8) + "A".repeat(12)]) {
        const got = await receivers(sender, sockets, "hello", () => ask(sender, "emit-to", unknown, "hello"));
        assert.deepEqual(got, sockets.map(() => 0));
      }
    });

    test("the room of a socket's id can be joined from any node", async () => {
      const sockets = await onEach(2);
      const [owner, joiner] = [sockets[0], sockets.at(-1)];
      await ask(joiner, "join", owner.id);
      for (const sender of sockets) {
        const got = await receivers(sender, sockets, "hello", () => ask(sender, "emit-to", owner.id, "hello"));
        assert.deepEqual(got, sockets.map((socket) => (socket === owner || socket === joiner ? 1 : 0)));
      }
    });

    test("a room named like the id of a socket that is gone is a room", async () => {
      const sockets = await onEach(2);
      for (const node of nodes) {
        const dead = await connected(node);
        const { id } = dead;
        dead.disconnect();
        await Promise.all([sockets[0], sockets.at(-1)].map((socket) => ask(socket, "join", id)));
        for (const sender of sockets) {
          const got = await receivers(sender, sockets, "hello", () => ask(sender, "emit-to", id, "hello"));
          assert.deepEqual(got, sockets.map((_, index) => (index === 0 || index === sockets.length - 1 ? 1 : 0)));
        }
      }
    });

    test("emit-except reaches the union once, less the members of the others, over all nodes", async () => {
      const sockets = await onEach(2);
      const [a, b, c] = [freshRoom(), freshRoom(), freshRoom()];
      for (const socket of sockets) for (const room of [a, b]) await ask(socket, "join", room);
      for (let i = 1; i < sockets.length; i += 2) await ask(sockets[i], "join", c);
      const emit = (sender, ...args) => receivers(sender, sockets, "hello", () => ask(sender, "emit-except", ...args, "hello"));
      for (const sender of [sockets[0], sockets.at(-1)]) {
        assert.deepEqual(await emit(sender, [a, b], []), eachOf(1, 1));
        assert.deepEqual(await emit(sender, [a, b], [c]), eachOf(1, 0));
        assert.deepEqual(await emit(sender, [a], [sockets[0].id, "unknown"]), sockets.map((_, i) => (i === 0 ? 0 : 1)));
        assert.deepEqual(await emit(sender, [sockets[0].id, sockets.at(-1).id, b], [b]), eachOf(0, 0));
        assert.deepEqual(await emit(sender, [], []), eachOf(0, 0));
      }
    });

    test("broadcast reaches the namespace on all nodes but not the sender", async () => {
      const nsp = `/dyn-${count}00`;
      const sockets = await onEach(2, nsp);
      const others = await onEach(1, "/custom");
      const sender = sockets[0];
      const strays = others.map((socket) => collect(socket, "news").all);
      const got = await receivers(sender, sockets, "news", () => ask(sender, "broadcast", "news", 7));
      assert.deepEqual(got, sockets.map((socket) => (socket === sender ? 0 : 1)));
      await arrived(others[0], ...others);
      assert.deepEqual(strays.map(({ length }) => length), others.map(() => 0));
    });

    test("rooms of one name in two namespaces are two rooms on all nodes", async () => {
      const room = freshRoom();
      const [roots, customs] = [await onEach(1), await onEach(1, "/custom")];
      for (const socket of [...roots, ...customs]) await ask(socket, "join", room);
      const strays = customs.map((socket) => collect(socket, "hello").all);
      const got = await receivers(roots[0], roots, "hello", () => ask(roots[0], "emit-to", room, "hello"));
      assert.deepEqual(got, roots.map(() => 1));
      await arrived(customs[0], ...customs);
      assert.deepEqual(strays.map(({ length }) => length), customs.map(() => 0));
    });

    test("who was told that it joined gets what anybody sends from then on", async () => {
      const sockets = await onEach(2);
      const joiner = sockets[0];
      for (let round = 0; round < 100; ++round) {
        const room = freshRoom();
        const sender = sockets[1 + (round % (sockets.length - 1))];
        const came = next(joiner, `joined-${round}`);
        await ask(joiner, "join", room);
        sender.emit("emit-to", room, `joined-${round}`);
        await came;
        if (round % 2) joiner.emit("leave", room);
      }
    });

    test("many join and leave at once; who is a member is what counts", async () => {
      const sockets = await onEach(4);
      const room = freshRoom();
      for (let round = 0; round < 20; ++round) {
        await Promise.all(sockets.map((socket, i) => ask(socket, (i + round) % 3 ? "join" : "leave", room)));
        const sender = sockets[round % sockets.length];
        const got = await receivers(sender, sockets, "hello", () => ask(sender, "emit-to", room, "hello"));
        assert.deepEqual(got, sockets.map((_, i) => ((i + round) % 3 ? 1 : 0)), `round ${round}`);
      }
    });

    test("who left gets nothing any more, and a room may come again", async () => {
      const [far, , near] = await onEach(2);
      const room = freshRoom();
      for (let round = 0; round < 5; ++round) {
        await ask(far, "join", room);
        assert.deepEqual(await receivers(near, [far], "hello", () => ask(near, "emit-to", room, "hello")), [1]);
        await ask(far, "leave", room);
        assert.deepEqual(await receivers(near, [far], "hello", () => ask(near, "emit-to", room, "hello")), [0]);
      }
    });

    test("fetch lists the members on all nodes with their rooms", async () => {
      const sockets = await onEach(2);
      const room = freshRoom();
      for (const member of sockets.slice(1)) await ask(member, "join", room);
      const expected = sockets.slice(1).map(({ id }) => ({ id, rooms: sorted([id, room]) }));
      const order = (list) => list.map((m) => ({ ...m, rooms: sorted(m.rooms) })).sort((a, b) => (a.id < b.id ? -1 : 1));
      for (const asker of sockets) {
        assert.deepEqual(order(await ask(asker, "fetch", room)), order(expected));
        assert.deepEqual(await ask(asker, "fetch", "nobody here"), []);
        assert.deepEqual(order(await ask(asker, "fetch", sockets.at(-1).id)), order(expected.slice(-1)));
      }
    });

    test("who disconnected is soon seen nowhere", async () => {
      const [asker, ...others] = await onEach(1);
      const gone = others.at(-1);
      const { id } = gone;
      gone.disconnect();
      await within(patience, "the socket to be gone", (async () => {
        while ((await ask(asker, "fetch", id)).length > 0);
      })());
    });

    test("count is of this node alone", async () => {
      const nsp = `/dyn-${count}50`;
      const sockets = await onEach(3, nsp);
      for (const socket of sockets) assert.equal(await ask(socket, "count"), 3);
    });

    test("kick disconnects a socket on any node, and only that", async () => {
      const sockets = await onEach(2);
      for (const victim of [sockets[1], sockets.at(-1)]) {
        const gone = next(victim, "disconnect");
        assert.equal(await ask(sockets[0], "kick", victim.id), "ok");
        assert.equal((await gone)[0], "io server disconnect");
        assert.equal(victim.active, false);
      }
      assert.equal(await ask(sockets[0], "kick", "A".repeat(20)), "ok");
      const rest = sockets.filter((socket) => socket !== sockets[1] && socket !== sockets.at(-1));
      for (const socket of rest) assert.equal(await ask(socket, "echo", 1), 1);
    });

    test("kick from another node takes other namespaces along only with close", async () => {
      const by = await connected(nodes[0], "/custom");
      for (const close of [false, true]) {
        const shared = manager(nodes.at(-1), common);
        const [custom, root] = [shared.socket("/custom"), shared.socket("/")];
        await Promise.all([next(custom, "connect"), next(root, "connect")]);
        const [customGone, rootGone] = [next(custom, "disconnect"), close && next(root, "disconnect")];
        await ask(by, "kick", custom.id, close);
        assert.equal((await customGone)[0], "io server disconnect");
        if (close) assert.equal((await rootGone)[0], "io server disconnect");
        else assert.equal(await ask(root, "echo", 1), 1);
      }
    });

    test("an emit before a kick arrives on the other node, one after it does not", async () => {
      const sender = await connected(nodes[0]);
      const victims = await Promise.all(Array.from({ length: 20 }, (_, i) => connected(nodes[1 + (i % (count - 1))])));
      const seen = victims.map((victim) => collect(victim, "last words").all);
      const gone = victims.map((victim) => next(victim, "disconnect"));
      for (const { id } of victims) {
        sender.emit("emit-to", id, "last words", 1);
        sender.emit("kick", id);
        sender.emit("emit-to", id, "last words", 2);
      }
      await Promise.all(gone);
      for (const all of seen) assert.deepEqual(all, [[1]]);
    });

    test("ask-room collects an answer of each member on all nodes", async () => {
      const sockets = await onEach(2);
      const room = freshRoom();
      for (const [index, member] of sockets.entries()) {
        await ask(member, "join", room);
        member.on("question", (value, answer) => answer(`${value} ${index}`, "not this"));
      }
      for (const asker of [sockets[0], sockets.at(-1)]) {
        const { ok, replies } = await ask(asker, "ask-room", room, 4000, "q");
        assert.equal(ok, true);
        assert.deepEqual(sorted(replies), sorted(sockets.map((_, index) => `q ${index}`)));
      }
      assert.deepEqual(await ask(sockets[0], "ask-room", "nobody here", 3000, 1), { ok: true, replies: [] });
      const one = await ask(sockets[0], "ask-room", sockets.at(-1).id, 3000, "id");
      assert.deepEqual(one, { ok: true, replies: [`id ${sockets.length - 1}`] });
    });

    test("ask-room tells after the time given that an answer from another node is missing", async () => {
      const sockets = await onEach(1);
      const room = freshRoom();
      for (const member of sockets) await ask(member, "join", room);
      sockets.forEach((socket, index) => socket.on("question", (value, answer) => index !== count - 1 && answer(index)));
      const began = performance.now();
      const result = await ask(sockets[0], "ask-room", room, 2000, "q");
      assert.deepEqual({ ...result, replies: sorted(result.replies) }, { ok: false, replies: sockets.slice(0, -1).map((_, i) => i) });
      assert.ok(performance.now() - began >= 1990);
    });

    test("ask-room ends at once when a member on another node leaves", async () => {
      const sockets = await onEach(1);
      const room = freshRoom();
      for (const member of sockets) await ask(member, "join", room);
      sockets.forEach((socket, index) => socket.on("question", (value, answer) => (index === count - 1 ? socket.disconnect() : answer(value))));
      const began = performance.now();
      const result = await sockets[0].timeout(35000).emitWithAck("ask-room", room, 30000, "q");
      assert.equal(result.ok, false);
      assert.ok(performance.now() - began < patience);
    });

    test("1,500 messages over room, id and broadcast keep one order from each sender to each receiver", async () => {
      const nsp = `/dyn-${count}70`;
      const sockets = await onEach(2, nsp);
      const room = freshRoom();
      for (const socket of sockets) await ask(socket, "join", room);
      const rounds = 500;
      const seen = sockets.map((socket) => collect(socket, "n"));
      const receiver = sockets.at(-1);
      for (let n = 0; n < rounds; ++n) {
        for (const [index, sender] of sockets.entries()) {
          sender.emit("emit-to", room, "n", index, 3 * n);
          sender.emit("emit-to", receiver.id, "n", index, 3 * n + 1);
          sender.emit("broadcast", "n", index, 3 * n + 2);
        }
      }
      const counts = sockets.map((socket) => rounds * (sockets.length + (sockets.length - 1) + (socket === receiver ? sockets.length : 0)));
      for (const [index, all] of seen.entries()) {
        const got = await all.until(counts[index], 60000);
        assert.equal(got.length, counts[index]);
        for (let from = 0; from < sockets.length; ++from) {
          const numbers = got.filter(([who]) => who === from).map(([, n]) => n);
          numbers.reduce((last, n) => (assert.ok(n > last, `${n} after ${last}`), n), -1);
        }
      }
    });
  });
}

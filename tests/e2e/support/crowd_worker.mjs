// A crowd of clients that hold a server up, in a process of its own: crowd_worker.mjs KIND HOST PORT COUNT.
//
//   silent  connects and says nothing
//   head    a request's head, a byte now and then
//   body    a polling session's POST, its body a byte now and then
//   frame   a WebSocket that joined "/": a frame, its payload a byte now and then, and no pong
//   idle    a WebSocket that joined "/" and answers no ping
//   poll    a polling session that joined "/", with a GET held
//
// Prints a line of JSON when all began, {"began": COUNT}, and one when all were closed: how, each with the
// number of clients and the least and the most milliseconds from their beginning.
import { connect } from "node:net";
import { text } from "./tcp.mjs";

const [kind, host, port, count] = process.argv.slice(2);
const atOnce = 200; // that open at the same time: the backlog of a listening socket is no part of this
const dripPeriod = 1000;
const path = "/socket.io/?EIO=4&transport=";
const get = (target, more = "") => `GET ${target} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const upgrade = get(`${path}websocket`, "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
const post = (sid, length) => `POST ${path}polling&sid=${sid} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;

class Offender {
  #got = "";
  #wanted;

  async begin() {
    this.socket = connect({ host, port: Number(port), noDelay: true });
    this.socket.on("error", (error) => (this.error = error));
    this.socket.on("data", (data) => this.#took(data));
    this.closed = new Promise((resolve) => this.socket.once("close", () => resolve(this.#ending())));
    this.began = performance.now(); // the server's clock starts not before
    await this[kind]();
  }

  #took(data) {
    this.#got += data.toString("latin1");
    this.#wanted?.();
    if (this.#closeFrame()) this.socket.destroy();
  }

  /// What came, up to and with the text.
  #answer(end) {
    return new Promise((resolve, reject) => {
      this.socket.once("close", () => reject(new Error(`${kind}: closed instead of ${end}: ${this.error ?? ""} ${this.#got}`)));
      this.#wanted = () => {
        const at = this.#got.indexOf(end);
        if (at < 0) return;
        this.#wanted = undefined;
        const answer = this.#got.slice(0, at + end.length);
        this.#got = this.#got.slice(at + end.length);
        resolve(answer);
      };
      this.#wanted();
    });
  }

  /// "1001 ping timeout" of a WebSocket's Close frame, which is the last that comes.
  #closeFrame() {
    const found = kind === "frame" || kind === "idle" ? this.#got.match(/\x88[\x02-\x7d](..)([ -~]*)$/s) : null;
    return found && `${found[1].charCodeAt(0) * 256 + found[1].charCodeAt(1)} ${found[2]}`;
  }

  #ending() {
    clearInterval(this.drip);
    return { how: this.#closeFrame() ?? this.#got.match(/HTTP\/1\.1 \d+/)?.[0] ?? "cut", ms: performance.now() - this.began };
  }

  #dripping(first) {
    this.socket.write(first);
    this.drip = setInterval(() => this.socket.write("x"), dripPeriod);
  }

  async #session() {
    this.socket.write(get(`${path}polling`));
    return (await this.#answer('"maxPayload":1000000}')).match(/"sid":"([^"]+)"/)[1];
  }

  async #joined() {
    this.socket.write(upgrade);
    await this.#answer('"maxPayload":1000000}');
    this.socket.write(text("40"));
    await this.#answer('40{"sid"');
  }

  silent() {
    return new Promise((resolve) => this.socket.once("connect", resolve));
  }
  async head() {
    await this.silent();
    this.#dripping(`GET ${path}polling HTTP/1.1\r\nHost: x\r\nX: `);
  }
  async body() {
    const sid = await this.#session();
    this.began = performance.now();
    this.#dripping(`${post(sid, 1000)}42[`);
  }
  async frame() {
    await this.#joined();
    this.#dripping(text('42["', { length: 1000 }));
  }
  idle() {
    return this.#joined();
  }
  async poll() {
    const sid = await this.#session();
    this.socket.write(`${post(sid, 2)}40`);
    await this.#answer("\r\n\r\nok");
    this.socket.write(get(`${path}polling&sid=${sid}`));
    await this.#answer('40{"sid"');
    this.socket.write(get(`${path}polling&sid=${sid}`));
  }
}

const all = Array.from({ length: Number(count) }, () => new Offender());
const waiting = [...all];
await Promise.all(Array.from({ length: atOnce }, async () => {
  for (let next = waiting.pop(); next; next = waiting.pop()) await next.begin();
}));
console.log(JSON.stringify({ began: all.length }));

const endings = {};
for (const { how, ms } of await Promise.all(all.map(({ closed }) => closed))) {
  const seen = (endings[how] ??= { clients: 0, least: Infinity, most: 0 });
  seen.clients += 1;
  seen.least = Math.min(seen.least, Math.round(ms));
  seen.most = Math.max(seen.most, Math.round(ms));
}
console.log(JSON.stringify(endings));
process.exit(0); // intervals of clients that were closed

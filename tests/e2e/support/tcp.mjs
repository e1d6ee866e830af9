// A TCP connection for bytes that no proper client would send.
import { connect } from "node:net";
import { closing, patience, within } from "./waiting.mjs";

/// A frame as a client sends it (RFC 6455, section 5.2), each field open to abuse. `length` is what the
/// header says, `form` forces its encoding: 7, 16 or 64 bits.
export function frame(payload, { opcode = 1, fin = true, rsv = 0, masked = true, length, form } = {}) {
  const data = Buffer.from(payload);
  const said = BigInt(length ?? data.length);
  const bits = form ?? (said < 126n ? 7 : said < 65536n ? 16 : 64);
  const head = Buffer.alloc(bits === 7 ? 2 : bits === 16 ? 4 : 10);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (masked ? 0x80 : 0) | (bits === 7 ? Number(said) : bits === 16 ? 126 : 127);
  if (bits === 16) head.writeUInt16BE(Number(said), 2);
  if (bits === 64) head.writeBigUInt64BE(said, 2);
  if (!masked) return Buffer.concat([head, data]);
  const mask = Buffer.from([0x12, 0x34, 0xab, 0xcd]);
  return Buffer.concat([head, mask, data.map((byte, index) => byte ^ mask[index % 4])]);
}

export const text = (payload, options) => frame(payload, { opcode: 1, ...options });

const upgrade = (port) =>
  "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n" +
  `Host: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// The next server frame in `bytes`, or nothing when it is not complete.
function parseFrame(bytes) {
  if (bytes.length < 2) return undefined;
  const short = bytes[1] & 0x7f;
  const head = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < head) return undefined;
  const size = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < head + size) return undefined;
  return { opcode: bytes[0] & 0x0f, payload: bytes.subarray(head, head + size), rest: bytes.subarray(head + size) };
}

/// A connection: write(), what came in `received`, ended() when the server closed it.
export class RawConnection {
  received = Buffer.alloc(0);
  #waiting = new Set();

  static async open(server) {
    const raw = new RawConnection();
    raw.server = server;
    raw.socket = connect({ port: server.port, host: "127.0.0.1", noDelay: true });
    raw.socket.on("error", () => {});
    raw.socket.on("data", (chunk) => raw.#took(chunk));
    raw.closed = new Promise((resolve) => raw.socket.once("close", resolve));
    const up = new Promise((resolve, reject) => raw.socket.once("connect", resolve).once("close", reject));
    await within(patience, "a TCP connection", up);
    return raw;
  }

  /// Shakes hands: frames can be sent afterwards.
  async upgrade() {
    this.write(upgrade(this.server.port));
    const answered = this.until(() => this.received.includes("\r\n\r\n"), "the 101");
    const cut = this.closed.then(() => Promise.reject(new Error("the server closed the connection before its answer")));
    await Promise.race([answered, cut]);
    this.received = this.received.subarray(this.received.indexOf("\r\n\r\n") + 4);
  }

  static async upgraded(server) {
    const raw = await RawConnection.open(server);
    await raw.upgrade();
    return raw;
  }

  /// After the CONNECT of "/", everything up to then read.
  static async joined(server) {
    const raw = await RawConnection.upgraded(server);
    raw.write(text("40"));
    await raw.message((m) => m.startsWith('42["auth"'));
    return raw;
  }

  write(bytes) {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  #took(chunk) {
    this.received = Buffer.concat([this.received, chunk]);
    for (const check of this.#waiting) check();
  }

  until(holds, what, ms = patience) {
    const reached = new Promise((resolve) => {
      const check = () => holds() && (this.#waiting.delete(check), resolve());
      this.#waiting.add(check);
      check();
    });
    return within(ms, what, reached);
  }

  /// Takes the next complete frame off `received`.
  takeFrame() {
    const found = parseFrame(this.received);
    if (found) this.received = found.rest;
    return found;
  }

  /// The first text message that fits; those before it are dropped.
  async message(fits, what = "a message") {
    let found;
    await this.until(() => {
      for (let f = this.takeFrame(); f && !found; f = found ? undefined : this.takeFrame()) {
        if (f.opcode === 1 && fits(f.payload.toString())) found = f.payload.toString();
      }
      return found !== undefined;
    }, what);
    return found;
  }

  /// Reads to the end; the code of the server's Close frame, 1005 when it has none, 1006 without a frame.
  async closeCode(ms = closing) {
    let code = 1006;
    const take = () => {
      for (let f = this.takeFrame(); f; f = this.takeFrame())
        if (f.opcode === 8) code = f.payload.length >= 2 ? f.payload.readUInt16BE(0) : 1005;
      return code !== 1006;
    };
    await Promise.race([this.until(take, "a Close frame", ms), this.closed]);
    take();
    this.destroy();
    return code;
  }

  destroy() {
    this.socket.destroy();
  }
}

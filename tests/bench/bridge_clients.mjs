// Clients for tests/bench/bridge.mjs, in a process of their own: WebSockets by hand, because counting bytes
// costs a fraction of what reading messages does. All messages of a run have the same length.
import { connect } from "node:net";

const request = (port) =>
  `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\n` +
  "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A short text frame of a client; a mask of zeros leaves the text as it is.
const frame = (text) => Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);

let bytes = 0;
let target = Infinity;
const reached = () => {
  if (bytes < target) return;
  process.send({ reached: bytes, at: Number(process.hrtime.bigint()) });
  target = Infinity;
};

/// Resolves to the socket's id once it has joined `room`.
function join(port, room) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let head = "";
    let id;
    const setUp = (chunk) => {
      head += chunk.toString("latin1");
      if (!id && /\r\n\r\n[^]*0\{/.test(head) && !head.includes("sent")) {
        socket.write(frame("40"));
        head += "sent";
      }
      id ??= /40\{"sid":"([^"]+)"/.exec(head)?.[1];
      if (id && !head.includes("asked")) {
        socket.write(frame(`420["join","${room}"]`));
        head += "asked";
      }
      if (!/430\[[^\]]*\]$/.test(head.replace(/sent|asked/g, ""))) return;
      socket.off("data", setUp);
      socket.on("data", (data) => {
        bytes += data.length;
        reached();
      });
      resolve(id);
    };
    socket.on("data", setUp).once("error", reject).write(request(port));
  });
}

process.on("message", async ({ port, count, room, expect }) => {
  if (expect !== undefined) {
    bytes = 0;
    target = expect;
    return process.send({ ready: true });
  }
  const ids = [];
  while (ids.length < count)
    ids.push(...(await Promise.all(Array.from({ length: Math.min(50, count - ids.length) }, () => join(port, room)))));
  process.send({ ids });
});

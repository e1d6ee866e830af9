// What a server has to bear, and what it has to answer. Each case: a name; `send`, the bytes; after which
// `stage` (tcp, joined); and one of
//   status   the HTTP status of the answer, after which the connection ends
//   closes   the codes of the Close frame that are right
//   answers  the text of the answer; the connection lives on
//   lives    nothing is answered; the connection lives on
// `ours`: the official server differs (why stands beside it).
import { text, frame } from "./tcp.mjs";

const http = (name, send, status = [400], more = {}) => ({ stage: "tcp", name, send, status, ...more });
const framing = (name, send, closes = [1002], more = {}) => ({ stage: "joined", name, send, closes, ...more });
const packet = (name, payload, more = {}) => ({ stage: "joined", name, send: text(payload), closes: [1002], ...more });
const fine = (name, payload, answers, more = {}) => ({ stage: "joined", name, send: text(payload), answers, ...more });
const join = (...frames) => Buffer.concat(frames);
const head = (...lines) => ["GET /socket.io/?EIO=4&transport=websocket HTTP/1.1", "Host: x", ...lines, "", ""].join("\r\n");
const wants = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];

/// Bodies of a POST to a polling session of `EIO` (4 unless given): each ends it.
export const bodies = [
  ["nothing", ""],
  ["a separator alone", "\x1e"],
  ["a separator at the end", "40\x1e"],
  ["an unknown packet", "40\x1e9"],
  ["a ping", "2"],
  ["no base64", "b*"],
  ["base64 that breaks off", "bAAAAA"],
  ["an attachment nobody announced", "bAAAA"],
  ["half a character", Buffer.from([0x34, 0x30, 0x1e, 0x34, 0xe2, 0x82])],
  ["a lone surrogate", Buffer.from([0x34, 0xed, 0xa0, 0x80])],
  ["the binary form", Buffer.from([0, 1, 255, 0x36]), { type: "application/octet-stream" }],
  ["100,000 pongs and a ping", "3\x1e".repeat(100_000) + "2"],
  ["protocol 3: no length", "40", { eio: 3 }],
  ["protocol 3: a length beyond the end", "9:40", { eio: 3 }],
  ["protocol 3: a length of 20 digits", "99999999999999999999:4", { eio: 3 }],
  ["protocol 3: a length that cuts a pair", "2:4😀", { eio: 3 }],
  ["protocol 3: an empty packet", "0:", { eio: 3 }],
  ["protocol 3, binary: an unknown kind", Buffer.from([2, 1, 255, 0x36]), { eio: 3, type: "application/octet-stream" }],
  ["protocol 3, binary: no end of the length", Buffer.alloc(1000), { eio: 3, type: "application/octet-stream" }],
].map(([name, body, { eio = 4, type = "text/plain" } = {}]) => ({ name: `a POST with ${name}`, body, eio, type }));

/// A POST that two servers behind each other may read differently; the second request must not be served.
const smuggled = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n";
const post = (name, lines, body, status = [400], more = {}) =>
  http(`smuggling: ${name}`, ["POST /socket.io/?EIO=4&transport=polling HTTP/1.1", "Host: x", ...lines, "", body].join("\r\n"), status, { smuggles: true, ...more });
const smuggling = [
  post("a length and chunks", ["Content-Length: 5", "Transfer-Encoding: chunked"], `0\r\n\r\n${smuggled}`),
  post("chunks and a length", ["Transfer-Encoding: chunked", "Content-Length: 5"], `0\r\n\r\n${smuggled}`),
  post("two lengths in one line", ["Content-Length: 5, 6"], `hello${smuggled}`),
  post("a length with a sign", ["Content-Length: +5"], `hello${smuggled}`),
  post("a negative length", ["Content-Length: -5"], `hello${smuggled}`),
  post("a length in hexadecimal", ["Content-Length: 0x5"], `hello${smuggled}`),
  post("a length of 30 digits", ["Content-Length: 999999999999999999999999999999"], "x", [400, 413]),
  post("a space before the colon", ["Content-Length : 5"], `hello${smuggled}`),
  post("a folded header", ["Connection: close", "X-A: 1", " Content-Length: 5"], `hello${smuggled}`),
  post("a chunk length with a sign", ["Transfer-Encoding: chunked"], `+5\r\nhello\r\n0\r\n\r\n${smuggled}`),
  post("a chunk length in decimal letters", ["Transfer-Encoding: chunked"], `g\r\nhello\r\n0\r\n\r\n${smuggled}`),
  post("a chunk longer than it says", ["Transfer-Encoding: chunked"], `3\r\nhello\r\n0\r\n\r\n${smuggled}`),
  post("a chunk length of 20 digits", ["Transfer-Encoding: chunked"], `${"f".repeat(20)}\r\nhello`, [400, 413]),
  post("a coding that is not chunked", ["Transfer-Encoding: gzip"], smuggled),
  post("chunks in another coding", ["Transfer-Encoding: chunked, identity"], `0\r\n\r\n${smuggled}`),
  post("another coding and a length", ["Transfer-Encoding: gzip", "Content-Length: 5"], `hello${smuggled}`),
  http("smuggling: a bare CR in the request line", "GET /socket.io/\rX: y HTTP/1.1\r\nHost: x\r\n\r\n"),
  http("smuggling: a header name with a space", head("X A: 1")),
  http("smuggling: HTTP/1.1 with a version of three digits", "GET /socket.io/ HTTP/1.11\r\nHost: x\r\n\r\n"),
  http("smuggling: HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400, 505]),
];

export const requests = [
  ...smuggling,
  http("a line that is no request", "hello there\r\n\r\n"),
  http("a TLS client hello", Buffer.from("1603010200010001fc0303", "hex")),
  http("bytes that are no text", Buffer.from(Array.from({ length: 512 }, (_, i) => (i * 131 + 7) & 255))),
  http("a head of 64 KiB", head(`X-Large: ${"x".repeat(65536)}`), [431]),
  http("a request line of 64 KiB", `GET /socket.io/?${"x".repeat(65536)} HTTP/1.1\r\n\r\n`, [414, 431]),
  http("10,000 headers", head(...Array.from({ length: 10000 }, (_, i) => `X-${i}: ${i}`)), [431]),
  http("a subprotocol header of spaces", head(...wants, "Sec-WebSocket-Key: short", `Sec-WebSocket-Protocol: a${" ".repeat(8000)}b`)),
  ...["constructor", "__proto__", "toString", "hasOwnProperty"].map((name) =>
    http(`a transport named ${name}`, `GET /socket.io/?EIO=4&transport=${name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)),
  http("a header without a colon", head("no colon here")),
  http("a header with a NUL", head("X-Nul: a\0b")),
  http("two content lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
  http("a content length that is no number", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n"),
  http("an upgrade without a key", head(...wants)),
  http("an upgrade with a short key", head(...wants, "Sec-WebSocket-Key: short")),
  http("an old WebSocket version", head("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 7",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), [400, 426]),
];

const invalidUtf8 = {
  "a lone continuation byte": [0x80], "an overlong slash": [0xc0, 0xaf], "an overlong NUL": [0xe0, 0x80, 0x80],
  "half of a surrogate pair": [0xed, 0xa0, 0x80], "beyond U+10FFFF": [0xf4, 0x90, 0x80, 0x80], "byte FF": [0xff],
  "a sequence that ends early": [0xe2, 0x82],
};
const event = (bytes) => join(Buffer.from('42["message","'), Buffer.from(bytes), Buffer.from('"]'));
const euro = Buffer.from('42["message","€"]');

export const frames = [
  framing("an unmasked frame", text('42["noop"]', { masked: false })),
  ...[1, 2, 4].map((rsv) => framing(`reserved bit ${rsv}`, text('42["noop"]', { rsv }))),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => framing(`opcode ${opcode}`, frame("x", { opcode }))),
  framing("a continuation of nothing", frame("x", { opcode: 0 })),
  framing("a new message inside another", join(text("42[", { fin: false }), text("1]"))),
  framing("a ping in two fragments", frame("x", { opcode: 9, fin: false })),
  framing("a ping of 126 bytes", frame("x".repeat(126), { opcode: 9 })),
  framing("a Close of one byte", frame("x", { opcode: 8 })),
  ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000].map((code) =>
    framing(`a Close with code ${code}`, frame([code >> 8, code & 255], { opcode: 8 }))),
  framing("a Close whose reason is no UTF-8", frame([3, 232, 0xff], { opcode: 8 }), [1007]),
  framing("a proper Close", frame([3, 232], { opcode: 8 }), [1000]),
  framing("a length with the highest bit", text("", { length: 1n << 63n, form: 64 }), [1002, 1009]),
  framing("a length longer than need be", text('42["noop"]', { form: 64 }), [1002], { ours: "ws takes it" }),
  framing("a length of 16 bits for 5 bytes", text("42[1]", { form: 16 }), [1002], { ours: "ws takes it" }),
  framing("one byte more than maxPayload announced", text("", { length: 1_000_001, form: 64 }), [1009]),
  framing("a terabyte announced", text("", { length: 1n << 40n, form: 64 }), [1009]),
  framing("fragments that pass maxPayload together",
    join(text("4".repeat(600_000), { fin: false }), frame("", { opcode: 0, length: 400_001, form: 64 })), [1009]),
  ...Object.entries(invalidUtf8).map(([name, bytes]) => framing(`bad UTF-8: ${name}`, text(event(bytes)), [1007])),
  ...Object.entries(invalidUtf8).map(([name, bytes]) => framing(`bad UTF-8 over two frames: ${name}`,
    join(text(event(bytes).subarray(0, 15), { fin: false }), frame(event(bytes).subarray(15), { opcode: 0 })), [1007])),
  framing("a message that ends within a character", text(euro.subarray(0, 15)), [1007]),
  { stage: "joined", name: "a character over two frames is fine, with a ping between them", answers: '42["message-back","€"]',
    send: join(text(euro.subarray(0, 15), { fin: false }), frame("", { opcode: 9 }), frame(euro.subarray(15), { opcode: 0 })) },
  { stage: "joined", name: "a message byte by byte is fine", answers: '42["message-back","€"]',
    send: join(...[...euro].map((byte, i) => frame([byte], { opcode: i ? 0 : 1, fin: i === euro.length - 1 }))) },
  framing("binary when none is due", frame([1, 2, 3], { opcode: 2 })),
  framing("empty binary when none is due", frame([], { opcode: 2 })),
];

const nested = (depth, open, close) => `42["message",${open.repeat(depth)}1${close.repeat(depth)}]`;
const deeper = { ours: "no bound on the depth there" };

const place = (num) => `{"_placeholder":true,"num":${num}}`;
const attachment = (...bytes) => frame(bytes, { opcode: 2 });
/// A packet, and what follows it.
const broken = (name, payload, ...more) =>
  ({ stage: "joined", name, send: join(text(payload), ...more), closes: [1002] });
const whole = (name, payload, answers, ...more) =>
  ({ stage: "joined", name, send: join(text(payload), ...more), ...(answers ? { answers } : { lives: true }) });
const echoed = (name, args, back, ...more) =>
  whole(name, `45${more.length}-["message",${args}]`, `45${more.length}-["message-back",${back}]`, ...more);

const binaryPackets = [
  broken("text while an attachment is due", '451-["message"]', text('42["noop"]')),
  broken("text between two attachments", '452-["message"]', attachment(1), text('42["noop"]'), attachment(2)),
  broken("leaving while an attachment is due", '451-["message"]', text("41")),
  broken("a binary packet inside another", '451-["message"]', text('451-["message"]')),
  broken("more attachments than announced", '451-["noop"]', attachment(1), attachment(2)),
  broken("11 attachments", `4511-["noop"]`, ...Array.from({ length: 11 }, (_, i) => attachment(i))),
  broken("10^30 attachments", `451${"0".repeat(30)}-["noop"]`),
  broken("a binary event that is no array", "451-{}", attachment(1)),
  broken("a binary event with a reserved name", '451-["connect"]', attachment(1)),
  broken("a binary ack that is no array", `461-1"x"`, attachment(1)),
  ...["1", "-1", '"0"', '"splice"', '"__proto__"', "null", "true", "[0]", "{}", "1e9", "4294967296"].map((num) =>
    broken(`a placeholder with index ${num}`, `451-["message",${place(num)}]`, attachment(1))),
  broken("a placeholder without an index", '451-["message",{"_placeholder":true}]', attachment(1)),
  broken("a bad placeholder deep inside", `451-["message",${place(0)},[[{"a":${place(1)}}]]]`, attachment(1)),
  broken("a bad placeholder written with escapes", '451-["message",{"\\u005fplaceholder":true,"num":1}]', attachment(1)),
  whole("an attachment that no placeholder names", '451-["message",5]', '42["message-back",5]', attachment(1)),
  whole("a binary event without data", "451-", undefined, attachment(1)),
  whole("a binary ack nobody asked for", `461-12345[${place(0)}]`, undefined, attachment(1)),
  whole("a pong between text and attachment", `451-["message",${place(0)}]`, `451-["message-back",${place(0)}]`,
    text("3"), attachment(1)),
  { ...echoed("a placeholder twice", `${place(0)},${place(0)}`, `${place(0)},${place(0)}`, attachment(1)),
    ours: "sends the bytes twice there" },
  echoed("a placeholder with members in it", `{"a":1,"num":0,"_placeholder":true}`, place(0), attachment(1)),
  echoed("attachments in another order", `${place(1)},${place(0)}`, `${place(0)},${place(1)}`, attachment(1), attachment(2)),
  echoed("_placeholder that is false is data", `{"_placeholder":false,"num":9},${place(0)}`, `{"_placeholder":false,"num":9},${place(0)}`,
    attachment(1)),
];

export const packets = [
  ...["", "x", "9", "7", "2", "2probe", "4", "49", "47", "4a", "\x1e", "4\x1e"].map((p) => packet(`packet ${JSON.stringify(p)}`, p)),
  ...["42[", "42[1", '42["echo"', '42["a",]', "42{}", "42[]", "42[null]", "42[{}]", "42[true]", '42"x"', "42nonsense", "42[1]x",
    '42["a\x1eb"]', '42["noop"]\x1e42["noop"]', "42['noop']", '42["\\x41"]', '42["a",01]', '42["a",NaN]', '42["a",1e]',
    "41{}", "41[1]", "40/custom,[1]", '40/custom,"x"', "40/custom,{", "43{}", '431"x"', "42-1[1]", '42/,["echo"]x', "45",
    "45-[]", "45x-[]", '45["x"]', '4511-["x"]', '46["x"]'].map((p) =>
    packet(`packet ${JSON.stringify(p)}`, p)),
  packet("a space before the ack id", '42 1["echo"]', { ours: "Number(' ') is 0 there" }),
  ...["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"].flatMap((name) => [
    packet(`the reserved event ${name}`, `42["${name}"]`),
    packet(`the reserved event ${name}, escaped`, `42["\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}"]`),
  ]),
  packet("200,000 arrays in each other", nested(200_000, "[", "]"), deeper),
  packet("200,000 arrays in each other in an ack", `431${"[".repeat(200_000)}${"]".repeat(200_000)}`, deeper),
  packet("200,000 arrays in each other in CONNECT", `40/custom,{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`, deeper),
  packet("100,000 arrays in each other", nested(100_000, "[", "]"), deeper),
  packet("100,000 objects in each other", nested(100_000, '{"a":', "}"), deeper),
  packet("900,000 brackets that are never closed", `42["message",${"[".repeat(900_000)}`),
  packet("a namespace of 100,000 bytes", `40/${"n".repeat(100_000)},`, { ours: "Invalid namespace there" }),
  packet("an event name of 100,000 bytes", `42["${"n".repeat(100_000)}"]`, { ours: "no bound there" }),
  fine("100 arrays in each other are fine", nested(100, "[", "]"), nested(100, "[", "]").replace('"message"', '"message-back"')),
  ...['{"_placeholder":true,"num":0}', '{"_placeholder":true,"num":"splice"}', '{"_placeholder":true,"num":1e9}', '{"_placeholder":true}',
    '[{"_placeholder":true,"num":-1}]'].map((fake) =>
    fine(`${fake} in a plain event is data`, `42["message",${fake}]`, `42["message-back",${fake}]`)),
  fine("the text _placeholder is data", '42["message","_placeholder"]', '42["message-back","_placeholder"]'),
  fine("__proto__ is data", '42["message",{"__proto__":{"a":1}}]', '42["message-back",{"__proto__":{"a":1}}]'),
  fine("an ack id of 400 zeros", `42${"0".repeat(400)}["echo",1]`, `43${"0".repeat(400)}[1]`, { ours: "0 there" }),
  { stage: "joined", name: "an answer with an id of 400 digits", send: text(`43${"9".repeat(400)}[1]`), lives: true },
  fine("an ack id of 400 digits", `42${"9".repeat(400)}["echo",1]`, `43${"9".repeat(400)}[1]`, { ours: "Infinity there" }),
  ...binaryPackets,
  { stage: "joined", name: "an event named error is one like any other", send: text('42["error",{"message":"x"}]'), lives: true },
  { stage: "joined", name: "an event without data", send: text("42"), lives: true },
  { stage: "joined", name: "an ack nobody asked for", send: text("43123456[1]"), lives: true },
  { stage: "joined", name: "an ack without data", send: join(text("43"), text("431")), lives: true },
  { stage: "joined", name: "Engine.IO's upgrade and noop packets", send: join(text("5"), text("6")), lives: true },
];

#!/usr/bin/env python3
"""What polling and TLS cost, ours and the official server in turn, on this machine.

    transports.py [--pushmesh build/release/bin/pushmesh] [--sessions 5000] [--seconds 5] [--runs 3]

Prints as a table, medians of the runs: user memory (RssAnon) of an idle polling session with its GET
held, of a joined WebSocket without and with TLS; requests per second of 50 sessions that poll (POST of
an event, GET of its acknowledgement) and the server's processor time for a million of them; processor
time for a million echoes of 200 bytes over WebSockets without and with TLS, and for a thousand
connects of each. Needs npm ci in tests/e2e.
"""
import argparse, os, pathlib, resource, selectors, signal, socket, ssl, statistics, subprocess, tempfile, time

root = pathlib.Path(__file__).resolve().parents[2]
PATH = "/socket.io/?EIO=4&transport="
HEAD = "Host: 127.0.0.1\r\n"
UPGRADE = (f"GET {PATH}websocket HTTP/1.1\r\n{HEAD}Upgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode()


def status_of(pid, field):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(field):
            return int(line.split()[1]) * 1024


def cpu_of(pid):
    """Processor seconds, of all threads."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Node:
    """A server under test: its port, and what it used."""

    def __init__(self, command, certificate):
        flags = [str(f) for f in certificate] if certificate else []
        if command[0] != "node" and certificate:
            flags = ["--tls-cert", flags[0], "--tls-key", flags[1]]
        self.child = subprocess.Popen(command + flags, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.tls = ssl.create_default_context(cafile=certificate[0]) if certificate else None
        for line in self.child.stdout:
            if line.startswith("listening on"):
                self.port = int(line.rsplit(":", 1)[1])
                return
        raise SystemExit(f"{command[0]} did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()

    def connect(self, n=0):
        s = socket.socket()
        s.bind((f"127.0.1.{1 + n % 16}", 0))
        s.connect(("127.0.0.1", self.port))
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.tls.wrap_socket(s, server_hostname="127.0.0.1") if self.tls else s

    def cpu(self):
        return cpu_of(self.child.pid)

    def memory(self):
        time.sleep(2)  # what the connects left behind is freed by now
        return status_of(self.child.pid, "RssAnon")


def until(s, end):
    got = b""
    while end not in got:
        more = s.recv(65536)
        if not more:
            raise SystemExit(f"closed: {got!r}")
        got += more
    return got


def frame(text):
    data = text.encode()
    size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
    return b"\x81" + size + b"\0\0\0\0" + data


def websocket(node, n=0):
    s = node.connect(n)
    s.sendall(UPGRADE)
    until(s, b"maxPayload")
    s.sendall(frame("40"))
    until(s, b'40{"sid"')
    return s


def post(sid, body):
    return (f"POST {PATH}polling&sid={sid} HTTP/1.1\r\n{HEAD}Content-Type: text/plain;charset=UTF-8\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


def poll(sid):
    return f"GET {PATH}polling&sid={sid} HTTP/1.1\r\n{HEAD}\r\n".encode()


def polling(node, n=0):
    """A session that joined, and its connection."""
    s = node.connect(n)
    s.sendall(f"GET {PATH}polling HTTP/1.1\r\n{HEAD}\r\n".encode())
    sid = until(s, b"maxPayload").split(b'"sid":"')[1].split(b'"')[0].decode()
    s.sendall(post(sid, "40"))
    until(s, b"\r\n\r\nok")
    s.sendall(poll(sid))
    until(s, b'40{"sid"')
    return s, sid


def idle(node, count, open_one):
    """Bytes per connection, and processor milliseconds for each to connect."""
    before, began = node.memory(), node.cpu()
    kept = [open_one(node, n) for n in range(count)]
    spent = node.cpu() - began
    used = (node.memory() - before) / count
    for s in kept:
        s.close()
    return used, spent / count * 1000


def held_poll(node, n):
    s, sid = polling(node, n)
    s.sendall(poll(sid))
    return s


def exchange(node, clients, seconds):
    """Each client sends its first message, and the next when its last answer is there; a client is
    (connection, [(message, end of its answer)...]). Messages answered, seconds, processor seconds."""
    with selectors.DefaultSelector() as ready:
        for s, steps in clients:
            s.setblocking(False)
            ready.register(s, selectors.EVENT_READ, [0, b"", steps])
        answered, began, before = 0, time.monotonic(), node.cpu()
        for s, steps in clients:
            s.send(steps[0][0])
        while time.monotonic() - began < seconds:
            for key, _ in ready.select(1):
                state = key.data
                try:
                    while True:  # of TLS, more may be there than the selector knows
                        more = key.fileobj.recv(65536)
                        if not more:
                            raise SystemExit("closed under load")
                        state[1] += more
                except (BlockingIOError, ssl.SSLWantReadError):
                    pass
                if state[2][state[0]][1] in state[1]:
                    answered += 1
                    state[0], state[1] = (state[0] + 1) % len(state[2]), b""
                    key.fileobj.send(state[2][state[0]][0])
        return answered, time.monotonic() - began, node.cpu() - before


def polling_load(node, seconds):
    clients = []
    for n in range(50):
        s, sid = polling(node, n)
        clients.append((s, [(post(sid, '421["echo","x"]'), b"\r\n\r\nok"), (poll(sid), b'431["x"]')]))
    requests, took, spent = exchange(node, clients, seconds)
    return requests / took, spent / requests * 1e6


def echo_load(node, seconds):
    value = "x" * 200
    clients = [(websocket(node, n), [(frame(f'421["echo","{value}"]'), f'431["{value}"]'.encode())]) for n in range(50)]
    echoes, _, spent = exchange(node, clients, seconds)
    return spent / echoes * 1e6


def measure(command, certificate, a):
    row = {}
    with Node(command, None) as node:
        row["polling session, idle (bytes)"], _ = idle(node, a.sessions, held_poll)
    with Node(command, None) as node:
        row["WebSocket, idle (bytes)"], row["connect (CPU ms)"] = idle(node, a.sessions, websocket)
    with Node(command, certificate) as node:
        row["WebSocket over TLS, idle (bytes)"], row["connect over TLS (CPU ms)"] = idle(node, a.sessions, websocket)
    with Node(command, None) as node:
        row["polling requests per second"], row["CPU s per million polling requests"] = polling_load(node, a.seconds)
    with Node(command, None) as node:
        row["CPU s per million echoes"] = echo_load(node, a.seconds)
    with Node(command, certificate) as node:
        row["CPU s per million echoes over TLS"] = echo_load(node, a.seconds)
    row["TLS / plain, CPU per echo"] = row["CPU s per million echoes over TLS"] / row["CPU s per million echoes"]
    return row


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--pushmesh", default=root / "build/release/bin/pushmesh", type=pathlib.Path)
    p.add_argument("--sessions", type=int, default=5000)
    p.add_argument("--seconds", type=float, default=5)
    p.add_argument("--runs", type=int, default=3)
    a = p.parse_args()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    ours = [str(a.pushmesh), "serve", "--demo", "--listen", "127.0.0.1:0", "--shards", "1", "--ping-interval", "1h",
            "--ping-timeout", "1h", "--keep-alive-timeout", "1h"]
    servers = {"pushmesh": ours, "socket.io": ["node", str(root / "tests/bench/official_echo.mjs")]}
    with tempfile.TemporaryDirectory() as folder:
        certificate = [pathlib.Path(folder, "cert.pem"), pathlib.Path(folder, "key.pem")]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-out", certificate[0], "-keyout",
                        certificate[1]], check=True, stderr=subprocess.DEVNULL)
        rows = {name: [] for name in servers}
        for _ in range(a.runs):
            for name, command in servers.items():
                rows[name].append(measure(command, certificate, a))
    print(f"| median of {a.runs} | " + " | ".join(rows) + " |")
    print("| --- |" + " --- |" * len(rows))
    for what in rows["pushmesh"][0]:
        values = [statistics.median(row[what] for row in of) for of in rows.values()]
        print(f"| {what} | " + " | ".join(f"{v:,.2f}" if v < 100 else f"{v:,.0f}" for v in values) + " |")


if __name__ == "__main__":
    main()

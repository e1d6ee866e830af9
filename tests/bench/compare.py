#!/usr/bin/env python3
"""Measures a server beside the floor of this machine, in turn: A B A B ...

    compare.py --limit PATH --swarm PATH --server "PATH ARGS" [--conns 15000] [--runs 5]

`limit` is a bare epoll loop with one send() per socket, `swarm` a mass client; both are given as
programs. The server is the conformance app (its event `broadcast` publishes); `{port}` in its
command is replaced. Prints one line per run and the medians with their spread.
"""
import argparse, base64, json, os, shlex, signal, socket, statistics, struct, subprocess, sys, time


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_listening(port, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"nothing listens on {port}")


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def user_memory(pid):
    """Anonymous resident bytes: what the process itself uses, without its program and libraries."""
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("RssAnon"):
            return int(line.split()[1]) * 1024


class SocketIoPublisher:
    """Just enough of a Socket.IO client to emit `broadcast` on the conformance app."""

    def __init__(self, port):
        self.s = socket.create_connection(("127.0.0.1", port))
        key = base64.b64encode(os.urandom(16)).decode()
        self.s.sendall((f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n").encode())
        self.s.recv(65536)
        self.text("40")
        self.s.settimeout(0.2)

    def text(self, t):
        data = t.encode()
        size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
        self.s.sendall(b"\x81" + size + b"\0\0\0\0" + data)

    def publish(self, args):
        self.text("42" + json.dumps(["broadcast", "bench"] + args, separators=(",", ":")))
        try:
            if b"2" in self.s.recv(65536):   # a ping may be among what arrived
                self.text("3")
        except TimeoutError:
            pass


class LimitPublisher:
    def __init__(self, port):
        self.port = port

    def publish(self, args):
        body = json.dumps(["bench"] + args, separators=(",", ":"))
        with socket.create_connection(("127.0.0.1", self.port)) as s:
            s.sendall(f"POST /publish HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
            s.recv(1024)


class Swarm:
    def __init__(self, program, port, conns, rate):
        command = [program, "--url", f"127.0.0.1:{port}", "--conns", str(conns), "--control", "--quiet"]
        if rate:
            command += ["--rate", str(rate)]
        self.p = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def read(self, tag):
        for line in self.p.stdout:
            answer = json.loads(line)
            if answer["tag"] == tag:
                return answer
        raise SystemExit("the client load ended early")

    def ask(self, command, tag):
        print(command, file=self.p.stdin, flush=True)
        return self.read(tag)

    def quit(self):
        print("quit", file=self.p.stdin, flush=True)
        self.p.wait(30)


def measure(kind, command, a):
    port = free_port()
    server = subprocess.Popen(shlex.split(command.replace("{port}", str(port))), stdout=subprocess.DEVNULL)
    try:
        wait_listening(port)
        time.sleep(0.3)
        empty = user_memory(server.pid)
        swarm = Swarm(a.swarm, port, a.conns, a.rate)
        ready = swarm.read("ready")
        time.sleep(1.0)
        memory = (user_memory(server.pid) - empty) / max(ready["live"], 1)
        publisher = (LimitPublisher if kind == "limit" else SocketIoPublisher)(port)
        for warm in range(2):
            publisher.publish([time.monotonic_ns() // 1000, 60000 + warm, "x" * a.size])
            time.sleep(a.interval)
        swarm.ask("reset", "reset")
        before = cpu_seconds(server.pid)
        for n in range(a.broadcasts):
            began = time.monotonic()
            publisher.publish([time.monotonic_ns() // 1000, n, "x" * a.size])
            time.sleep(max(0, a.interval - (time.monotonic() - began)))
        used = cpu_seconds(server.pid) - before
        stats = swarm.ask("stats", "stats")
        after = (user_memory(server.pid) - empty) / max(ready["live"], 1)
        row = {"kind": kind, "live": ready["live"], "errors": ready["errors"], "drops": stats["drops"],
               "connects_per_s": ready["connect_rate"], "bytes_per_conn": memory, "bytes_per_conn_after": after,
               "cpu_s_per_million": used / max(stats["msgs"], 1) * 1e6, "msgs": stats["msgs"],
               "completion_p50_ms": stats["completion"]["p50"], "completion_max_ms": stats["completion"]["max"],
               "latency_p99_ms": stats["lat"]["p99"], "full": stats["broadcasts_full"]}
        if a.rtt:
            swarm.ask("reset", "reset")
            swarm.ask(f"rtt 200 3 {64}", "rtt")
            time.sleep(4)
            row["rtt_p99_ms"] = swarm.ask("stats", "stats")["rtt"]["p99"]
        swarm.quit()
        return row
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--limit", required=True)
    p.add_argument("--swarm", required=True)
    p.add_argument("--server", required=True)
    p.add_argument("--conns", type=int, default=15000)
    p.add_argument("--runs", type=int, default=5)
    p.add_argument("--rate", type=int, default=0, help="connects per second, 0: as fast as possible")
    p.add_argument("--broadcasts", type=int, default=20)
    p.add_argument("--interval", type=float, default=0.5)
    p.add_argument("--size", type=int, default=100)
    p.add_argument("--rtt", action="store_true")
    a = p.parse_args()
    rows = []
    for _ in range(a.runs):
        for kind, command in (("limit", a.limit + " --port {port}"), ("server", a.server)):
            rows.append(measure(kind, command, a))
            print(json.dumps(rows[-1]), flush=True)
    print(f"\n{'':24}{'limit':>12}{'server':>12}{'ratio':>8}   spread of the server")
    for key in [k for k in rows[0] if isinstance(rows[0][k], (int, float))]:
        limit = [r[key] for r in rows if r["kind"] == "limit"]
        ours = [r[key] for r in rows if r["kind"] == "server"]
        m, o = statistics.median(limit), statistics.median(ours)
        ratio = f"{o / m:8.2f}" if m else "       -"
        print(f"{key:24}{m:12.2f}{o:12.2f}{ratio}   {min(ours):.2f} .. {max(ours):.2f}")


if __name__ == "__main__":
    main()

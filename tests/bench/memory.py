#!/usr/bin/env python3
"""User memory of a server per idle connection, with a bare request head and with a browser's.

    memory.py --server "PATH ARGS" [--connections 15000] [--ca FILE]

`{port}` in the command is replaced. With --ca the clients speak TLS and trust that CA. Prints the growth of anonymous resident memory per connection
after every client has joined the namespace `/`.
"""
import argparse, resource, shlex, signal, socket, ssl, subprocess, time

BARE = ["Host: 127.0.0.1"]
BROWSER = [
    "Host: push.example.com", "Pragma: no-cache", "Cache-Control: no-cache",
    "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Origin: https://www.example.com", "Accept-Encoding: gzip, deflate, br, zstd",
    "Accept-Language: en-GB,en-US;q=0.9,en;q=0.8,de;q=0.7",
    "Cookie: session=3f2b8c1d5e6a7980b1c2d3e4f5061728; theme=dark; consent=analytics%3Dno%26ads%3Dno",
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def anonymous(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("RssAnon"):
            return int(line.split()[1]) * 1024


def measure(command, head, connections, ca):
    port = free_port()
    server = subprocess.Popen(shlex.split(command.replace("{port}", str(port))), stdout=subprocess.PIPE, text=True)
    clients = []
    tls = ssl.create_default_context(cafile=ca) if ca else None
    try:
        while not server.stdout.readline().startswith("listening on"):
            pass
        before = anonymous(server.pid)
        request = ("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n" + "\r\n".join(head) +
                   "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode()
        for n in range(connections):
            s = socket.socket()
            s.bind((f"127.0.1.{1 + n % 16}", 0))
            s.connect(("127.0.0.1", port))
            if tls:
                s = tls.wrap_socket(s, server_hostname="127.0.0.1")
            s.sendall(request)
            clients.append(s)
        for s in clients:
            answer = b""
            while b"maxPayload" not in answer:
                answer += s.recv(4096)
            s.sendall(b"\x81\x82\0\0\0\x0040")
        for s in clients:
            while b'40{"sid"' not in s.recv(4096):
                pass
        time.sleep(1)   # what the connects left behind is freed by now
        return (anonymous(server.pid) - before) / connections
    finally:
        for s in clients:
            s.close()
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--server", required=True)
    p.add_argument("--connections", type=int, default=15000)
    p.add_argument("--ca")
    a = p.parse_args()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    for name, head in (("bare", BARE), ("browser", BROWSER)):
        print(f"{name:8} head: {measure(a.server, head, a.connections, a.ca):.0f} bytes per connection", flush=True)


if __name__ == "__main__":
    main()

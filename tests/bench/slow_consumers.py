#!/usr/bin/env python3
"""What clients that never read cost the others: the same load with and without them, in turn.

    slow_consumers.py --pushmesh PATH [--connections 15000] [--stall 10%] [--runs 3] [--seconds 50]

Starts `pushmesh serve --demo` with a memory limit of 256 MiB, sends 1 KiB broadcasts to all, and prints
for each run the p99 of the clients that read, the node's largest resident size, how many stalled
clients it closed and how many of them as slow consumers (the rest did not answer a ping).

The buffers of the kernel hold about 192 messages per client (64 KiB of the reader's, 128 KiB of ours): 29 s
at one every 150 ms; then the queue ages. --max-queue-age below the default lets that happen within a run and
before the ping. One every 100 ms is all that two cores can carry here, clients included: beyond what the
machine can do, a p99 tells how far behind it is, not what a slow client costs.

Virtual machines that give free memory back to their host (page_reporting) make the first touch of a page ten
times as slow. The kernel's buffers of 1,500 blocked clients are 300 MiB of such pages: a node on such a machine
spends 28 % of its time in _copy_from_iter, and a p99 tells about the host. So this program holds touched memory
and gives it free at the rate at which the buffers fill, with and without stalled clients.
"""
import argparse, json, mmap, re, signal, socket, statistics, subprocess, threading, urllib.request


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def metric(port, name):
    text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10).read().decode()
    return sum(float(v) for v in re.findall(rf"^{name}(?:\{{[^}}]*\}})? ([0-9.e+]+)$", text, re.M))


def peak_resident(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", open(f"/proc/{pid}/status").read()).group(1)) * 1024


class WarmMemory:
    """Pages the host has given already, handed to the kernel's free lists bit by bit until close()."""

    def __init__(self, seconds, size=512 << 20, step=1 << 20):
        self.memory, self.ended = mmap.mmap(-1, size), threading.Event()
        for page in range(0, size, mmap.PAGESIZE):
            self.memory[page] = 1
        self.giver = threading.Thread(target=self.give, args=(size, step, seconds * step / size))
        self.giver.start()

    def give(self, size, step, pause):
        for at in range(0, size, step):
            if self.ended.wait(pause):
                return
            self.memory.madvise(mmap.MADV_DONTNEED, at, step)

    def close(self):
        self.ended.set()
        self.giver.join()
        self.memory.close()


def run(a, stall):
    port, internal = free_port(), free_port()
    node = subprocess.Popen([a.pushmesh, "serve", "--demo", "--listen", f"127.0.0.1:{port}", "--internal-listen",
                             f"127.0.0.1:{internal}", "--memory-limit", "256MiB", "--max-queue-age", a.max_queue_age,
                             "--log-level", "warn"],
                            stdout=subprocess.PIPE, text=True)
    try:
        while not node.stdout.readline().startswith("listening on"):
            pass
        bench = [a.pushmesh, "bench", "--url", f"127.0.0.1:{port}", "--connections", str(a.connections), "--size", "1KiB",
                 "--broadcast-every", a.every, "--duration", f"{a.seconds}s", "--json", "--quiet"]
        if stall:
            bench += ["--stall", a.stall]
        warm = WarmMemory(a.seconds)
        report = json.loads(subprocess.run(bench, stdout=subprocess.PIPE, text=True).stdout)
        warm.close()
        return {"stalled": stall, "p99_ms": report["latency_ms"]["p99"], "dropped": report["dropped"],
                "stalled_closed": report["stalled_closed"], "peak_rss_mib": peak_resident(node.pid) / 2**20,
                "closed_as_slow": metric(internal, "pushmesh_slow_consumers_total") +
                                  metric(internal, "pushmesh_overload_closed_total")}
    finally:
        node.send_signal(signal.SIGTERM)
        node.wait(15)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--pushmesh", required=True)
    p.add_argument("--connections", type=int, default=15000)
    p.add_argument("--stall", default="10%")
    p.add_argument("--every", default="150ms")
    p.add_argument("--runs", type=int, default=3)
    p.add_argument("--seconds", type=int, default=50)
    p.add_argument("--max-queue-age", default="5s")
    a = p.parse_args()
    rows = []
    for _ in range(a.runs):
        for stall in (False, True):
            rows.append(run(a, stall))
            print(json.dumps(rows[-1]), flush=True)
    without = statistics.median(r["p99_ms"] for r in rows if not r["stalled"])
    with_them = statistics.median(r["p99_ms"] for r in rows if r["stalled"])
    print(f"median p99 without {without:.1f} ms, with {with_them:.1f} ms: {with_them / without:.2f} x")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Runs the fuzzers, each on its corpus, and says how much each did.

    run.py [--bin build/fuzz/bin] [--seconds 20 | --cpu-seconds 600] [--jobs 2] [NAME...]

NAME is part of a target's name; without one all run. --seconds is time on the clock,
--cpu-seconds processor time of each target, however busy the machine is. Inputs found stay in
build/fuzz/corpus, what failed goes to build/fuzz/findings, the output to build/logs. The exit code
is 0 when nothing was found.
"""
import argparse, concurrent.futures, math, os, pathlib, re, subprocess, sys

root = pathlib.Path(__file__).resolve().parents[2]
logs, found = root / "build/logs", root / "build/fuzz/findings"


def run_once(target, seconds, patience, log):
    """The exit code, processor seconds and inputs of one run."""
    corpus = root / "build/fuzz/corpus" / target.name
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = root / "tests/fuzz/corpus" / target.name
    command = [target, f"-max_total_time={seconds}", f"-timeout={patience}", "-rss_limit_mb=1024", "-print_final_stats=1",
               f"-artifact_prefix={found}/{target.name}-", corpus] + ([seeds] if seeds.is_dir() else [])
    with open(log, "w") as out:
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=root)
        _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    inputs = re.search(r"^stat::number_of_executed_units: *(\d+)", log.read_text(errors="replace"), re.M)
    return child.returncode, used.ru_utime + used.ru_stime, int(inputs[1]) if inputs else 0


def run(target, wanted):
    log = logs / f"fuzz-{target.name}.log"
    cpu = inputs = 0
    patience = 5 if wanted.cpu_seconds is None else 60  # for one input, on the clock: the machine may be busy
    while True:
        left = wanted.seconds if wanted.cpu_seconds is None else math.ceil(wanted.cpu_seconds - cpu)
        code, used, done = run_once(target, max(left, 1), patience, log)
        cpu, inputs = cpu + used, inputs + done
        if code != 0:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-60:])
            return False, f"{target.name} FAILED (exit code {code}):\n{tail}"
        if wanted.cpu_seconds is None or cpu >= wanted.cpu_seconds:
            return True, f"{target.name}: {inputs} inputs, {cpu:.0f} s of processor time"


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("names", metavar="NAME", nargs="*")
    p.add_argument("--bin", default=root / "build/fuzz/bin", type=pathlib.Path)
    p.add_argument("--seconds", type=int, default=20)
    p.add_argument("--cpu-seconds", type=int)
    p.add_argument("--jobs", type=int, default=2)
    wanted = p.parse_args()
    targets = [t for t in sorted(wanted.bin.resolve().glob("*_fuzz"))
               if not wanted.names or any(name in t.name for name in wanted.names)]
    if not targets:
        sys.exit("no fuzz target was built")
    for folder in (logs, found):
        folder.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(wanted.jobs) as pool:
        jobs = [pool.submit(run, target, wanted) for target in targets]
        failures = 0
        for done in concurrent.futures.as_completed(jobs):
            passed, text = done.result()
            failures += not passed
            print(text, flush=True)
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()

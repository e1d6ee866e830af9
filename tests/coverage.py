#!/usr/bin/env python3
"""Lines of net/protocol that its unit tests run.

    coverage.py [--least 95]

Builds unit_protocol with gcov in build/coverage, runs it and prints each file with the lines that
were not run. The exit code is 1 when fewer than --least percent of all lines were.
"""
import argparse, collections, gzip, json, pathlib, subprocess, sys, tempfile

root = pathlib.Path(__file__).resolve().parents[1]
build = root / "build/coverage"
folder = "net/protocol/"


def run(*command, **how):
    subprocess.run(command, check=True, **how)


def counts():
    """{file: {line: times run}}, over all objects of the library and its tests: headers are in many."""
    lines = collections.defaultdict(collections.Counter)
    notes = [str(n) for n in build.glob("CMakeFiles/*protocol.dir/**/*.gcda")]
    with tempfile.TemporaryDirectory() as work:
        run("gcov", "--json-format", "--preserve-paths", *notes, cwd=work, stdout=subprocess.DEVNULL)
        for report in pathlib.Path(work).glob("*.gcov.json.gz"):
            for file in json.load(gzip.open(report))["files"]:
                path = pathlib.Path(file["file"])
                name = str(path.relative_to(root)) if path.is_relative_to(root) else ""
                if not name.startswith(folder):
                    continue
                for line in file["lines"]:
                    lines[name][line["line_number"]] += line["count"]
    return lines


def ranges(numbers):
    """[3, 4, 5, 9] as "3-5, 9"."""
    parts = []
    for n in sorted(numbers):
        if parts and parts[-1][1] == n - 1:
            parts[-1][1] = n
        else:
            parts.append([n, n])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--least", type=float, default=95)
    least = p.parse_args().least
    run("cmake", "-S", root, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
        "-DCMAKE_CXX_FLAGS_DEBUG=-O0 -g1 --coverage -fprofile-abs-path -fprofile-update=atomic",
        "-DPUSHMESH_PCH=OFF", stdout=subprocess.DEVNULL)
    run("cmake", "--build", build, "--target", "unit_protocol")
    for old in build.glob("**/*.gcda"):
        old.unlink()
    run(build / "bin/unit_protocol", cwd=root)
    total = missed_in_all = 0
    for name, lines in sorted(counts().items()):
        missed = [line for line, times in lines.items() if times == 0]
        total, missed_in_all = total + len(lines), missed_in_all + len(missed)
        print(f"{name:50} {100 * (1 - len(missed) / len(lines)):5.1f} %  {ranges(missed)}")
    percent = 100 * (1 - missed_in_all / total)
    print(f"{folder}: {total - missed_in_all} of {total} lines, {percent:.1f} %")
    sys.exit(percent < least)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Checks that the repository keeps the layout its documents describe (see README.md, "Layout").

Prints one line per violation, "file:line: what is wrong", and exits with 1 when there is any; warnings
alone do not fail. Needs nothing but Python's standard library and git.
"""
import fnmatch
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Floors from the bottom up: none includes one that stands further right.
FLOORS = ["net", "actors", "cluster"]

# Third-party header (prefix) -> folders of ours that may include it.
LIBRARIES = {
    "boost/asio": ["net/transport/", "net/redis/", "actors/", "cluster/node/", "examples/"],
    "boost/beast": ["net/transport/"],
    "boost/smart_ptr": ["net/transport/"],
    "boost/system": ["net/transport/", "net/redis/", "actors/", "cluster/node/"],
    "openssl/": ["net/", "cluster/link/certificate_check.cpp"],
    "hiredis/": ["net/redis/"],
    "msgpack": ["net/protocol/bridge/*.cpp"],
    "tl/": ["net/", "actors/", "cluster/"],
    "rapidjson/": ["net/", "actors/api/*.cpp"],
    "caf/": ["actors/", "cluster/"],
    "spdlog/": ["net/", "actors/", "cluster/"],
    "fmt/": ["net/", "actors/", "cluster/"],
    "toml++/": ["cluster/node/"],
    "CLI/": ["cluster/node/"],
    "prometheus/": ["cluster/node/"],
}
# What files in tests/ may include. The codecs' tests and fuzzers link the codecs alone.
TEST_LIBRARIES = ["doctest/", "benchmark/", "boost/", "openssl/", "caf/", "tl/", "spdlog/",
                  "rapidjson/", "CLI/", "toml++/", "prometheus/"]
CODEC_TESTS = ("tests/unit/protocol/", "tests/fuzz/")
CODEC_TEST_LIBRARIES = ["doctest/", "tl/", "rapidjson/"]
# Headers of the system, and our own as users spell them.
SYSTEM_FOLDERS = ["sys/", "netinet/", "arpa/", "net/if", "linux/", "pushmesh/"]

# A public header of the folder -> third-party headers it may include all the same.
PUBLIC_EXCEPTIONS = {"actors/api/asio.hpp": "boost/asio", "cluster/node/socket_handle.hpp": "caf/",
                     "actors/messages/socket_messages.hpp": "caf/"}

SOURCES = (".hpp", ".cpp", ".py", ".sh", ".mjs", ".js", ".cmake", ".html", ".css")
MAX_LINES, MANY_LINES = 600, 400

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')
# A row of the table of facts in docs/protocol.md: number, fact, suites, file: title.
FACT = re.compile(r"^\| (\d+) \| .* \| (\w+): (.+) \|$")
# The title of a test: fact() puts the version it is about before it.
TEST_TITLE = re.compile(r'\b(test|fact)\(\s*(["`])(.+?)\2')
# A row of a table that tests are made of.
TITLE_ROW = re.compile(r'^  \["([^"]+)", ', re.M)
# What a document calls a file: a path from the root, or a bare name with an extension of ours.
NAMED_FILE = re.compile(
    r"\b((?:net|actors|cluster|tests|examples|deploy|cmake|docs)/[\w./-]*\w|\w+\.(?:hpp|cpp))")

problems = []
warnings = []


def complain(path, line, text):
    problems.append(f"{path}:{line}: {text}")


def tracked_files():
    """Files git knows or would add, relative to the root."""
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(name for name in set(listing.split("\0")) if name and (ROOT / name).is_file())


def read_lines(path):
    return (ROOT / path).read_text(encoding="utf-8", errors="replace").splitlines()


def includes(path):
    """(line number, bracket, header) of each include."""
    for number, line in enumerate(read_lines(path), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match[1], match[2]


def public_headers():
    """The list in cmake/PublicApi.cmake, patterns expanded as CMake does."""
    text = (ROOT / "cmake/PublicApi.cmake").read_text()
    patterns = re.search(r"set\(PUSHMESH_PUBLIC_HEADERS\s+([^)]*)\)", text)[1].split()
    headers = set()
    for pattern in patterns:
        found = {str(p.relative_to(ROOT)) for p in ROOT.glob(pattern)}
        if not found:
            complain("cmake/PublicApi.cmake", 1, f"public header {pattern} does not exist")
        headers |= found
    return headers


def floor_of(path):
    folder = path.split("/", 1)[0]
    return FLOORS.index(folder) if folder in FLOORS else None


def in_folder(path, folder):
    return fnmatch.fnmatch(path, folder) if "*" in folder else path.startswith(folder)


def check_floors(path):
    floor = floor_of(path)
    for number, bracket, header in includes(path):
        target = floor_of(header) if bracket == '"' else None
        if floor is not None and target is not None and target > floor:
            complain(path, number, f"{FLOORS[floor]}/ must not include {FLOORS[target]}/ ({header})")
        if path.startswith("examples/") and target is not None:
            complain(path, number, f"examples use the public API only: <pushmesh/...>, not {header}")
        if bracket == '"' and target is not None and not (ROOT / header).is_file():
            complain(path, number, f"{header} does not exist")


def check_libraries(path):
    for number, bracket, header in includes(path):
        third_party = "/" in header or header.endswith((".hpp", ".hh"))
        if bracket == '"' or not third_party or header.startswith(tuple(SYSTEM_FOLDERS)):
            continue
        if path.startswith("tests/"):
            codec_test = path.startswith(CODEC_TESTS)
            if not header.startswith(tuple(CODEC_TEST_LIBRARIES if codec_test else TEST_LIBRARIES)):
                complain(path, number, f"<{header}>: not among the libraries of this test")
            continue
        known = [library for library in LIBRARIES if header.startswith(library)]
        if not known:
            complain(path, number, f"<{header}>: not in the table of tests/layout_check.py")
        elif not any(in_folder(path, folder) for folder in LIBRARIES[known[0]]):
            complain(path, number,
                     f"<{header}> belongs in {', '.join(LIBRARIES[known[0]])} only")


def check_public(path, public):
    for number, bracket, header in includes(path):
        if bracket == '"':
            if floor_of(header) is not None and header not in public:
                complain(path, number, f"a public header includes {header}, which is not installed")
        elif "/" in header and not header.startswith(tuple(SYSTEM_FOLDERS)):
            allowed = [prefix for pattern, prefix in PUBLIC_EXCEPTIONS.items()
                       if fnmatch.fnmatch(path, pattern)]
            if not header.startswith(tuple(allowed)):
                complain(path, number, f"a public header includes third-party <{header}>")


def check_length(path):
    lines = len(read_lines(path))
    if lines > MAX_LINES:
        complain(path, lines, f"{lines} lines; more than {MAX_LINES} are not accepted: split it")
    elif lines > MANY_LINES:
        warnings.append(f"{path}: {lines} lines; would two files read better?")


def check_named_files(document, files):
    """Every file the document names exists: the story is told by file names."""
    names = {pathlib.PurePath(name).name for name in files}
    for number, line in enumerate(read_lines(document), 1):
        for name in NAMED_FILE.findall(line):
            path = ROOT / name
            exists = path.exists() or any((ROOT / f"{name}{end}").exists() for end in (".hpp", ".cpp"))
            if not exists and not ("/" not in name and name in names):
                complain(document, number, f"names {name}, which does not exist")


def test_titles(path):
    """Titles of the tests in the file, those made of a table's rows written out."""
    text = (ROOT / path).read_text()
    titles = set()
    for match in TEST_TITLE.finditer(text):
        title = match[3]
        if title.count("${") == 1 and "${title}" in title and match[1] == "test":
            titles |= {title.replace("${title}", row) for row in TITLE_ROW.findall(text)}
        titles.add(title)
    return titles


def check_facts(document):
    """The facts of the official test suites are numbered, and each names a test that exists."""
    titles, expected = {}, 1
    for number, line in enumerate(read_lines(document), 1):
        match = FACT.match(line)
        if not match:
            continue
        if int(match[1]) != expected:
            complain(document, number, f"fact {match[1]} stands where {expected} should")
        expected += 1
        path = f"tests/e2e/{match[2]}_facts.test.mjs"
        if path not in titles:
            titles[path] = test_titles(path) if (ROOT / path).is_file() else set()
        if match[3] not in titles[path]:
            complain(document, number, f"{path} has no test \"{match[3]}\"")
    if expected == 1:
        complain(document, 1, "the table of facts is gone, or not understood")


def check_self_contained(path):
    """Nothing in the repository may need a file outside of it."""
    outside = "../" + "shared"
    for number, line in enumerate(read_lines(path), 1):
        if outside in line:
            complain(path, number, f"mentions {outside}: restate what the reader needs")


def main():
    files = tracked_files()
    public = public_headers()
    for path in files:
        if path.endswith((".hpp", ".cpp")):
            check_floors(path)
            check_libraries(path)
        if path in public:
            check_public(path, public)
        if path.endswith(SOURCES):
            check_length(path)
        check_self_contained(path)
        if path == "docs/life-of-a-message.md":
            check_named_files(path, files)
    check_facts("docs/protocol.md")

    for line in warnings:
        print(f"warning: {line}")
    for line in problems:
        print(line)
    print(f"{len(files)} files, {len(problems)} problems, {len(warnings)} warnings")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

"""Reads the documents and comments of the repository, without building anything.

- A comment line, in whatever language, and a line of prose in Markdown have at most 120 columns. Table rows, code
  blocks and the targets of links in Markdown do not count, nor does a line of a comment that only defines a link.
- A link to a file of the repository, or to a heading of a document, leads there.
- A path in backticks that begins with a folder of this repository exists.
- A name of Rust in backticks, such as `Relay::receive`, is defined somewhere in the crates.
- THREATS.md names tests by file, function and phase of tests/hostile. Each exists.

Prints a line for each fault and `N documents, N faults` last. Exit code 0 if there is none, 1 otherwise.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
WIDTH = 120
# What was, so its names need not exist any more.
HISTORY = "CHANGELOG.md"
# It describes the code, so that a type in it needs no path.
PORTRAIT = "docs/ARCHITECTURE.md"
LINK = re.compile(r"\]\(([^()\s]+)\)")
IN_BACKTICKS = re.compile(r"`([^`\s]+)`")
READ = (".md", ".rs", ".py", ".sh", ".toml", ".yaml", ".yml", ".service", ".js", ".mjs")
FOLDERS = ("crates/", "docs/", "packaging/", "tests/", "fuzz/", ".github/")


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def prose(text: str) -> Iterator[tuple[int, str]]:
    """The numbered lines of a document outside its code blocks."""
    is_code = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        elif not is_code:
            yield number, line


def width(name: str, line: str) -> int:
    """Columns; in Markdown without the targets of links."""
    line = re.sub(r"^(\[[^]]+\]:|\s*//[/!] \[[^]]+\]:).*", "", line)
    return len(LINK.sub("]", line) if name.endswith(".md") else line)


def wide_lines(name: str, text: str) -> Iterator[str]:
    if name.endswith(".md"):
        lines = [(number, line) for number, line in prose(text) if not line.lstrip().startswith("|")]
    else:
        commented = re.compile(r"\s*//" if name.endswith((".rs", ".js", ".mjs")) else r"\s*#( |$)")
        lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if commented.match(line)]
    for number, line in lines:
        if width(name, line) > WIDTH:
            yield f"{name}:{number}: {width(name, line)} columns, and {WIDTH} are the most"


def headings(text: str) -> set[str]:
    """The anchors of a document, as GitHub makes them."""
    titles = [line.lstrip("#").strip() for _, line in prose(text) if re.match("#+ ", line)]
    return {re.sub(r"[^\w\- ]", "", LINK.sub("]", title).lower()).replace(" ", "-") for title in titles}


def broken_links(name: str, text: str) -> Iterator[str]:
    for number, line in prose(text):
        for target in LINK.findall(line):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            place = (ROOT / name).parent / path if path else ROOT / name
            if not place.exists():
                yield f"{name}:{number}: no such file: {target}"
            elif anchor and place.suffix == ".md" and anchor not in headings(place.read_text()):
                yield f"{name}:{number}: no such heading: {target}"


def missing_paths(name: str, text: str) -> Iterator[str]:
    for number, line in prose(text):
        for path in IN_BACKTICKS.findall(line):
            if path.startswith(FOLDERS) and not list(ROOT.glob(path.partition("#")[0])):
                yield f"{name}:{number}: no such path: {path}"


def missing_names(name: str, text: str, rust: str) -> Iterator[str]:
    """Paths such as `Relay::receive`, of which the last part is looked for, and names such as `PortError`."""
    for number, line in prose(text):
        for word in IN_BACKTICKS.findall(line):
            if re.fullmatch(r"\w+(::\w+)+!?", word) or (name == PORTRAIT and re.fullmatch(r"([A-Z][a-z]+){2,}", word)):
                last = word.rpartition("::")[2].rstrip("!")
                if not re.search(rf"\b(fn|struct|enum|trait|type|mod|const|macro_rules!) {last}\b", rust):
                    yield f"{name}:{number}: no such name: {word}"


def missing_tests(files: list[str], rust: str) -> Iterator[str]:
    """What THREATS.md names and is not there. A function may be cut off by `…`."""
    python = "\n".join((ROOT / name).read_text() for name in files if name.startswith("tests/hostile/"))
    for number, line in prose((ROOT / "THREATS.md").read_text()):
        # The files of the name before, where that is a file: a function after it is one of theirs.
        named: list[str] = []
        for word in IN_BACKTICKS.findall(line):
            if word.endswith((".rs", ".py")):
                named = [name for name in files if f"/{name}".endswith(f"/{word}")]
                exists = bool(named)
            elif re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+){2,}…?", word):
                text = "\n".join((ROOT / name).read_text() for name in named) or rust
                exists = bool(re.search(rf"\bfn {word[:-1]}" if word.endswith("…") else rf"\bfn {word}\b", text))
            else:
                named = []
                continue
            if not exists:
                yield f"THREATS.md:{number}: no such test: {word}"
        for phases in re.findall(r"hostile: (\*[^|]*)", line):
            for phase in re.findall(r"\*([^*]+)\*", phases):
                if f'"{phase}"' not in python:
                    yield f"THREATS.md:{number}: tests/hostile has no phase {phase}"


def main() -> int:
    files = [name for name in tracked() if name.endswith(READ)]
    rust = "\n".join((ROOT / name).read_text() for name in files if name.endswith(".rs"))
    faults = list(missing_tests(files, rust))
    for name in files:
        text = (ROOT / name).read_text()
        faults += wide_lines(name, text)
        if name.endswith(".md"):
            faults += broken_links(name, text)
            if name != HISTORY:
                faults += [*missing_paths(name, text), *missing_names(name, text, rust)]
    print("\n".join([*faults, f"{len(files)} documents, {len(faults)} faults"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

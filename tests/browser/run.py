"""Compares what the reader considers visible in a mail with a browser: every HTML part of the corpus, and pages made
at random, in Debian's Chromium.

For each number of a page the browser reports whether it is shown, by its computed style and by its box. The reader must
find the numbers that are shown, and none that are hidden everywhere. An intended difference is listed in
`differences.json` with its reason, and must be removed from there when it no longer exists. No script of a mail runs,
and nothing is loaded.

Prints `N passed, N failed` last. Exit code 0 if all agree, 1 if not, 77 if there is no Chromium and it cannot be
installed.
"""

import argparse
import http.server
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))

from browser.pages import page  # noqa: E402 - the path above comes first
from support.cargo import example  # noqa: E402
from support.checks import Failed, until  # noqa: E402
from support.packages import install  # noqa: E402
from support.reports import SKIPPED  # noqa: E402
from support.serving import serving  # noqa: E402

SECONDS = 240
CORPUS = ROOT / "crates/arlo-mail/tests/corpus"
RANDOM_PAGES = 200


def chromium() -> str | None:
    """Debian's browser; installed where that is allowed."""
    if not shutil.which("chromium"):
        install("chromium")
    return shutil.which("chromium")


def parts_of(mails: list[Path]) -> list[dict]:
    """Every HTML part of these mails, as the reader decodes it, with what it considers visible."""
    command = [example("visible"), *map(str, mails)]
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return [json.loads(line) for line in printed.stdout.splitlines()]


def all_parts() -> list[dict]:
    """Those of the corpus by their names, and those made at random by their seeds."""
    with tempfile.TemporaryDirectory() as directory:
        made = [Path(directory) / f"page {seed}.eml" for seed in range(RANDOM_PAGES)]
        for seed, mail in enumerate(made):
            mail.write_text(f"From: do_not_reply@arlo.com\nContent-Type: text/html; charset=utf-8\n\n{page(seed)}")
        parts = parts_of([*sorted(CORPUS.rglob("*.eml")), *made])
    for part in parts:
        path = Path(part["file"])
        part["is_made"] = path in made
        part["name"] = path.stem if part["is_made"] else str(path.relative_to(CORPUS))
    return parts


class Pages(http.server.ThreadingHTTPServer):
    """Serves the parts to the browser and receives its judgement."""

    def __init__(self, parts: list[dict]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.parts = [part["html"].encode(errors="replace") for part in parts]
        self.judgement = None


class Handler(http.server.BaseHTTPRequestHandler):
    server: Pages

    def do_GET(self) -> None:
        if self.path == "/":
            page = f'<!DOCTYPE html><body data-count="{len(self.server.parts)}"><script src="/judge.js"></script>'
            self.answer(page.encode(), "text/html; charset=utf-8", "default-src 'self'")
        elif self.path == "/judge.js":
            self.answer((HERE / "judge.js").read_bytes(), "text/javascript", "default-src 'none'")
        elif self.path.startswith("/part/"):
            part = self.server.parts[int(self.path.removeprefix("/part/"))]
            self.answer(part, "text/html; charset=utf-8", "default-src 'none'; style-src 'unsafe-inline'")
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        self.server.judgement = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(b"", "text/plain", "default-src 'none'")

    def answer(self, body: bytes, kind: str, policy: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def judged(browser: str, parts: list[dict]) -> list[list[dict]]:
    # Processes that Chromium has started outlive it for a moment, and write into the profile.
    profiles = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with serving(Pages(parts)) as server, profiles as profile:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
        flags += ["--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"]
        flags += ["--window-size=1200,1000", f"--user-data-dir={profile}", "--remote-debugging-port=0"]
        process = subprocess.Popen(
            [browser, *flags, f"http://127.0.0.1:{server.server_port}/"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            until(lambda: server.judgement is not None, "the browser's judgement", SECONDS)
        finally:
            process.terminate()
            process.wait()
    if isinstance(server.judgement, dict):
        raise Failed(server.judgement["error"])
    return server.judgement


def difference(part: dict, numbers: list[dict]) -> str | None:
    """How the reader and the browser differ."""
    # Digits that a layout puts apart are one number to a person, and to the reader. Random pages have none.
    read = part["text"] if part["is_made"] else "".join(part["text"].split())
    shown = {number["digits"] for number in numbers if not number["why"]}
    for number in numbers:
        digits, why = number["digits"], number["why"]
        if not why and digits not in read:
            return f"{digits} is shown, and the reader considers it hidden"
        if why and digits in read and not any(digits in other for other in shown):
            return f"{digits} is hidden ({why}), and the reader considers it shown"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--verbose", action="store_true", help="show each difference with its page")
    arguments = parser.parse_args()
    browser = chromium()
    if not browser:
        print("There is no chromium here, and it cannot be installed.")
        return SKIPPED
    meant = json.loads((HERE / "differences.json").read_text())
    parts = all_parts()
    failed = 0
    seen = set()
    for part, numbers in zip(parts, judged(browser, parts), strict=True):
        name = part["name"]
        found = difference(part, numbers)
        if found:
            seen.add(name)
        if found and name not in meant:
            failed += 1
            print(f"{name}: {found}")
            if arguments.verbose:
                print(part["html"])
    for name in sorted(set(meant) - seen):
        failed += 1
        print(f"{name}: there is no difference any more; take it out of differences.json")
    print(f"{len(seen & set(meant))} differences are meant")
    print(f"{len(parts) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

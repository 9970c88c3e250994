"""Reads the metrics of a real `serve` with Prometheus's own parser, during and after a login. Where promtool is
installed, it checks them too.

Prints `N passed, N failed` last. Exit code 0 if it passed, 1 if it failed, 77 if the parser cannot be installed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import smtplib
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from support import mails  # noqa: E402 - the path above comes first
from support.checks import must, must_equal, until  # noqa: E402
from support.reports import SKIPPED, report, summary  # noqa: E402
from support.servers import Relay, direct, poll, relay  # noqa: E402
from support.venvs import Unavailable, python_of  # noqa: E402

# Prints the families as JSON: name, type, help and samples.
PARSER = """
import json, sys
from prometheus_client.parser import text_string_to_metric_families as families
read = families(sys.stdin.read())
print(json.dumps([[f.name, f.type, f.documentation, [[s.name, s.labels, s.value] for s in f.samples]] for f in read]))
"""
ACCOUNT = "casey@example.org"
TYPES = {"counter", "gauge", "histogram"}


def text_of(running: Relay) -> str:
    address = running.server.address("metrics")
    with direct.open(f"http://{address}/metrics", timeout=20) as answer:
        must_equal(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8", "its form")
        return answer.read().decode()


def families(python: Path, text: str) -> dict[str, tuple]:
    done = subprocess.run(
        [str(python), "-c", PARSER], input=text, capture_output=True, text=True, timeout=60, check=False
    )
    must_equal(done.returncode, 0, f"the parser's exit code\n{done.stderr[-2000:]}")
    return {name: (kind, about, samples) for name, kind, about, samples in json.loads(done.stdout)}


def value(found: dict[str, tuple], name: str, **labels: str) -> float:
    family = name.removesuffix("_total").removesuffix("_count")
    values = [value for sample, with_, value in found[family][2] if sample == name and with_ == labels]
    must_equal(len(values), 1, f"samples of {name}{labels}")
    return values[0]


def well_formed(found: dict[str, tuple]) -> None:
    must(len(found) > 15, sorted(found))
    for name, (kind, about, samples) in found.items():
        must(name.startswith("arlo_relay_"), name)
        must(kind in TYPES, f"{name} is a {kind}")
        must(about, f"{name} has no help")
        must(samples, f"{name} has no sample")
        if kind == "histogram":
            cumulative(name, samples)


def cumulative(name: str, samples: list) -> None:
    """Each series of a histogram grows with its bounds and ends with its count."""
    series: dict[str, list[tuple[float, float]]] = {}
    counts: dict[str, float] = {}
    for sample, labels, number in samples:
        others = json.dumps({key: text for key, text in labels.items() if key != "le"}, sort_keys=True)
        if sample == f"{name}_bucket":
            series.setdefault(others, []).append((float(labels["le"]), number))
        elif sample == f"{name}_count":
            counts[others] = number
    must_equal(series.keys(), counts.keys(), name)
    for others, buckets in series.items():
        must_equal(buckets, sorted(buckets), f"the bounds of {name}{others}")
        numbers = [number for _, number in buckets]
        must_equal(numbers, sorted(numbers), f"the buckets of {name}{others}")
        must_equal(buckets[-1], (float("inf"), counts[others]), f"the end of {name}{others}")


def send(running: Relay, to: str, raw: bytes) -> None:
    host, port = running.smtp.rsplit(":", 1)
    with smtplib.SMTP(host, int(port), timeout=20) as smtp:
        smtp.sendmail("sender@example.org", [to], raw)


def a_login_is_counted(python: Path, running: Relay) -> None:
    enrolment = running.enrol(ACCOUNT)
    before = families(python, text_of(running))
    well_formed(before)
    url = enrolment.prestage()
    answers: list[dict] = []
    waiting = threading.Thread(target=lambda: answers.append(poll(url, wait=20)))
    waiting.start()
    until(lambda: value(families(python, text_of(running)), "arlo_relay_waiting") == 1, "a call waits")
    send(running, enrolment.relay_address, mails.arlo("482913", ACCOUNT))
    waiting.join()
    must_equal(answers[0]["code"], "482913", "the code")
    send(running, enrolment.relay_address, b"From: robin@example.org\r\n\r\nhello\r\n")
    after = families(python, text_of(running))
    well_formed(after)
    for name, labels in [
        ("arlo_relay_mails_total", {"via": "smtp", "outcome": "code-delivered"}),
        ("arlo_relay_mails_total", {"via": "smtp", "outcome": "not-from-arlo"}),
        ("arlo_relay_prestages_total", {"result": "accepted"}),
        ("arlo_relay_wait_seconds_count", {"end": "answered"}),
        ("arlo_relay_answer_seconds_count", {}),
    ]:
        must_equal(value(after, name, **labels) - value(before, name, **labels), 1, f"{name}{labels}")


def promtool_is_content(promtool: str, running: Relay) -> None:
    done = subprocess.run(
        [promtool, "check", "metrics"],
        input=text_of(running),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    must_equal((done.returncode, done.stdout + done.stderr), (0, ""), "promtool check metrics")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--relay", required=True, metavar="FILE")
    binary = os.path.abspath(parser.parse_args().relay)
    try:
        python = python_of("metrics", HERE / "requirements.txt")
    except Unavailable as reason:
        print(f"SKIPPED: {reason}")
        return SKIPPED
    options = ("--metrics", "127.0.0.1:0")
    with tempfile.TemporaryDirectory() as directory, relay(binary, Path(directory), options=options) as running:
        logs = Path(directory)
        outcomes = [report("a login is counted", lambda: a_login_is_counted(python, running), logs)]
        promtool = shutil.which("promtool")
        if promtool:
            name = "promtool finds no fault"
            outcomes.append(report(name, lambda: promtool_is_content(promtool, running), logs))
        return summary(outcomes)


if __name__ == "__main__":
    sys.exit(main())

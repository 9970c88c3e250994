"""A thousand members join a real `serve`, log in and leave, and a thousand strangers without an invitation try to.

Prints a line for each and `N passed, N failed` last. Exit code 0 if both passed, 1 otherwise.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import smtplib
import sqlite3
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from support.checks import must, must_equal  # noqa: E402 - the path above comes first
from support.mails import arlo_text  # noqa: E402
from support.reports import report, summary  # noqa: E402
from support.servers import COMMAND_SECONDS, Relay, poll, relay  # noqa: E402

MANY = 1000
AT_ONCE = 16
CALL_SECONDS = 30


def call(running: Relay, method: str, path: str, body: object = None, token: str = "") -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if body is not None:
        headers["Content-Type"] = "application/json"
    connection = http.client.HTTPConnection(running.http, timeout=CALL_SECONDS)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def invitation(running: Relay, uses: int) -> str:
    command = [running.binary, "invite", "--uses", str(uses), "--data-dir", str(running.data), "--json"]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=True
    )
    return json.loads(done.stdout)["invitation"]


def rows(running: Relay) -> dict[str, int]:
    """How many rows each table has, but those that the relay writes for itself."""
    database = sqlite3.connect(f"file:{running.data / 'relay.sqlite3'}?mode=ro", uri=True)
    try:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names if name != "settings"}
    finally:
        database.close()


def belong(running: Relay) -> dict[str, int]:
    """The rows that belong to members. The ids of those who have left are nobody's, and are dropped after an hour."""
    others = ("invitations", "joins", "join_totals", "outbox_totals", "left_enrolments")
    return {name: count for name, count in rows(running).items() if name not in others}


def member(running: Relay, code: str, number: int) -> None:
    """One member's whole stay."""
    account, digits = f"member{number}@example.org", f"{number:06}"
    status, body = call(running, "POST", "/enrolments", {"email": account, "invitation": code})
    must_equal(status, 201, f"joining: {body}")
    joined = json.loads(body)
    token, relay_address = joined["token"], joined["relay_address"]
    status, poll_url = call(running, "POST", f"/prepare-arlo-mfa/{token}", {"email": account})
    must_equal(status, 200, f"prestage: {poll_url}")
    host, port = running.smtp.rsplit(":", 1)
    with smtplib.SMTP(host, int(port), timeout=CALL_SECONDS) as smtp:
        smtp.sendmail(account, [relay_address], arlo_text(account, digits))
    must_equal(poll(poll_url, 20).get("code"), digits, f"the code of member {number}")
    status, body = call(running, "DELETE", "/enrolment", token=token)
    must_equal(status, 204, f"leaving: {body}")
    must_equal(call(running, "GET", "/status", token=token)[0], 403, "a token of one who has left")


def a_thousand_members_come_and_go(running: Relay) -> None:
    code = invitation(running, MANY)
    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda number: member(running, code, number), range(MANY)))
    print(f"{MANY} members in {time.monotonic() - began:.1f} s", flush=True)
    must_equal(sum(belong(running).values()), 0, f"rows that are left: {belong(running)}")
    status, body = call(running, "POST", "/enrolments", {"email": "one-more@example.org", "invitation": code})
    must_equal(status, 403, f"one more than were invited: {body}")


def a_thousand_strangers_leave_no_trace(running: Relay) -> None:
    before = rows(running)
    made_up = [None, "", "arelay_invite_" + "a" * 32, "<script>alert(1)</script>", "x" * 60_000]

    def stranger(number: int) -> int:
        body = {"email": f"stranger{number}@example.org", "invitation": made_up[number % len(made_up)]}
        return call(running, "POST", "/enrolments", body)[0]

    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = set(pool.map(stranger, range(MANY)))
    print(f"{MANY} strangers in {time.monotonic() - began:.1f} s", flush=True)
    must_equal(statuses, {403}, "what strangers are answered")
    must_equal(rows(running), before, "rows of the database")
    must("stranger" not in running.said(), "an account is in the log")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--relay", required=True, metavar="FILE")
    binary = os.path.abspath(parser.parse_args().relay)
    limits = ("--max-enrolments", str(AT_ONCE), "--max-joins-a-day", str(MANY))
    tests = {
        "a thousand strangers without an invitation leave no trace": a_thousand_strangers_leave_no_trace,
        "a thousand members join, log in and leave": a_thousand_members_come_and_go,
    }
    with tempfile.TemporaryDirectory() as directory:
        with relay(binary, Path(directory), options=("--registration", "invite", *limits)) as running:
            outcomes = [report(name, lambda: run(running), Path(directory)) for name, run in tests.items()]
    return summary(outcomes)


if __name__ == "__main__":
    sys.exit(main())

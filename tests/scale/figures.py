"""The figures that the simulation is given, each with where it is from.

A figure is `documented` (its source says so), `measured` (by a command of this repository; the value is read from the
document that states it), a `setting` of the template or a client, or `assumed`. An assumption is named as one in every
table that shows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PERFORMANCE = "docs/performance.md"
DOCUMENTED, MEASURED, SETTING, ASSUMED = "documented", "measured", "setting", "assumed"


@dataclass(frozen=True)
class Figure:
    what: str
    value: float
    unit: str
    kind: str
    source: str


class Missing(Exception):
    """A document no longer states a figure."""


def stated(document: str, pattern: str) -> float:
    """The number that a document states; its group is the number."""
    found = re.search(pattern, (ROOT / document).read_text(encoding="utf-8"))
    if not found:
        raise Missing(f"{document} states no figure like {pattern!r}: mend tests/scale/figures.py")
    return float(found[1].replace(",", ""))


def performance(what: str) -> float:
    """The figure that docs/performance.md states for the relay."""
    return stated(PERFORMANCE, rf"\| {what} \| ([\d,.]+) ")


def known() -> dict[str, Figure]:
    arlo, aws = "Arlo's clients, as observed", "docs/aws.md"
    guide = "AWS documentation"
    lambdas = f"{guide}, Lambda quotas"
    mails = performance("mails over 64 connections")
    resident = performance("resident with 1000 pending requests")
    prestage, inbound = (performance(f"{name}: processor time of a warm event") for name in ("prestage", "inbound"))
    return {
        # What one login is.
        "codes_kept": Figure("codes a month, session kept", 2, "", DOCUMENTED, f"{aws}; Arlo trusts a browser 14 days"),
        "codes_hourly": Figure("codes a month, a code every hour", 720, "", DOCUMENTED, aws),
        "polls": Figure("reads of a poll URL until the code", 10, "", ASSUMED, f"{aws}, one a second"),
        "code_after": Figure("from the request to the code", 10, "s", ASSUMED, "Arlo, the forwarder and SES together"),
        "function": Figure("one call of a function", 0.05, "s", ASSUMED, f"{aws}"),
        "prestage_cpu": Figure("processor time, prestage", prestage, "ms", MEASURED, PERFORMANCE),
        "inbound_cpu": Figure("processor time, inbound", inbound, "ms", MEASURED, PERFORMANCE),
        "memory": Figure("memory of a function", 256, "MB", SETTING, "template.yaml"),
        "whole_processor": Figure("memory with one whole processor", 1769, "MB", DOCUMENTED, f"{guide}, Lambda memory"),
        # How arrivals are spread.
        "peak_hour": Figure("busiest hour beside the mean", 2.0, "", ASSUMED, "evenings"),
        "on_the_hour": Figure("hourly logins in minute 0", 0.1, "", ASSUMED, "schedules that name no minute"),
        "notice": Figure("until every client has noticed", 3600, "s", DOCUMENTED, f"{arlo}: broke within the hour"),
        "at_once": Figure("the same, if Arlo cuts all streams", 60, "s", ASSUMED, "a worse morning"),
        "rest_share": Figure("households with pyaarlo's REST API", 0.5, "", ASSUMED, "the others read a poll URL"),
        # What clients do.
        "poll_every": Figure("a poll URL is read every", 1, "s", SETTING, "arlo-client, docs/clients"),
        "rest_every": Figure("pyaarlo asks every", 3, "s", DOCUMENTED, "pyaarlo, tfa_timeout"),
        "rest_window": Figure("pyaarlo gives up after", 60, "s", DOCUMENTED, "pyaarlo, tfa_total_timeout"),
        "rest_again": Figure("pyaarlo tries again after", 360, "s", DOCUMENTED, "pyaarlo pull request 105"),
        "lifetime": Figure("a request lives for", 300, "s", SETTING, "docs/settings.md, template.yaml"),
        "announce_tries": Figure("tries to announce a login", 3, "", SETTING, "arlo-client, announce.rs"),
        "announce_wait": Figure("between two of them", 3, "s", SETTING, "arlo-client, announce.rs"),
        "again_first": Figure("arlo-client pauses, first", 60, "s", SETTING, "arlo-client, pause.rs; doubles"),
        "again_last": Figure("arlo-client pauses, at most", 3600, "s", SETTING, "arlo-client, pause.rs"),
        # What AWS allows.
        "api": Figure("API Gateway, calls of an account", 10_000, "/s", DOCUMENTED, f"{guide}, API Gateway quotas"),
        "api_burst": Figure("API Gateway, burst", 5_000, "", DOCUMENTED, f"{guide}, API Gateway quotas"),
        "concurrency": Figure("Lambda, functions at once", 1_000, "", DOCUMENTED, f"{lambdas}; 10 in a new account"),
        "calls_each": Figure("Lambda, calls for each of these", 10, "/s", DOCUMENTED, lambdas),
        "async_hours": Figure("Lambda keeps an event for", 6, "h", DOCUMENTED, f"{guide}, asynchronous invocation"),
        "table_new": Figure("DynamoDB, writes of a new table", 4_000, "/s", DOCUMENTED, f"{guide}, on-demand mode"),
        "table": Figure("DynamoDB, writes of a table", 40_000, "/s", DOCUMENTED, f"{guide}, default quota"),
        "partition": Figure("DynamoDB, writes of one partition", 1_000, "/s", DOCUMENTED, f"{guide}, partitions"),
        "puts": Figure("S3, writes below one prefix", 3_500, "/s", DOCUMENTED, f"{guide}, S3 performance"),
        "gets": Figure("S3, reads below one prefix", 5_500, "/s", DOCUMENTED, f"{guide}, S3 performance"),
        # What one machine does.
        "mails": Figure("serve, mails on disk", mails, "/s", MEASURED, PERFORMANCE),
        "resident": Figure("serve, resident with 1,000 requests", resident, "MB", MEASURED, PERFORMANCE),
        "waits": Figure("serve, calls that wait at once", 12_288, "", SETTING, "relay-http, limits.rs"),
        "http": Figure("serve, HTTP connections at once", 16_384, "", SETTING, "relay-server, descriptors.rs"),
        "smtp": Figure("serve, SMTP connections at once", 256, "", SETTING, "relay-server, descriptors.rs"),
        "session": Figure("one SMTP session of a mail server", 0.5, "s", ASSUMED, "TLS and four round trips"),
    }


@dataclass(frozen=True)
class Prices:
    """Dollars, list prices of us-east-1, as docs/aws.md states them."""

    mail: float = 0.10 / 1000
    put: float = 5 / 1e6
    get: float = 0.40 / 1e6
    write: float = 0.625 / 1e6
    read: float = 0.125 / 1e6
    api: float = 1 / 1e6
    call: float = 0.20 / 1e6
    gb_second: float = 0.0000167
    log_gb: float = 0.50
    # What AWS gives every account without end.
    free_calls: float = 1e6
    free_gb_seconds: float = 400_000
    free_log_gb: float = 5


# The calls of one login, which tests/aws/test_requests.py counts on the emulator.
WRITES, READS, PUTS, MAIL_READS, FUNCTIONS, LOG_BYTES = 2, 1, 3, 1, 2, 3_000

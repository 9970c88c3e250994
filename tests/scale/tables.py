"""The tables of docs/scale.md."""

from __future__ import annotations

import math
from typing import Callable, Iterable

from scale import costs
from scale.figures import ASSUMED, PUTS, WRITES, Figure, Prices
from scale.storm import Deployment, Outcome, Storm

Known = dict[str, Figure]
SIZES = [10**exponent for exponent in range(3, 8)]
DAY, MONTH = 86_400, 30 * 86_400
# As the template has it by default, and as docs/aws.md has it for a shared service.
DEFAULT, SHARED = ("as it is deployed", 10, 20, 20), ("shared", 100, 200, 50)
# Beside what a morning needs on the average.
ROOM = 1.5
# Of a Poisson process, so far above the mean that a day has no busier second.
SIGMAS = 4


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def number(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}"


def money(value: float) -> str:
    return f"${value:,.2f}" if value < 100 else f"${value:,.0f}"


def percent(value: float) -> str:
    return f"{100 * value:,.0f} %" if value >= 0.01 else "under 1 %"


def busiest(mean: float) -> float:
    return mean + SIGMAS * math.sqrt(mean)


# ---- Ordinary days


def kept(known: Known, households: int) -> tuple[float, float]:
    """Logins a second: on the average, and in the busiest second."""
    mean = households * known["codes_kept"].value / MONTH
    return mean, busiest(mean * known["peak_hour"].value)


def hourly(known: Known, households: int) -> tuple[float, float]:
    """The same where every household needs a code every hour. Schedules that name no minute meet in minute 0."""
    mean = households * known["codes_hourly"].value / MONTH
    together = households * known["on_the_hour"].value / 60
    return mean, busiest(mean * (1 - known["on_the_hour"].value) + together)


def arrivals(known: Known) -> str:
    rows = [[f"{size:,}", *map(number, (*kept(known, size), *hourly(known, size)))] for size in SIZES]
    head = ["households", "session kept: mean", "busiest second", "a code every hour: mean", "busiest second"]
    return table(head, rows)


def limits(known: Known) -> str:
    """How much of each limit the busiest second of an ordinary day takes."""
    value = {name: figure.value for name, figure in known.items()}
    head = ["households", "`ThrottlingRate` 100", "Lambda", "DynamoDB", "S3 writes", "S3 reads", "API Gateway", "first"]
    rows = []
    for size in SIZES:
        logins = hourly(known, size)[1]
        calls = logins * (1 + value["rest_share"] * value["code_after"] / value["rest_every"])
        used = {
            "`ThrottlingRate`": calls / 2 / SHARED[1],
            "Lambda": (calls + logins) * value["function"] / value["concurrency"],
            "DynamoDB": WRITES * logins / value["table_new"],
            "S3 writes": (PUTS - 1) * logins / value["puts"],
            "S3 reads": (1 - value["rest_share"]) * logins * value["polls"] / value["gets"],
            "API Gateway": calls / value["api"],
        }
        first = max(used, key=used.get) if max(used.values()) > 1 else "none"
        rows.append([f"{size:,}", *map(percent, used.values()), first])
    return table(head, rows)


# ---- The morning


def advised(known: Known, households: int) -> Deployment:
    """What docs/scale.md tells an operator to set: a route for what a morning within the hour brings, and room."""
    value = {name: figure.value for name, figure in known.items()}
    begun = households / value["notice"]
    asked = begun * value["rest_share"] * (1 + value["code_after"] / value["rest_every"])
    rate = max(10, math.ceil(ROOM * max(asked, begun * (1 - value["rest_share"]))))
    concurrency = max(20, math.ceil(rate / value["calls_each"]), math.ceil(ROOM * begun * value["function"]))
    return Deployment("advised", min(rate, value["api"]), 2 * rate, concurrency, value["table_new"])


def minutes(seconds: int | None) -> str:
    return "not in 6 h" if seconds is None else f"{seconds / 60:,.0f} min"


def told(households: int, deployment: Deployment, out: Outcome) -> list[str]:
    settings = f"{deployment.name}: {number(deployment.rate)}, {number(deployment.concurrency)}"
    reached = ", ".join(sorted(out.limits)) or "none"
    refused = percent(out.refused / out.announced) if out.refused else "none"
    became = [number(out.peak_announced), refused, minutes(out.nearly_all), f"{out.mails / households:.1f}"]
    return [f"{households:,}", settings, *became, money(out.dollars), reached]


MORNING = ["households", "rate, concurrency", "peak a second", "refused", "99 % have a code after", "mails each"]
MORNING += ["cost", "limits reached"]


def morning(known: Known) -> str:
    writes, notice = known["table_new"].value, known["notice"].value
    rows = []
    for size in SIZES:
        plain = [Deployment(*settings, writes) for settings in (DEFAULT, SHARED)]
        for deployment in [*plain, advised(known, size)]:
            rows.append(told(size, deployment, Storm(known, size, notice, deployment).run()))
    return table(MORNING, rows)


def minute(known: Known) -> str:
    value = {name: figure.value for name, figure in known.items()}
    rows = []
    for size in SIZES[1:]:
        most = value["api"], value["api_burst"], value["concurrency"]
        account, warmed = Deployment("quota", *most, value["table_new"]), Deployment("warmed", *most, value["table"], 8)
        for deployment in (account, warmed):
            rows.append(told(size, deployment, Storm(known, size, value["at_once"], deployment).run()))
    return table(MORNING, rows)


# ---- Money, and one machine


def prices(known: Known) -> str:
    rows = []
    for size in SIZES:
        each = [costs.month(known, size * known[codes].value) for codes in ("codes_kept", "codes_hourly")]
        rest = each[1] + size * known["codes_hourly"].value * (costs.rest_login(known) - costs.login(known))
        rows.append([f"{size:,}", money(each[0]), money(each[1]), money(rest)])
    return table(["households", "2 codes a month", "a code every hour", "the same by pyaarlo's REST API"], rows)


def share(known: Known) -> str:
    """What a login's cost is made of."""
    price, one = Prices(), costs.login(known)
    functions = 2 * costs.call(known)
    parts = {"SES, one mail": price.mail, "two calls of a function": functions}
    parts["everything else"] = one - sum(parts.values())
    rows = [[what, f"{1e6 * part:.1f}", percent(part / one)] for what, part in parts.items()]
    return table(["part", "millionths of a dollar", "share"], rows)


def machine(known: Known) -> str:
    value = {name: figure.value for name, figure in known.items()}
    again = "beyond it a call is answered at once, and made again"
    bounds = [
        ("mails and requests on disk, two writes a login", value["mails"] / 2, "measured, divided by two"),
        ("calls that wait, 10 s each", value["waits"] / value["code_after"], again),
        ("HTTP connections, 10 s each", value["http"] / value["code_after"], "beyond it: 503 with `Retry-After`"),
        ("SMTP connections, 0.5 s each", value["smtp"] / value["session"], "beyond it: 421, and the mail comes again"),
    ]
    rows = []
    for what, rate, note in bounds:
        hour = rate * value["notice"]
        ordinary = next((size for size in reversed(SIZES) if hourly(known, size)[1] <= rate), 0)
        rows.append([what, number(rate), f"{hour:,.0f}", f"{ordinary:,}", note])
    return table(["limit of `serve`", "logins a second", "households of a morning", "of an ordinary day", "note"], rows)


def processor(known: Known) -> str:
    """The time that the functions' measured work takes at the share of a processor that their memory buys."""
    part = known["memory"].value / known["whole_processor"].value
    rows = []
    for name in ("prestage", "inbound"):
        measured, billed = known[f"{name}_cpu"].value, 1000 * known["function"].value
        rows.append([f"`{name}`", f"{measured} ms", f"{measured / part:.1f} ms", f"{billed:.0f} ms"])
    small = f"with {number(known['memory'].value)} MB"
    return table(["function", "measured, a whole processor", small, "billed here"], rows)


def inputs(known: Known) -> str:
    rows = []
    for figure in known.values():
        kind = f"**{figure.kind}**" if figure.kind == ASSUMED else figure.kind
        rows.append([figure.what, f"{number(figure.value)} {figure.unit}".strip(), kind, figure.source])
    return table(["figure", "value", "kind", "from"], rows)


TABLES: dict[str, Callable[[Known], str]] = {
    "arrivals": arrivals,
    "limits": limits,
    "morning": morning,
    "minute": minute,
    "prices": prices,
    "share": share,
    "machine": machine,
    "processor": processor,
    "inputs": inputs,
}

"""The morning on which Arlo asks everybody for a code again, in steps of one second.

Households are no integers here: groups that do the same at the same second move together, and a limit divides a group.
Each client follows its own law. One kind announces a login by prestage, tries that three times, reads a poll URL, and
pauses longer after each failure. The other is pyaarlo: it goes on where `/clear` was refused, so that Arlo sends a mail
for nothing, asks `/get`, gives up after a minute, and begins again six minutes later.

What is refused comes again. That is the storm: a limit does not only delay, it multiplies the calls and the mails.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from scale import costs
from scale.figures import Figure

LONGEST = 6 * 3600
DONE = 0.99


@dataclass(frozen=True)
class Deployment:
    """The settings of a stack, and what AWS allows its account."""

    name: str
    rate: float
    burst: float
    concurrency: float
    writes: float
    prefixes: int = 1


@dataclass
class Outcome:
    peak_announced: float = 0.0
    announced: float = 0.0
    refused: float = 0.0
    mails: float = 0.0
    done: float = 0.0
    dollars: float = 0.0
    half: int | None = None
    nearly_all: int | None = None
    limits: set[str] = field(default_factory=set)


class Bucket:
    """The token bucket of one route."""

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst, self.filled = rate, burst, burst

    def take(self, wanted: float) -> float:
        self.filled = min(self.rate + self.burst, self.filled + self.rate)
        taken = min(wanted, self.filled)
        self.filled -= taken
        return taken


class Storm:
    def __init__(self, known: dict[str, Figure], households: float, notice: float, deployment: Deployment) -> None:
        self.value = {name: figure.value for name, figure in known.items()}
        self.known, self.households, self.deployment = known, households, deployment
        rate = min(deployment.rate, self.value["api"])
        burst = min(deployment.burst, self.value["api_burst"])
        self.prestage, self.web = Bucket(rate, burst), Bucket(rate, burst)
        self.sync = deployment.concurrency * min(self.value["calls_each"], 1 / self.value["function"])
        self.mail_rate = min(deployment.concurrency / self.value["function"], deployment.writes)
        self.backlog = 0.0
        # By the second at which they act: (failures, tries) and how many.
        self.polling: dict[int, dict[tuple[int, int], float]] = defaultdict(lambda: defaultdict(float))
        self.rest: dict[int, float] = defaultdict(float)
        self.finished: dict[int, float] = defaultdict(float)
        # How many begin or end to wait at a second.
        self.waiting_poll: dict[int, float] = defaultdict(float)
        self.waiting_rest: dict[int, float] = defaultdict(float)
        rest = households * self.value["rest_share"]
        for second in range(int(notice)):
            self.polling[second][0, 0] += (households - rest) / notice
            self.rest[second] += rest / notice
        self.now_poll = self.now_rest = 0.0
        self.out = Outcome()

    def run(self) -> Outcome:
        for now in range(LONGEST):
            self.step(now)
            if self.out.done >= DONE * self.households:
                break
        return self.out

    def step(self, now: int) -> None:
        out, value = self.out, self.value
        self.now_poll += self.waiting_poll.pop(now, 0.0)
        self.now_rest += self.waiting_rest.pop(now, 0.0)
        out.done += self.finished.pop(now, 0.0)
        if out.half is None and out.done >= self.households / 2:
            out.half = now
        if out.nearly_all is None and out.done >= DONE * self.households:
            out.nearly_all = now
        self.backlog = max(0.0, self.backlog - self.mail_rate)

        groups = self.polling.pop(now, {})
        wanted = sum(groups.values())
        clears = self.rest.pop(now, 0.0)
        asked = self.now_rest / value["rest_every"]
        puts = value["puts"] * self.deployment.prefixes
        # Half of the writes, of the table and below poll/, are for the codes.
        room = min(self.sync, self.deployment.writes / 2, puts / 2)
        passed = self.prestage.take(wanted)
        if wanted > passed + 1e-9:
            out.limits.add("API rate")
        if passed > room:
            out.limits.add(self.narrowest(puts))
        admitted = min(passed, room)
        web_wanted = clears + asked
        web_passed = self.web.take(web_wanted)
        if web_wanted > web_passed + 1e-9:
            out.limits.add("API rate")
        if web_passed > self.sync:
            out.limits.add("Lambda")
        through = min(web_passed, self.sync) / web_wanted if web_wanted else 1.0

        announced = wanted + clears
        out.peak_announced = max(out.peak_announced, announced)
        out.announced += announced
        out.refused += wanted - admitted + clears * (1 - through)
        out.dollars += (wanted + web_wanted) * (costs.PRICES.api + costs.call(self.known))
        out.dollars += asked * through * costs.PRICES.read + self.now_poll * costs.PRICES.get

        share = admitted / wanted if wanted else 1.0
        for (failures, tries), count in groups.items():
            self.announce(now, failures, tries, count, share)
        self.clear(now, clears, through)

    def narrowest(self, puts: float) -> str:
        limits = {"Lambda": self.sync, "DynamoDB": self.deployment.writes / 2, "S3 writes": puts / 2}
        return min(limits, key=limits.get)

    def mail(self, count: float) -> float:
        """Arlo sends so many mails; when the function has read them, in seconds."""
        self.out.mails += count
        self.backlog += count
        self.out.dollars += count * costs.wasted_mail(self.known)
        if self.backlog > self.mail_rate:
            self.out.limits.add("Lambda for mail")
        return self.value["code_after"] + self.backlog / self.mail_rate

    def announce(self, now: int, failures: int, tries: int, count: float, share: float) -> None:
        value, refused = self.value, count * (1 - share)
        if refused:
            if tries + 1 < value["announce_tries"]:
                self.polling[now + int(value["announce_wait"])][failures, tries + 1] += refused
            else:
                # It did not reach Arlo, so it makes no longer pause of it.
                self.polling[now + int(value["again_first"])][failures, 0] += refused
        begun = count - refused
        if not begun:
            return
        self.out.dollars += begun * (costs.PRICES.write + 2 * costs.PRICES.put)
        reads = self.value["gets"] * self.deployment.prefixes
        pace = self.now_poll / value["poll_every"]
        if pace > reads:
            self.out.limits.add("S3 reads")
        delay = self.mail(begun) + value["poll_every"] * max(1.0, pace / reads)
        waits = int(min(delay, value["lifetime"]))
        self.now_poll += begun
        self.waiting_poll[now + waits] -= begun
        if delay <= value["lifetime"]:
            self.finished[now + waits] += begun
        else:
            pause = min(value["again_first"] * 2**failures, value["again_last"])
            self.polling[now + waits + int(pause)][min(failures + 1, 6), 0] += begun

    def clear(self, now: int, count: float, through: float) -> None:
        if not count:
            return
        value = self.value
        cleared, window = count * through, value["rest_window"]
        self.out.dollars += cleared * (costs.PRICES.write + costs.PRICES.put)
        delay = self.mail(count) + value["rest_every"] * (1 / max(through, 1e-9) - 0.5)
        succeeded = cleared if delay <= window else 0.0
        failed = count - succeeded
        self.now_rest += count
        if succeeded:
            self.waiting_rest[now + int(delay)] -= succeeded
            self.finished[now + int(delay)] += succeeded
        if failed:
            self.waiting_rest[now + int(window)] -= failed
            self.rest[now + int(window + value["rest_again"])] += failed

"""Households at a relay that one part of the test has for itself."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from random import Random

from hostile.wire import Http
from support.checks import must
from support.servers import Relay

from survive.checker import judge
from survive.client import Client, Codes, Journal

LIFETIME = 60


class Setup:
    """A relay, its households, and their acts so far."""

    def __init__(self, binary: str, directory: Path, data: Path | None = None, lifetime: int = LIFETIME) -> None:
        self.plain, self.lifetime, self.directory = binary, lifetime, directory
        self.relay = Relay(binary, directory, options=("--lifetime", str(lifetime)))
        self.relay.data = data or self.relay.data
        self.codes, self.journal = Codes(), Journal(directory / "journal.jsonl")
        self.clients: list[Client] = []

    def enrol(self, count: int) -> None:
        for _ in range(count):
            number = len(self.clients)
            enrolment = self.relay.enrol(f"casey{number}@example.org")
            self.clients.append(Client(self.relay, enrolment, number, self.codes, self.journal))
        # A second process that enrols and changes tokens is no relay under a strange system.
        self.relay.binary = self.plain

    def start_under(self, binary: str, households: int) -> None:
        """Starts the relay as this executable. The households are enrolled before, by one under no strange system."""
        self.relay.start()
        self.enrol(households)
        self.relay.stop()
        self.relay.binary = binary
        self.relay.start()
        self.relay.binary = self.plain

    def act(self, seconds: float, seed: int = 0) -> list[str]:
        """Lets all households act for so long; what they were not answered."""
        end, faults = time.monotonic() + seconds, []

        def go_on(client: Client, random: Random) -> None:
            try:
                while time.monotonic() < end:
                    client.act(random)
            except Exception as error:  # noqa: BLE001 - it would end in this thread, unseen
                faults.append(f"{client.household.account}: {type(error).__name__}: {error}")

        threads = [
            threading.Thread(target=go_on, args=(client, Random(f"{seed}/{number}")), daemon=True)
            for number, client in enumerate(self.clients)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return faults

    def health(self) -> int:
        with Http(self.relay.http, "10.250.0.1") as caller:
            return caller.try_call("GET", "/healthz")

    def kill(self) -> None:
        self.relay.kill()
        for client in self.clients:
            client.household.close(time.time())

    def must_hold(self) -> None:
        """Looks at everything, and judges it."""
        for client in self.clients:
            client.check()
        faults = judge([client.household for client in self.clients], self.lifetime)
        must(not faults, "\n".join(faults[:20]))

    def takes_anything(self) -> bool:
        """Whether a mail or a login of anybody's is taken now. What is not taken has to be put off."""
        for client in self.clients:
            mail = client.code_mail(Random(0))
            client.send(mail)
            reply = mail.attempts[-1].reply
            must(reply[:1] in ("2", "4"), f"a mail was answered {reply}")
            with client.http() as caller:
                made = client.stage(caller)
            if made or mail.attempts[-1].is_taken:
                return True
        return False

    def delivered(self) -> int:
        return sum(1 for client in self.clients for request in client.household.requests if request.code)

"""The certificate in files, which another program renews."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from support.checks import must, must_equal, until
from support.servers import Relay
from tls.looking import connection, digest, ended, make, put, shown_by_https, shown_by_smtp

HTTPS = ("--https", "127.0.0.1:0")
KEPT = "the TLS certificate stays as it was"


def with_certificate(binary: str, directory: Path) -> tuple[Relay, Path, Path]:
    chain, key = make(directory, "used")
    options = (*HTTPS, "--tls-certificate", str(chain), "--tls-key", str(key))
    relay = Relay(binary, directory, options=options)
    relay.start()
    return relay, chain, key


def reload(relay: Relay) -> None:
    os.kill(relay.server.process.pid, signal.SIGHUP)


def changed(binary: str, directory: Path) -> None:
    relay, chain, key = with_certificate(binary, directory)
    try:
        https, before = relay.server.address("https"), digest(chain)
        must(relay.server.ready.endswith(f" https={https}"), relay.server.ready)
        must_equal(shown_by_https(https), before, "HTTPS shows")
        must_equal(shown_by_smtp(relay.smtp), before, "STARTTLS shows")
        with connection(https) as old:
            old.ask()
            for stem in ("second", "third"):
                made_chain, made_key = make(directory, stem)
                put(made_key, key)
                put(made_chain, chain)
                reload(relay)
                after = digest(made_chain)
                until(lambda expected=after: shown_by_https(https) == expected, "another certificate by HTTPS")
                must_equal(shown_by_smtp(relay.smtp), after, "STARTTLS shows")
                # What began with the certificate before goes on.
                old.ask()
                must_equal(old.shows, before, "the old connection has")
    finally:
        relay.stop()


def warned_of(binary: str, directory: Path) -> None:
    chain, key = make(directory)
    options = (*HTTPS, "--tls-certificate", str(ended(chain, key)), "--tls-key", str(key))
    relay = Relay(binary, directory, options=options)
    relay.start()
    try:
        until(lambda: "the TLS certificate has ended" in relay.said(), "a warning")
        must_equal(shown_by_smtp(relay.smtp), shown_by_https(relay.server.address("https")), "it is shown all the same:")
    finally:
        relay.stop()


def unusable(binary: str, directory: Path) -> None:
    relay, chain, key = with_certificate(binary, directory)
    try:
        https, before = relay.server.address("https"), digest(chain)
        other_chain, other_key = make(directory, "other")
        whole = other_chain.read_text()
        for text, place in ((whole, chain), (whole[: len(whole) // 2], chain), ("", chain)):
            place.write_text(text)
            warned = relay.said().count(KEPT)
            reload(relay)
            until(lambda seen=warned: relay.said().count(KEPT) > seen, "a warning")
            must_equal(shown_by_https(https), before, "HTTPS shows")
            must_equal(shown_by_smtp(relay.smtp), before, "STARTTLS shows")
        must("cannot use the TLS key" in relay.said() and str(key) in relay.said(), "the log names the key")
        must("cannot use the TLS certificate" in relay.said(), "the log names the certificate")
        must("PRIVATE KEY" not in relay.said(), "no key is in the log")
        put(other_key, key)
        put(other_chain, chain)
        reload(relay)
        until(lambda: shown_by_https(https) == digest(other_chain), "the pair that is whole")
    finally:
        relay.stop()

"""What the tests of one row share: the emulator, and one deployment that is made when the first of them needs it."""

import threading

import mails
from harness import Emulator, Stack
from ses_inbound import SesInbound


class Row(threading.local):
    """Each thread has its own."""

    aws: Emulator
    relay: tuple[Stack, SesInbound] | None = None


row = Row()


def relay() -> tuple[Stack, SesInbound]:
    """The deployed stack, and the SES that receives for it."""
    if row.relay is None:
        stack = Stack(row.aws)
        stack.prepare()
        stack.deploy("ForwardTo=operator@example.net", "AlarmEmail=operator@example.net", "MonthlyBudget=5")
        ses = SesInbound(row.aws.client, stack.region, mails.records())
        ses.__enter__()
        row.relay = stack, ses
    return row.relay


def close():
    if row.relay is not None:
        row.relay[1].__exit__()

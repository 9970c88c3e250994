"""What the test modules share: the emulator, and one deployment that is made when the first test needs it."""

import mails
from harness import Emulator, Stack
from ses_inbound import SesInbound

aws: Emulator
_relay: tuple[Stack, SesInbound] | None = None


def relay() -> tuple[Stack, SesInbound]:
    """The deployed stack, and the SES that receives for it."""
    global _relay
    if _relay is None:
        stack = Stack(aws)
        stack.prepare()
        stack.deploy("ForwardTo=operator@example.net", "AlarmEmail=operator@example.net", "MonthlyBudget=5")
        ses = SesInbound(aws.client, stack.region, mails.records())
        ses.__enter__()
        _relay = stack, ses
    return _relay


def close():
    if _relay is not None:
        _relay[1].__exit__()

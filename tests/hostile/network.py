"""A network of one's own (network_namespaces(7)), whose loopback has all of 10.0.0.0/8.

To a relay that listens there, clients are strangers of many networks; those of 127.0.0.0/8 would be programs on its own
machine, of which it expects no harm.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct

from support import namespaces

INSIDE = "HOSTILE_NETWORK"
RELAY = "10.0.0.1"
# linux/sockios.h and linux/if.h
SET_FLAGS, SET_ADDRESS, SET_MASK = 0x8914, 0x8916, 0x891C
UP_AND_RUNNING = 0x1 | 0x40


def is_own() -> bool:
    return INSIDE in os.environ


def enter() -> None:
    """Begins this program again in such a network. Where there can be none it goes on in 127.0.0.0/8, and says so."""
    if namespaces.enter(["--net"], INSIDE):
        set_up()
    else:
        print("There can be no network of our own here: all clients are on the relay's machine.", flush=True)


def set_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:

        def address(text: str) -> bytes:
            return struct.pack("16sH2s4s8s", b"lo:1", socket.AF_INET, b"", socket.inet_aton(text), b"")

        fcntl.ioctl(control, SET_FLAGS, struct.pack("16sH22s", b"lo", UP_AND_RUNNING, b""))
        fcntl.ioctl(control, SET_ADDRESS, address(RELAY))
        fcntl.ioctl(control, SET_MASK, address("255.0.0.0"))


def listener() -> str:
    """Where a relay listens, on a port that is free."""
    return f"{RELAY if is_own() else '127.0.0.1'}:0"


def client(address: str) -> str:
    """An address of 10.0.0.0/8, or the one that stands for it."""
    return address if is_own() else "127." + address.split(".", 1)[1]

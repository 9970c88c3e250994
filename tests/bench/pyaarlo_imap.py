"""Reads codes from a mailbox with pyaarlo's own source `imap`: `pyaarlo_imap.py HOST PORT USER`.

For each line on its standard input it begins to watch, prints `watching`, and then the code. The password comes from
IMAP_PASSWORD. The settings are pyaarlo's defaults.
"""

import os
import sys
from types import SimpleNamespace

from pyaarlo.cfg import ArloCfg
from pyaarlo.tfa import Arlo2FAImap


def main() -> None:
    host, port, user = sys.argv[1:]
    arlo = SimpleNamespace(debug=lambda _: None, error=lambda message: print(message, file=sys.stderr))
    settings = {"tfa_source": "imap", "tfa_host": f"{host}:{port}", "tfa_username": user}
    arlo.cfg = ArloCfg(arlo, username=user, password="-", tfa_password=os.environ["IMAP_PASSWORD"], **settings)
    for _ in sys.stdin:
        source = Arlo2FAImap(arlo)
        if not source.start():
            raise SystemExit("the mailbox cannot be read")
        print("watching", flush=True)
        print(source.get(), flush=True)
        source.stop()


main()

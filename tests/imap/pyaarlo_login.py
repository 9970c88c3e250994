"""Logs in to a simulated Arlo cloud with pyaarlo's own `imap` source.

Prints one JSON line: {"connected", "cameras", "last_error"}. The passwords come from ARLO_PASSWORD and IMAP_PASSWORD.
"""

import argparse
import json
import logging
import os
import sys
import tempfile

import pyaarlo


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cloud", required=True, help="URL of the simulated Arlo cloud")
    parser.add_argument("--account", required=True, help="address to log in with")
    parser.add_argument("--imap", required=True, metavar="HOST:PORT", help="the IMAP server")
    parser.add_argument("--user", required=True, help="the user at the IMAP server")
    arguments = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="pyaarlo-") as storage_dir:
        arlo = pyaarlo.PyArlo(
            username=arguments.account,
            password=os.environ["ARLO_PASSWORD"],
            host=arguments.cloud,
            auth_host=arguments.cloud,
            backend="sse",
            tfa_source="imap",
            tfa_type="email",
            tfa_host=arguments.imap,
            tfa_username=arguments.user,
            tfa_nickname=arguments.account,
            tfa_password=os.environ["IMAP_PASSWORD"],
            storage_dir=storage_dir,
            save_session=False,
            save_state=False,
            request_timeout=30,
        )
        result = {
            "connected": arlo.is_connected,
            "cameras": [camera.name for camera in arlo.cameras],
            "last_error": arlo.last_error,
        }
    print(json.dumps(result), flush=True)
    # As a killed process ends: pyaarlo takes 20 s to stop.
    os._exit(0 if result["connected"] and result["cameras"] else 1)


if __name__ == "__main__":
    main()

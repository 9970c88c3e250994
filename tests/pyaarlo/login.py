"""Logs in to a simulated Arlo cloud with pyaarlo as its users run it, the code coming from a relay.

Prints one JSON line: {"connected", "cameras", "bases", "last_error", "seconds"}. Exit code 0 if it logged in, found its
cameras and stopped without an exception, otherwise 1. The password comes from ARLO_PASSWORD and the relay's token from
RELAY_TOKEN, since every user of a machine can read a command line.
"""

import argparse
import json
import logging
import os
import sys
import tempfile
import time

import pyaarlo


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cloud", required=True, help="URL of the simulated Arlo cloud")
    parser.add_argument("--relay", required=True, help="URL of the relay without port: pyaarlo drops it")
    parser.add_argument("--http-backend", choices=["curl_cffi", "cloudscraper"], default="curl_cffi", help="for Arlo's hosts")
    parser.add_argument("--account", required=True, help="address to log in with")
    parser.add_argument("--code-timeout", type=int, default=60, help="seconds to wait for the code")
    parser.add_argument("--code-pause", type=int, default=3, help="seconds before each call for the code; 3 are pyaarlo's")
    parser.add_argument("--storage-dir", help="where pyaarlo keeps its cookies; a temporary directory by default")
    parser.add_argument("--no-stop", action="store_true", help="end as a killed process does: pyaarlo takes 20 s to stop")
    parser.add_argument("--verbose", action="store_true", help="pyaarlo's debug log on stderr")
    return parser.parse_args()


def log_in(arguments: argparse.Namespace, storage_dir: str) -> pyaarlo.PyArlo:
    return pyaarlo.PyArlo(
        username=arguments.account,
        password=os.environ["ARLO_PASSWORD"],
        host=arguments.cloud,
        auth_host=arguments.cloud,
        backend="sse",
        http_backend=arguments.http_backend,
        tfa_source="rest-api",
        tfa_type="email",
        tfa_host=arguments.relay,
        tfa_username=arguments.account,
        tfa_password=os.environ["RELAY_TOKEN"],
        tfa_timeout=arguments.code_pause,
        tfa_total_timeout=arguments.code_timeout,
        storage_dir=arguments.storage_dir or storage_dir,
        save_session=False,
        save_state=False,
        request_timeout=30,
    )


def main() -> int:
    arguments = parse_arguments()
    logging.basicConfig(stream=sys.stderr, level=logging.DEBUG if arguments.verbose else logging.ERROR)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pyaarlo-") as storage_dir:
        arlo = log_in(arguments, storage_dir)
        connected = arlo.is_connected
        result = {
            "connected": connected,
            "cameras": [camera.name for camera in arlo.cameras],
            "bases": [base.name for base in arlo.base_stations],
            "last_error": arlo.last_error,
            "seconds": round(time.monotonic() - began, 2),
        }
        if connected and not arguments.no_stop:
            arlo.stop(logout=True)
    print(json.dumps(result), flush=True)
    return 0 if connected and result["cameras"] else 1


if __name__ == "__main__":
    sys.exit(main())

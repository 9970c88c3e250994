"""The login that clients of serverless mail relays make: one POST that answers with a URL, and that URL read each
second.

It makes those calls and no others, so a relay that serves it serves the existing clients: the POST has a JSON body with
the email and no header of its own, the text of the answer is used as the URL as it is, and the URL is read without an
added query. It does not depend on where the relay runs: the prestage URL may be that of any deployment.

  ARLO_PASSWORD=… ARLO_PRESTAGE_URL=… prestage_client.py --account A --cloud URL

Prints {"user_id", "polls", "code_seconds"}; exit code 0 once the session is open, 1 with the reason on standard error
if it cannot be. `log_in` does the same for another test.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
import time
from dataclasses import asdict, dataclass

import requests


class LoginFailed(Exception):
    """Why there is no session."""


@dataclass
class Outcome:
    user_id: str
    polls: int
    code_seconds: float


def without_label(address: str) -> str:
    """Mail to an address with a label is forwarded without the label."""
    local, _, domain = address.rpartition("@")
    return f"{local.split('+')[0]}@{domain}"


def prestage(prestage_url: str, email: str) -> str:
    """The poll URL: the whole text of the answer."""
    answer = requests.post(prestage_url, json={"email": email}, timeout=60)
    if answer.status_code != 200:
        raise LoginFailed(f"prestage answered {answer.status_code}: {answer.text}")
    return answer.text


def wait_for_code(poll_url: str, seconds: float) -> tuple[str, int]:
    """The code, and how often it was asked for."""
    deadline = time.monotonic() + seconds
    polls = 0
    while time.monotonic() < deadline:
        polls += 1
        progress = requests.get(poll_url, timeout=60).json()
        if progress["status"] == "complete":
            return progress["code"], polls
        if progress["status"] == "error":
            raise LoginFailed(progress["message"])
        if progress["status"] != "pending":
            raise LoginFailed(f"an unknown status: {progress['status']!r}")
        time.sleep(1)
    raise LoginFailed(f"no code within {seconds:.0f} s")


def log_in(
    prestage_url: str, auth_host: str, api_host: str, account: str, password: str, code_seconds: float = 60
) -> Outcome:
    def encoded(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    def headers(authorization: str = "") -> dict[str, str]:
        known = {"Auth-Version": "2", "Referer": "https://my.arlo.com", "schemaVersion": "1", "User-Agent": "Mozilla/5.0"}
        return {**known, "Authorization": authorization} if authorization else known

    def data(answer: requests.Response) -> dict:
        told = answer.json()
        if not told.get("success") and told.get("meta", {}).get("code") != 200:
            raise LoginFailed(f"Arlo: {told.get('meta', told)}")
        return told["data"]

    arlo = requests.Session()
    who = {"email": account, "password": encoded(password), "language": "en", "EnvSource": "prod"}
    login = data(arlo.post(f"{auth_host}/api/auth", json=who, headers=headers()))
    token = login["token"]
    outcome = Outcome(login["userId"], 0, 0.0)
    if login["mfa"]:
        partial = headers(encoded(token))
        when = f"{auth_host}/api/getFactors?data%20=%20{login['authenticated']}"
        factors = data(arlo.get(when, headers=partial))["items"]
        factor = next(factor for factor in factors if factor["factorType"] == "EMAIL")
        poll_url = prestage(prestage_url, without_label(factor["displayName"]))
        began = time.monotonic()
        started = data(arlo.post(f"{auth_host}/api/startAuth", json={"factorId": factor["factorId"]}, headers=partial))
        code, outcome.polls = wait_for_code(poll_url, code_seconds)
        outcome.code_seconds = round(time.monotonic() - began, 2)
        proof = {"factorAuthCode": started["factorAuthCode"], "otp": code}
        token = data(arlo.post(f"{auth_host}/api/finishAuth", json=proof, headers=partial))["token"]
    validate = f"{auth_host}/api/validateAccessToken?data = {int(time.time())}"
    data(arlo.get(validate, headers=headers(encoded(token))))
    outcome.user_id = data(arlo.get(f"{api_host}/hmsweb/users/session/v2", headers=headers(token)))["userId"]
    return outcome


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--account", required=True, help="address to log in with")
    parser.add_argument("--cloud", required=True, metavar="URL", help="Arlo's auth host and API host in one")
    parser.add_argument("--code-timeout", type=float, default=60, metavar="SECONDS", help="how long to poll")
    arguments = parser.parse_args()
    url, password = os.environ["ARLO_PRESTAGE_URL"], os.environ["ARLO_PASSWORD"]
    cloud = arguments.cloud
    try:
        outcome = log_in(url, cloud, cloud, arguments.account, password, arguments.code_timeout)
    except LoginFailed as failure:
        sys.exit(str(failure))
    print(json.dumps(asdict(outcome)), flush=True)


if __name__ == "__main__":
    main()

"""Gives each call of schemathesis that needs a token one of its own: a new enrolment."""

from __future__ import annotations

import json
import os
import urllib.request

import schemathesis

direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@schemathesis.auth(refresh_interval=None)
class Member:
    def get(self, case: schemathesis.Case, context: schemathesis.AuthContext) -> str:
        body, headers = json.dumps({"email": "casey@example.org"}).encode(), {"Content-Type": "application/json"}
        request = urllib.request.Request(os.environ["RELAY_URL"] + "/enrolments", body, headers)
        with direct.open(request, timeout=30) as answer:
            return json.load(answer)["token"]

    def set(self, case: schemathesis.Case, token: str, context: schemathesis.AuthContext) -> None:
        case.headers["Authorization"] = f"Bearer {token}"

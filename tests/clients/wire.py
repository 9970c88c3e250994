"""HTTP as it is on the wire: nothing is escaped, followed or retried, and a refusal is an answer like any other."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass

from support.checks import Failed

SECONDS = 70


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "").split(";")[0]

    def json(self) -> dict:
        if self.kind not in ("application/json", "application/problem+json"):
            raise Failed(f"the answer is no JSON but {self.kind}")
        return json.loads(self.body)


def call(address: str, method: str, target: str, body: bytes | str = b"", **headers: str) -> Answer:
    """`target` is sent as it is; a header's _ is a hyphen."""
    connection = http.client.HTTPConnection(address, timeout=SECONDS)
    try:
        content = body.encode() if isinstance(body, str) else body
        connection.putrequest(method, target)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        if content or method == "POST":
            connection.putheader("Content-Length", str(len(content)))
        connection.endheaders(content or None)
        answer = connection.getresponse()
        fields = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, fields, answer.read())
    finally:
        connection.close()

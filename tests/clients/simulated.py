"""Runs a Python script unchanged, with Arlo's built-in hosts leading to a simulated cloud: simulated.py SCRIPT

The cloud's URL is in ARLO_HOST. Only the two hosts of Arlo's are diverted, and nothing but loopback is reachable beside
them, so no test can reach the real Arlo.
"""

import functools
import os
import runpy
import sys
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

ARLO_HOSTS = {"my.arlo.com", "myapi.arlo.com", "ocapi-app.arlo.com"}
CLOUD = os.environ["ARLO_HOST"]


class Diverted(HTTPAdapter):
    def send(self, request, **options):
        parts = urlsplit(request.url)
        if parts.hostname in ARLO_HOSTS:
            request.url = CLOUD + request.url.split(parts.netloc, 1)[1]
        elif not (parts.hostname or "").startswith("127."):
            raise AssertionError(f"the script wanted to reach {parts.hostname}")
        return super().send(request, **options)


class Session(requests.Session):
    def __init__(self):
        super().__init__()
        self.trust_env = False
        self.mount("http://", Diverted())
        self.mount("https://", Diverted())


requests.Session = requests.sessions.Session = requests.api.sessions.Session = Session

try:
    import pyaarlo
except ImportError:
    pass
else:
    # Its hosts are arguments; it looks for them nowhere else. SSE keeps it from Arlo's MQTT cluster.
    pyaarlo.PyArlo = functools.partial(pyaarlo.PyArlo, host=CLOUD, auth_host=CLOUD, backend="sse")

sys.argv = sys.argv[1:]
# As an interpreter does that is given the script itself.
sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")

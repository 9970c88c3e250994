"""Whole logins at a simulated Arlo cloud, whose mail a provider forwards to the deployed stack."""

import contextlib
import json
import tempfile
from pathlib import Path

import mails
from clients import prestage_client
from harness import CLOUD
from loopback_smtp import Forwarder, LoopbackSmtp
from support.servers import cloud
from test_relay import Relay


class Logins(Relay):
    @contextlib.contextmanager
    def arlo(self, account: str, relay_address: str, *faults: str):
        """Arlo's cloud with this account, and a directory for the client."""
        gmail = Forwarder(self.ses.port, mails.GMAIL, mails.GMAIL_NAME)
        with LoopbackSmtp(gmail) as provider, tempfile.TemporaryDirectory() as files:
            smtp = f"127.0.0.1:{provider.port}"
            with cloud(str(CLOUD), Path(files), account, smtp, relay_address, faults) as sky:
                yield sky, Path(files)

    def test_the_client_code_that_serverless_relays_have(self):
        alex = self.stack.enroll("alex@gmail.com")
        prestage_url = self.stack.url(f"/prepare-arlo-mfa/{alex.token}")
        with self.arlo(alex.account, alex.relay_address, "slow-mail=10") as (sky, _):
            outcome = prestage_client.log_in(prestage_url, sky.url, sky.url, alex.account, sky.password)
        self.assertTrue(outcome.user_id)
        self.assertGreater(outcome.polls, 1, "the client never saw pending")

    def test_the_same_by_the_shared_address(self):
        dana = self.stack.enroll("dana@gmail.com")
        prestage_url = self.stack.url(f"/prepare-arlo-mfa/{dana.token}")
        with self.arlo(dana.account, self.stack.address) as (sky, _):
            outcome = prestage_client.log_in(prestage_url, sky.url, sky.url, dana.account, sky.password)
        self.assertTrue(outcome.user_id)

    def test_the_command_logs_in(self):
        ellis = self.stack.enroll("ellis@gmail.com")
        prestage_url = self.stack.url(f"/prepare-arlo-mfa/{ellis.token}")
        with self.arlo(ellis.account, ellis.relay_address) as (sky, files):
            hosts = {"ARLO_AUTH_HOST": sky.url, "ARLO_HOST": sky.url, "ARLO_PASSWORD": sky.password}
            session = ("--session-file", str(files / "session.json"))
            codes = ("--account", ellis.account, "--codes", f"relay:{prestage_url}")
            done = self.stack.command("login", *codes, *session, "--json", **hosts)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(json.loads(done.stdout))

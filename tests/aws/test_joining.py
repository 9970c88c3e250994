"""Strangers join, log in, replace their token and leave, on the deployed stack."""

import json
import re
import urllib.parse

import mails
from harness import call
from support.checks import until
from test_command import Command


class Joining(Command):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stack.deploy("Registration=invite", "ExpectedAccounts=3")

    @classmethod
    def tearDownClass(cls):
        cls.stack.deploy("Registration=closed", "ExpectedAccounts=1")
        super().tearDownClass()

    def join(self, account: str, **more: str):
        body = json.dumps({"email": account} | more).encode()
        return call(self.stack.url("/enrolments"), method="POST", body=body, headers={"Content-Type": "application/json"})

    def with_token(self, method: str, path: str, token: str):
        return call(self.stack.url(path), method=method, headers={"Authorization": f"Bearer {token}"})

    def count(self, key: str) -> int:
        item = self.stack.client("dynamodb").get_item(TableName=self.stack.resource("Table"), Key={"enrolment": {"S": key}})
        return int(item["Item"]["count"]["N"])

    def test_who_is_invited_joins_logs_in_and_leaves(self):
        invited = self.printed("invite", "--uses", "2")
        self.assertEqual(invited["link"], f"{self.stack.output('WebURL')}/#invitation={invited['invitation']}")
        self.assertEqual(self.join("ines@gmail.com").status, 403)
        calls = self.aws.requests_during(lambda: self.join("ines@gmail.com", invitation="arelay_invite_" + "a" * 32))
        self.assertEqual(calls, [], "a made-up invitation costs no call")

        joined = self.join("Ines+x@gmail.com", invitation=invited["invitation"])
        self.assertEqual(joined.status, 201, joined.body)
        ines = joined.json()
        self.assertEqual(ines["account"], "ines@gmail.com")
        status = self.with_token("GET", "/status", ines["token"]).json()
        self.assertIn("removed_at", status)
        self.assertRegex(status["events"][0]["network"], r"/(24|48)$")

        body = json.dumps({"email": ines["account"]}).encode()
        path = f"/prepare-arlo-mfa/{ines['token']}"
        url = call(self.stack.url(path), method="POST", body=body, headers={"Content-Type": "application/json"}).body
        self.deliver(mails.arlo(ines["account"], "717273"), ines["relay_address"])
        self.assertEqual(self.stack.poll(url)["code"], "717273")
        until(lambda: "removed_at" not in self.with_token("GET", "/status", ines["token"]).json(), "the enrolment is used")

        replaced = self.with_token("POST", "/enrolment/token", ines["token"])
        self.assertEqual(replaced.status, 200, replaced.body)
        token = replaced.json()["token"]
        self.assertEqual(self.with_token("GET", "/status", ines["token"]).status, 403)
        members = self.count("joins")
        self.assertEqual(self.with_token("DELETE", "/enrolment", token).status, 204)
        self.assertEqual(self.with_token("GET", "/status", token).status, 403)
        self.assertEqual(self.count("joins"), members - 1)

        used = next(i for i in self.printed("invite", "--list")["invitations"] if i["id"] == invited["id"])
        self.assertEqual((used["uses"], used["used"]), (2, 1))
        self.printed("invite", "--withdraw", invited["id"])
        self.assertEqual(self.join("ines@gmail.com", invitation=invited["invitation"]).status, 403)

    def test_no_more_join_than_may(self):
        code = self.printed("invite", "--uses", "20")["invitation"]
        answers = [self.join(f"many{n}@gmail.com", invitation=code) for n in range(4)]
        self.assertEqual([answer.status for answer in answers], [201, 201, 201, 403], answers[-1].body)
        for answer in answers[:3]:
            self.assertEqual(self.with_token("DELETE", "/enrolment", answer.json()["token"]).status, 204)

    def test_the_page_joins_once_however_often_its_form_is_sent(self):
        code = self.printed("invite")["invitation"]
        page = call(self.stack.url("/"))
        self.assertEqual(page.status, 200)
        ticket = re.search(r'name="form" value="([a-z2-7]+)"', page.body)[1]
        headers = {"Content-Type": "application/x-www-form-urlencoded"}

        def post(path: str, **fields: str):
            return call(self.stack.url(path), method="POST", body=urllib.parse.urlencode(fields).encode(), headers=headers)

        answers = [post("/join", email="page@gmail.com", invitation=code, form=ticket) for _ in range(2)]
        tokens = {re.search(r"arelay_[a-z2-7]{58}", answer.body)[0] for answer in answers}
        self.assertEqual(([answer.status for answer in answers], len(tokens)), ([200, 200], 1))
        left = post("/manage", email="page@gmail.com", token=tokens.pop(), action="leave-now")
        self.assertEqual(left.status, 200, left.body)

    def test_another_sites_page_cannot_join(self):
        code = self.printed("invite")["invitation"]
        body = json.dumps({"email": "olga@gmail.com", "invitation": code}).encode()
        headers = {"Content-Type": "application/json", "Origin": "https://attacker.example"}
        self.assertEqual(call(self.stack.url("/enrolments"), method="POST", body=body, headers=headers).status, 403)


class KillSwitch(Command):
    def test_receiving_is_turned_off_and_on(self):
        ses = self.stack.client("ses")

        def enabled() -> bool:
            rules = ses.describe_active_receipt_rule_set()["Rules"]
            return next(rule["Enabled"] for rule in rules if rule["Name"] == self.stack.name)

        self.assertTrue(enabled())
        try:
            self.stack.deploy("Receiving=off")
            self.assertFalse(enabled())
            checks = {check["check"]: check for check in self.printed("doctor", code=1)["checks"]}
            self.assertIn("Receiving=on", json.dumps(checks["receipt rule"]))
        finally:
            self.stack.deploy("Receiving=on")
        self.assertTrue(enabled())

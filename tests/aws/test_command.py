"""`enroll --stack`, `doctor --stack` and `setup aws`, by the credentials of the stack's operator and no others."""

import json
import os
import tempfile
from pathlib import Path

import mails
from harness import call
from support.checks import until
from test_relay import Relay


class Command(Relay):
    def stack_command(self, *arguments: str, **environment: str):
        return self.stack.command(*arguments, "--stack", self.stack.name, "--region", self.stack.region, **environment)

    def printed(self, *arguments: str, code: int = 0, **environment: str):
        done = self.stack_command(*arguments, "--json", **environment)
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout)

    def refused(self, said: str, *arguments: str, **environment: str):
        """Ends with one sentence and changes nothing."""
        done = self.stack.command(*arguments, **environment)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(said, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)


class Enroll(Command):
    def prestage(self, account: str, token: str) -> int:
        body = json.dumps({"email": account}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        return call(self.stack.url("/prepare-arlo-mfa"), method="POST", body=body, headers=headers).status

    def test_what_a_client_needs(self):
        printed = self.printed("enroll", "Nora.Jones+arlo@gmail.com")
        self.assertEqual(printed["account"], "norajones@gmail.com")
        self.assertEqual(printed["prestage_url"], f"{self.stack.output('PreMFAStageURL')}/{printed['token']}")
        self.assertTrue(printed["relay_address"].endswith(f"@{self.stack.domain}"))
        self.assertEqual(printed["pyaarlo"]["tfa_host"], self.stack.output("WebURL"))
        self.assertEqual(self.prestage("nora.jones+arlo@gmail.com", printed["token"]), 200)

    def test_a_token_is_replaced_and_taken_away(self):
        first, other = (self.printed("enroll", "otto@gmail.com") for _ in range(2))
        self.assertNotEqual(first["relay_address"], other["relay_address"])
        second = self.printed("enroll", first["id"], "--rotate")
        self.assertEqual(second["relay_address"], first["relay_address"])
        tokens = [printed["token"] for printed in (first, second, other)]
        self.assertEqual([self.prestage("otto@gmail.com", token) for token in tokens], [403, 200, 200])
        self.printed("enroll", "otto@gmail.com", "--revoke")
        self.assertEqual([self.prestage("otto@gmail.com", token) for token in tokens], [403, 403, 403])

    def test_setup_again_makes_no_other_enrolment(self):
        with tempfile.TemporaryDirectory() as source:
            (Path(source) / "template.yaml").touch()
            script = Path(source) / "deploy.sh"
            script.write_text("#!/bin/sh\n")
            script.chmod(0o755)
            answers = ["--source", source, "--address", f"arlo@{self.stack.domain}", "--bucket", "artifacts"]
            for _ in range(2):
                done = self.stack_command("setup", "aws", *answers, "--account", "rosa@gmail.com")
                self.assertEqual(done.returncode, 0, done.stderr)
        # This takes an account that has one enrolment, and none that has several.
        self.printed("enroll", "rosa@gmail.com", "--rotate")

    def test_the_list_tells_of_the_mail(self):
        pia = self.stack.enroll("pia@gmail.com")
        self.deliver(mails.gmail_confirmation(pia.account, pia.relay_address).signed("google.com"), pia.relay_address)
        self.assertNotIn("pia@gmail.com", json.dumps(self.stack.listed(pia)))
        until(lambda: self.stack.listed(pia)["forwarding_confirmation"], "the confirmation is listed")
        self.assertTrue(self.stack.listed(pia)["forwarding_confirmation"]["link"].startswith("https://mail-settings.google.com/"))

    def test_what_cannot_be(self):
        region = ("--region", self.stack.region)
        self.refused("there is no stack nothing in us-east-1", "enroll", "a@example.org", "--stack", "nothing", *region)
        here = ("enroll", "a@example.org", "--stack", self.stack.name)
        self.refused("there is no stack", *here, "--region", "eu-west-1")
        self.refused("no region is set", *here, AWS_REGION="", AWS_DEFAULT_REGION="")
        self.refused("there are no AWS credentials", *here, *region, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="",
                     AWS_EC2_METADATA_DISABLED="true")  # fmt: skip


class Doctor(Command):
    def checks(self, **environment: str) -> dict:
        """The checks by name. What cannot be well on an emulator: a public address, and records in the DNS."""
        done = self.stack_command("doctor", "--json", **environment)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return {check["check"]: check for check in json.loads(done.stdout)["checks"]}

    def test_a_stack_that_is_well(self):
        quinn = self.stack.enroll("quinn@gmail.com")
        url = self.stack.prestage(quinn)
        self.deliver(mails.arlo(quinn.account, "525354"), quinn.relay_address)
        self.stack.poll(url)
        checks = self.checks()
        for name in ("stack", "table", "bucket", "identity", "receipt rule", "mail", "alarms"):
            with self.subTest(name):
                self.assertEqual(checks[name]["verdict"], "ok", checks[name])
        self.assertIn("code-delivered", checks["mail"]["found"])
        # Its name is one of AWS, which does not lead to the emulator.
        self.assertEqual(checks["http"]["verdict"], "wrong")

    def test_what_is_wrong_is_named_with_what_mends_it(self):
        ses, sesv2 = self.stack.client("ses"), self.stack.client("sesv2")
        rules = ses.describe_active_receipt_rule_set()["Metadata"]["Name"]
        ses.set_active_receipt_rule_set()
        self.addCleanup(ses.set_active_receipt_rule_set, RuleSetName=rules)
        sesv2.delete_email_identity(EmailIdentity=self.stack.domain)
        self.addCleanup(sesv2.create_email_identity, EmailIdentity=self.stack.domain)
        alarms, alarm = self.stack.client("cloudwatch"), self.stack.resource("DeadLetterAlarm")
        alarms.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")
        self.addCleanup(alarms.set_alarm_state, AlarmName=alarm, StateValue="OK", StateReason="a test")
        checks = self.checks()
        for name in ("receipt rule", "identity", "alarms", "a forwarded mail"):
            with self.subTest(name):
                self.assertEqual(checks[name]["verdict"], "wrong", checks[name])
                self.assertTrue(checks[name]["mend"])

    def test_an_operator_to_whom_ses_does_not_send(self):
        sesv2, operator = self.stack.client("sesv2"), "operator@example.net"
        self.assertEqual(self.checks()["operator's mail"]["verdict"], "ok")
        details = {"MailType": "TRANSACTIONAL", "WebsiteURL": "https://example.net"}
        sesv2.put_account_details(**details, ProductionAccessEnabled=False)
        self.addCleanup(sesv2.put_account_details, **details, ProductionAccessEnabled=True)
        found = self.checks()["operator's mail"]
        self.assertEqual(found["verdict"], "wrong")
        self.assertIn("sandbox", found["found"])
        self.assertNotIn(operator, str(found))
        sesv2.create_email_identity(EmailIdentity=operator)
        self.addCleanup(sesv2.delete_email_identity, EmailIdentity=operator)
        self.assertEqual(self.checks()["operator's mail"]["verdict"], "ok")

    def test_the_key_that_is_gone(self):
        ssm, name, key = self.stack.client("ssm"), self.stack.key_parameter, self.stack.key()
        ssm.delete_parameter(Name=name)
        try:
            found = self.checks()["settings"]
            refused = self.stack_command("enroll", "nobody@example.org")
        finally:
            ssm.put_parameter(Name=name, Type="SecureString", Value=key)
        self.assertEqual(found["verdict"], "wrong")
        self.assertIn(f"the key {name} cannot be read: there is no such parameter", found["found"])
        self.assertEqual(refused.returncode, 1)
        self.assertIn("there is no such parameter", refused.stderr)

    def test_an_identity_above_the_domain_counts(self):
        sesv2 = self.stack.client("sesv2")
        sesv2.delete_email_identity(EmailIdentity=self.stack.domain)
        self.addCleanup(sesv2.create_email_identity, EmailIdentity=self.stack.domain)
        above = self.stack.domain.partition(".")[2]
        sesv2.create_email_identity(EmailIdentity=above)
        self.addCleanup(sesv2.delete_email_identity, EmailIdentity=above)
        self.assertEqual(self.checks()["identity"]["verdict"], "ok")

    def test_in_words(self):
        done = self.stack_command("doctor")
        self.assertRegex(done.stdout, r"(?m)^ok +table: it is there and can be used$")
        self.assertNotIn(os.environ["HOME"], done.stdout)

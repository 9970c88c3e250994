"""How many calls of AWS one login costs: the counts behind the table in docs/aws.md."""

import json
import re

import mails
from harness import call
from support.checks import until
from test_relay import Relay


class Requests(Relay):
    def during(self, work, settled=lambda: True) -> list[str]:
        """The calls that the functions made, sorted, without the names of what they are made on."""
        return sorted(re.sub(r" /.*", "", made) for made in self.aws.requests_during(work, settled))

    def test_a_prestage_is_one_update_and_one_object(self):
        uma = self.stack.enroll("uma@gmail.com")
        self.stack.prestage(uma)
        warm = self.during(lambda: self.stack.prestage(uma))
        self.assertEqual(warm, ["dynamodb UpdateItem", "s3 PUT"])

    def test_a_cold_prestage_opens_its_connections_before_its_first_event(self):
        uwe = self.stack.enroll("uwe@gmail.com")
        # A function whose settings change is started anew.
        functions, function = self.stack.client("lambda"), self.stack.resource("PrestageFunction")
        functions.update_function_configuration(FunctionName=function, Timeout=11)
        self.addCleanup(functions.update_function_configuration, FunctionName=function, Timeout=10)
        cold = self.during(lambda: self.stack.prestage(uwe))
        self.assertEqual(
            cold, ["dynamodb UpdateItem", "s3 PUT", "ssm GetParameters", "unsigned GET", "unsigned HEAD"]
        )

    def test_a_mail_that_ends_a_login(self):
        vic = self.stack.enroll("vic@gmail.com")
        # Which starts the function, if nothing has.
        self.deliver(mails.Mail(b"Subject: none\r\n\r\n", "vic@gmail.com"), vic.relay_address)
        until(lambda: not self.stack.stored_mails(), "the first mail is read")
        url = self.stack.prestage(vic)

        def settled():
            return call(url).json()["status"] == "complete" and not self.stack.stored_mails()

        mail = mails.arlo(vic.account, "565758")
        made = self.during(lambda: self.deliver(mail, vic.relay_address), settled)
        counted = {one: made.count(one) for one in made}
        wanted = {
            "s3 GET": 1,
            "dynamodb GetItem": 1,
            "dynamodb UpdateItem": 1,
            "s3 PUT": 1,
            "s3 DELETE": 1,
        }
        self.assertEqual(counted, wanted)

    def test_a_mail_without_a_code(self):
        wes = self.stack.enroll("wes@gmail.com")
        mail = mails.gmail_confirmation(wes.account, wes.relay_address).signed("google.com")
        made = self.during(lambda: self.deliver(mail, wes.relay_address), lambda: not self.stack.stored_mails())
        self.assertNotIn("dynamodb Scan", made)
        self.assertLessEqual(len(made), 5, made)

    def test_what_is_made_up_costs_no_call(self):
        xan = self.stack.enroll("xan@gmail.com")
        body = json.dumps({"email": xan.account}).encode()
        headers = {"Content-Type": "application/json"}
        # Another letter, and it is no proof any more.
        token = xan.another_token()
        mailbox, _, domain = xan.relay_address.partition("@")
        nobody = ("a" if mailbox[0] != "a" else "b") + mailbox[1:]

        answer = []

        def try_both():
            url = self.stack.url(f"/prepare-arlo-mfa/{token}")
            answer.append(call(url, method="POST", body=body, headers=headers))
            self.deliver(mails.arlo(xan.account, "585960"), f"{nobody}@{domain}")
            # Once more, and waits for it.
            function, event = self.ses.events[-1]
            done = self.stack.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
            self.assertNotIn("FunctionError", done)

        started = {"ssm GetParameters", "unsigned GET", "unsigned HEAD"}
        self.assertEqual([made for made in self.during(try_both) if made not in started], [])
        self.assertEqual(answer[0].status, 403, answer[0].body)
        # The lifecycle rule deletes it.
        kept = self.stack.stored_mails()
        self.assertEqual(len(kept), 1)
        self.stack.client("s3").delete_object(Bucket=self.stack.resource("Bucket"), Key=kept[0])

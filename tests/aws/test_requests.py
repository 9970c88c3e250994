"""How many calls of AWS one login costs: the counts behind the table in docs/aws.md."""

import re

import mails
from harness import call
from support.checks import until
from test_relay import Relay


class Requests(Relay):
    def during(self, work, settled=lambda: True) -> list[str]:
        """The calls that the functions made, sorted, without the names of what they are made on."""
        return sorted(re.sub(r" /.*", "", made) for made in self.aws.requests_during(work, settled))

    def test_a_prestage_is_one_transaction_and_one_object(self):
        uma = self.stack.enroll("uma@gmail.com")
        self.stack.prestage(uma)
        warm = self.during(lambda: self.stack.prestage(uma))
        self.assertEqual(warm, ["dynamodb TransactWriteItems", "s3 PUT"])

    def test_a_cold_prestage_opens_its_connections_before_its_first_event(self):
        uwe = self.stack.enroll("uwe@gmail.com")
        # A function whose settings change is started anew.
        functions, function = self.stack.client("lambda"), self.stack.resource("PrestageFunction")
        functions.update_function_configuration(FunctionName=function, Timeout=11)
        self.addCleanup(functions.update_function_configuration, FunctionName=function, Timeout=10)
        cold = self.during(lambda: self.stack.prestage(uwe))
        self.assertEqual(
            cold, ["dynamodb TransactWriteItems", "s3 PUT", "ssm GetParameter", "unsigned GET", "unsigned HEAD"]
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
            "dynamodb GetItem": 3,
            "dynamodb TransactWriteItems": 1,
            "s3 PUT": 1,
            "dynamodb UpdateItem": 1,
            "s3 DELETE": 1,
        }
        self.assertEqual(counted, wanted)

    def test_a_mail_without_a_code(self):
        wes = self.stack.enroll("wes@gmail.com")
        mail = mails.gmail_confirmation(wes.account, wes.relay_address).signed("google.com")
        made = self.during(lambda: self.deliver(mail, wes.relay_address), lambda: not self.stack.stored_mails())
        self.assertNotIn("dynamodb Scan", made)
        self.assertLessEqual(len(made), 8, made)

"""DynamoDB, S3 and SES that fail: a moment is bridged, more is answered, and at last nothing is lost in silence."""

import json

import mails
from harness import call, wait_until
from test_relay import Relay


class Faults(Relay):
    def setUp(self):
        self.addCleanup(self.aws.mend)

    def prestage(self, enrolled):
        body = json.dumps({"email": enrolled.account}).encode()
        headers = {"Content-Type": "application/json"}
        return call(self.stack.url(f"/prepare-arlo-mfa/{enrolled.token}"), method="POST", body=body, headers=headers)

    def test_one_fault_is_bridged(self):
        amy = self.stack.enroll("amy@gmail.com")
        for service in ("dynamodb", "s3"):
            with self.subTest(service):
                self.aws.fail(service, count=1)
                answer = self.prestage(amy)
                self.assertEqual(answer.status, 200, answer.body)
                self.assertEqual(call(answer.body).json(), {"status": "pending"})

    def test_a_table_that_is_away_is_a_503(self):
        ben = self.stack.enroll("ben@gmail.com")
        self.aws.fail("dynamodb", count=50)
        answer = self.prestage(ben)
        self.assertEqual(answer.status, 503, answer.body)
        self.assertEqual(answer.json()["status"], 503)
        self.aws.mend()
        self.assertEqual(self.prestage(ben).status, 200)

    def test_a_bucket_that_is_away_is_a_503(self):
        ben = self.stack.enroll("ben2@gmail.com")
        self.aws.fail("s3", count=50)
        self.assertEqual(self.prestage(ben).status, 503)
        self.aws.mend()
        self.assertEqual(self.prestage(ben).status, 200)

    def test_the_mail_is_kept_until_its_code_is_delivered(self):
        cat = self.stack.enroll("cat@gmail.com")
        url = self.prestage(cat).body
        self.aws.fail("dynamodb", count=12)
        self.deliver(mails.arlo(cat.account, "343536"), cat.relay_address)
        wait_until("the function has met the faults", lambda: not any(f["count"] > 8 for f in self.aws.test("fault")))
        self.assertEqual(call(url).json(), {"status": "pending"})
        self.assertTrue(self.stack.stored_mails())
        self.aws.mend()
        # What Lambda does by itself a minute later.
        self.ses.again()
        self.assertEqual(self.stack.poll(url)["code"], "343536")
        wait_until("the mail is deleted", lambda: not self.stack.stored_mails())

    def test_a_crash_between_the_table_and_the_document_is_mended_by_the_retry(self):
        dan = self.stack.enroll("dan@gmail.com")
        url = self.prestage(dan).body
        self.aws.fail("s3", action="^PUT ", count=20)
        self.deliver(mails.arlo(dan.account, "373839"), dan.relay_address)
        wait_until("the function has met the faults", lambda: any(f["count"] < 20 for f in self.aws.test("fault")))
        self.assertEqual(call(url).json(), {"status": "pending"})
        self.aws.mend()

        def asked():
            self.ses.again()
            return call(url).json().get("code") == "373839"

        wait_until("the retry writes the document", asked)
        wait_until("the mail is deleted", lambda: not self.stack.stored_mails())

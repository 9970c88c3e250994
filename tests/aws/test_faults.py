"""DynamoDB, S3 and SES that fail: a moment is bridged, more is answered, and at last nothing is lost in silence."""

import mails
from harness import Answer, call
from support.checks import until
from test_relay import Relay


class Faulty(Relay):
    def setUp(self):
        self.addCleanup(self.aws.mend)

    def prestage(self, enrolled) -> Answer:
        return self.stack.try_to_prestage(enrolled)


class Faults(Faulty):
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

    def test_a_change_whose_answer_is_lost_is_made_once(self):
        gus = self.stack.enroll("gus@gmail.com")
        url = self.prestage(gus).body
        self.aws.fail("dynamodb", action="UpdateItem", count=1, done=True)
        self.deliver(mails.arlo(gus.account, "717273"), gus.relay_address)
        self.assertEqual(self.stack.poll(url)["code"], "717273")
        until(lambda: not self.stack.stored_mails(), "the mail is deleted")
        counts = {event: mail["count"] for event, mail in self.stack.listed(gus)["mail"].items()}
        self.assertEqual(counts["code-delivered"], 1)

    def test_a_request_that_nobody_can_poll_is_taken_back(self):
        hao = self.stack.enroll("hao@gmail.com")
        self.aws.fail("s3", action="^PUT ", count=50)
        self.assertEqual(self.prestage(hao).status, 503)
        self.aws.mend()
        url = self.prestage(hao).body
        self.deliver(mails.arlo(hao.account, "747576"), hao.relay_address)
        self.assertEqual(self.stack.poll(url)["code"], "747576")

    def test_the_mail_is_kept_until_its_code_is_delivered(self):
        cat = self.stack.enroll("cat@gmail.com")
        url = self.prestage(cat).body
        self.aws.fail("dynamodb", count=12)
        self.deliver(mails.arlo(cat.account, "343536"), cat.relay_address)
        until(lambda: not any(f["count"] > 8 for f in self.aws.test("fault")), "the function has met the faults")
        self.assertEqual(call(url).json(), {"status": "pending"})
        self.assertTrue(self.stack.stored_mails())
        self.aws.mend()
        # What Lambda does by itself a minute later.
        self.ses.again()
        self.assertEqual(self.stack.poll(url)["code"], "343536")
        until(lambda: not self.stack.stored_mails(), "the mail is deleted")

    def test_a_crash_between_the_table_and_the_document_is_mended_by_the_retry(self):
        dan = self.stack.enroll("dan@gmail.com")
        url = self.prestage(dan).body
        self.aws.fail("s3", action="^PUT ", count=20)
        self.deliver(mails.arlo(dan.account, "373839"), dan.relay_address)
        until(lambda: any(f["count"] < 20 for f in self.aws.test("fault")), "the function has met the faults")
        self.assertEqual(call(url).json(), {"status": "pending"})
        self.aws.mend()

        def asked():
            self.ses.again()
            return call(url).json().get("code") == "373839"

        until(asked, "the retry writes the document")
        until(lambda: not self.stack.stored_mails(), "the mail is deleted")

    def test_a_mail_that_fails_three_times_is_a_dead_letter_and_in_nobodys_way(self):
        eli, fay = self.stack.enroll("eli@gmail.com"), self.stack.enroll("fay@gmail.com")
        lost = self.prestage(eli).body
        before = self.stack.dead_letters()
        self.aws.fail("dynamodb", count=1000)
        self.deliver(mails.arlo(eli.account, "596061"), eli.relay_address)
        until(lambda: self.stack.dead_letters() > before, "the event is a dead letter")
        self.aws.mend()

        s3, bucket = self.stack.client("s3"), self.stack.resource("Bucket")
        kept = self.stack.stored_mails()
        self.assertEqual(len(kept), 1, "the mail itself is kept until the lifecycle takes it")
        self.addCleanup(s3.delete_object, Bucket=bucket, Key=kept[0])
        letters = self.stack.client("sqs").receive_message(QueueUrl=self.stack.resource("DeadLetters"))
        self.assertNotIn("596061", letters["Messages"][0]["Body"])
        self.assertEqual(call(lost).json(), {"status": "pending"})

        found = self.prestage(fay).body
        self.deliver(mails.arlo(fay.account, "626364"), fay.relay_address)
        self.assertEqual(self.stack.poll(found)["code"], "626364")

"""Prestage, mail, poll, code: the way of a login over the deployed stack."""

import json
import unittest
import urllib.parse

import mails
import shared
from harness import call
from support.checks import until


class Relay(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack, cls.ses = shared.relay()
        cls.aws = shared.row.aws

    def deliver(self, mail: mails.Mail, *recipients: str):
        mail.send(self.ses.port, *recipients)


class Login(Relay):
    def test_the_code_reaches_the_login_that_waits(self):
        casey = self.stack.enroll("casey@gmail.com")
        url = self.stack.prestage(casey)
        self.assertEqual(call(url).json(), {"status": "pending"})
        self.deliver(mails.arlo(casey.account, "482913"), casey.relay_address)
        self.assertEqual(self.stack.poll(url)["code"], "482913")

    def test_a_code_with_leading_zeros_stays_six_digits(self):
        robin = self.stack.enroll("robin@gmail.com")
        url = self.stack.prestage(robin)
        self.deliver(mails.arlo(robin.account, "004217"), robin.relay_address)
        self.assertEqual(self.stack.poll(url)["code"], "004217")

    def test_prestage_answers_json_to_who_asks_for_it(self):
        kim = self.stack.enroll("kim@gmail.com")
        headers = {"Accept": "application/json", "Authorization": f"Bearer {kim.token}", "Content-Type": "application/json"}
        body = json.dumps({"email": kim.account}).encode()
        answer = call(self.stack.url("/prepare-arlo-mfa"), method="POST", body=body, headers=headers)
        self.assertEqual(answer.status, 200, answer.body)
        found = answer.json()
        self.assertEqual(found["status"], "pending")
        self.assertLessEqual({"poll_url", "request_id", "expires_at"}, set(found))
        self.assertEqual(call(found["poll_url"]).json(), {"status": "pending"})

    def test_two_logins_at_once_each_get_their_own_code(self):
        sam = self.stack.enroll("sam@gmail.com")
        first = self.stack.prestage(sam)
        second = self.stack.prestage(sam)
        self.assertNotEqual(first, second)
        self.deliver(mails.arlo(sam.account, "111222"), sam.relay_address)
        self.deliver(mails.arlo(sam.account, "333444"), sam.relay_address)
        # Which is nearer to a Date in whole seconds depends on the moment.
        codes = {self.stack.poll(url)["code"] for url in (first, second)}
        self.assertEqual(codes, {"111222", "333444"})

    def test_the_pyaarlo_api_begins_and_answers_a_login(self):
        pat = self.stack.enroll("pat@gmail.com")
        query = urllib.parse.urlencode({"email": pat.account, "token": pat.token})
        self.assertEqual(call(self.stack.url(f"/clear?{query}")).json()["data"]["success"], True)
        self.deliver(mails.arlo(pat.account, "909182"), pat.relay_address)

        def asked():
            answer = call(self.stack.url(f"/get?{query}")).json()
            return answer["data"]["success"] and answer["data"]["code"]

        self.assertEqual(until(asked, "the code"), "909182")

    def test_the_api_says_that_it_serves(self):
        answer = call(self.stack.url("/healthz"))
        self.assertEqual((answer.status, answer.json()["status"]), (200, "ok"))
        self.assertEqual(call(self.stack.url("/openapi.json")).json()["openapi"][:3], "3.1")


class Expiry(Relay):
    def test_a_request_past_its_end_is_given_no_code(self):
        lea = self.stack.enroll("lea@gmail.com")
        gone = self.stack.prestage(lea)
        self.end_all_requests_of(lea)
        self.deliver(mails.arlo(lea.account, "656667"), lea.relay_address)
        until(lambda: not self.stack.stored_mails(), "the mail is read")
        self.assertEqual(call(gone).json(), {"status": "pending"})
        # The next one is not in its way.
        url = self.stack.prestage(lea)
        self.deliver(mails.arlo(lea.account, "686970"), lea.relay_address)
        self.assertEqual(self.stack.poll(url)["code"], "686970")

    def end_all_requests_of(self, enrolled):
        """Lets the time of the account's requests be over."""
        dynamodb, table = self.stack.client("dynamodb"), self.stack.resource("Table")
        items = [item for page in dynamodb.get_paginator("scan").paginate(TableName=table) for item in page["Items"]]
        # The relay address begins with the id.
        item = next(item for item in items if enrolled.relay_address.startswith(item["enrolment"]["S"]))
        for entry in item["requests"]["M"]["open"]["M"].values():
            entry["M"]["until"] = entry["M"]["staged"]
        dynamodb.put_item(TableName=table, Item=item)


class Refused(Relay):
    def prestage(self, body, **headers):
        headers = {"Content-Type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}
        return call(self.stack.url("/prepare-arlo-mfa"), method="POST", body=body, headers=headers)

    def test_without_a_token(self):
        answer = self.prestage(b'{"email":"casey@gmail.com"}')
        self.assertEqual(answer.status, 401, answer.body)
        self.assertEqual(answer.json()["status"], 401)

    def test_with_a_wrong_token_or_for_another_account(self):
        lee = self.stack.enroll("lee@gmail.com")
        wrong = "arelay_" + "a" * 52
        known = self.prestage(b'{"email":"lee@gmail.com"}', Authorization=f"Bearer {wrong}")
        unknown = self.prestage(b'{"email":"nobody@gmail.com"}', Authorization=f"Bearer {wrong}")
        other = self.prestage(b'{"email":"nobody@gmail.com"}', Authorization=f"Bearer {lee.token}")
        self.assertEqual([known.status, unknown.status, other.status], [403, 403, 403])
        # The answers do not tell whether an account is enrolled.
        self.assertEqual(known.body, unknown.body)

    def test_what_is_no_request(self):
        lee = self.stack.enroll("lee2@gmail.com")
        for body, status in [(b"{", 400), (b'{"email":"no address"}', 400), (b'{"mail":1}', 400), (b" " * 70_000, 413)]:
            with self.subTest(body[:20]):
                answer = self.prestage(body, Authorization=f"Bearer {lee.token}")
                self.assertEqual(answer.status, status, answer.body)
                self.assertEqual(answer.json()["status"], status)

    def test_an_unknown_path(self):
        self.assertEqual(call(self.stack.url("/nothing-here")).status, 404)


class PollUrls(Relay):
    def test_a_url_that_was_changed_reads_nothing(self):
        jo = self.stack.enroll("jo@gmail.com")
        url = self.stack.prestage(jo)
        head, _, signature = url.rpartition("X-Amz-Signature=")
        other = "0" if signature[0] != "0" else "1"
        tampered = [
            f"{head}X-Amz-Signature={other}{signature[1:]}",
            url.replace("/poll/", "/mail/"),
            url.split("?")[0],
            url.replace("X-Amz-Expires=", "X-Amz-Expires=9"),
        ]
        for bad in tampered:
            with self.subTest(bad.split("?")[0][-8:]):
                self.assertEqual(call(bad).status, 403)
        self.assertEqual(call(url, method="DELETE").status, 403)
        self.assertEqual(call(url).status, 200)

    def test_a_url_lives_no_longer_than_its_request(self):
        jo = self.stack.enroll("jo2@gmail.com")
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.stack.prestage(jo)).query)
        self.assertLessEqual(int(query["X-Amz-Expires"][0]), 301)
        self.assertEqual(query["X-Amz-Algorithm"], ["AWS4-HMAC-SHA256"])

    def test_a_url_past_its_expiry_reads_nothing(self):
        # Signed as prestage signs, by its role, for one second.
        role = self.stack.credentials("PrestageRole")
        s3 = self.aws.client("s3", self.stack.region, **role)
        bucket = self.stack.resource("Bucket")
        self.stack.client("s3").put_object(Bucket=bucket, Key="poll/expiring", Body=b'{"status":"pending"}')
        lasting, short = (
            s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "poll/expiring"}, ExpiresIn=seconds)
            for seconds in (300, 1)
        )
        until(lambda: call(short).status == 403, "the URL has expired")
        self.assertEqual(call(lasting).status, 200)

"""The stand-in of SES itself: a stand-in that says PASS to everything proves nothing."""

import unittest

import mails
from ses_inbound import Verdicts, allows

ACCOUNT = "casey@gmail.com"
RULE = "arn:aws:ses:us-east-1:000000000000:receipt-rule-set/any:receipt-rule/arlo-relay"


def verdicts(mail: mails.Mail) -> Verdicts:
    return Verdicts.of(mails.records(), mail.raw, mail.mail_from, mail.helo, mail.ip)


class Judging(unittest.TestCase):
    def test_a_mail_that_gmail_forwards(self):
        found = verdicts(mails.arlo(ACCOUNT, "482913").signed("arlo.com"))
        self.assertEqual((found.spf, found.dkim, found.dmarc), ("pass", [("pass", "arlo.com")], "pass"))

    def test_a_body_that_was_changed_on_the_way(self):
        mail = mails.arlo(ACCOUNT, "482913").signed("arlo.com")
        mail.raw = mail.raw.replace(b"482913", b"111111")
        found = verdicts(mail)
        self.assertEqual((found.dkim, found.dmarc, found.dmarc_policy), ([("fail", "arlo.com")], "fail", "reject"))
        self.assertEqual(found.receipt()["dkimVerdict"], {"status": "FAIL"})

    def test_a_stranger_that_signs_for_itself(self):
        found = verdicts(mails.arlo(ACCOUNT, "482913").signed("evil.example").from_elsewhere())
        self.assertEqual((found.spf, found.dkim, found.dmarc), ("softfail", [("pass", "evil.example")], "fail"))

    def test_a_mail_without_any_signature(self):
        found = verdicts(mails.arlo(ACCOUNT, "482913"))
        self.assertEqual(found.receipt()["dkimVerdict"], {"status": "GRAY"})
        block = found.header_block("id", "a@b", "c@d", "helo", "192.0.2.1", "us-east-1")
        self.assertIn(b" dkim=none header.i=unknown;\r\n", block)


class Policies(unittest.TestCase):
    POLICY = (
        '{"Statement":[{"Effect":"Allow","Principal":{"Service":"ses.amazonaws.com"},"Action":"s3:PutObject",'
        '"Resource":"arn:aws:s3:::b/mail/*","Condition":{"StringEquals":{"aws:SourceAccount":"000000000000"},'
        '"ArnLike":{"aws:SourceArn":"arn:aws:ses:us-east-1:000000000000:receipt-rule-set/*:receipt-rule/arlo-relay"}}}]}'
    )

    def test_only_the_rule_may_and_only_there(self):
        for action, resource, rule, expected in [
            ("s3:PutObject", "arn:aws:s3:::b/mail/x", RULE, True),
            ("s3:PutObject", "arn:aws:s3:::b/poll/x", RULE, False),
            ("s3:GetObject", "arn:aws:s3:::b/mail/x", RULE, False),
            ("s3:PutObject", "arn:aws:s3:::b/mail/x", RULE + "-other", False),
            ("s3:PutObject", "arn:aws:s3:::b/mail/x", RULE.replace("000000000000", "111111111111"), False),
        ]:
            with self.subTest(action=action, resource=resource, rule=rule):
                self.assertEqual(allows(self.POLICY, action, resource, rule), expected)

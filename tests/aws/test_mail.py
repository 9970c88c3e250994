"""Which mail gives a code and which does not, on the way through SES."""

import base64
import email
import json
import smtplib

import mails
from harness import call
from support.checks import until
from test_relay import Relay


class Ways(Relay):
    """The ways of a mail that may give a code, and near misses of each."""

    def pending(self, url: str) -> bool:
        return call(url).json() == {"status": "pending"}

    def handled(self):
        until(lambda: not self.stack.stored_mails(), "every stored mail is read and deleted")

    def gives(self, code: str, mail: mails.Mail):
        """The mail, at the shared address, ends the request of the account it is for; without a code, it leaves it."""
        enrolled = self.stack.enroll(mail.account)
        url = self.stack.prestage(enrolled)
        self.deliver(mail, self.stack.address)
        if code:
            self.assertEqual(self.stack.poll(url)["code"], code)
        else:
            self.handled()
            self.assertTrue(self.pending(url))

    def test_by_the_shared_address_with_the_signature_of_arlo(self):
        self.gives("515253", mails.arlo("ana@gmail.com", "515253").signed("arlo.com"))

    def test_by_the_shared_address_from_the_mailbox_of_the_account(self):
        self.gives("616263", mails.arlo("bo@gmail.com", "616263"))

    def test_by_the_shared_address_from_anywhere_gives_nothing(self):
        self.gives("", mails.arlo("cy@gmail.com", "717273").from_elsewhere())

    def test_a_stranger_that_signs_for_itself_gives_nothing(self):
        self.gives("", mails.arlo("di@gmail.com", "818283").signed("evil.example").from_elsewhere())

    def test_a_forged_verdict_gives_nothing(self):
        forged = (
            "Received: from mail.arlo.com (mail.arlo.com [203.0.113.9])\r\n"
            " by inbound-smtp.us-east-1.amazonaws.com with SMTP id 0000;\r\n"
            "Authentication-Results: amazonses.com;\r\n spf=pass smtp.mailfrom=gmail.com;\r\n"
            " dkim=pass header.i=@arlo.com;\r\n dmarc=pass header.from=arlo.com;\r\n"
        )
        self.gives("", mails.arlo("ed@gmail.com", "919293").under(forged).from_elsewhere())

    def test_a_signature_that_broke_on_the_way_gives_nothing(self):
        mail = mails.arlo("flo@gmail.com", "121314").signed("arlo.com").from_elsewhere()
        mail.raw = mail.raw.replace(b"121314", b"999999")
        self.gives("", mail)

    def test_the_same_event_twice_ends_one_request(self):
        gil = self.stack.enroll("gil@gmail.com")
        urls = [self.stack.prestage(gil), self.stack.prestage(gil)]
        mail = mails.arlo(gil.account, "151617")
        self.deliver(mail, gil.relay_address)
        # Which is nearer to a Date in whole seconds depends on the moment.
        ended = until(lambda: next((url for url in urls if not self.pending(url)), None), "the code")
        self.assertEqual(self.stack.poll(ended)["code"], "151617")
        self.ses.again()
        self.deliver(mail, gil.relay_address)
        self.handled()
        self.assertEqual([self.pending(url) for url in urls if url != ended], [True])

    def test_one_mail_to_several_recipients(self):
        hal, ida = self.stack.enroll("hal@gmail.com"), self.stack.enroll("ida@gmail.com")
        hals, idas = self.stack.prestage(hal), self.stack.prestage(ida)
        self.deliver(mails.arlo(hal.account, "181920"), hal.relay_address, self.stack.address)
        self.assertEqual(self.stack.poll(hals)["code"], "181920")
        self.handled()
        self.assertTrue(self.pending(idas))

    def test_a_header_block_too_long_for_the_event(self):
        ivy = self.stack.enroll("ivy@gmail.com")
        url = self.stack.prestage(ivy)
        arc = "".join(f"ARC-Seal: i={n}; a=rsa-sha256; b={'x' * 900}\r\n" for n in range(1, 16))
        mail = mails.arlo(ivy.account, "212223").signed("arlo.com").under(arc)
        self.deliver(mail, self.stack.address)
        self.assertTrue(self.ses.events[-1][1]["Records"][0]["ses"]["mail"]["headersTruncated"])
        self.assertEqual(self.stack.poll(url)["code"], "212223")

    def test_a_large_mail(self):
        jay = self.stack.enroll("jay@gmail.com")
        url = self.stack.prestage(jay)
        mail = mails.arlo(jay.account, "242526")
        mail.raw += b"<!-- " + (b"x" * 900 + b"\r\n") * 12_000 + b" -->\r\n"
        self.deliver(mail, jay.relay_address)
        self.assertEqual(self.stack.poll(url)["code"], "242526")

    def test_over_a_plain_connection_nothing_is_taken(self):
        with self.assertRaises(smtplib.SMTPRecipientsRefused):
            mails.arlo("casey@gmail.com", "272829").send(self.ses.port, self.stack.address, tls=False)

    def test_another_domain_is_not_received(self):
        with self.assertRaises(smtplib.SMTPRecipientsRefused):
            self.deliver(mails.arlo("casey@gmail.com", "303132"), "relay@elsewhere.example")


class NoCode(Relay):
    def test_a_forwarding_confirmation_goes_to_the_operator(self):
        kay = self.stack.enroll("kay@gmail.com")
        self.aws.test("sent", "DELETE")
        self.deliver(mails.gmail_confirmation(kay.account, kay.relay_address).signed("google.com"), kay.relay_address)
        sent = until(lambda: self.aws.test("sent"), "the mail to the operator")[0]
        self.assertEqual(sent["to"]["ToAddresses"], ["operator@example.net"])
        self.assertTrue(sent["from"].endswith(f"@{self.stack.domain}") or f"@{self.stack.domain}>" in sent["from"])
        message = email.message_from_bytes(base64.b64decode(sent["raw"]))
        parts = [part.get_content_type() for part in message.walk()]
        self.assertIn("message/rfc822", parts)

    def test_events_that_are_none_of_ours_end_quietly(self):
        stack, function = self.stack, self.stack.resource("InboundFunction")
        gone = {"mail": {"messageId": "gone", "source": "", "destination": []}, "receipt": {"recipients": [stack.address]}}
        setup = {
            "mail": {"messageId": "AMAZON_SES_SETUP_NOTIFICATION", "source": "", "destination": []},
            "receipt": {"recipients": ["recipient@example.com"]},
        }
        for event in [
            {"Records": []},
            {"Records": [{"eventSource": "aws:ses", "eventVersion": "1.0", "ses": setup}]},
            {"Records": [{"eventSource": "aws:ses", "eventVersion": "1.0", "ses": gone, "later": {"fields": [1]}}]},
        ]:
            answer = stack.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
            with self.subTest(str(event)[:60]):
                self.assertNotIn("FunctionError", answer, answer["Payload"].read())

    def test_what_is_no_mail_is_read_once_and_gone(self):
        lou = self.stack.enroll("lou@gmail.com")
        url = self.stack.prestage(lou)
        for raw in [b"\r\n", b"\x00\xff" * 400 + b"\r\n", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * 5000]:
            self.deliver(mails.Mail(raw, "someone@gmail.com"), lou.relay_address)
        until(lambda: not self.stack.stored_mails(), "every stored mail is read and deleted")
        self.assertEqual(call(url).json(), {"status": "pending"})
        self.assertEqual(self.stack.dead_letters(), 0)


"""Functions that are killed between two calls, services that throttle or do not answer, events that come three times
and in any order: each code reaches one login, no mail is counted twice as a login, and nothing is left behind.
"""

import itertools
import json
import time
from concurrent.futures import ThreadPoolExecutor
from random import Random

import mails
from harness import call
from support.checks import until
from test_faults import Faulty

# What a function calls for an event; not what it asks for while it starts.
CALLS = "^(?!GetParameters)"
# Those of a prestage, and none by which a late attempt finds that its mail is gone.
CALLS_OF_A_PRESTAGE = "^(UpdateItem|PUT )"
# The calls of a mail with a code, and those of a prestage: tests/aws/test_requests.py counts them.
OF_A_MAIL, OF_A_PRESTAGE = 5, 2
# Longer than a function waits for one answer.
STALL = 4.0


class Survival(Faulty):
    def mail(self, enrolled, code: str) -> mails.Mail:
        # Its Date is no earlier than the requests that were begun before it, though it has whole seconds.
        return mails.arlo(enrolled.account, code, date=time.time() + 1)

    def gone(self):
        until(lambda: not self.stack.stored_mails(), "every stored mail is read and deleted")

    def codes(self, urls: list[str]) -> list[str]:
        return [call(url).json().get("code", "") for url in urls]

    def counts(self, enrolled) -> dict[str, int]:
        return {event: mail["count"] for event, mail in self.stack.listed(enrolled)["mail"].items()}

    def must_end_one(self, enrolled, urls: list[str], code: str):
        """One of the requests has the code, the others wait; once more, and nothing has changed."""
        until(lambda: code in self.codes(urls), "the code")
        self.gone()
        self.aws.mend()
        # Once more, and waits for it: what it calls meets no fault of a later test.
        function, event = self.ses.events[-1]
        done = self.stack.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
        self.assertNotIn("FunctionError", done)
        self.assertEqual(sorted(self.codes(urls)), sorted([code] + [""] * (len(urls) - 1)))
        counted = self.counts(enrolled)
        self.assertEqual(counted.pop("code-delivered"), 1)
        self.assertLessEqual(set(counted), {"duplicate"})


class Killed(Survival):
    def test_inbound_is_killed_at_each_call(self):
        cases = itertools.product(range(OF_A_MAIL), (False, True))
        for number, (skip, done) in enumerate(cases):
            with self.subTest(skip=skip, done=done):
                enrolled = self.stack.enroll(f"kit{number}@gmail.com")
                urls = [self.stack.prestage(enrolled), self.stack.prestage(enrolled)]
                code = f"70{number:04}"
                self.aws.fail("", action=CALLS, skip=skip, kill=True, done=done)
                self.deliver(self.mail(enrolled, code), enrolled.relay_address)
                until(self.aws.met, "the function is killed")
                self.must_end_one(enrolled, urls, code)

    def test_prestage_is_killed_at_each_call(self):
        cases = itertools.product(range(OF_A_PRESTAGE), (False, True))
        for number, (skip, done) in enumerate(cases):
            with self.subTest(skip=skip, done=done):
                enrolled = self.stack.enroll(f"kay{number}@gmail.com")
                self.aws.fail("", action=CALLS_OF_A_PRESTAGE, skip=skip, kill=True, done=done)
                self.assertGreaterEqual(self.prestage(enrolled).status, 500)
                self.assertTrue(self.aws.met())
                self.aws.mend()
                url = self.stack.prestage(enrolled)
                self.deliver(self.mail(enrolled, f"71{number:04}"), enrolled.relay_address)
                self.assertEqual(self.stack.poll(url)["code"], f"71{number:04}")
                self.gone()


class Throttled(Survival):
    KINDS = [
        ("dynamodb", {"status": 400, "kind": "ThrottlingException"}),
        ("dynamodb", {"status": 400, "kind": "ProvisionedThroughputExceededException"}),
        ("s3", {"status": 503, "kind": "SlowDown"}),
    ]

    def test_a_moment_is_bridged(self):
        for number, (service, fault) in enumerate(self.KINDS):
            with self.subTest(fault["kind"]):
                enrolled = self.stack.enroll(f"ty{number}@gmail.com")
                self.aws.fail(service, count=1, **fault)
                url = self.stack.prestage(enrolled)
                self.aws.fail(service, count=1, **fault)
                self.deliver(self.mail(enrolled, f"72{number:04}"), enrolled.relay_address)
                self.must_end_one(enrolled, [url], f"72{number:04}")

    def test_what_lasts_is_answered_and_the_mail_is_kept(self):
        for number, (service, fault) in enumerate(self.KINDS):
            with self.subTest(fault["kind"]):
                enrolled = self.stack.enroll(f"tea{number}@gmail.com")
                url = self.stack.prestage(enrolled)
                self.aws.fail(service, count=1000, **fault)
                self.assertEqual(self.prestage(enrolled).status, 503)
                self.deliver(self.mail(enrolled, f"73{number:04}"), enrolled.relay_address)
                self.assertTrue(self.stack.stored_mails())
                self.assertEqual(call(url).json(), {"status": "pending"})
                self.aws.mend()
                self.ses.again()
                self.must_end_one(enrolled, [url], f"73{number:04}")

    def test_the_operators_mail_is_sent_after_it(self):
        enrolled = self.stack.enroll("tom@gmail.com")
        self.aws.test("sent", "DELETE")
        self.aws.fail("ses", count=1, status=429, kind="TooManyRequestsException")
        confirmation = mails.gmail_confirmation(enrolled.account, enrolled.relay_address)
        self.deliver(confirmation.signed("google.com"), enrolled.relay_address)
        until(lambda: self.aws.test("sent"), "the mail to the operator")
        self.gone()
        self.assertEqual(self.counts(enrolled), {"forwarding-confirmation": 1})


class Unanswered(Survival):
    """A service that is silent for longer than a function waits, whether it has done what it was asked or not."""

    def test_a_login_goes_on(self):
        cases = itertools.product((("dynamodb", "UpdateItem"), ("s3", "^PUT ")), (False, True))
        for number, ((service, action), done) in enumerate(cases):
            with self.subTest(service=service, done=done):
                enrolled, code = self.stack.enroll(f"una{number}@gmail.com"), f"74{number:04}"
                self.aws.fail(service, action=action, stall=STALL, done=done)
                url = self.stack.prestage(enrolled)
                self.aws.fail(service, action=action, stall=STALL, done=done)
                self.deliver(self.mail(enrolled, code), enrolled.relay_address)
                self.must_end_one(enrolled, [url], code)

    def test_a_mail_that_cannot_be_read_at_first(self):
        enrolled = self.stack.enroll("uli@gmail.com")
        url = self.stack.prestage(enrolled)
        self.aws.fail("s3", action="^GET ", stall=STALL)
        self.aws.fail("dynamodb", action="GetItem", stall=STALL)
        self.deliver(self.mail(enrolled, "750000"), enrolled.relay_address)
        self.must_end_one(enrolled, [url], "750000")


class Events(Survival):
    def test_each_event_three_times_and_in_any_order(self):
        households = [self.stack.enroll(f"eve{number}@gmail.com") for number in range(3)]
        urls = {enrolled.account: [self.stack.prestage(enrolled) for _ in range(2)] for enrolled in households}
        first = len(self.ses.events)
        self.ses.holds = True
        self.addCleanup(setattr, self.ses, "holds", False)
        for number, enrolled in enumerate(households * 2):
            self.deliver(self.mail(enrolled, f"76{number:04}"), enrolled.relay_address)
        events = self.ses.events[first:] * 3
        Random(14).shuffle(events)
        functions = self.stack.client("lambda")

        def tell(told):
            function, event = told
            functions.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event))

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(tell, events))
        for number, enrolled in enumerate(households):
            wanted = sorted([f"76{number:04}", f"76{number + len(households):04}"])
            until(lambda: sorted(self.codes(urls[enrolled.account])) == wanted, "both codes")
        self.gone()
        for enrolled in households:
            counted = self.counts(enrolled)
            self.assertEqual(counted.pop("code-delivered"), 2)
            self.assertLessEqual(set(counted), {"duplicate"})

    def test_any_one_fault_of_a_login(self):
        """Each login meets a fault that is drawn: which call, what happens to it, and how often."""
        random = Random(14)
        faults = [
            {"kill": True}, {"kill": True, "done": True}, {"done": True}, {"status": 500}, {"status": 503},
            {"status": 400, "kind": "ThrottlingException"}, {"status": 503, "kind": "SlowDown"},
        ]  # fmt: skip
        for number in range(12):
            fault = random.choice(faults) | {"skip": random.randrange(OF_A_MAIL), "count": random.randrange(1, 3)}
            with self.subTest(fault=fault):
                enrolled, code = self.stack.enroll(f"any{number}@gmail.com"), f"77{number:04}"
                urls = [self.stack.prestage(enrolled), self.stack.prestage(enrolled)]
                self.aws.fail("", action=CALLS, **fault)
                self.deliver(self.mail(enrolled, code), enrolled.relay_address)
                self.must_end_one(enrolled, urls, code)

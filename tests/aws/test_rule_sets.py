"""The receipt rules: added without harm, taken back whole, and nothing left of the stack."""

import unittest

import mails
import shared
from harness import Stack
from ses_inbound import SesInbound


def left_of(stack: Stack) -> list[str]:
    """Everything in the region whose name has the stack's in it."""
    found: list[str] = []
    lists = [
        ("lambda", "list_functions", "Functions", "FunctionName"),
        ("logs", "describe_log_groups", "logGroups", "logGroupName"),
        ("iam", "list_roles", "Roles", "RoleName"),
        ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
        ("ses", "list_receipt_rule_sets", "RuleSets", "Name"),
        ("apigatewayv2", "get_apis", "Items", "Name"),
        ("s3", "list_buckets", "Buckets", "Name"),
    ]
    for service, operation, key, name in lists:
        found += [entry[name] for entry in getattr(stack.client(service), operation)().get(key, [])]
    found += stack.client("dynamodb").list_tables()["TableNames"]
    found += stack.client("sqs").list_queues().get("QueueUrls", [])
    found += [topic["TopicArn"] for topic in stack.client("sns").list_topics()["Topics"]]
    return [name for name in found if stack.name in name]


class NoneActive(unittest.TestCase):
    def test_ours_becomes_active_and_all_of_it_goes_again(self):
        stack = Stack(shared.row.aws, "relay-alone", "us-east-2", "alone.example.org")
        stack.prepare()
        ses = stack.client("ses")
        self.assertNotIn("Metadata", ses.describe_active_receipt_rule_set())
        # SES does not see the role, then not the permission, and the answer to the rule is lost: none of it is an end.
        self.addCleanup(shared.row.aws.mend)
        shared.row.aws.fail("ses", action="^DescribeActiveReceiptRuleSet$", status=400, kind="AccessDenied")
        shared.row.aws.fail("ses", action="^CreateReceiptRule$", status=400, kind="InvalidLambdaFunction")
        shared.row.aws.fail("ses", action="^CreateReceiptRule$", done=True)
        # The quota of a new account, which leaves nothing to reserve.
        with stack.instead("aws", "*get-account-settings*) echo 10 ;;") as path:
            stack.deploy(PATH=path)
        self.assertEqual([fault["count"] for fault in shared.row.aws.test("fault")], [0, 0, 0])
        self.assertEqual(stack.parameters()["ReservedConcurrency"], "0")
        key = stack.key()
        active = ses.describe_active_receipt_rule_set()
        self.assertEqual(active["Metadata"]["Name"], "relay-alone")
        rule = active["Rules"][0]
        self.assertEqual((rule["Name"], rule["Recipients"], rule["TlsPolicy"]), ("relay-alone", [stack.domain], "Require"))
        self.assertEqual([next(iter(action)) for action in rule["Actions"]], ["S3Action", "LambdaAction"])

        # A change of the rule arrives; a mail and a poll document are there when the stack goes.
        shared.row.aws.mend()
        shared.row.aws.fail("ses", action="^UpdateReceiptRule$", status=400, kind="InvalidS3Configuration")
        stack.deploy("TlsPolicy=Optional")
        self.assertEqual([fault["count"] for fault in shared.row.aws.test("fault")], [0])
        self.assertEqual(ses.describe_active_receipt_rule_set()["Rules"][0]["TlsPolicy"], "Optional")
        # What somebody else has undone is done again, as doctor says.
        ses.set_active_receipt_rule_set()
        stack.deploy("RuleRevision=2")
        self.assertEqual(ses.describe_active_receipt_rule_set()["Metadata"]["Name"], "relay-alone")
        with SesInbound(shared.row.aws.client, stack.region, mails.records()) as inbound:
            casey = stack.enroll("casey@gmail.com")
            url = stack.prestage(casey)
            mails.arlo(casey.account, "434445").send(inbound.port, casey.relay_address)
            self.assertEqual(stack.poll(url)["code"], "434445")
        for n in range(1100):
            stack.client("s3").put_object(Bucket=stack.resource("Bucket"), Key=f"mail/{n}", Body=b"x")

        stack.sam_delete()
        self.assertNotIn("Metadata", ses.describe_active_receipt_rule_set())
        self.assertEqual(left_of(stack), [])
        # A restored table would need it.
        self.assertEqual(stack.key(), key)


class AnotherActive(unittest.TestCase):
    def test_ours_is_added_to_it_and_removed_from_it(self):
        stack = Stack(shared.row.aws, "relay-guest", "eu-west-1", "guest.example.org")
        stack.prepare()
        ses = stack.client("ses")
        ses.create_receipt_rule_set(RuleSetName="theirs")
        for name, after in (("first", None), ("second", "first")):
            rule = {
                "Name": name,
                "Enabled": True,
                "TlsPolicy": "Optional",
                "Recipients": [f"{name}.example.net"],
                "Actions": [{"AddHeaderAction": {"HeaderName": "X-Test", "HeaderValue": name}}],
                "ScanEnabled": True,
            }
            ses.create_receipt_rule(RuleSetName="theirs", Rule=rule, **({"After": after} if after else {}))
        ses.set_active_receipt_rule_set(RuleSetName="theirs")
        before = ses.describe_active_receipt_rule_set()["Rules"]

        stack.deploy()
        active = ses.describe_active_receipt_rule_set()
        self.assertEqual(active["Metadata"]["Name"], "theirs")
        self.assertEqual(sorted(rule["Name"] for rule in active["Rules"]), ["first", "relay-guest", "second"])
        with SesInbound(shared.row.aws.client, stack.region, mails.records()) as inbound:
            casey = stack.enroll("casey@gmail.com")
            url = stack.prestage(casey)
            mails.arlo(casey.account, "464748").send(inbound.port, casey.relay_address)
            self.assertEqual(stack.poll(url)["code"], "464748")
            self.assertEqual(inbound.refused, [])

        stack.delete()
        active = ses.describe_active_receipt_rule_set()
        self.assertEqual(active["Metadata"]["Name"], "theirs")
        self.assertEqual(active["Rules"], before)
        self.assertEqual(left_of(stack), [])


class HostedZone(unittest.TestCase):
    def test_with_a_zone_the_identity_and_the_records_are_the_stacks(self):
        stack = Stack(shared.row.aws, "relay-zone", "us-west-2", "mfa.zone.example")
        place = {"CreateBucketConfiguration": {"LocationConstraint": stack.region}}
        if stack.bucket_for_sam not in [b["Name"] for b in stack.client("s3").list_buckets()["Buckets"]]:
            stack.client("s3").create_bucket(Bucket=stack.bucket_for_sam, **place)
        route53 = stack.client("route53")
        zone = route53.create_hosted_zone(Name="zone.example", CallerReference="zone")["HostedZone"]["Id"]
        stack.client("ssm").put_parameter(Name=stack.key_parameter, Type="SecureString", Value="ab" * 32)
        printed = stack.deploy(f"HostedZoneId={zone.removeprefix('/hostedzone/')}")
        self.assertIn("(set in Route 53)", printed)
        self.assertEqual(stack.key(), "ab" * 32, "a key that is there is kept")

        def records():
            found = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
            return {(r["Type"], r["Name"].rstrip("."), r["ResourceRecords"][0]["Value"]) for r in found if r["Type"] in ("MX", "CNAME")}

        mx = ("MX", "mfa.zone.example", "10 inbound-smtp.us-west-2.amazonaws.com")
        self.assertIn(mx, records())
        self.assertEqual(sum(1 for kind, *_ in records() if kind == "CNAME"), 3)
        self.assertTrue(stack.client("sesv2").get_email_identity(EmailIdentity=stack.domain))
        # Once more: the identity is the stack's own and in no one's way.
        self.assertIn("No changes to deploy", stack.deploy())
        stack.delete()
        self.assertEqual(records(), set())
        self.assertEqual(left_of(stack), [])


class LeftByTheSharedStack(unittest.TestCase):
    """Last of all: the stack that every other test used."""

    def test_nothing(self):
        stack, _ = shared.relay()
        stack.delete()
        self.assertEqual(left_of(stack), [])

"""What deploy.sh refuses, in one sentence, before it changes anything."""

import contextlib
import json
import os
import shutil
import tempfile
import unittest
from pathlib import Path

import shared
from harness import ROOT, Stack


class Refusals(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(shared.row.aws, "refused", "us-west-2", "relay.example.org")
        cls.stack.prepare()

    def refuse(self, sentence: str, *arguments: str, code: int = 1, root: Path = ROOT, **environment: str):
        before = self.stack.client("cloudformation").list_stacks()["StackSummaries"]
        done = self.stack.script(*arguments, root=root, **environment)
        self.assertEqual(done.returncode, code, done.stderr)
        first = done.stderr.splitlines()[0]
        self.assertTrue(first.startswith("deploy.sh: "), first)
        self.assertIn(sentence, first)
        if code == 1:
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(self.stack.client("cloudformation").list_stacks()["StackSummaries"], before)

    def arguments(self, *parameters: str, region=None, stack="refused", address=None, bucket=None):
        return [region or "us-west-2", stack, address or self.stack.address, bucket or self.stack.bucket_for_sam, *parameters]

    def test_too_few_arguments(self):
        self.refuse("four arguments", "us-east-1", "arlo-relay", code=2)

    def test_what_is_no_region_stack_or_bucket(self):
        self.refuse("no AWS region", *self.arguments(region="Frankfurt"), code=2)
        # The last: a receipt rule's name has to end with a letter or digit.
        for name in ("no_underscores", "1st", "relay-"):
            self.refuse("a stack's name", *self.arguments(stack=name), code=2)
        self.refuse("no name of an S3 bucket", *self.arguments(bucket="Bucket"), code=2)

    def test_an_address_that_is_none(self):
        for address in ["relay", "relay@", "@example.org", "relay@example", "Relay@Example.Org", "a b@example.org"]:
            with self.subTest(address):
                self.refuse("RelayAddress must be one mail address", *self.arguments(address=address))
        for address in ["a..b@mfa.example.org", "a.@mfa.example.org"]:
            self.refuse("RelayAddress has a dot", *self.arguments(address=address))
        self.refuse("another RelayAddress", *self.arguments(address="postmaster@mfa.example.org"))

    def test_parameters_that_make_no_sense(self):
        for parameter, sentence, code in [
            ("LifetimeSeconds=5", "LifetimeSeconds must be at least 60, not 5", 1),
            ("LifetimeSeconds=soon", "LifetimeSeconds must be a whole number", 1),
            ("TlsPolicy=Maybe", "TlsPolicy must be one of: Require Optional", 1),
            ("ForwardTo=me", "ForwardTo must be one mail address", 1),
            # Each of these keeps functions from starting.
            ("ForwardTo=me@a..b", "ForwardTo must be one mail address", 1),
            ("ForwardTo=me@-a.example", "ForwardTo must be one mail address", 1),
            ("ForwardTo=+me@a.example", "ForwardTo must be one mail address", 1),
            ("Senders=a@b_c", "Senders must be mail addresses", 1),
            ("Senders=a@b.example,a(b)@c.example", "Senders must be mail addresses", 1),
            ("ForwardTo=other@relay.example.org", "the relay would mail itself", 1),
            ("ForwardTo=other@Relay.Example.ORG", "the relay would mail itself", 1),
            ("MonthlyBudget=5", "MonthlyBudget needs AlarmEmail", 1),
            ("MonthlyBudget=much", "MonthlyBudget must be a whole number", 1),
            ('Senders=a"b@example.org', "must not hold quotes", 1),
            ("Colour=red", "no parameter Colour", 2),
            ("HashKey=00", "no parameter HashKey", 2),
            ("nonsense", "not of the form Parameter=Value", 2),
        ]:
            with self.subTest(parameter):
                self.refuse(sentence, *self.arguments(parameter), code=code)

    def test_a_region_where_ses_receives_no_mail(self):
        self.refuse("SES receives no mail in mx-central-1", *self.arguments(region="mx-central-1"))

    def test_a_bucket_that_is_elsewhere_or_nowhere(self):
        elsewhere = Stack(shared.row.aws, "elsewhere", "us-east-2")
        elsewhere.prepare()
        self.refuse("is in us-east-2, but SAM needs one in us-west-2", *self.arguments(bucket="sam-us-east-2"))
        self.refuse("there is no bucket sam-nowhere", *self.arguments(bucket="sam-nowhere"))

    def test_a_domain_that_is_not_verified(self):
        self.refuse("unknown.example is not verified in SES", *self.arguments(address="relay@unknown.example"))

    def test_a_hosted_zone_that_is_not_there_or_of_another_domain(self):
        self.refuse("hosted zone Z00000000000000 cannot be read", *self.arguments("HostedZoneId=Z00000000000000"))
        zone = self.stack.client("route53").create_hosted_zone(Name="other.example", CallerReference="test")
        zone_id = zone["HostedZone"]["Id"].removeprefix("/hostedzone/")
        self.refuse("does not hold relay.example.org", *self.arguments(f"HostedZoneId={zone_id}"))

    def test_a_hosted_zone_in_which_the_domain_has_mail_already(self):
        route53 = self.stack.client("route53")
        zone = route53.create_hosted_zone(Name="mail.example", CallerReference="mail")["HostedZone"]["Id"]
        record = {"Name": "mfa.mail.example", "Type": "MX", "TTL": 300, "ResourceRecords": [{"Value": "10 mx.mail.example"}]}
        change = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=change)
        zone_id = zone.removeprefix("/hostedzone/")
        arguments = self.arguments(f"HostedZoneId={zone_id}", address="relay@mfa.mail.example")
        self.refuse("already has an MX record for mfa.mail.example", *arguments)

    def test_credentials_that_have_expired(self):
        with self.answered("get-caller-identity", "ExpiredToken", "The security token included in the request is expired") as path:
            self.refuse("the AWS credentials have expired: sign in again", *self.arguments(), PATH=path)

    def answered(self, call: str, code: str, message: str):
        """A PATH on which the AWS command line fails at this call."""
        error = f"An error occurred ({code}) when calling the operation: {message}"
        return self.stack.instead("aws", f"*{call}*) echo '{error}' >&2; exit 254 ;;")

    def test_an_error_of_ses_that_says_nothing_of_the_region(self):
        for code, sentence in [
            ("Throttling", "SES in us-west-2 does not say whether it receives mail: An error occurred (Throttling)"),
            ("InvalidClientTokenId", "which the account has to enable first"),
            ("AccessDenied", "these credentials may not use SES in us-west-2"),
        ]:
            with self.subTest(code), self.answered("describe-active-receipt-rule-set", code, "no") as path:
                self.refuse(sentence, *self.arguments(), PATH=path)

    def test_a_sam_cli_that_is_too_old(self):
        with self.stack.instead("sam", "*--version*) echo 'SAM CLI, version 1.99.0' ;;") as path:
            self.refuse("the SAM CLI 1.99.0 is too old", *self.arguments(), PATH=path)

    def without_build(self, place: str) -> Path:
        """The checkout without what is built: other tests deploy that meanwhile."""
        root = Path(place)
        for known in ROOT.iterdir():
            if known.name != ".aws-sam":
                os.symlink(known, root / known.name)
        return root

    def build(self, root: Path, function: str, processor: bytes):
        """The beginning of an ELF file for a processor."""
        built = root / f".aws-sam/build/{function}/bootstrap"
        built.parent.mkdir(parents=True)
        built.write_bytes(b"\x7fELF" + bytes(14) + processor + b"\0")
        built.chmod(0o755)

    def test_functions_that_are_not_built(self):
        with tempfile.TemporaryDirectory() as place:
            root = self.without_build(place)
            self.refuse("bootstrap is missing or cannot be run", "--built", *self.arguments(), root=root)
            self.build(root, "PrestageFunction", b"\xb7")
            self.refuse("is for arm64, but Architecture is x86_64", "--built", *self.arguments(), root=root)

    def update(self, *parameters: str, waits: str):
        """An update at a terminal, where SAM leaves the stack as it is and then these change sets wait."""
        with contextlib.ExitStack() as held:
            root = self.without_build(held.enter_context(tempfile.TemporaryDirectory()))
            for function in ("PrestageFunction", "WebFunction", "InboundFunction", "ReceiptRulesFunction"):
                self.build(root, function, b"\x3e")
            calls = root / "calls"
            sam = held.enter_context(self.stack.instead("sam", f"*confirm-changeset*) echo deploy >>{calls}; exit 0 ;;"))
            listed = f"if [ -e {calls} ]; then echo {waits}; else echo earlier; fi"
            budget = f"*budgets*) echo budget >>{calls}; exit 0 ;;"
            aws = held.enter_context(self.stack.instead("aws", f"*list-change-sets*) {listed}; exit 0 ;;\n{budget}"))
            person, terminal = os.openpty()
            held.callback(os.close, person)
            held.callback(os.close, terminal)
            path = f"{sam.partition(':')[0]}:{aws}"
            arguments = ["--built", *self.arguments(*parameters, stack="asked")]
            done = self.stack.script(*arguments, root=root, stdin=terminal, PATH=path)
            return done, calls.read_text().split() if calls.exists() else []

    def test_an_update_that_is_declined_changes_nothing(self):
        self.kept("asked", ReservedConcurrency="0")
        done, calls = self.update("MonthlyBudget=0", waits="earlier; echo declined")
        self.assertEqual((done.returncode, calls), (0, ["deploy"]), done.stderr)
        self.assertEqual(done.stdout.splitlines()[-1], "Nothing was changed.")
        # Where there was nothing to change or all was changed, no other change set waits than before.
        done, calls = self.update("MonthlyBudget=0", waits="earlier")
        self.assertEqual((done.returncode, calls), (0, ["deploy", "budget"]), done.stderr)
        self.assertIn("Next: enrol", done.stdout)

    def test_a_stack_of_an_older_version(self):
        parameters = {name: {"Type": "String"} for name in ("RelayAddress", "RuleRevision")}
        template = {"Parameters": parameters, "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
        cloudformation = self.stack.client("cloudformation")
        given = [{"ParameterKey": name, "ParameterValue": "x"} for name in parameters]
        cloudformation.create_stack(StackName="older", TemplateBody=json.dumps(template), Parameters=given)
        cloudformation.get_waiter("stack_create_complete").wait(StackName="older", WaiterConfig={"Delay": 1})
        self.refuse("older was made by an earlier version, whose enrolments this one cannot read", *self.arguments(stack="older"))
        cloudformation.delete_stack(StackName="older")

    def kept(self, name: str, **parameters: str):
        """Makes a stack that says of its parameters what deploy.sh asks."""
        values = {"RuleRevision": "1", "KeyRevision": "1", "RelayAddress": self.stack.address} | parameters
        resources = {"Queue": {"Type": "AWS::SQS::Queue"}}
        template = {"Parameters": {name: {"Type": "String"} for name in values}, "Resources": resources}
        cloudformation, ssm = self.stack.client("cloudformation"), self.stack.client("ssm")
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
        cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template), Parameters=given)
        cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
        self.addCleanup(cloudformation.delete_stack, StackName=name)
        ssm.put_parameter(Name=f"/arlo-relay/{name}/key", Type="SecureString", Value="ab" * 32)
        self.addCleanup(ssm.delete_parameter, Name=f"/arlo-relay/{name}/key")

    def test_another_domain_than_the_stacks(self):
        self.kept("moved")
        sentence = "the stack moved receives the mail of relay.example.org, and with rely.example.org"
        self.refuse(sentence, *self.arguments(stack="moved", address="relay@rely.example.org"))

    def test_a_hosted_zone_that_is_taken_away(self):
        self.kept("zoned", HostedZoneId="Z0123456789ABCDEFGHIJ")
        sentence = "HostedZoneId must not become empty: the stack zoned would delete its records in the zone Z01234"
        self.refuse(sentence, *self.arguments("HostedZoneId=", stack="zoned"))

    def test_a_key_that_is_no_secret(self):
        ssm, name = self.stack.client("ssm"), self.stack.key_parameter
        ssm.put_parameter(Name=name, Type="String", Value="00")
        self.addCleanup(ssm.delete_parameter, Name=name)
        self.refuse("is a String, not a SecureString", *self.arguments())

    def test_credentials_that_are_unknown_or_missing(self):
        self.refuse("credentials", *self.arguments(), AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE")
        self.refuse("credentials", *self.arguments(), AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")

    def test_a_tool_that_is_missing(self):
        with tempfile.TemporaryDirectory() as path:
            for tool in ("bash", "dirname", "awk", "mktemp", "rm", "cat", "tr"):
                os.symlink(shutil.which(tool), f"{path}/{tool}")
            self.refuse("the AWS command line is missing", *self.arguments(), PATH=path)

    def test_a_stack_that_cannot_be_updated(self):
        nobody = "arn:aws:lambda:us-west-2:000000000000:function:nobody"
        template = {"Resources": {"Fails": {"Type": "Custom::Nothing", "Properties": {"ServiceToken": nobody}}}}
        cloudformation = self.stack.client("cloudformation")
        cloudformation.create_stack(StackName="broken", TemplateBody=json.dumps(template))
        try:
            cloudformation.get_waiter("stack_create_complete").wait(
                StackName="broken", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
            )
        except Exception as error:
            self.assertIn("ROLLBACK", str(error))
        self.refuse("is in ROLLBACK_COMPLETE and cannot be updated", *self.arguments(stack="broken"))
        cloudformation.delete_stack(StackName="broken")

    def test_a_stack_of_something_else(self):
        template = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
        cloudformation = self.stack.client("cloudformation")
        cloudformation.create_stack(StackName="another", TemplateBody=json.dumps(template))
        cloudformation.get_waiter("stack_create_complete").wait(StackName="another", WaiterConfig={"Delay": 1})
        self.refuse("another is a stack of something else", *self.arguments(stack="another"))
        cloudformation.delete_stack(StackName="another")

    def test_help(self):
        done = self.stack.script("--help")
        self.assertEqual(done.returncode, 0)
        self.assertTrue(done.stdout.startswith("usage: ./deploy.sh"))
        self.assertNotIn(os.environ["HOME"], done.stdout)

"""Updates of a stack that is in use."""

import mails
import shared
from harness import call
from test_relay import Relay


class Update(Relay):
    def test_an_update_keeps_enrolments_and_pending_requests(self):
        zoe = self.stack.enroll("zoe@gmail.com")
        url = self.stack.prestage(zoe)
        key = self.stack.hash_key()
        outputs = self.stack.describe()["Outputs"]

        printed = self.stack.deploy("LifetimeSeconds=600", "MemorySize=512")
        self.assertNotIn(key, printed)
        variables = self.stack.variables("PrestageFunction")
        self.assertEqual((variables["LIFETIME_SECONDS"], self.stack.hash_key()), ("600", key))
        self.assertEqual(self.stack.describe()["Outputs"], outputs)

        self.assertEqual(call(url).json(), {"status": "pending"})
        self.deliver(mails.arlo(zoe.account, "404142"), zoe.relay_address)
        self.assertEqual(self.stack.poll(url)["code"], "404142")
        self.assertTrue(self.stack.prestage(zoe))

    def test_the_same_again_changes_nothing(self):
        before = self.stack.describe().get("LastUpdatedTime")
        printed = self.stack.deploy()
        self.assertIn("No changes to deploy", printed)
        self.assertEqual(self.stack.describe().get("LastUpdatedTime"), before)
        # What was given once is kept.
        self.assertEqual(self.stack.variables("InboundFunction")["FORWARD_TO"], "operator@example.net")
        for wanted in (self.stack.output("PreMFAStageURL"), self.stack.output("MxRecord"), "arlo-relay enroll"):
            self.assertIn(wanted, printed)

    def test_the_key_is_the_stacks_own_and_shown_nowhere(self):
        key = self.stack.hash_key()
        self.assertRegex(key, "^[0-9a-f]{64}$")
        for function in ("PrestageFunction", "WebFunction", "InboundFunction"):
            self.assertEqual(self.stack.variables(function)["HASH_KEY_PARAMETER"], self.stack.key_parameter)
        self.assertNotIn("HASH_KEY_PARAMETER", self.stack.variables("ReceiptRulesFunction"))
        described = self.stack.client("ssm").describe_parameters()["Parameters"]
        self.assertEqual({p["Name"]: p["Type"] for p in described}[self.stack.key_parameter], "SecureString")
        functions = self.stack.client("lambda").list_functions()["Functions"]
        for shown in (self.stack.describe(), functions, described):
            self.assertNotIn(key, str(shown))


class Outputs(Relay):
    def test_the_outputs_are_what_clients_and_people_rely_on(self):
        self.assertRegex(
            self.stack.output("PreMFAStageURL"),
            r"^https://[a-z0-9]+\.execute-api\.us-east-1\.amazonaws\.com/prepare-arlo-mfa$",
        )
        self.assertEqual(self.stack.output("WebURL") + "/prepare-arlo-mfa", self.stack.output("PreMFAStageURL"))
        self.assertEqual(self.stack.output("RelayAddress"), self.stack.address)
        self.assertEqual(self.stack.output("RelayDomain"), self.stack.domain)
        self.assertEqual(self.stack.output("MxRecord"), "mfa.example.org. MX 10 inbound-smtp.us-east-1.amazonaws.com.")

    def test_alarms_and_their_topic(self):
        names = {a["AlarmName"] for a in self.stack.client("cloudwatch").describe_alarms()["MetricAlarms"]}
        for alarm in ("ErrorAlarm", "ThrottleAlarm", "UseAlarm", "DeadLetterAlarm", "ReceiveAlarm"):
            self.assertIn(self.stack.resource(alarm), names)
        subscriptions = self.stack.client("sns").list_subscriptions_by_topic(TopicArn=self.stack.resource("Alarms"))
        self.assertEqual(subscriptions["Subscriptions"][0]["Endpoint"], "operator@example.net")

    def test_what_is_stored_is_hidden_and_goes_away(self):
        s3, bucket = self.stack.client("s3"), self.stack.resource("Bucket")
        blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        self.assertTrue(all(blocked.values()) and len(blocked) == 4)
        rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        days = {r.get("Prefix") or r.get("Filter", {}).get("Prefix"): r["Expiration"]["Days"] for r in rules if "Expiration" in r}
        self.assertEqual(days, {"mail/": 1, "poll/": 1})
        ttl = self.stack.client("dynamodb").describe_time_to_live(TableName=self.stack.resource("Table"))
        self.assertEqual(ttl["TimeToLiveDescription"]["AttributeName"], "expires")
        s3.put_object(Bucket=bucket, Key="poll/plain", Body=b"x")
        plain = call(f"{shared.aws.endpoint}/{bucket}/poll/plain", headers={"x-forwarded-proto": "http"})
        self.assertEqual(plain.status, 403)

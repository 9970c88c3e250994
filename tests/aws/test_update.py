"""Updates of a stack that is in use."""

import json

import mails
import shared
from harness import ROOT, call
from test_relay import Relay


class Update(Relay):
    def test_an_update_keeps_enrolments_and_pending_requests(self):
        zoe = self.stack.enroll("zoe@gmail.com")
        url = self.stack.prestage(zoe)
        key = self.stack.key()
        outputs = self.stack.describe()["Outputs"]

        printed = self.stack.deploy("LifetimeSeconds=600", "MemorySize=512")
        self.assertNotIn(key, printed)
        variables = self.stack.variables("PrestageFunction")
        self.assertEqual((variables["LIFETIME_SECONDS"], self.stack.key()), ("600", key))
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
        key = self.stack.key()
        self.assertRegex(key, "^[0-9a-f]{64}$")
        for function in ("PrestageFunction", "WebFunction", "InboundFunction"):
            self.assertEqual(self.stack.variables(function)["KEY_PARAMETER"], self.stack.key_parameter)
        self.assertNotIn("KEY_PARAMETER", self.stack.variables("ReceiptRulesFunction"))
        described = self.stack.client("ssm").describe_parameters()["Parameters"]
        self.assertEqual({p["Name"]: p["Type"] for p in described}[self.stack.key_parameter], "SecureString")
        functions = self.stack.client("lambda").list_functions()["Functions"]
        for shown in (self.stack.describe(), functions, described):
            self.assertNotIn(key, str(shown))

    def test_a_changed_key_voids_nothing_while_the_former_is_kept(self):
        ssm, key = self.stack.client("ssm"), self.stack.key()
        yan = self.stack.enroll("yan@gmail.com")
        self.addCleanup(self.stack.deploy, "KeyRevision=1")
        self.addCleanup(ssm.put_parameter, Name=self.stack.key_parameter, Type="SecureString", Value=key, Overwrite=True)
        ssm.put_parameter(Name=self.stack.former_key_parameter, Type="SecureString", Value=key)
        self.addCleanup(ssm.delete_parameter, Name=self.stack.former_key_parameter)
        ssm.put_parameter(Name=self.stack.key_parameter, Type="SecureString", Value="cd" * 32, Overwrite=True)
        self.stack.deploy("KeyRevision=2")

        url = self.stack.prestage(yan)
        self.deliver(mails.arlo(yan.account, "505152"), yan.relay_address)
        self.assertEqual(self.stack.poll(url)["code"], "505152")
        # At the shared address the account's hash is looked up under both keys.
        url = self.stack.prestage(yan)
        self.deliver(mails.arlo(yan.account, "535455"), self.stack.address)
        self.assertEqual(self.stack.poll(url)["code"], "535455")
        done = self.stack.command("doctor", "--stack", self.stack.name, "--region", self.stack.region, "--json")
        checks = {check["check"]: check for check in json.loads(done.stdout)["checks"]}
        self.assertRegex(checks["former key"]["found"], "^[0-9]+ enrolments still need it")

    def test_metrics_come_with_a_dashboard_and_go_with_it(self):
        watch, name = self.stack.client("cloudwatch"), f"{self.stack.name}-{self.stack.region}"
        self.addCleanup(self.stack.deploy, "Metrics=off")
        self.assertEqual(watch.list_dashboards()["DashboardEntries"], [])
        self.stack.deploy("Metrics=on")
        shown = json.loads(watch.get_dashboard(DashboardName=name)["DashboardBody"])
        alarms = next(one["properties"]["alarms"] for one in shown["widgets"] if one["type"] == "alarm")
        self.assertIn(self.stack.resource("ReceiveAlarm"), [arn.rpartition(":")[2] for arn in alarms])

        settings = {one: self.stack.variables(one).get("METRICS_STACK") for one in ("PrestageFunction", "WebFunction", "InboundFunction")}
        self.assertEqual(list(settings.values()), [self.stack.name, None, self.stack.name])
        # The emulator keeps no line of a function: crates/relay-aws/tests/lines.rs reads them.
        mia = self.stack.enroll("mia@gmail.com")
        url = self.stack.prestage(mia)
        self.deliver(mails.arlo(mia.account, "606162"), mia.relay_address)
        self.assertEqual(self.stack.poll(url)["code"], "606162")

        self.stack.deploy("Metrics=off")
        self.assertEqual(watch.list_dashboards()["DashboardEntries"], [])
        self.assertTrue(self.stack.prestage(mia))

    def test_a_key_that_is_gone_is_not_made_anew(self):
        ssm, name, key = self.stack.client("ssm"), self.stack.key_parameter, self.stack.key()
        ssm.delete_parameter(Name=name)
        try:
            done = self.stack.try_to_deploy()
        finally:
            ssm.put_parameter(Name=name, Type="SecureString", Value=key)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(f"the key {name} is gone", done.stderr)

    def test_concurrency_is_reserved_where_the_quota_has_room(self):
        # What the template makes of it, the emulator passes over.
        self.assertEqual(self.stack.parameters()["ReservedConcurrency"], "20")

    def test_the_budget_is_the_accounts_and_is_changed_and_ended(self):
        budgets, name = self.stack.client("budgets"), f"arlo-relay-{self.stack.name}"

        def limits():
            found = budgets.describe_budgets(AccountId="000000000000").get("Budgets", [])
            return [float(budget["BudgetLimit"]["Amount"]) for budget in found if budget["BudgetName"] == name]

        self.assertEqual(limits(), [5])
        heard = budgets.describe_notifications_for_budget(AccountId="000000000000", BudgetName=name)["Notifications"]
        self.assertEqual({notice["NotificationType"] for notice in heard}, {"ACTUAL", "FORECASTED"})
        self.stack.deploy("MonthlyBudget=7")
        self.assertEqual(limits(), [7])
        self.stack.deploy("MonthlyBudget=0")
        self.assertEqual(limits(), [])
        with self.stack.instead("aws", "*create-budget*) echo 'An error occurred (AccessDenied): no' >&2; exit 254 ;;") as path:
            done = self.stack.try_to_deploy("MonthlyBudget=5", PATH=path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("warning: the budget cannot be set", done.stderr)
        self.assertIn("Prestage URL", done.stdout)

    def test_the_documented_rights_deploy(self):
        """What deploy.sh itself calls: what CloudFormation does in its caller's name, the emulator does not check."""
        policy = (ROOT / "docs/aws-deploy-policy.json").read_text()
        names = {"REGION": self.stack.region, "ACCOUNT": "000000000000", "SAM_BUCKET": self.stack.bucket_for_sam, "STACK": self.stack.name}
        for placeholder, name in names.items():
            policy = policy.replace(placeholder, name)
        iam = self.stack.client("iam")
        iam.create_user(UserName="deployer")
        iam.put_user_policy(UserName="deployer", PolicyName="deploy", PolicyDocument=policy)
        key = iam.create_access_key(UserName="deployer")["AccessKey"]
        own = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        self.assertIn("No changes to deploy", self.stack.deploy("MonthlyBudget=5", **own))


class Outputs(Relay):
    def test_each_route_has_a_throttle_of_its_own(self):
        api = self.stack.output("WebURL").removeprefix("https://").split(".")[0]
        stage = self.stack.client("apigatewayv2").get_stage(ApiId=api, StageName="$default")
        self.assertEqual(set(stage["RouteSettings"]), {"POST /prepare-arlo-mfa", "POST /prepare-arlo-mfa/{token}"})

    def test_the_access_log_is_where_aws_allows_deliveries(self):
        groups = self.stack.client("logs").describe_log_groups(logGroupNamePrefix="/aws/vendedlogs/")["logGroups"]
        self.assertIn(f"/aws/vendedlogs/arlo-relay/{self.stack.name}/api", [group["logGroupName"] for group in groups])

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
        for alarm in ("ErrorAlarm", "ThrottleAlarm", "UseAlarm", "MailAlarm", "DeadLetterAlarm", "ReceiveAlarm"):
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
        s3.put_object(Bucket=bucket, Key="poll/plain", Body=b"x")
        plain = call(f"{shared.row.aws.endpoint}/{bucket}/poll/plain", headers={"x-forwarded-proto": "http"})
        self.assertEqual(plain.status, 403)

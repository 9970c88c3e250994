"""What each role may do and, more to the point, what it may not: IAM as the emulator enforces it.

The condition keys of DynamoDB are those that emulator.py works out from AWS's documentation: that AWS itself does the
same is not shown here.
"""

import json

from botocore.exceptions import ClientError
from harness import call
from test_relay import Relay

DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AccessDeniedFault", "403"}
# The attributes of an item, and how a role that may write one is told from one that may not.
FIELDS = (
    "account", "address", "created", "former_address", "former_until", "label", "made_with", "own_address_only",
    "joined", "owner", "require_dkim", "rotated", "sender", "suspended", "token",
)  # fmt: skip
TAKEN = ("confirmation", "counts", "events", "gone", "other", "seen", "version")
# Of the items that count who joins.
COUNTED = ("count", "counted", "last", "until", "used", "uses")


class Roles(Relay):
    def setUp(self):
        self.table = self.stack.resource("Table")
        self.bucket = self.stack.resource("Bucket")

    def table_calls(self, dynamodb) -> dict:
        """What somebody might do to an item, by name."""
        key = {"enrolment": {"S": "role-test"}}
        table, item = {"TableName": self.table}, {"TableName": self.table, "Key": key}
        self.addCleanup(self.stack.client("dynamodb").delete_item, **item)

        def update(*attributes, **more):
            names = {f"#a{n}": attribute for n, attribute in enumerate(attributes)}
            return lambda: dynamodb.update_item(**item | {
                "UpdateExpression": "SET " + ", ".join(f"{name} = :a" for name in names),
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": {":a": {"S": "x"}},
            } | more)  # fmt: skip

        compared = {"ConditionExpression": "attribute_not_exists(#t)", "ExpressionAttributeNames": {"#a0": "requests", "#t": "token"}}
        return {f"write {name}": update(name) for name in ("requests", *TAKEN, *FIELDS, *COUNTED, "unknown")} | {
            "write requests and token": update("requests", "token"),
            "write requests and compare token": update("requests", **compared),
            "write requests and read": update("requests", ReturnValues="ALL_NEW"),
            "write requests in a transaction": lambda: dynamodb.transact_write_items(TransactItems=[
                {"Update": item | {"UpdateExpression": "SET requests = :a", "ExpressionAttributeValues": {":a": {"S": "x"}}}},
            ]),
            "write a part of requests": update("requests", ConditionExpression="attribute_not_exists(#a0.#o)",
                                               ExpressionAttributeNames={"#a0": "requests", "#o": "open"}),
            "get": lambda: dynamodb.get_item(**item),
            "put": lambda: dynamodb.put_item(**table, Item=key),
            "delete": lambda: dynamodb.delete_item(**item),
            "query": lambda: dynamodb.query(**table, KeyConditionExpression="enrolment = :e", ExpressionAttributeValues={":e": {"S": "x"}}),
            "query by account": lambda: dynamodb.query(**table, IndexName="accounts", KeyConditionExpression="account = :a",
                                                       ExpressionAttributeValues={":a": {"B": b"x"}}),
            "scan": lambda: dynamodb.scan(**table),
            "count": lambda: dynamodb.scan(**table, Select="COUNT"),
            "scan by account": lambda: dynamodb.scan(**table, IndexName="accounts"),
            "drop": lambda: dynamodb.delete_table(TableName="some-other-table"),
        }  # fmt: skip

    def calls(self, role: str) -> dict:
        """Calls that somebody might try with a role's credentials, by name."""
        credentials = self.stack.credentials(role)
        s3, dynamodb, ses, sesv2, sqs, function, iam, ssm = (
            self.aws.client(service, self.stack.region, **credentials)
            for service in ("s3", "dynamodb", "ses", "sesv2", "sqs", "lambda", "iam", "ssm")
        )
        raw = {"Raw": {"Data": b"Subject: x\r\n\r\nx"}}
        root = self.stack.client("s3")
        for prefix in ("mail", "poll", "elsewhere"):
            root.put_object(Bucket=self.bucket, Key=f"{prefix}/role-test", Body=b"x")
            self.addCleanup(root.delete_object, Bucket=self.bucket, Key=f"{prefix}/role-test")

        def send(sender):
            return lambda: sesv2.send_email(
                FromEmailAddress=sender, Destination={"ToAddresses": ["operator@example.net"]}, Content=raw
            )

        def secret(name):
            return lambda: ssm.get_parameters(Names=[name], WithDecryption=True)

        return self.table_calls(dynamodb) | {
            "key read": secret(self.stack.key_parameter),
            "former key read": secret(self.stack.former_key_parameter),
            "key of another": secret("/arlo-relay/another/key"),
            "key change": lambda: ssm.put_parameter(Name=self.stack.key_parameter, Value="x", Type="String"),
            "poll get": lambda: s3.get_object(Bucket=self.bucket, Key="poll/role-test"),
            "poll put": lambda: s3.put_object(Bucket=self.bucket, Key="poll/role-test", Body=b"x"),
            "poll delete": lambda: s3.delete_object(Bucket=self.bucket, Key="poll/role-test"),
            "mail get": lambda: s3.get_object(Bucket=self.bucket, Key="mail/role-test"),
            "mail put": lambda: s3.put_object(Bucket=self.bucket, Key="mail/role-test", Body=b"x"),
            "mail delete": lambda: s3.delete_object(Bucket=self.bucket, Key="mail/role-test"),
            "elsewhere get": lambda: s3.get_object(Bucket=self.bucket, Key="elsewhere/role-test"),
            "bucket list": lambda: s3.list_objects_v2(Bucket=self.bucket),
            "bucket versions": lambda: s3.list_object_versions(Bucket=self.bucket),
            "rules read": lambda: ses.describe_active_receipt_rule_set(),
            "rules change": lambda: ses.create_receipt_rule_set(RuleSetName="made-by-a-role"),
            "mail send": send(f"arlo-relay@{self.stack.domain}"),
            "mail send as another": send(f"ceo@{self.stack.domain}"),
            "letters send": lambda: sqs.send_message(QueueUrl=self.stack.resource("DeadLetters"), MessageBody="x"),
            "function call": lambda: function.invoke(FunctionName=self.stack.resource("InboundFunction"), Payload=b"{}"),
            "role read": lambda: iam.list_roles(),
        }

    def allowed(self, role: str) -> set[str]:
        found = set()
        for name, attempt in self.calls(role).items():
            try:
                attempt()
                found.add(name)
            except ClientError as error:
                if error.response["Error"]["Code"] not in DENIED:
                    # It was let through and failed at something else.
                    found.add(name)
        self.aws.client("ses", self.stack.region).delete_receipt_rule_set(RuleSetName="made-by-a-role")
        return found

    KEYS = {"key read", "former key read"}
    REQUESTS = {"write requests", "write a part of requests", "write requests in a transaction"}
    MAIL = {f"write {name}" for name in TAKEN}

    def test_prestage_writes_requests_and_nothing_else_of_an_item(self):
        self.assertEqual(self.allowed("PrestageRole"), self.REQUESTS | self.KEYS | {"poll get", "poll put"})

    # A new token of an owner, for which the account is hashed anew, an owner who leaves, and the counts of who joins.
    OWNERS = {f"write {name}" for name in ("token", "made_with", "rotated", "account", "owner")} | {
        "write requests and token", "write requests and compare token", "delete",
    }  # fmt: skip
    COUNTS = {f"write {name}" for name in COUNTED}

    def test_web_changes_a_token_and_an_accounts_hash_and_nothing_else_of_an_enrolment_and_reads_no_mail(self):
        self.assertEqual(
            self.allowed("WebRole"),
            self.REQUESTS | self.MAIL | self.KEYS | self.OWNERS | self.COUNTS | {"get", "poll get", "poll put", "poll delete"},
        )

    def test_web_makes_enrolments_where_strangers_may_join(self):
        self.stack.deploy("Registration=open")
        try:
            allowed = self.allowed("WebRole")
        finally:
            self.stack.deploy("Registration=closed")
        self.assertLessEqual({"put", "count"}, allowed)
        self.assertNotIn("scan", allowed)

    def test_inbound_takes_mail_and_changes_no_enrolment_and_reads_no_poll_document(self):
        self.assertEqual(
            self.allowed("InboundRole"),
            self.REQUESTS | self.MAIL | self.KEYS
            | {"get", "query by account", "poll put", "mail get", "mail delete", "mail send", "letters send", "bucket list"},
        )  # fmt: skip

    def test_receipt_rules_knows_nothing_of_the_table(self):
        self.assertEqual(
            self.allowed("ReceiptRulesRole"),
            {"rules read", "rules change", "bucket versions", "poll delete", "mail delete"},
        )


class Needed(Relay):
    """Each right of prestage is needed: without it, it fails, and the failure is an answer."""

    def test_prestage_fails_without_each_of_its_rights(self):
        eve = self.stack.enroll("eve@gmail.com")
        iam, role = self.stack.client("iam"), self.stack.resource("PrestageRole")
        policy = iam.get_role_policy(RoleName=role, PolicyName="prestage")["PolicyDocument"]
        statements = {s["Sid"]: s for s in policy["Statement"]}
        try:
            for without in ("BeginRequest", "Poll"):
                less = policy | {"Statement": [s for sid, s in statements.items() if sid != without]}
                iam.put_role_policy(RoleName=role, PolicyName="prestage", PolicyDocument=json.dumps(less))
                body = json.dumps({"email": eve.account}).encode()
                url = self.stack.url(f"/prepare-arlo-mfa/{eve.token}")
                answer = call(url, method="POST", body=body, headers={"Content-Type": "application/json"})
                with self.subTest(without):
                    self.assertGreaterEqual(answer.status, 500, answer.body)
                    self.assertNotIn(eve.token, answer.body)
        finally:
            iam.put_role_policy(RoleName=role, PolicyName="prestage", PolicyDocument=json.dumps(policy))
        self.assertTrue(self.stack.prestage(eve))

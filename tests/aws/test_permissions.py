"""What each role may do and, more to the point, what it may not: IAM as the emulator enforces it.

The condition keys of DynamoDB are those that emulator.py works out from AWS's documentation: that AWS itself does the
same is not shown here.
"""

import json

from botocore.exceptions import ClientError
from harness import call
from test_relay import Relay

DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AccessDeniedFault", "403"}
# What the partition keys of the table's items begin with.
KINDS = ("account", "mailbox", "request", "seen", "token", "unknown")


class Roles(Relay):
    def setUp(self):
        self.table = self.stack.resource("Table")
        self.bucket = self.stack.resource("Bucket")

    def table_calls(self, dynamodb) -> dict:
        """Reads and writes of each kind of item, and what somebody might do to a single item or request, by name."""
        table = {"TableName": self.table}
        kinds = {kind: {"pk": {"S": f"{kind}#role-test"}, "sk": {"S": "x"}} for kind in KINDS}
        for key in kinds.values():
            self.addCleanup(self.stack.client("dynamodb").delete_item, **table, Key=key)

        def update(kind, attribute, value, **more):
            names = {"#a": attribute} | more.pop("names", {})
            return table | {
                "Key": kinds[kind],
                "UpdateExpression": "SET #a = :a",
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": {":a": {"S": value}},
            } | more  # fmt: skip

        def check(key):
            return {"ConditionCheck": table | {"Key": key, "ConditionExpression": "attribute_not_exists(pk)"}}

        def write(**item):
            return lambda: dynamodb.transact_write_items(TransactItems=[item])

        calls = {
            "change the token": write(Update=update("account", "token", "x")),
            "change the relay address": write(Update=update("account", "mailbox", "x")),
            "change the sender": write(Update=update("account", "sender", "x")),
            "change the token beside a request": write(Update=update("account", "token", "x", names={"#r": "requests"}, ConditionExpression="attribute_not_exists(#r)")),
            "list a request": write(Update=update("account", "requests", "x")),
            "list a request and read": lambda: dynamodb.update_item(**update("account", "requests", "x", ReturnValues="ALL_NEW")),
            "count a mail": lambda: dynamodb.update_item(**update("account", "count:code-delivered", "1")),
            "keep a confirmation": lambda: dynamodb.update_item(**update("account", "confirmation", "x")),
            "keep other mail": lambda: dynamodb.update_item(**update("account", "other-mail:0", "x")),
            "end a request": write(Update=update("request", "code", "x")),
            "give a request to another": write(Update=update("request", "until", "x")),
            "query": lambda: dynamodb.query(**table, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "seen#x"}}),
            "scan": lambda: dynamodb.scan(**table),
            "drop": lambda: dynamodb.delete_table(TableName="some-other-table"),
        }  # fmt: skip
        for kind, key in kinds.items():
            calls |= {
                f"get {kind}": lambda key=key: dynamodb.get_item(**table, Key=key),
                f"put {kind}": write(Put=table | {"Item": key}),
                f"put {kind} alone": lambda key=key: dynamodb.put_item(**table, Item=key),
                f"delete {kind}": write(Delete=table | {"Key": key}),
                f"check {kind}": lambda key=key: dynamodb.transact_write_items(TransactItems=[check(key)]),
            }
        return calls

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
            return lambda: ssm.get_parameter(Name=name, WithDecryption=True)

        return self.table_calls(dynamodb) | {
            "hash key read": secret(self.stack.key_parameter),
            "hash key of another": secret("/arlo-relay/another/hash-key"),
            "hash key change": lambda: ssm.put_parameter(Name=self.stack.key_parameter, Value="x", Type="String"),
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

    def test_prestage_begins_requests_and_reads_no_enrolment(self):
        self.assertEqual(
            self.allowed("PrestageRole"),
            {
                "check token", "list a request", "put request", "put request alone", "delete request",
                "hash key read", "poll get", "poll put",
            },
        )  # fmt: skip

    def test_web_changes_no_enrolment_and_reads_no_mail_and_no_poll_document(self):
        self.assertEqual(
            self.allowed("WebRole"),
            {
                "get account", "get token", "get request", "get seen",
                "check token", "list a request", "put request", "put request alone", "delete request",
                "put seen", "put seen alone", "end a request", "count a mail", "keep a confirmation", "keep other mail",
                "hash key read", "poll put", "poll delete",
            },
        )  # fmt: skip

    def test_inbound_ends_requests_and_reads_mail_and_no_token_and_no_poll_document(self):
        self.assertEqual(
            self.allowed("InboundRole"),
            {
                "get account", "get mailbox", "get request", "get seen", "list a request",
                "put seen", "put seen alone", "end a request", "count a mail", "keep a confirmation", "keep other mail",
                "hash key read", "poll put", "mail get", "mail delete", "mail send", "letters send", "bucket list",
            },
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
            for without in ("CheckToken", "ListRequest", "WriteRequest", "Poll"):
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

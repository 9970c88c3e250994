"""What each role may do and, more to the point, what it may not: IAM as the emulator enforces it."""

import json

from botocore.exceptions import ClientError
from harness import call
from test_relay import Relay

DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AccessDeniedFault", "403"}


class Roles(Relay):
    def setUp(self):
        self.table = self.stack.resource("Table")
        self.bucket = self.stack.resource("Bucket")

    def calls(self, role: str) -> dict:
        """Calls that somebody might try with a role's credentials, by name."""
        credentials = self.stack.credentials(role)
        s3, dynamodb, ses, sesv2, sqs, function, iam = (
            self.aws.client(service, self.stack.region, **credentials)
            for service in ("s3", "dynamodb", "ses", "sesv2", "sqs", "lambda", "iam")
        )
        key = {"pk": {"S": "role-test"}, "sk": {"S": role}}
        raw = {"Raw": {"Data": b"Subject: x\r\n\r\nx"}}
        root = self.stack.client("s3")
        for prefix in ("mail", "poll", "elsewhere"):
            root.put_object(Bucket=self.bucket, Key=f"{prefix}/role-test", Body=b"x")
            self.addCleanup(root.delete_object, Bucket=self.bucket, Key=f"{prefix}/role-test")

        def send(sender):
            return lambda: sesv2.send_email(
                FromEmailAddress=sender, Destination={"ToAddresses": ["operator@example.net"]}, Content=raw
            )

        def update():
            return dynamodb.update_item(
                TableName=self.table,
                Key=key,
                UpdateExpression="SET #e = :e",
                ExpressionAttributeNames={"#e": "expires"},
                ExpressionAttributeValues={":e": {"N": "1"}},
            )

        def query():
            return dynamodb.query(
                TableName=self.table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": key["pk"]},
            )

        return {
            "table get": lambda: dynamodb.get_item(TableName=self.table, Key=key),
            "table put": lambda: dynamodb.put_item(TableName=self.table, Item=key),
            "table update": update,
            "table query": query,
            "table scan": lambda: dynamodb.scan(TableName=self.table),
            "table delete": lambda: dynamodb.delete_item(TableName=self.table, Key=key),
            "table drop": lambda: dynamodb.delete_table(TableName="some-other-table"),
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

    def test_prestage_writes_and_reads_no_enrolment(self):
        self.assertEqual(self.allowed("PrestageRole"), {"table put", "table update", "table delete", "poll get", "poll put"})

    def test_web_touches_no_mail_and_reads_no_poll_document(self):
        self.assertEqual(
            self.allowed("WebRole"),
            {"table get", "table put", "table update", "table delete", "poll put", "poll delete"},
        )

    def test_inbound_reads_mail_and_no_poll_document(self):
        self.assertEqual(
            self.allowed("InboundRole"),
            {
                "table get", "table put", "table update", "poll put", "mail get", "mail delete", "mail send",
                "letters send", "bucket list",
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
            for without in ("Stage", "Poll"):
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

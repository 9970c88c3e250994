"""The bench's yardstick: what `inbound` does, as a Python handler over boto3 does it."""

import email
import email.policy
import hashlib
import html.parser
import json
import os
import re
import time

import boto3
from botocore.config import Config

CONFIG = Config(signature_version="s3v4", s3={"addressing_style": "path"})
dynamodb = boto3.client("dynamodb")
s3 = boto3.client("s3", config=CONFIG)

TABLE, BUCKET = os.environ["TABLE"], os.environ["BUCKET"]
MAIL, POLL = os.environ["MAIL_PREFIX"], os.environ["POLL_PREFIX"]
HIDDEN = {"style", "script", "head", "title"}


class Text(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.parts, self.hidden = [], 0

    def handle_starttag(self, tag, attributes):
        self.hidden += tag in HIDDEN
        self.parts.append(" ")

    def handle_endtag(self, tag):
        self.hidden -= tag in HIDDEN
        self.parts.append(" ")

    def handle_data(self, data):
        if not self.hidden:
            self.parts.append(data)


def handler(event, context):
    for record in event["Records"]:
        one_mail(record["ses"])


def one_mail(ses):
    name = MAIL + ses["mail"]["messageId"]
    raw = s3.get_object(Bucket=BUCKET, Key=name)["Body"].read()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    if "do_not_reply@arlo.com" not in str(message["From"]):
        return
    parser = Text()
    parser.feed(message.get_body(("html", "plain")).get_content())
    codes = re.findall(r"(?<!\d)\d{6}(?!\d)", "".join(parser.parts))
    if not codes:
        return
    mailbox = ses["receipt"]["recipients"][0].partition("@")[0]
    pointer = get(f"mailbox#{mailbox}", "account")
    account = pointer["account"]["B"]
    owner = f"account#{account.hex()}"
    enrolment = get(owner, "enrolment")
    now = time.time_ns() // 1000
    waiting = [
        (int(entry["M"]["staged"]["N"]), request)
        for request, entry in enrolment["requests"]["M"].items()
        if "ended" not in entry["M"] and int(entry["M"]["until"]["N"]) > now
    ]
    if waiting:
        settle(owner, min(waiting)[1], codes[0], hashlib.sha256(message["Message-ID"].encode()).hexdigest(), now)
    s3.delete_object(Bucket=BUCKET, Key=name)


def get(pk, sk):
    found = dynamodb.get_item(TableName=TABLE, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True)
    return found["Item"]


def settle(owner, request, code, mail, now):
    dynamodb.transact_write_items(
        TransactItems=[
            {
                "Put": {
                    "TableName": TABLE,
                    "Item": {
                        "pk": {"S": owner},
                        "sk": {"S": f"seen#{mail}"},
                        "expires": {"N": str(now // 1_000_000 + 86_400)},
                    },
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
            },
            {
                "Update": {
                    "TableName": TABLE,
                    "Key": {"pk": {"S": owner}, "sk": {"S": "enrolment"}},
                    "UpdateExpression": "SET #r.#id.#e = :now",
                    "ExpressionAttributeNames": {"#r": "requests", "#id": request, "#e": "ended"},
                    "ExpressionAttributeValues": {":now": {"N": str(now)}},
                }
            },
            {
                "Update": {
                    "TableName": TABLE,
                    "Key": {"pk": {"S": f"request#{request}"}, "sk": {"S": "request"}},
                    "UpdateExpression": "SET code = :code",
                    "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(code)",
                    "ExpressionAttributeValues": {":code": {"S": code}},
                }
            },
        ]
    )
    body = json.dumps({"status": "complete", "code": code}).encode()
    s3.put_object(Bucket=BUCKET, Key=f"{POLL}{request}", Body=body, ContentType="application/json")

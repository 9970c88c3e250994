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
    enrolment = ses["receipt"]["recipients"][0][:16]
    found = dynamodb.get_item(TableName=TABLE, Key={"enrolment": {"S": enrolment}}, ConsistentRead=True)["Item"]
    now = time.time_ns() // 1000
    waiting = [
        (int(entry["M"]["staged"]["N"]), request)
        for request, entry in found["requests"]["M"]["open"]["M"].items()
        if int(entry["M"]["until"]["N"]) > now
    ]
    if waiting:
        seen = hashlib.sha256(message["Message-ID"].encode()).digest()
        settle(found, min(waiting)[1], codes[0], seen, now)
    s3.delete_object(Bucket=BUCKET, Key=name)


def settle(found, request, code, mail, now):
    version = int(found["version"]["N"])
    dynamodb.update_item(
        TableName=TABLE,
        Key={"enrolment": found["enrolment"]},
        UpdateExpression="SET version = :next, events = :events, seen = :seen REMOVE #r.#o.#id",
        ConditionExpression="version = :version AND attribute_exists(#r.#o.#id)",
        ExpressionAttributeNames={"#r": "requests", "#o": "open", "#id": request},
        ExpressionAttributeValues={
            ":version": {"N": str(version)},
            ":next": {"N": str(version + 1)},
            ":events": {"B": (now.to_bytes(8, "big") + found["events"]["B"])[:400]},
            ":seen": {"L": [{"B": mail + bytes.fromhex(request)}]},
        },
    )
    body = json.dumps({"status": "complete", "code": code}).encode()
    s3.put_object(Bucket=BUCKET, Key=f"{POLL}req_{request}", Body=body, ContentType="application/json")

"""The bench's yardstick: what `prestage` does, as a Python handler over boto3 does it."""

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
import unicodedata

import boto3
from botocore.config import Config

CONFIG = Config(signature_version="s3v4", s3={"addressing_style": "path"})
dynamodb = boto3.client("dynamodb")
s3 = boto3.client("s3", config=CONFIG)

TABLE, BUCKET, PREFIX = os.environ["TABLE"], os.environ["BUCKET"], os.environ["POLL_PREFIX"]
systems_manager = boto3.client("ssm", config=CONFIG)
KEY = bytes.fromhex(
    systems_manager.get_parameter(Name=os.environ["KEY_PARAMETER"], WithDecryption=True)["Parameter"]["Value"]
)
LIFETIME = int(os.environ["LIFETIME_SECONDS"])


def authenticate(purpose: str, data: bytes) -> bytes:
    subkey = hmac.new(KEY, b"arlo-relay/1 " + purpose.encode(), hashlib.sha256).digest()
    return hmac.new(subkey, data, hashlib.sha256).digest()


def canonical(address: str) -> str:
    local, _, domain = unicodedata.normalize("NFC", address.strip()).lower().rpartition("@")
    local, domain = local.split("+")[0], domain.encode("idna").decode()
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def handler(event, context):
    token = event["rawPath"].rpartition("/")[2]
    proven = base64.b32decode(token.removeprefix("arelay_").upper() + "======")
    if not hmac.compare_digest(authenticate("tokens", proven[:26])[:10], proven[26:]):
        return {"statusCode": 403}
    enrolment = base64.b32encode(proven[:10]).decode().lower()
    account = authenticate("accounts", canonical(json.loads(event["body"])["email"]).encode())
    token_hash = hashlib.sha256(token.encode()).digest()
    poll_key = base64.b32encode(proven[:10] + secrets.token_bytes(32)).decode().lower().rstrip("=")
    request = hashlib.sha256(b"request\0" + poll_key.encode()).digest()[:16].hex()
    now = time.time_ns() // 1000
    until = now + LIFETIME * 1_000_000
    entry = {"M": {"staged": {"N": str(now)}, "until": {"N": str(until)}}}
    dynamodb.update_item(
        TableName=TABLE,
        Key={"enrolment": {"S": enrolment}},
        UpdateExpression="SET #r.#o.#id = :entry",
        ConditionExpression="#r.#t = :token AND #r.#a = :account AND size(#r.#o) < :room",
        ExpressionAttributeNames={"#r": "requests", "#o": "open", "#id": request, "#t": "token", "#a": "account"},
        ExpressionAttributeValues={
            ":entry": entry, ":token": {"B": token_hash}, ":account": {"B": account}, ":room": {"N": "16"},
        },
    )  # fmt: skip
    name = f"{PREFIX}req_{request}"
    s3.put_object(Bucket=BUCKET, Key=name, Body=b'{"status":"pending"}', ContentType="application/json")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": name}, ExpiresIn=LIFETIME)
    return {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": url}

"""MiniStack with what the stack needs and MiniStack lacks, a record of requests, and faults on demand.

Runs in the emulator's own environment (`.venv/emulator`), started by `harness.Emulator`. What it adds:

- a request counts as made over TLS, as on AWS, unless it says otherwise in `x-forwarded-proto`;
- CloudFormation: alarms on metric math, when objects expire, a function's dead letters, the DKIM tokens of an
  SES identity;
- IAM: the condition keys `dynamodb:LeadingKeys`, `dynamodb:Attributes` and `dynamodb:ReturnValues` of a write, for each
  item of a transaction; the resource of `ssm:GetParameters`;
- SES: `UpdateReceiptRule`; the identity and the condition key `ses:FromAddress` that a mail is sent under; no receiving
  outside `RECEIVING` (an error as from a region without it); mail sent raw is recorded as it was sent, since MiniStack
  rebuilds it;
- `/_test/requests` (GET, DELETE): what the functions called, as `[principal, service, action]`;
- `/_test/sent` (GET, DELETE): raw mails handed to SESv2, in base64, with sender and recipients;
- `/_test/fault` (PUT `{"service", "action", "skip", "count", "status", "kind", "done", "stall", "kill"}`, DELETE):
  after `skip` calls of a function to that service (to any, if it is empty), so many fail; with `done` the call is made,
  and its answer lost; with `stall` the answer comes so many seconds late; with `kill` the function that calls is
  killed, and `killed` is then true.

What it does not show: API Gateway's throttling, its permission to call a function, alarms on the metrics of AWS, and
real SES verdicts (those are computed by `ses_inbound.py`).
"""

import asyncio
import contextlib
import email.utils
import json
import os
import re
import signal
from pathlib import Path
from urllib.parse import parse_qs

import ministack.app as app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.iam_actions import extract_iam_action, extract_resource_arn
from ministack.core.responses import get_account_id
from ministack.services import dynamodb, lambda_svc, s3, ses
from ministack.services.cloudformation import provisioners

# Regions in which the emulated SES receives mail; any other answers as an endpoint that has no such action.
RECEIVING = {"us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-north-1", "ap-southeast-2", "sa-east-1"}

REQUESTS: list[list[str]] = []
SENT: list[dict] = []
FAULTS: list[dict] = []


# ---- CloudFormation ---------------------------------------------------------------------------------------------

_alarm_record = provisioners._cw_metric_alarm_record


def alarm_record(name, props):
    """Takes metric math too: the alarm is kept under the first of its metrics."""
    if props.get("Metrics"):
        stat = next(m["MetricStat"] for m in props["Metrics"] if m.get("MetricStat"))
        metric = stat["Metric"]
        props = {k: v for k, v in props.items() if k != "Metrics"} | {
            "Namespace": metric["Namespace"],
            "MetricName": metric["MetricName"],
            "Dimensions": metric.get("Dimensions", []),
            "Statistic": stat["Stat"],
            "Period": stat["Period"],
        }
    return _alarm_record(name, props)


def identity_create(logical_id, props, stack):
    identity, attributes = _identity_create(logical_id, props, stack)
    for n in (1, 2, 3):
        attributes[f"DkimDNSTokenName{n}"] = f"token{n}._domainkey.{identity}"
        attributes[f"DkimDNSTokenValue{n}"] = f"token{n}.dkim.amazonses.com"
    return identity, attributes


def expire_objects(bucket, properties):
    rules = properties.get("LifecycleConfiguration", {}).get("Rules", [])
    s3._bucket_lifecycle[bucket] = [
        {
            "ID": rule["Id"],
            "Status": rule["Status"],
            "Filter": {"Prefix": rule.get("Prefix", "")},
            "Expiration": {"Days": rule["ExpirationInDays"]},
        }
        for rule in rules
        if "ExpirationInDays" in rule
    ]


def keep_dead_letters(function, properties):
    lambda_svc._functions[function]["config"]["DeadLetterConfig"] = properties.get("DeadLetterConfig", {})


def completed(make, which, complete):
    """What makes or updates a resource by its argument `which`, and then does what MiniStack passes over."""

    def made(*arguments, **more):
        name, attributes = make(*arguments, **more)
        complete(name, arguments[which])
        return name, attributes

    return made


provisioners._cw_metric_alarm_record = alarm_record
HANDLERS = provisioners._RESOURCE_HANDLERS
for kind, complete in {
    "AWS::S3::Bucket": expire_objects,
    "AWS::Lambda::Function": keep_dead_letters,
}.items():
    known = HANDLERS[kind]
    HANDLERS[kind] = known | {
        "create": completed(known["create"], 1, complete),
        "update": completed(known["update"], 2, complete),
    }
_identity_create = HANDLERS["AWS::SES::EmailIdentity"]["create"]
HANDLERS["AWS::SES::EmailIdentity"] = HANDLERS["AWS::SES::EmailIdentity"] | {"create": identity_create}


# ---- IAM --------------------------------------------------------------------------------------------------------

# A name in an expression: no value, no function, no word of the language, and no deeper part of a path, since
# dynamodb:Attributes holds top-level attributes.
NAME = re.compile(r"(?<![:.\w#\[])(#?[A-Za-z_]\w*)(?!\w*\s*\()")
WORDS = {"SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"}


class Checked(str):
    """The action on one item of a transaction, with the condition keys of that item."""

    keys: dict


def write_keys(detail: dict) -> dict:
    """The condition keys of a write (or a check) of one item, as AWS documents them: the value of its partition key,
    and the top-level attributes that the request names, the key's among them.
    """
    item = detail.get("Key") or detail.get("Item") or {}
    schema = (dynamodb._tables.get(detail.get("TableName")) or {}).get("KeySchema", [])
    leading = [next(iter(item[key["AttributeName"]].values())) for key in schema if key["KeyType"] == "HASH"]
    names, attributes = detail.get("ExpressionAttributeNames") or {}, set(item)
    for expression in ("UpdateExpression", "ConditionExpression"):
        found = NAME.findall(detail.get(expression) or "")
        attributes |= {names.get(name, name) for name in found if name.upper() not in WORDS}
    keys = {"dynamodb:LeadingKeys": leading, "dynamodb:Attributes": sorted(attributes)}
    if returned := detail.get("ReturnValues"):
        keys["dynamodb:ReturnValues"] = returned
    return keys


def service_context(body):
    context, request = _service_context(body), json.loads(body or b"{}")
    if isinstance(request, dict) and ("Key" in request or "Item" in request):
        keys = write_keys(request)
        if "UpdateExpression" not in request and "Item" not in request:
            # A read or a delete: what it names beside the key, MiniStack knows.
            del keys["dynamodb:Attributes"]
        context |= keys
    return context


def transaction_checks(action, body, region, account):
    checks = iter(_transaction_checks(action, body, region, account))
    marked = []
    for item in json.loads(body or b"{}").get("TransactItems") or []:
        for member in iam_actions._DYNAMODB_TRANSACT_ITEM_ACTIONS:
            if isinstance(item.get(member), dict):
                known, table = next(checks)
                checked = Checked(known)
                checked.keys = write_keys(item[member])
                marked.append((checked, table))
    return marked


def enforce(key, action, service, region, **more):
    if isinstance(action, Checked):
        more["service_context"] = (more.get("service_context") or {}) | action.keys
    return _enforce(key, action, service, region, **more)


def resource_arn(service, method, path, headers, body, query_params, region, account):
    """What a call is about; of several parameters of Systems Manager the first, which MiniStack passes over."""
    if service == "ssm" and headers.get("x-amz-target", "").endswith(".GetParameters"):
        name = json.loads(body)["Names"][0]
        return f"arn:aws:ssm:{region}:{account}:parameter/{name.lstrip('/')}"
    return _resource_arn(service, method, path, headers, body, query_params, region, account)


_resource_arn, iam_actions.extract_resource_arn = iam_actions.extract_resource_arn, resource_arn
_service_context, _transaction_checks = iam_actions.dynamodb_service_context, iam_actions.dynamodb_transaction_checks
_enforce = iam_evaluator.enforce
iam_actions.dynamodb_service_context, iam_actions.dynamodb_transaction_checks = service_context, transaction_checks
iam_evaluator.enforce = enforce


# ---- SES --------------------------------------------------------------------------------------------------------


_handle_ses = ses.handle_request


async def handle_ses(method, path, headers, body, query_params):
    """SES, and UpdateReceiptRule beside it."""
    form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True) if method == "POST" else {}
    if form.get("Action") != ["UpdateReceiptRule"]:
        return await _handle_ses(method, path, headers, body, query_params)
    name = form["RuleSetName"][0]
    if name not in ses._receipt_rule_sets:
        return ses._receipt_missing_set(name)
    rule = ses._receipt_rule_from_params(form)
    if error := ses._receipt_rule_error(rule):
        return error
    rules = ses._receipt_rule_sets[name]["Rules"]
    for at, known in enumerate(rules):
        if known["Name"] == rule["Name"]:
            rules[at] = rule
            return ses._receipt_result("UpdateReceiptRule")
    return ses._receipt_error("RuleDoesNotExist", f"Rule does not exist: {rule['Name']}")


ses.handle_request = handle_ses


def enforce_ses_v2(method, path, headers, body, query_params, request_id):
    """Asks IAM about a call of SESv2, with the sender's address among the condition's keys."""
    if not app.AUTH:
        return None
    action = extract_iam_action("ses", method, path, headers, body, query_params)
    if action is None:
        return app._authenticate_only("sesv2", headers, query_params, request_id)
    region = app.extract_region(headers, query_params)
    resource = extract_resource_arn("ses", method, path, headers, body, query_params, region, get_account_id())
    context = {}
    if path.endswith("/outbound-emails"):
        sender = email.utils.parseaddr(json.loads(body).get("FromEmailAddress", ""))[1]
        context["ses:fromaddress"] = sender
        resource = f"arn:aws:ses:{region}:{get_account_id()}:identity/{sender.rpartition('@')[2]}"
    return app._enforce_data_plane(
        "sesv2", action, headers, query_params, request_id,
        resource_arn=resource, service_context=context, named_resource=resource,
    )  # fmt: skip


app._enforce_ses_v2 = enforce_ses_v2


# ---- Around every request ---------------------------------------------------------------------------------------

CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")


def describe(scope, headers, body):
    """Who calls which action of which service in which region."""
    found = CREDENTIAL.search(headers.get("authorization", ""))
    if not found:
        return "", "", "", ""
    key, region, service = found.groups()
    if "x-amz-target" in headers:
        action = headers["x-amz-target"].rsplit(".", 1)[-1]
    elif b"Action=" in body[:4096]:
        action = re.search(rb"(?:^|&)Action=([A-Za-z]+)", body).group(1).decode()
    else:
        action = f"{scope['method']} {scope['path']}"
    return key, region, service, action


def fault_for(key, service, action):
    if key in ("test", ""):
        return None
    for fault in FAULTS:
        is_its = fault["service"] in ("", service) and re.search(fault.get("action", ""), action)
        if is_its and fault.get("skip", 0) > 0:
            fault["skip"] -= 1
        elif is_its and fault["count"] > 0:
            fault["count"] -= 1
            return fault
    return None


def kill_caller(port) -> bool:
    """Ends the process whose connection has this port on its side, as when Lambda's machine fails; whether it did."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[1].rpartition(":")[2], 16) != port:
            continue
        for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
            with contextlib.suppress(OSError):
                if os.readlink(descriptor) == f"socket:[{fields[9]}]":
                    os.kill(int(descriptor.parts[2]), signal.SIGKILL)
                    return True
    return False


async def answer(send, status, body, content_type="application/json"):
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", content_type.encode())]})
    await send({"type": "http.response.body", "body": body})


def keep_sent(request):
    """Keeps a raw mail that SES has taken."""
    if raw := request.get("Content", {}).get("Raw", {}).get("Data"):
        SENT.append({"from": request.get("FromEmailAddress"), "to": request.get("Destination", {}), "raw": raw})


def test_call(method, path, body):
    """The calls under /_test/."""
    store = {"/_test/requests": REQUESTS, "/_test/sent": SENT, "/_test/fault": FAULTS}.get(path)
    if store is None:
        return 404, b"{}"
    if method == "DELETE":
        store.clear()
    elif method == "PUT":
        store.append(json.loads(body))
    return 200, json.dumps(store).encode()


def once(body):
    """What receives this body, and then nothing more: the caller stays until it has its answer."""
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive():
        for message in messages:
            return message
        await asyncio.Event().wait()

    return receive


async def discard(_):
    pass


_app = app.app


async def wrapped(scope, receive, send):
    if scope["type"] != "http":
        return await _app(scope, receive, send)
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            break
    if scope["path"].startswith("/_test/"):
        status, text = test_call(scope["method"], scope["path"], body)
        return await answer(send, status, text)

    headers = {k.decode().lower(): v.decode("latin-1") for k, v in scope["headers"]}
    if "x-forwarded-proto" not in headers:
        scope = dict(scope) | {"headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}
    key, region, service, action = describe(scope, headers, body)
    if service:
        REQUESTS.append([key, service, action])
    elif scope["path"] == "/":
        # By which a function opens its connections.
        REQUESTS.append(["", "unsigned", scope["method"]])
    if service == "ses" and "ReceiptRule" in action and region not in RECEIVING:
        return await answer(send, 400, b"<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>"
                            b"Could not find operation</Message></Error></ErrorResponse>", "text/xml")
    if fault := fault_for(key, service, action):
        kind = fault.get("kind") or ("InternalServerError" if service == "dynamodb" else "InternalError")
        text = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{kind}", "message": "a fault on demand"})
        if service == "ses" and not scope["path"].startswith("/v2/"):
            text = (f"<ErrorResponse><Error><Type>Sender</Type><Code>{kind}</Code><Message>a fault on demand</Message>"
                    "</Error></ErrorResponse>")  # fmt: skip
        if service == "s3":
            text = f"<Error><Code>{kind}</Code><Message>a fault on demand</Message></Error>"
        if fault.get("done"):
            await _app(scope, once(body), discard)
        if fault.get("kill"):
            fault["killed"] = kill_caller(scope["client"][1])
            return
        await asyncio.sleep(fault.get("stall", 0))
        return await answer(send, fault.get("status", 500), text.encode())

    async def sending(message):
        if message["type"] == "http.response.start" and message["status"] == 200:
            keep_sent(json.loads(body))
        await send(message)

    sends_mail = service == "ses" and scope["method"] == "POST" and scope["path"].endswith("/outbound-emails")
    await _app(scope, once(body), sending if sends_mail else send)


app.app = wrapped

if __name__ == "__main__":
    app.main()

"""A stand-in for the receiving side of SES: SMTP, the active receipt rule set, its S3 and Lambda actions.

What it does as SES does:

- it knows the rules of the active set only, matches recipients and domains, and demands TLS where a rule does;
- it computes SPF (RFC 7208: ip4, include, a softfail or fail at the end), DKIM of every signature (RFC 6376, by dkimpy)
  and DMARC (RFC 7489, relaxed alignment), from the records it is given in place of the DNS;
- it stores the mail under SES's own header block, and calls the function with an event that holds no body and whose
  headers are cut above 10 KB;
- it may write to the bucket and call the function only where their policies let ses.amazonaws.com do so, for this
  account and this rule.

The server a mail comes from is given by XCLIENT (as Postfix has it), since every connection here is from loopback.
"""

import email
import email.utils
import fnmatch
import ipaddress
import json
import ssl
import subprocess
import tempfile
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import dkim
from aiosmtpd.smtp import SMTP
from loopback_smtp import LoopbackSmtp

ACCOUNT = "000000000000"
MAX_EVENT_HEADERS = 10 * 1024
MAX_MESSAGE = 40 * 1024 * 1024


# ---- What the verdicts are -------------------------------------------------------------------------------------


@dataclass
class Records:
    """TXT records by name, in place of the DNS."""

    txt: dict[str, str] = field(default_factory=dict)

    def __call__(self, name, timeout=5) -> bytes | None:
        name = name.decode() if isinstance(name, bytes) else name
        record = self.txt.get(name.rstrip(".").lower())
        return record.encode() if record is not None else None


def spf(records: Records, domain: str, ip: str, depth: int = 0) -> str:
    record = records.txt.get(domain.lower())
    if record is None or not record.startswith("v=spf1") or depth > 10:
        return "none"
    results = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
    for term in record.split()[1:]:
        qualifier, mechanism = (term[0], term[1:]) if term[0] in results else ("+", term)
        name, _, value = mechanism.partition(":")
        matched = (
            name == "all"
            or (name == "ip4" and ipaddress.ip_address(ip) in ipaddress.ip_network(value, strict=False))
            or (name == "include" and spf(records, value, ip, depth + 1) == "pass")
        )
        if matched:
            return results[qualifier]
    return "neutral"


def dkim_results(records: Records, raw: bytes) -> list[tuple[str, str]]:
    """The result and the signing domain of each signature, from the top."""
    try:
        message = dkim.DKIM(raw)
    except dkim.MessageFormatError:
        # No header block: nothing that could be signed.
        return []
    count = sum(1 for name, _ in message.headers if name.lower() == b"dkim-signature")
    results = []
    for index in range(count):
        verifier = dkim.DKIM(raw)
        try:
            passed = verifier.verify(idx=index, dnsfunc=records)
        except dkim.DKIMException:
            passed = False
        domain = (getattr(verifier, "domain", None) or b"unknown").decode("ascii", "replace")
        results.append(("pass" if passed else "fail", domain))
    return results


def aligned(one: str, other: str) -> bool:
    one, other = one.lower(), other.lower()
    return one == other or one.endswith("." + other) or other.endswith("." + one)


@dataclass
class Verdicts:
    spf: str
    dkim: list[tuple[str, str]]
    dmarc: str
    dmarc_policy: str | None
    from_domain: str

    @classmethod
    def of(cls, records: Records, raw: bytes, mail_from: str, helo: str, ip: str) -> "Verdicts":
        domain = mail_from.rpartition("@")[2] or helo
        spf_result = spf(records, domain, ip)
        signatures = dkim_results(records, raw)
        sender = email.utils.parseaddr(str(email.message_from_bytes(raw)["From"] or ""))[1]
        from_domain = sender.rpartition("@")[2] or "unknown"
        record = records.txt.get(f"_dmarc.{from_domain}".lower())
        policy = None
        if record is None:
            dmarc = "none"
        elif (spf_result == "pass" and aligned(domain, from_domain)) or any(
            result == "pass" and aligned(signer, from_domain) for result, signer in signatures
        ):
            dmarc = "pass"
        else:
            dmarc = "fail"
            policy = dict(tag.strip().split("=", 1) for tag in record.split(";") if "=" in tag).get("p", "none")
        return cls(spf_result, signatures, dmarc, policy, from_domain)

    def receipt(self) -> dict:
        """The verdicts as the event has them."""
        any_dkim = any(result == "pass" for result, _ in self.dkim)
        verdicts = {
            "spamVerdict": {"status": "PASS"},
            "virusVerdict": {"status": "PASS"},
            "spfVerdict": {"status": {"pass": "PASS", "fail": "FAIL"}.get(self.spf, "GRAY")},
            "dkimVerdict": {"status": "PASS" if any_dkim else "FAIL" if self.dkim else "GRAY"},
            "dmarcVerdict": {"status": {"pass": "PASS", "fail": "FAIL"}.get(self.dmarc, "GRAY")},
        }
        if self.dmarc_policy:
            verdicts["dmarcPolicy"] = self.dmarc_policy
        return verdicts

    def header_block(self, message_id: str, mail_from: str, rcpt: str, helo: str, ip: str, region: str) -> bytes:
        domain = mail_from.rpartition("@")[2] or helo
        meaning = "designates" if self.spf == "pass" else "does not designate"
        check = f"(spfCheck: domain of {domain} {meaning} {ip} as permitted sender)"
        origin = f"client-ip={ip}; envelope-from={mail_from}; helo={helo};"
        signatures = [f" dkim={result} header.i=@{signer};" for result, signer in self.dkim]
        lines = [
            f"Return-Path: <{mail_from}>",
            f"Received: from {helo} ({helo} [{ip}])",
            f" by inbound-smtp.{region}.amazonaws.com with SMTP id {message_id}",
            f" for {rcpt};",
            f" {email.utils.format_datetime(datetime.now(timezone.utc))} (UTC)",
            "X-SES-Spam-Verdict: PASS",
            "X-SES-Virus-Verdict: PASS",
            f"Received-SPF: {self.spf} {check} {origin}",
            "Authentication-Results: amazonses.com;",
            f" spf={self.spf} {check} {origin}",
            *(signatures or [" dkim=none header.i=unknown;"]),
            f" dmarc={self.dmarc} header.from={self.from_domain};",
            "X-SES-RECEIPT: AEFBQUFBQUFBQUFGZ0V4",
            "X-SES-DKIM-SIGNATURE: a=rsa-sha256; q=dns/txt; b=; c=relaxed/simple; s=test; d=amazonses.com; v=1;",
        ]
        return "".join(f"{line}\r\n" for line in lines).encode()


# ---- What the policies of the stack let SES do -----------------------------------------------------------------


def allows(policy: str, action: str, resource: str, source_arn: str) -> bool:
    """Whether a resource's policy lets ses.amazonaws.com do this for the account and the rule."""
    for statement in json.loads(policy)["Statement"]:
        principal = statement.get("Principal")
        if statement["Effect"] != "Allow" or principal not in ({"Service": "ses.amazonaws.com"},):
            continue
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        conditions = {
            key.lower(): values for of in statement.get("Condition", {}).values() for key, values in of.items()
        }

        def holds(key: str, actual: str) -> bool:
            wanted = conditions.get(key)
            return wanted is None or any(
                fnmatch.fnmatchcase(actual, w) for w in (wanted if isinstance(wanted, list) else [wanted])
            )

        if (
            action in actions
            and any(fnmatch.fnmatchcase(resource, pattern) for pattern in resources)
            and "aws:sourceaccount" in conditions
            and "aws:sourcearn" in conditions
            and holds("aws:sourceaccount", ACCOUNT)
            and holds("aws:sourcearn", source_arn)
        ):
            return True
    return False


# ---- The server ------------------------------------------------------------------------------------------------


class Server(SMTP):
    """Adds XCLIENT ADDR=."""

    async def smtp_XCLIENT(self, arg):
        self.session.client_ip = dict(part.split("=", 1) for part in (arg or "").split() if "=" in part).get("ADDR")
        await self.push("220 ok")


class SesInbound:
    """`with SesInbound(clients, region, records) as ses:` then SMTP at `127.0.0.1:ses.port`.

    `clients` makes a boto3 client by a service's name and a region's.
    """

    def __init__(self, clients, region: str, records: Records):
        self.ses, self.s3, self.function = (clients(name, region) for name in ("ses", "s3", "lambda"))
        self.region, self.records = region, records
        self.events: list[tuple[str, dict]] = []
        # Whether events are kept back: they are then in `events` only.
        self.holds = False
        self.refused: list[str] = []
        self.files = tempfile.TemporaryDirectory()
        name = f"inbound-smtp.{region}.amazonaws.com"
        self.server = LoopbackSmtp(
            self, lambda: Server(self, data_size_limit=MAX_MESSAGE, tls_context=self.tls(), hostname=name)
        )

    def tls(self) -> ssl.SSLContext:
        key, certificate = (str(Path(self.files.name) / name) for name in ("key.pem", "certificate.pem"))
        if not Path(certificate).exists():
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
                 "-keyout", key, "-out", certificate],
                check=True, capture_output=True,
            )  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context

    def __enter__(self):
        self.tls()
        self.server.start()
        self.port = self.server.port
        return self

    def __exit__(self, *_):
        self.server.stop()
        self.files.cleanup()

    def rules_for(self, recipients: list[str]):
        """The enabled rules of the active set, each with the recipients it takes, and the set's name."""
        active = self.ses.describe_active_receipt_rule_set()
        for rule in active.get("Rules", []):
            wanted = [w.lower() for w in rule.get("Recipients", [])]
            taken = [
                r for r in recipients
                if not wanted
                or any(r.lower() == w or r.lower().endswith("@" + w) or (w.startswith(".") and r.lower().endswith(w)) for w in wanted)
            ]  # fmt: skip
            if rule.get("Enabled") and taken:
                yield active["Metadata"]["Name"], rule, taken

    async def handle_RCPT(self, server, session, envelope, address, options):
        rules = list(self.rules_for([address]))
        if not rules:
            return "550 5.1.1 mailbox unavailable"
        if session.ssl is None and any(rule.get("TlsPolicy") == "Require" for _, rule, _ in rules):
            return "530 5.7.0 must issue a STARTTLS command first"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):
        ip = getattr(session, "client_ip", None) or "192.0.2.1"
        return "250 ok " + self.receive(
            envelope.content, envelope.mail_from or "", list(envelope.rcpt_tos), session.host_name or "unknown", ip
        )

    def receive(self, raw: bytes, mail_from: str, recipients: list[str], helo: str, ip: str) -> str:
        """Takes one mail; gives the id SES gives it."""
        message_id = uuid.uuid4().hex
        verdicts = Verdicts.of(self.records, raw, mail_from, helo, ip)
        stored = verdicts.header_block(message_id, mail_from, recipients[0], helo, ip, self.region) + raw
        for rule_set, rule, taken in self.rules_for(recipients):
            source = f"arn:aws:ses:{self.region}:{ACCOUNT}:receipt-rule-set/{rule_set}:receipt-rule/{rule['Name']}"
            for action in rule["Actions"]:
                if "S3Action" in action:
                    self.store(action["S3Action"], message_id, stored, source)
                if "LambdaAction" in action:
                    event = self.event(stored, mail_from, taken, message_id, verdicts, action["LambdaAction"])
                    self.call(action["LambdaAction"]["FunctionArn"], event, source)
        return message_id

    def store(self, action: dict, message_id: str, stored: bytes, source: str):
        bucket, key = action["BucketName"], action.get("ObjectKeyPrefix", "") + message_id
        policy = self.s3.get_bucket_policy(Bucket=bucket)["Policy"]
        if not allows(policy, "s3:PutObject", f"arn:aws:s3:::{bucket}/{key}", source):
            self.refused.append(f"s3:PutObject {key}")
            return
        self.s3.put_object(Bucket=bucket, Key=key, Body=stored)

    def call(self, arn: str, event: dict, source: str):
        policy = self.function.get_policy(FunctionName=arn)["Policy"]
        if not allows(policy, "lambda:InvokeFunction", arn, source):
            self.refused.append(f"lambda:InvokeFunction {arn}")
            return
        self.events.append((arn, event))
        if self.holds:
            return
        self.function.invoke(FunctionName=arn, InvocationType="Event", Payload=json.dumps(event))

    def event(self, stored, mail_from, recipients, message_id, verdicts, action) -> dict:
        message = email.message_from_bytes(stored)
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        headers, size, truncated = [], 0, False
        for name, value in message.items():
            size += len(name) + len(str(value))
            if size > MAX_EVENT_HEADERS:
                truncated = True
                break
            headers.append({"name": name, "value": str(value)})
        addresses = [a for _, a in email.utils.getaddresses(message.get_all("To", []) + message.get_all("Cc", []))]
        common = {"returnPath": mail_from, "from": [str(message["From"])], "to": addresses}
        for key, name in (("date", "Date"), ("messageId", "Message-ID"), ("subject", "Subject")):
            if message[name]:
                common[key] = str(message[name])
        mail = {
            "timestamp": now,
            "source": mail_from,
            "messageId": message_id,
            "destination": addresses,
            "headersTruncated": truncated,
            "headers": headers,
            "commonHeaders": common,
        }
        receipt = {
            "timestamp": now,
            "processingTimeMillis": 480,
            "recipients": recipients,
            **verdicts.receipt(),
            "action": {"type": "Lambda", "functionArn": action["FunctionArn"], "invocationType": "Event"},
        }
        record = {"eventSource": "aws:ses", "eventVersion": "1.0", "ses": {"mail": mail, "receipt": receipt}}
        return {"Records": [record]}

    def again(self, which: int = -1):
        """Calls the function with an earlier event once more, as an asynchronous retry does."""
        arn, event = self.events[which]
        self.function.invoke(FunctionName=arn, InvocationType="Event", Payload=json.dumps(event))

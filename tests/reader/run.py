"""Compares what the reader takes from each mail of the corpus with what Python's `email` package reads in it.

Python knows nothing of codes, so it is asked what can be compared: whether a sender of Arlo stands in a From, whether
the digits of the code are in the decoded text, whether the account is in a field or in the text, and what the Date says.
Each difference must be listed in `differences.json` with its reason, and each that is listed must still exist.

Prints a line for each difference that is not listed, and `N mails, N differences, N unexplained` last. Exit code 0 if
none is unexplained, 1 otherwise.
"""

from __future__ import annotations

import argparse
import email
import email.policy
import email.utils
import html
import json
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from email.message import EmailMessage
from pathlib import Path

HERE = Path(__file__).resolve().parent
CORPUS = HERE.parent.parent / "crates/arlo-mail/tests/corpus"
SENDERS = {"do_not_reply@arlo.com"}
# What may stand between the digits of a code.
BETWEEN = r"[\s\-‐-―·•∙・\u00ad\u200b-\u200f\u2060\ufeff]*"


def messages(mail: EmailMessage) -> Iterator[EmailMessage]:
    """The mail, and those that are attached to it."""
    yield mail
    for part in mail.walk():
        if part.get_content_type() == "message/rfc822":
            yield from (inner for inner in part.get_payload() if isinstance(inner, EmailMessage) and inner is not mail)


def text(mail: EmailMessage) -> str:
    """All decoded text, without tags."""
    parts = []
    for part in mail.walk():
        if part.get_content_maintype() != "text":
            continue
        try:
            content = part.get_content()
        except (LookupError, ValueError, KeyError):
            content = (part.get_payload(decode=True) or b"").decode("latin-1")
        if part.get_content_subtype() == "html":
            content = html.unescape(re.sub(r"(?s)<(style|script).*?</\1>|<!--.*?-->|<[^>]*>", "", content))
        parts.append(content)
    return unicodedata.normalize("NFKC", "\n".join(parts))


def has_code(content: str, code: str) -> bool:
    digits = "".join(str(unicodedata.digit(each, -1)) if each.isdigit() else each for each in content)
    return re.search(BETWEEN.join(code), digits) is not None


def is_from_arlo(mail: EmailMessage) -> bool:
    fields = mail.get_all("From", [])
    addresses = email.utils.getaddresses([str(field) for field in fields])
    return len(fields) == 1 and len(addresses) == 1 and addresses[0][1].lower() in SENDERS


def canonical(address: str) -> str:
    """Enough of it for the corpus: without a label, and without dots at Gmail."""
    local, _, domain = address.lower().rpartition("@")
    local = local.partition("+")[0]
    domain = domain.replace("googlemail.com", "gmail.com")
    return f"{local.replace('.', '') if domain == 'gmail.com' else local}@{domain}"


def named(mail: EmailMessage, content: str) -> set[str]:
    """Every address in a field or in the text."""
    everything = "\n".join([*(str(value) for value in mail.values()), content])
    return {canonical(found) for found in re.findall(r"[^\s<>()\[\]\",;:]+@[\w.-]+\w", everything)}


def date(mail: EmailMessage) -> datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(str(mail["Date"]))
    except (TypeError, ValueError, IndexError):
        return None
    # Python takes a Date without a zone, and `-0000`, as one of no zone.
    return found.astimezone(timezone.utc) if found.tzinfo else None


def ours(relay: str, mail: Path) -> tuple[dict, str]:
    done = subprocess.run([relay, "extract", "--json", str(mail)], capture_output=True, text=True, timeout=60, check=False)
    return (json.loads(done.stdout) if done.returncode == 0 else {"kind": "no mail"}), done.stderr


def differences(relay: str, path: Path, expected: dict) -> Iterator[str]:
    """What the two see differently, in a word each."""
    read, why = ours(relay, path)
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    try:
        all_of = list(messages(mail))
        content = "\n".join(text(each) for each in all_of)
        known = set().union(*(named(each, text(each)) for each in all_of))
        from_arlo = any(is_from_arlo(each) for each in all_of)
        dates = {date(each) for each in all_of} - {None}
    except Exception as error:  # noqa: BLE001 - that Python cannot read a mail is a difference too
        yield f"unreadable: {type(error).__name__}"
        return
    if read["kind"] == "code":
        if not has_code(content, read["code"]):
            yield "code"
        # Python takes no quoted header for one, so a sender in the text is as much as it can say of a mail that was
        # sent on by hand.
        if not from_arlo and not any(sender in content for sender in SENDERS):
            yield "sender"
        if read["account"] and canonical(read["account"]) not in known:
            yield "account"
    elif "not from an Arlo sender" in why and from_arlo:
        yield "sender"
    if "date" in expected:
        said = expected["date"]
        if (datetime.fromisoformat(said.replace("Z", "+00:00")) not in dates) if said else date(mail) is not None:
            yield "date"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relay", required=True, metavar="PATH", help="the arlo-relay executable")
    parser.add_argument("--list", action="store_true", help="print every difference, listed or not")
    arguments = parser.parse_args()
    listed: dict[str, dict] = json.loads((HERE / "differences.json").read_text())
    mails = sorted(CORPUS.rglob("*.eml"))
    expected = {
        file.parent / name: result
        for file in CORPUS.rglob("expected.json")
        for name, result in json.loads(file.read_text()).items()
    }

    def of(path: Path) -> list[str]:
        return list(differences(arguments.relay, path, expected.get(path, {})))

    with ThreadPoolExecutor(2) as pool:
        found = {
            f"{path.relative_to(CORPUS)}: {what}" for path, all_of in zip(mails, pool.map(of, mails)) for what in all_of
        }
    explained = {f"{mail}: {what}" for reason in listed.values() for what, names in reason.items() for mail in names}
    unexplained = sorted(found if arguments.list else found - explained)
    gone = sorted(explained - found)
    for each in unexplained:
        print(f"{each}")
    for each in gone:
        print(f"no longer: {each}")
    kinds = Counter(each.rsplit(": ", 1)[1] for each in found)
    print(", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())))
    count = len(found - explained) + len(gone)
    print(f"{len(mails)} mails, {len(found)} differences, {count} unexplained")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())

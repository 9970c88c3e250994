"""A relay as one would write it in Python with aiosmtpd, aiohttp and sqlite3, to measure ours beside it.

It takes a prestage, receives a mail at a member's own address, reads the code with Python's `email`, commits it to
SQLite before its `250`, and answers who waits. It has no limits, no proof of addresses and no DKIM: it does less.

    reference.py --data DIR [--describe FILE]
    reference.py --data DIR --fill MEMBERS [--pending]

The first serves: it writes the description that `crates/arlo-relay/benches/relay` reads, prints `ready`, and ends on
SIGTERM. The second makes members before that, with a request of each if wanted, and ends.
"""

import argparse
import asyncio
import email
import email.policy
import json
import os
import re
import secrets
import signal
import sqlite3
import time
from pathlib import Path

from aiohttp import web
from aiosmtpd.smtp import SMTP

# As many members as the load needs.
DESCRIBED = 10_000
CODE = re.compile(r"\b(\d{6})\b")


class Store:
    """Requests by their poll key. A commit is on disk when it returns, as with the relay."""

    def __init__(self, path: Path) -> None:
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute("PRAGMA synchronous = FULL")
        self.database.executescript(
            "CREATE TABLE IF NOT EXISTS members (token TEXT PRIMARY KEY, mailbox TEXT) WITHOUT ROWID;"
            "CREATE TABLE IF NOT EXISTS requests (key TEXT PRIMARY KEY, mailbox TEXT, made INTEGER, code TEXT) WITHOUT ROWID;"
            "CREATE INDEX IF NOT EXISTS pending ON requests (mailbox, made) WHERE code IS NULL"
        )
        self.waiting: dict[str, asyncio.Event] = {}

    def fill(self, members: int, pending: bool) -> None:
        mailboxes = [f"m{number}" for number in range(members)]
        self.database.execute("BEGIN")
        made = ((secrets.token_urlsafe(24), mailbox) for mailbox in mailboxes)
        self.database.executemany("INSERT INTO members VALUES (?, ?)", made)
        for mailbox in mailboxes if pending else []:
            self.stage(mailbox)
        self.database.execute("COMMIT")

    def members(self) -> list[tuple[str, str]]:
        return self.database.execute("SELECT token, mailbox FROM members LIMIT ?", (DESCRIBED,)).fetchall()

    def mailbox(self, token: str) -> str | None:
        row = self.database.execute("SELECT mailbox FROM members WHERE token = ?", (token,)).fetchone()
        return row[0] if row else None

    def stage(self, mailbox: str) -> str:
        key = secrets.token_urlsafe(24)
        self.database.execute("INSERT INTO requests VALUES (?, ?, ?, NULL)", (key, mailbox, time.time_ns()))
        return key

    def complete(self, mailbox: str, code: str) -> None:
        found = self.database.execute(
            "UPDATE requests SET code = ? WHERE key = (SELECT key FROM requests WHERE mailbox = ? AND code IS NULL"
            " ORDER BY made DESC LIMIT 1) RETURNING key",
            (code, mailbox),
        ).fetchall()
        for (key,) in found:
            if event := self.waiting.pop(key, None):
                event.set()

    def code(self, key: str) -> str | None:
        row = self.database.execute("SELECT code FROM requests WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None


def code_in(raw: bytes) -> str | None:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    body = mail.get_body(("plain", "html"))
    text = re.sub(r"<style.*?</style>|<[^>]*>", " ", body.get_content(), flags=re.DOTALL) if body else ""
    found = CODE.search(text)
    return found[1] if found else None


class Delivery:
    def __init__(self, store: Store) -> None:
        self.store = store

    async def handle_DATA(self, _server, _session, envelope) -> str:
        if code := code_in(envelope.content):
            for recipient in envelope.rcpt_tos:
                self.store.complete(recipient.split("@", 1)[0], code)
        return "250 OK"


def application(store: Store) -> web.Application:
    async def prestage(request: web.Request) -> web.Response:
        mailbox = store.mailbox(request.match_info["token"])
        if mailbox is None:
            return web.Response(status=403)
        await request.json()
        return web.Response(text=f"http://{request.host}/poll/{store.stage(mailbox)}")

    async def poll(request: web.Request) -> web.Response:
        key, wait = request.match_info["key"], float(request.query.get("wait", 0))
        code = store.code(key)
        if code is None and wait:
            event = store.waiting.setdefault(key, asyncio.Event())
            try:
                await asyncio.wait_for(event.wait(), wait)
            except asyncio.TimeoutError:
                store.waiting.pop(key, None)
            code = store.code(key)
        return web.json_response({"status": "complete", "code": code} if code else {"status": "pending"})

    app = web.Application()
    app.add_routes([web.post("/prepare-arlo-mfa/{token}", prestage), web.get("/poll/{key}", poll)])
    return app


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--describe", type=Path)
    parser.add_argument("--fill", type=int, metavar="MEMBERS")
    parser.add_argument("--pending", action="store_true")
    args = parser.parse_args()

    store = Store(args.data / "reference.sqlite3")
    if args.fill:
        store.fill(args.fill, args.pending)
        return
    loop = asyncio.get_running_loop()
    smtp = await loop.create_server(
        lambda: SMTP(Delivery(store), hostname="relay", loop=loop, enable_SMTPUTF8=True), "127.0.0.1", 0, backlog=1024
    )
    # Who waits still is not waited for.
    runner = web.AppRunner(application(store), access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=16_384)
    await site.start()
    host, port = runner.addresses[0][:2]
    smtp_port = smtp.sockets[0].getsockname()[1]
    if args.describe:
        members = [
            {"account": f"{mailbox}@example.org", "relay_address": f"{mailbox}@relay", "prestage_url": f"http://relay/prepare-arlo-mfa/{token}"}
            for token, mailbox in store.members()
        ]
        described = {"http": f"{host}:{port}", "smtp": f"127.0.0.1:{smtp_port}", "pid": os.getpid(), "members": members}
        args.describe.write_text(json.dumps(described))
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    print(f"ready http={host}:{port} smtp=127.0.0.1:{smtp_port}", flush=True)
    await ended.wait()
    await runner.cleanup()


asyncio.run(main())

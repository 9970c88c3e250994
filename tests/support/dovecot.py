"""Debian's dovecot as an IMAP server with TLS, one user and one mailbox, on a free port of the loopback."""

from __future__ import annotations

import contextlib
import grp
import imaplib
import os
import pwd
import re
import secrets
import shutil
import ssl
import subprocess
import tempfile
import time
from pathlib import Path

from support.checks import free_port, until
from support.reports import end_of

STOP_SECONDS = 60
USER = "casey"


def has_dovecot() -> bool:
    return bool(shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin") and Path("/usr/lib/dovecot/imap").exists())


class Dovecot:
    """An IMAP server with one user. Its processes belong to the user who runs this program."""

    def __init__(self, directory: Path, capability: str = "") -> None:
        self.directory, self.port, self.password = directory, free_port(), secrets.token_hex(8)
        self.certificate = directory / "certificate.pem"
        self.maildir = directory / "mail"
        for part in ("cur", "new", "tmp"):
            (self.maildir / part).mkdir(parents=True)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
            + ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
            + ["-keyout", str(directory / "key.pem"), "-out", str(self.certificate)],
            check=True,
            capture_output=True,
        )
        (directory / "users").write_text(f"{USER}:{{PLAIN}}{self.password}\n")
        # As root, dovecot insists on other users for its parts; as anyone else all parts are that user's.
        is_root = os.getuid() == 0
        me, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
        owner = "nobody" if is_root else me
        if is_root:
            shutil.chown(self.maildir, owner)
            for part in self.maildir.iterdir():
                shutil.chown(part, owner)
            for parent in (directory, *directory.parents):
                if str(parent).startswith(tempfile.gettempdir() + "/"):
                    parent.chmod(0o755)
        entry = pwd.getpwnam(owner)
        internal = "" if is_root else f"default_internal_user = {me}\ndefault_login_user = {me}\ndefault_internal_group = {group}\n"
        chroot = "" if is_root else "service imap-login {\n chroot =\n}\nservice anvil {\n chroot =\n}\nservice stats {\n chroot =\n}\n"
        self.configuration = directory / "dovecot.conf"
        self.configuration.write_text(
            f"""
base_dir = {directory}/run
state_dir = {directory}/state
log_path = {directory}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{self.certificate}
ssl_key = <{directory}/key.pem
mail_location = maildir:{self.maildir}
mail_uid = {entry.pw_uid}
mail_gid = {entry.pw_gid}
first_valid_uid = 1
first_valid_gid = 1
auth_mechanisms = plain
auth_failure_delay = 0 secs
mail_max_userip_connections = 50
{f"imap_capability = {capability}" if capability else ""}
{internal}
passdb {{
  driver = passwd-file
  args = {directory}/users
}}
userdb {{
  driver = static
  args = uid={entry.pw_uid} gid={entry.pw_gid} home={self.maildir}
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {self.port}
    ssl = yes
  }}
}}
{chroot}
"""
        )
        self.owner = entry
        self.process = None

    def start(self) -> None:
        command = [shutil.which("dovecot") or "/usr/sbin/dovecot", "-F", "-c", str(self.configuration)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(self.answers, "dovecot", 20)

    def answers(self) -> bool:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            with self.log_in():
                return True
        return False

    def log_in(self) -> imaplib.IMAP4_SSL:
        context = ssl.create_default_context(cafile=str(self.certificate))
        client = imaplib.IMAP4_SSL("localhost", self.port, ssl_context=context, timeout=5)
        client.login(USER, self.password)
        return client

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def deliver(self, raw: bytes) -> None:
        """Puts a mail into the inbox as maildir requires: written elsewhere, then moved to its place."""
        name = f"{time.time_ns()}.{secrets.token_hex(4)}.test"
        written = self.maildir / "tmp" / name
        written.write_bytes(raw)
        os.chown(written, self.owner.pw_uid, self.owner.pw_gid)
        written.rename(self.maildir / "new" / name)

    def flags(self) -> list[str]:
        """The flags of each mail."""
        with self.log_in() as client:
            client.select("INBOX", readonly=True)
            found = client.fetch("1:*", "(FLAGS)")[1]
            return [re.search(rb"FLAGS \((.*?)\)", line)[1].decode() for line in found if line]

    def log(self) -> str:
        return end_of(self.directory / "dovecot.log")

    def whole_log(self) -> str:
        return (self.directory / "dovecot.log").read_text(errors="replace")

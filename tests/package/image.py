"""The file system of a container image, without Docker: what the last stage of a Dockerfile copies, on a base's files.

The base is distroless' `cc`: the C library and libgcc, taken from the same Debian as the package's test. There is no
shell in it. A command runs there in a mount namespace of its own with a root that cannot be written, as the image's
user, with the image's environment and the folders that a container engine gives.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from support.checks import Failed, must

BASE_PACKAGES = ("libc6", "libgcc-s1", "ca-certificates")
# What a container engine gives to each container.
MOUNT = """
set -e
mount --bind {root} {root}
mount -o remount,ro,bind {root}
mount --bind {data} {root}/data
for path in /proc /dev /sys; do mount --rbind $path {root}$path; done
{more}
exec /usr/sbin/chroot --userspec={user} {root} "$@"
"""


@dataclass
class Dockerfile:
    """The last stage of a file, with the instructions that this project uses. Any other is an error."""

    base: str = ""
    copies: list[tuple[str, str, str, str]] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    user: str = "0:0"
    volumes: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    healthcheck: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path, on: Dockerfile | None = None) -> Dockerfile:
        """The image of the file. `on` is the one that its last FROM names, where that is an image of this project."""
        lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
        stage = on or cls()
        for line in "\n".join(lines).replace("\\\n", " ").splitlines():
            name, _, rest = line.strip().partition(" ")
            if name == "FROM":
                stage = on or cls(base=rest.split()[0])
            elif name:
                stage._instruction(name, rest.strip())
        return stage

    def _instruction(self, name: str, rest: str) -> None:
        if name == "COPY":
            words = shlex.split(rest)
            options = dict(word.removeprefix("--").split("=", 1) for word in words if word.startswith("--"))
            source, target = [word for word in words if not word.startswith("--")]
            self.copies.append((options.get("from", ""), source, target, options.get("chown", "0:0")))
        elif name == "ENV":
            self.environment.update(word.split("=", 1) for word in shlex.split(rest))
        elif name == "USER":
            self.user = rest
        elif name == "VOLUME":
            self.volumes.append(rest)
        elif name == "ENTRYPOINT":
            self.entrypoint = json.loads(rest)
        elif name == "CMD":
            self.command = json.loads(rest)
        elif name == "HEALTHCHECK":
            self.healthcheck = [] if rest == "NONE" else json.loads(rest.partition("CMD")[2])
        elif name not in ("WORKDIR", "RUN", "LABEL", "EXPOSE", "STOPSIGNAL", "ARG"):
            raise Failed(f"the instruction {name} is not known here")


class Image:
    def __init__(self, file: Dockerfile, archive: Path, built: dict[str, Path], directory: Path) -> None:
        """`built` says for each source of a COPY what is copied here."""
        self.file, self.root, self.data = file, directory / "image", directory / "data"
        self.root.mkdir(parents=True)
        unpack(archive, self.root)
        for name in ("proc", "dev", "sys", "tmp", "data", "media", "etc", "run"):
            (self.root / name).mkdir(exist_ok=True)
        (self.root / "etc/hostname").write_text("a0d7b954-arlo-relay\n")
        (self.root / "etc/hosts").write_text("127.0.0.1 localhost\n")
        (self.root / "etc/resolv.conf").write_text("nameserver 127.0.0.1\n")
        self.data.mkdir(mode=0o700)
        for _, source, target, owner in self.file.copies:
            must(source in built, f"nobody builds {source}")
            self._copy(built[source], self.root / target.lstrip("/"), owner)
        # A new volume gets the owner and the mode of the image's folder.
        shown = (self.root / "data").stat()
        os.chown(self.data, shown.st_uid, shown.st_gid)
        shells = [path for name in ("sh", "bash", "dash", "busybox") for path in self.root.rglob(f"bin/{name}")]
        must(not shells, f"a shell is in the image: {shells}")

    def _copy(self, source: Path, target: Path, owner: str) -> None:
        user, group = map(int, owner.split(":"))
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            target.mkdir(mode=0o700, exist_ok=True)
        else:
            shutil.copy(source, target)
        os.chown(target, user, group)

    def command(self, *words: str, mounts: str = "", user: str = "", **environment: str) -> list[str]:
        """What runs the words in the image."""
        script = MOUNT.format(root=self.root, data=self.data, user=user or self.file.user, more=mounts)
        variables = {"PATH": "/usr/bin", **self.file.environment, **environment}
        settings = [f"{name}={value}" for name, value in variables.items()]
        # The shell and `env` are those of this machine, before the chroot.
        return ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *settings, "unshare", "--mount", "sh", "-c", script, "sh"] + list(words)

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess:
        command = self.command(*words, **more)
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)

    def healthcheck(self, **environment: str) -> int:
        return self.run(*self.file.healthcheck, **environment).returncode


def unpack(archive: Path, root: Path) -> None:
    """The files of the base's packages out of a whole Debian."""
    with tarfile.open(archive) as debian:
        members = {member.name.removeprefix("./").rstrip("/"): member for member in debian.getmembers()}
        wanted: list[tarfile.TarInfo] = [members[name] for name in ("lib", "lib64") if name in members]
        for name, member in members.items():
            package = name.removeprefix("var/lib/dpkg/info/")
            if package == name or not package.endswith(".list") or package.split(":")[0].removesuffix(".list") not in BASE_PACKAGES:
                continue
            for path in debian.extractfile(member).read().decode().split("\n"):
                path = path.lstrip("/")
                # Since Debian 12, /lib is a link to /usr/lib.
                for spelling in (path, f"usr/{path}"):
                    if spelling in members and not spelling.startswith("usr/share/doc"):
                        wanted.append(members[spelling])
        # Made when the package is configured: links to the certificates, and all of them in one file.
        wanted += [member for name, member in members.items() if name.startswith("etc/ssl")]
        ordered = sorted(wanted, key=lambda member: member.name.count("/"))
        must(len(ordered) > 20, f"the base has only {len(ordered)} files")
        debian.extractall(root, members=ordered, filter="fully_trusted")

"""DKIM signatures (RFC 6376), relaxed/relaxed with RSA and SHA-256, and the record that publishes the key.

The keys are made for one run. 1024 bits are the least that a verifier takes (RFC 8301), and enough for a run.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field

BITS = 1024
EXPONENT = 65537
SMALL_PRIMES = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))]
# DigestInfo of SHA-256 (RFC 8017 section 9.2).
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
RSA_ALGORITHM = bytes.fromhex("300d06092a864886f70d0101010500")
SELECTOR = "s1"
FIELDS = ("from", "to", "subject", "date", "message-id")


def is_prime(number: int) -> bool:
    if any(number % prime == 0 for prime in SMALL_PRIMES):
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(24):
        x = pow(secrets.randbelow(number - 3) + 2, odd, number)
        if x in (1, number - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % number
            if x == number - 1:
                break
        else:
            return False
    return True


def prime(bits: int) -> int:
    while True:
        # The two highest bits are set, so that the product of two has all its bits.
        number = secrets.randbits(bits) | (0b11 << (bits - 2)) | 1
        if number % EXPONENT != 1 and is_prime(number):
            return number


def der(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, "big") + content


def der_integer(number: int) -> bytes:
    return der(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


@dataclass(frozen=True)
class Key:
    """The signing key of a domain."""

    domain: str
    modulus: int
    private: int = field(repr=False)

    @classmethod
    def made_for(cls, domain: str) -> Key:
        p, q = prime(BITS // 2), prime(BITS // 2)
        return cls(domain, p * q, pow(EXPONENT, -1, (p - 1) * (q - 1)))

    @property
    def name(self) -> str:
        return f"{SELECTOR}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        public = der(0x30, der_integer(self.modulus) + der_integer(EXPONENT))
        encoded = base64.b64encode(der(0x30, RSA_ALGORITHM + der(3, b"\0" + public)))
        return "v=DKIM1; k=rsa; p=" + encoded.decode()

    def signed(self, mail: bytes, fields: tuple[str, ...] = FIELDS) -> bytes:
        """The mail below a signature of it."""
        header, body = mail.split(b"\r\n\r\n", 1)
        body_hash = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest()).decode()
        signature = (
            f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={self.domain}; s={SELECTOR};\r\n"
            f"\th={':'.join(fields)};\r\n\tbh={body_hash};\r\n\tb="
        ).encode()
        present = re.split(rb"\r\n(?![ \t])", header)
        to_sign = []
        for name in fields:
            # The lowest of that name not signed yet; none means that there is none to be added later.
            found = [at for at in range(len(present)) if present[at].lower().startswith(name.encode() + b":")]
            if found:
                to_sign.append(relaxed_field(present.pop(found[-1])) + b"\r\n")
        to_sign.append(relaxed_field(signature))
        digest = SHA256_PREFIX + hashlib.sha256(b"".join(to_sign)).digest()
        padded = b"\0\1" + b"\xff" * (BITS // 8 - len(digest) - 3) + b"\0" + digest
        number = pow(int.from_bytes(padded, "big"), self.private, self.modulus)
        return signature + base64.b64encode(number.to_bytes(BITS // 8, "big")) + b"\r\n" + mail


def relaxed_field(line: bytes) -> bytes:
    name, value = line.split(b":", 1)
    value = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b""))
    return name.strip().lower() + b":" + value.strip()


def relaxed_body(body: bytes) -> bytes:
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)

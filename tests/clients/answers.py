"""What `serve` answers, checked against the API's description by a client that knows only that description."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from pathlib import Path
from urllib.parse import quote, quote_plus, urlsplit

from clients.wire import Answer, call
from support.checks import must, must_equal
from support.mails import arlo_text
from support.servers import Binaries, Enrolment, relay

ACCOUNT = "casey@gmail.com"
# An SMS as a phone forwards it. The test replaces 467266 by a code that was not used before: the relay takes the same
# code twice for one message.
MESSAGES = {
    "English": "Your Arlo one-time authentication code is 467266.",
    "with a price and a time": "467266 is your Arlo code. It expires at 12:30. Msg & data rates of $1.50 may apply.",
    "with a last line that phones fill in from": "Arlo code: 467266\n\n@arlo.com #467266",
    "German": "Ihr einmaliger Arlo-Authentifizierungscode lautet: 467266.",
    "French": "Votre code d’authentification Arlo à usage unique est « 467266 ».",
    "Spanish": "Su código de autenticación único de Arlo es 467266. ¡No lo comparta!",
    "Italian": "Il codice di autenticazione monouso di Arlo è: 467266",
    "Dutch": "Je eenmalige Arlo-verificatiecode is 467266.",
    "Portuguese": "O seu código de autenticação Arlo é 467266.",
    "Polish": "Twój jednorazowy kod uwierzytelniania Arlo to 467266.",
    "Swedish": "Din engångskod för Arlo är 467266.",
    "Russian": "Ваш одноразовый код Arlo: 467266.",
    "Turkish": "Arlo tek kullanımlık kimlik doğrulama kodunuz: 467266.",
    "Arabic": "رمز المصادقة الخاص بك من Arlo هو 467266.",
    "Japanese": "Arloワンタイム認証コードは467266です。",
    "Chinese": "您的 Arlo 一次性验证码为467266，请勿告诉他人。",
    "Korean": "Arlo 일회용 인증 코드는 [467266]입니다.",
}
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
NO_CODE = {
    "two codes": "Your code is 467266. Your old code was 123456.",
    "five digits": "Your code is 46726.",
    "a telephone number": "Call +1 555 5550123 for help with Arlo.",
    "nothing": "Motion was detected at the front door.",
}


def rest(answer: Answer) -> tuple[int, dict]:
    """meta.code and data of an answer that no pyaarlo dies of: HTTP 200, JSON, an object in data."""
    must_equal(answer.status, 200, "the HTTP status of the REST API")
    content = answer.json()
    must(isinstance(content["data"], dict), "data is no object")
    must_equal(content["data"]["success"], content["meta"]["code"] == 200, "data.success")
    return content["meta"]["code"], content["data"]


def refused(answer: Answer) -> str:
    code, data = rest(answer)
    must_equal(code, 400, "meta.code")
    must(data["code"] is None and data["error"], "a failure has an error and no code")
    return data["error"]


def problem(answer: Answer, status: int) -> dict:
    must_equal(answer.status, status, "the HTTP status")
    must_equal(answer.kind, "application/problem+json", f"the media type of a {status}")
    content = answer.json()
    must_equal(content["status"], status, "status in the problem document")
    must(content["title"] and content["detail"], "a problem has a title and a detail")
    return content


def who(enrolment: Enrolment) -> str:
    return f"email={enrolment.account}&token={enrolment.token}"


FORM = "application/x-www-form-urlencoded"


def registration_closed(binaries: Binaries, directory: Path) -> None:
    with relay(binaries.relay, directory, options=("--registration", "closed")) as running:
        register = call(running.http, "GET", "/register")
        must_equal((register.status, register.headers["location"]), (303, "./"), "/register")
        page = call(running.http, "GET", "/")
        must_equal((page.status, page.kind), (200, "text/html"), "/")
        must('action="join"' not in page.text, "the page shows a form to join though registration is closed")
        refused(call(running.http, "POST", "/register_done", f"email={ACCOUNT}", Content_Type=FORM))


def registration_open(binaries: Binaries, directory: Path) -> None:
    with relay(binaries.relay, directory, options=("--registration", "open")) as running:
        page = call(running.http, "GET", "/")
        must('action="join"' in page.text, "the page shows no form to join though registration is open")

        def register(form: str) -> Answer:
            return call(running.http, "POST", "/register_done", form, Content_Type=FORM)

        answer = register("email=casey+home@example.org")
        content = answer.json()
        must_equal((answer.status, content["success"], content["email"]), (200, True, "casey+home@example.org"), "/register_done")
        must(content["fwd-to"].endswith("@relay.localhost"), "fwd-to is no relay address")
        code, _ = rest(call(running.http, "GET", f"/clear?email=casey@example.org&token={content['token']}"))
        must_equal(code, 200, "/clear with the new token")
        again = register("email=casey@example.org").json()
        must(again["token"] != content["token"] and again["fwd-to"] != content["fwd-to"], "a second client shares the first one's secrets")
        for bad in ("", "email=", "email=nobody", "email=" + "a" * 10_000 + "@example.org"):
            refused(register(bad))
        refused(call(running.http, "GET", "/register_done?email=casey@example.org"))


def rest_api(binaries: Binaries, directory: Path) -> None:
    with relay(binaries.relay, directory) as running:
        mine, other = running.enrol(ACCOUNT), running.enrol("robin@example.org")
        at, query = running.http, who(mine)
        must("clear" in refused(call(at, "GET", f"/get?{query}")), "/get before /clear does not say what to do")
        must_equal(rest(call(at, "GET", f"/clear?{query}")), (200, {"success": True, "email": ACCOUNT}), "/clear")

        began = time.monotonic()
        refused(call(at, "GET", f"/get?{query}"))
        must(time.monotonic() - began < 10, "/get answers later than its client waits")

        late: list[Answer] = []
        waiting = threading.Thread(target=lambda: late.append(call(at, "GET", f"/get?{query}")))
        waiting.start()
        code, added = rest(call(at, "GET", f"/add?{query}&code=012345"))
        must_equal((code, added["email"], added["code"]), (200, ACCOUNT, "012345"), "/add")
        waiting.join()
        code, found = rest(late[0])
        must_equal((code, found["email"], found["code"]), (200, ACCOUNT, "012345"), "/get that waited")
        must(isinstance(found["timestamp"], str) and found["timestamp"].isdigit(), "timestamp is no text of digits")
        must_equal(rest(call(at, "GET", f"/get?{query}"))[1]["code"], "012345", "/get, asked again")

        rest(call(at, "GET", f"/clear?{query}"))
        for refusing in (
            f"/clear?email={ACCOUNT}",
            f"/clear?email={ACCOUNT}&token=",
            f"/clear?email={ACCOUNT}&token={other.token}",
            f"/clear?email=stranger@example.org&token={mine.token}",
            f"/clear?token={mine.token}",
            f"/get?email={ACCOUNT}&token={other.token}",
            f"/get?email=nobody&token={mine.token}",
            f"/add?{query}",
            f"/add?{query}&code=12345",
            f"/add?{query}&code=1234567",
            f"/add?{query}&code=abcdef",
            f"/add?{who(other)}&code=123456",
            f"/add?email={ACCOUNT}&token={other.token}&code=123456",
        ):
            refused(call(at, "GET", refusing))
        wrong = refused(call(at, "GET", f"/clear?email={ACCOUNT}&token={other.token}"))
        unknown = refused(call(at, "GET", f"/clear?email=stranger@example.org&token={other.token}"))
        must_equal(wrong, unknown, "the answer tells whether an account is enrolled")


def plus_in_an_address(binaries: Binaries, directory: Path) -> None:
    with relay(binaries.relay, directory) as running:
        enrolment = running.enrol("casey+home@example.org")
        addresses = ("casey+home@example.org", "casey%2Bhome%40example.org", "casey%20home@example.org")
        for written, added in zip(addresses, ("467266", "123456", "012345")):
            query = f"email={written}&token={enrolment.token}"
            code, data = rest(call(running.http, "GET", f"/clear?{query}"))
            must_equal((code, data["email"]), (200, "casey+home@example.org"), written)
            rest(call(running.http, "GET", f"/add?{query}&code={added}"))
            must_equal(rest(call(running.http, "GET", f"/get?{query}"))[1]["code"], added, written)


def sms_texts(binaries: Binaries, directory: Path) -> None:
    with relay(binaries.relay, directory) as running:
        enrolment = running.enrol(ACCOUNT)
        at, query = running.http, who(enrolment)
        # The first has a zero in front, which a number would lose.
        codes = (f"{number:06}" for number in range(90_001, 999_999, 4_567))
        form = {"Content_Type": "application/x-www-form-urlencoded"}
        for language, text in MESSAGES.items():
            for how, hand_in in (
                ("%20", lambda said: call(at, "GET", f"/add?{query}&msg={quote(said)}")),
                ("+", lambda said: call(at, "GET", f"/add?{query}&msg={quote_plus(said)}")),
                ("form", lambda said: call(at, "POST", f"/add?{query}", f"msg={quote_plus(said)}", **form)),
                ("full width", lambda said: call(at, "GET", f"/add?{query}&msg={quote(said.translate(FULL_WIDTH))}")),
            ):
                code = next(codes)
                rest(call(at, "GET", f"/clear?{query}"))
                must_equal(rest(hand_in(text.replace("467266", code)))[0], 200, f"/add in {language} by {how}")
                must_equal(rest(call(at, "GET", f"/get?{query}"))[1]["code"], code, f"{language} by {how}")
        rest(call(at, "GET", f"/clear?{query}"))
        for what, text in NO_CODE.items():
            must("code" in refused(call(at, "GET", f"/add?{query}&msg={quote(text)}")), what)
        # None of them ended the login.
        must_equal(rest(call(at, "GET", f"/add?{query}&code={next(codes)}"))[0], 200, "/add after the refusals")


def mail_bodies(binaries: Binaries, directory: Path) -> None:
    with relay(binaries.relay, directory) as running:
        enrolment = running.enrol(ACCOUNT)
        at, token = running.http, enrolment.token

        def form(mail: bytes, field: str = "file", name: str = "email.txt") -> bytes:
            head = f'--cut\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'
            return head.encode() + mail + b"\r\n--cut--\r\n"

        multipart, message = {"Content_Type": "multipart/form-data; boundary=cut"}, {"Content_Type": "message/rfc822"}
        for what, post in (
            ("the field file", lambda mail: call(at, "POST", f"/mail?token={token}", form(mail), **multipart)),
            ("another name", lambda mail: call(at, "POST", f"/mail?token={token}", form(mail, name="x.eml"), **multipart)),
            ("its only file", lambda mail: call(at, "POST", f"/mail?token={token}", form(mail, "mail"), **multipart)),
            ("message/rfc822", lambda mail: call(at, "POST", f"/mail?token={token}", mail, **message)),
            ("no media type", lambda mail: call(at, "POST", f"/mail?token={token}", mail)),
            ("the token in the path", lambda mail: call(at, "POST", f"/mail/{token}", mail, **message)),
            ("bare LF", lambda mail: call(at, "POST", f"/mail/{token}", mail.replace(b"\r\n", b"\n"), **message)),
        ):
            rest(call(at, "GET", f"/clear?{who(enrolment)}"))
            must_equal(rest(post(arlo_text(ACCOUNT, "467266")))[0], 200, f"/mail with {what}")
            must_equal(rest(call(at, "GET", f"/get?{who(enrolment)}"))[1]["code"], "467266", f"/mail with {what}")
        for what, answer in (
            ("no token", call(at, "POST", "/mail", arlo_text(ACCOUNT, "467266"), **message)),
            ("a wrong token", call(at, "POST", f"/mail?token={token}x", arlo_text(ACCOUNT, "467266"), **message)),
            ("nothing", call(at, "POST", f"/mail?token={token}", b"", **message)),
            ("a form without an end", call(at, "POST", f"/mail?token={token}", b"--cut\r\n", **multipart)),
            ("JSON", call(at, "POST", f"/mail?token={token}", b"{}", Content_Type="application/json")),
        ):
            must(refused(answer), what)


def prestage_and_poll(binaries: Binaries, directory: Path) -> None:
    with relay(binaries.relay, directory) as running:
        mine, other = running.enrol(ACCOUNT), running.enrol("robin@example.org")
        at, body = running.http, json.dumps({"email": ACCOUNT})
        plain = {"Content_Type": "application/json"}
        bearer = {**plain, "Authorization": f"Bearer {mine.token}"}

        def prestage(target: str = "/prepare-arlo-mfa", content: bytes | str = body, **headers: str) -> Answer:
            return call(at, "POST", target, content, **headers)

        for what, answer in (
            ("Bearer", prestage(**bearer)),
            ("the query", prestage(f"/prepare-arlo-mfa?token={mine.token}", **plain)),
            ("the path", prestage(f"/prepare-arlo-mfa/{mine.token}", **plain)),
        ):
            must_equal((answer.status, answer.kind), (200, "text/plain"), f"prestage with the token in {what}")
            must(answer.text.startswith(f"{running.url}/poll/") and answer.text == answer.text.strip(), "no bare poll URL")
        target = urlsplit(prestage(**bearer, Accept="application/json").json()["poll_url"]).path
        must_equal(call(at, "GET", target).json(), {"status": "pending"}, "a poll at once")
        must_equal(call(at, "GET", f"{target}?wait=1").json(), {"status": "pending"}, "a poll that waits in vain")
        problem(call(at, "GET", f"{target}?wait=soon"), 400)
        problem(call(at, "GET", "/poll/unknown"), 403)

        must("www-authenticate" in prestage(**plain).headers, "a 401 names its scheme")
        problem(prestage(**plain), 401)
        denied = [
            problem(prestage(**plain, Authorization=f"Bearer {other.token}"), 403),
            problem(prestage(content='{"email":"stranger@example.org"}', **bearer), 403),
            problem(prestage("/prepare-arlo-mfa/wrong", **plain), 403),
        ]
        must(denied[0] == denied[1] == denied[2], "a 403 tells whether the account is enrolled")
        for content in ("", "{", "[]", '{"email":1}', '{"email":"nobody"}', json.dumps({"email": "a" * 10_000})):
            problem(prestage(content=content, **bearer), 400)
        problem(prestage(content=json.dumps({"email": "a" * 70_000}), **bearer), 413)
        problem(prestage(Content_Type="text/plain", Authorization=f"Bearer {mine.token}"), 415)
        problem(call(at, "GET", "/nothing-here"), 404)
        must("POST" in call(at, "GET", "/prepare-arlo-mfa").headers.get("allow", ""), "a 405 names what is allowed")
        problem(call(at, "GET", "/prepare-arlo-mfa"), 405)
        for _ in range(50):
            answer = prestage(**bearer)
            if answer.status != 200:
                break
        problem(answer, 429)
        must(int(answer.headers["retry-after"]) > 0, "a 429 says when to come back")

        health = call(at, "GET", "/healthz")
        must_equal((health.status, health.json()["status"]), (200, "ok"), "/healthz")
        must_equal(call(at, "GET", "/").kind, "text/html", "/")


def openapi(binaries: Binaries, directory: Path, python: Path) -> None:
    with relay(binaries.relay, directory) as running:
        document = call(running.http, "GET", "/openapi.json")
    content = document.json()
    must(content["openapi"].startswith("3.1."), f"OpenAPI {content['openapi']}")
    paths = ["/prepare-arlo-mfa", "/clear", "/get", "/add", "/mail", "/register", "/register_done", "/healthz", "/"]
    missing = [path for path in (*paths, "/openapi.json") if path not in content["paths"]]
    must(not missing, f"the document leaves out {missing}")
    file = directory / "openapi.json"
    file.write_bytes(document.body)
    command = [str(python), "-m", "openapi_spec_validator", str(file)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
    must_equal(done.returncode, 0, f"openapi-spec-validator: {done.stdout}{done.stderr}")

#!/usr/bin/env python3
"""Writes the part of the mail corpus that is made: one folder per kind in `made`, in each the mails and `expected.json`.

Run it after a change; it is deterministic, and the mails it writes are committed, so that a review sees them. With `--check`
it writes nothing and fails where the mails are not what it would write.
The mails are made up after what users of other clients have published about Arlo's mails; nobody's data is in them.
A case is `case(kind, name, mail, result)`. The result is what `arlo_mail::read` has to make of it:
a code (six digits), "none" (Arlo's, without a code), "conflict", "other" (not Arlo's), "not-a-mail" or a dict.
"""

import base64
import json
import pathlib
import quopri
import shutil
import sys

import field
import sentences
import written

MADE = pathlib.Path(__file__).parent / "made"
CODE = "467266"
ACCOUNT = "casey@gmail.com"
ARLO = "Arlo <do_not_reply@arlo.com>"
SUBJECT = "Your one-time authentication code from Arlo"
DATE = "Sat, 21 Nov 2026 10:15:30 +0000"
cases = {}


def case(kind, name, mail, result, **more):
    if isinstance(mail, str):
        mail = mail.encode()
    if isinstance(result, str):
        result = {"content": "code", "code": result} if result.isdigit() else {"content": result}
    assert (kind, name) not in cases, (kind, name)
    cases[kind, name] = (mail, {**result, **more})


# Building blocks ------------------------------------------------------------------------------------------------------

def head(sender=ARLO, subject=SUBJECT, to=ACCOUNT, date=DATE, top="", more=""):
    """The header of a mail as it lies in the mailbox, without its MIME fields."""
    lines = top
    if sender is not None:
        lines += f"From: {sender}\r\n"
    lines += f"To: {to}\r\nSubject: {subject}\r\n"
    if date:
        lines += f"Date: {date}\r\n"
    return lines + "Message-ID: <0100019a5d5c2f3e-7b1d@email.amazonses.com>\r\n" + more + "MIME-Version: 1.0\r\n"


def crlf(text):
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def part(content_type, body, encoding="7bit", charset="utf-8", fields=""):
    """One entity: its MIME fields and its encoded body."""
    data = body if isinstance(body, bytes) else crlf(body).encode(charset)
    if encoding == "base64":
        data = base64.encodebytes(data).replace(b"\n", b"\r\n")
    elif encoding == "quoted-printable":
        data = quopri.encodestring(data.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    declared = f"; charset={charset}" if charset and content_type.startswith("text/") else ""
    top = f"Content-Type: {content_type}{declared}\r\nContent-Transfer-Encoding: {encoding}\r\n{fields}\r\n"
    return top.encode() + data + b"\r\n"


def multipart(subtype, *parts, boundary="----=_Part_1_2"):
    """A multipart entity."""
    lines = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode()
    for entity in parts:
        lines += f"--{boundary}\r\n".encode() + entity
    return lines + f"--{boundary}--\r\n".encode()


def html(body, encoding="quoted-printable", charset="utf-8"):
    return part("text/html", body, encoding, charset)


def text(body, encoding="7bit", charset="utf-8"):
    return part("text/plain", body, encoding, charset)


def mail(entity, **fields):
    return head(**fields).encode() + entity


def page(inner, css="body { color: #333333; } .footer { color: #999999; }", preheader="", lang="en"):
    """A page of the look that Arlo's mails have had since 2021."""
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html lang="{lang}" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
<title>Arlo</title>
<style type="text/css">
{css}
</style>
</head>
<body bgcolor="#f5f5f5">{preheader}
<table width="600" cellpadding="0" cellspacing="0" border="0" align="center">
<tr><td><img src="https://static.arlo.com/mail/logo.png" alt="Arlo" width="120" height="40" /></td></tr>
{inner}
<tr><td class="footer" style="font-size:11px;color:#777777;">&copy; 2026 Arlo Technologies, Inc. 2200 Faraday Ave, Suite 150, Carlsbad, CA 92008
<a href="https://www.arlo.com/privacy">Privacy</a></td></tr>
</table>
</body></html>
"""


INTRO = "<tr><td><p>Your Arlo one-time authentication code is:</p></td></tr>\n"
H1 = '<tr><td align="center"><h1 style="color:#1B5A8F;font-size:30px;">\n                    {code} </h1>\n</td></tr>\n'
AFTER = "<tr><td><p>This code expires in 10 minutes. If you did not request it, change your password.</p></td></tr>"
ARLO_PAGE = page(INTRO + H1.format(code=CODE) + AFTER)
ARLO_TEXT = f"Your Arlo one-time authentication code is:\n\n{CODE}\n\nThis code expires in 10 minutes.\n\n© 2026 Arlo Technologies, Inc.\n"


def in_page(inner, **more):
    return mail(html(page(inner, **more)))


# code-html: the templates since 2020 ----------------------------------------------------------------------------------

case("code-html", "2020-sentence", mail(html("<html><body><p>Your Arlo one-time authentication code is: </p>\n<p> 467266 </p></body></html>", "7bit")), CODE)
case("code-html", "2021-quoted-printable", mail(html(ARLO_PAGE)), CODE)
case("code-html", "2023-single-h1", in_page(INTRO + f"<tr><td><h1>{CODE}</h1></td></tr>"), CODE)
case("code-html", "h1-one-line-styled", in_page(INTRO + f'<tr><td><h1 style="color:#1B5A8F;font-size:30px;">{CODE}</h1></td></tr>'), CODE)
case("code-html", "base64", mail(html(ARLO_PAGE, "base64")), CODE)
case("code-html", "8bit", mail(html(ARLO_PAGE.replace("&copy;", "©"), "8bit")), CODE)
case("code-html", "leading-zero", in_page(INTRO + H1.format(code="012345")), "012345")
case("code-html", "all-zeroes", in_page(INTRO + H1.format(code="000000")), "000000")
case("code-html", "looks-like-a-month", in_page(INTRO + H1.format(code="202605")), "202605")
case("code-html", "looks-like-a-colour", in_page(INTRO + H1.format(code="333333")), "333333")
case("code-html", "in-a-sentence", in_page(f"<tr><td>Your Arlo one-time authentication code is {CODE}. It expires in 10 minutes.</td></tr>"), CODE)
case("code-html", "in-bold-in-a-sentence", in_page(f"<tr><td>Use code <b>{CODE}</b> to sign in to Arlo.</td></tr>"), CODE)
case("code-html", "code-first", in_page(f"<tr><td>{CODE} is your Arlo authentication code.</td></tr>"), CODE)
case("code-html", "heading-then-what-it-is", in_page(f"<tr><td><h2>{CODE}</h2><p>is your Arlo verification code</p></td></tr>"), CODE)
case("code-html", "no-content-type-charset", head().encode() + b"Content-Type: text/html\r\n\r\n" + ARLO_PAGE.encode(), CODE)
case("code-html", "uppercase-tags", mail(html(f"<HTML><BODY><TABLE><TR><TD>Code</TD></TR><TR><TD><H1>{CODE}</H1></TD></TR></TABLE></BODY></HTML>")), CODE)
case("code-html", "minified", mail(html("".join(ARLO_PAGE.split("\n")), "base64")), CODE)
case("code-html", "xhtml-type", head().encode() + part("application/xhtml+xml", ARLO_PAGE, "quoted-printable"), CODE)

# code-text ------------------------------------------------------------------------------------------------------------

case("code-text", "own-line", mail(text(ARLO_TEXT, "8bit")), CODE)
case("code-text", "only-the-code", mail(text(CODE + "\n")), CODE)
case("code-text", "no-line-end", head().encode() + b"\r\n" + CODE.encode(), CODE)
case("code-text", "in-a-sentence", mail(text(f"Your Arlo one-time authentication code is: {CODE}. It expires in 10 minutes.\n")), CODE)
case("code-text", "code-first-in-sentence", mail(text(f"{CODE} is your Arlo code. Never share it.\n")), CODE)
case("code-text", "colon-no-blank", mail(text(f"Code:{CODE}\n")), CODE)
case("code-text", "brackets", mail(text(f"Your code: [{CODE}]\n")), CODE)
case("code-text", "quotes", mail(text(f"Your code is “{CODE}”.\n", "8bit")), CODE)
case("code-text", "markdown-bold", mail(text(f"Your code is:\n\n**{CODE}**\n")), CODE)
case("code-text", "dashes-around", mail(text(f"-----\n{CODE}\n-----\n")), CODE)
case("code-text", "wrapped-sentence", mail(text(f"You are signing in to Arlo on a new device. Your one-time code is\n{CODE}. It is valid for 10 minutes only.\n")), CODE)
case("code-text", "quoted", mail(text(f"> Your Arlo one-time authentication code is:\n>\n> {CODE}\n")), CODE)
case("code-text", "leading-zero", mail(text("Code\n\n  004711  \n")), "004711")
case("code-text", "no-mime-fields", f"From: {ARLO}\r\nTo: {ACCOUNT}\r\nSubject: {SUBJECT}\r\n\r\nYour code\r\n{CODE}\r\n", CODE)
case("code-text", "format-flowed", mail(part("text/plain; format=flowed", f"Your code is \n{CODE}\n")), CODE)
case("code-text", "no-blank-after-stop", mail(text(f"Your code is {CODE}.Never share it.\n")), CODE)
case("code-text", "reset-if-not-you", mail(text(f"If you did not try to sign in, reset your password.\n\nYour code:\n\n{CODE}\n")), CODE)
case("code-text", "telephone-in-sentence", mail(text(f"On your phone enter {CODE} as the code.\n")), CODE)
case("code-text", "enter-it", mail(text(f"Hello Casey,\n\nplease enter {CODE} to sign in to your Arlo account.\n"), subject="Arlo"), CODE)
case("code-text", "uneven-groups", mail(text("Your code is 46-7266.\n")), CODE)
case("code-text", "minutes-after-it", mail(text(f"Code {CODE} 10 minutes\n")), CODE)

# code-multipart -------------------------------------------------------------------------------------------------------

BOTH = (text(ARLO_TEXT, "quoted-printable"), html(ARLO_PAGE))
case("code-multipart", "alternative-2026", mail(multipart("alternative", *BOTH)), CODE)
case("code-multipart", "alternative-html-first", mail(multipart("alternative", *reversed(BOTH))), CODE)
case("code-multipart", "alternative-empty-text", mail(multipart("alternative", text(""), html(ARLO_PAGE))), CODE)
case("code-multipart", "alternative-text-says-see-html", mail(multipart("alternative", text("Please view this mail in an HTML reader.\n"), html(ARLO_PAGE))), CODE)
case("code-multipart", "html-without-text-of-code", mail(multipart("alternative", text(ARLO_TEXT, "base64"), html(page("<tr><td><img src='cid:code' alt=''></td></tr>")))), CODE)
case("code-multipart", "related", mail(multipart("related", html(ARLO_PAGE), part("image/png", b"\x89PNG 111111", "base64", fields="Content-ID: <logo>\r\n"))), CODE)
case("code-multipart", "related-in-alternative", mail(multipart("alternative", text(ARLO_TEXT, "8bit"), multipart("related", html(ARLO_PAGE), part("image/png", b"\x89PNG", "base64"), boundary="inner"))), CODE)
case("code-multipart", "alternative-in-related-in-mixed", mail(multipart("mixed", multipart("related", multipart("alternative", *BOTH, boundary="c"), boundary="b"), boundary="a")), CODE)
case("code-multipart", "mixed-with-footer", mail(multipart("mixed", html(ARLO_PAGE), text("-- \nThis message was scanned for viruses.\n"))), CODE)
case("code-multipart", "attached-text-file-ignored", mail(multipart("mixed", html(ARLO_PAGE), part("text/plain", "Your code is:\n111111\n", fields='Content-Disposition: attachment; filename="old-code.txt"\r\n'))), CODE)
case("code-multipart", "file-name-ignored", mail(multipart("mixed", html(ARLO_PAGE), part("application/pdf", b"%PDF", "base64", fields='Content-Disposition: attachment; filename="111111.pdf"\r\n'))), CODE)
case("code-multipart", "calendar-ignored", mail(multipart("mixed", html(ARLO_PAGE), part("text/calendar", "BEGIN:VCALENDAR\n111111\nEND:VCALENDAR\n"))), CODE)
case("code-multipart", "preamble-and-epilogue", head().encode() + b'Content-Type: multipart/mixed; boundary=b\r\n\r\n111111\r\n--b\r\n' + text(ARLO_TEXT, "8bit") + b"--b--\r\n222222\r\n", CODE)
case("code-multipart", "boundary-prefix-of-another", mail(multipart("mixed", multipart("alternative", *BOTH, boundary="b1"), boundary="b")), CODE)
case("code-multipart", "boundary-with-blanks", head().encode() + b'Content-Type: multipart/mixed;\r\n\tboundary="a b c"\r\n\r\n--a b c\r\n' + text(ARLO_TEXT, "8bit") + b"--a b c--\r\n", CODE)
case("code-multipart", "boundary-rfc2231", head().encode() + b"Content-Type: multipart/mixed;\r\n boundary*0=part;\r\n boundary*1=two\r\n\r\n--parttwo\r\n" + text(ARLO_TEXT, "8bit") + b"--parttwo--\r\n", CODE)

# encodings ------------------------------------------------------------------------------------------------------------

def raw_part(content_type, encoding, body):
    return head().encode() + f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body

PLAIN = "text/plain; charset=utf-8"
case("encodings", "soft-break-in-code", raw_part(PLAIN, "quoted-printable", b"Your Arlo one-time authentication code is: 467=\r\n266\r\n"), CODE)
case("encodings", "soft-break-bare-lf", raw_part(PLAIN, "quoted-printable", b"Your code is: 4672=\n66\n"), CODE)
case("encodings", "soft-break-trailing-blanks", raw_part(PLAIN, "quoted-printable", b"Your code is: 46= \t\r\n7266\r\n"), CODE)
case("encodings", "digits-quoted", raw_part(PLAIN, "quoted-printable", b"Your code is: =34=36=37=32=36=36\r\n"), CODE)
case("encodings", "lower-case-hex", raw_part(PLAIN, "quoted-printable", b"Votre code est=c2=a0: 467266\r\n"), CODE)
case("encodings", "malformed-quoted-printable", raw_part("text/html", "quoted-printable", b"<p style=color:red>Code == <b>467266</b> =ZZ</p>\r\n"), CODE)
case("encodings", "base64-no-line-breaks", raw_part(PLAIN, "base64", base64.b64encode(ARLO_TEXT.encode())), CODE)
case("encodings", "base64-bare-lf", raw_part(PLAIN, "BASE64", base64.encodebytes(ARLO_TEXT.encode())), CODE)
case("encodings", "base64-truncated", raw_part("text/html", "base64", base64.encodebytes(ARLO_PAGE.encode()).rstrip()[:-101]), CODE)
case("encodings", "base64-no-padding", raw_part(PLAIN, "base64", base64.b64encode(b"Your code is\n467266\n").rstrip(b"=")), CODE)
case("encodings", "base64-plain-footer", raw_part(PLAIN, "base64", base64.encodebytes(ARLO_TEXT.encode()) + b"\r\n-- \r\nSent through a list\r\n"), CODE)
case("encodings", "declared-base64-is-plain", raw_part(PLAIN, "base64", b"Your code is: 467266.\r\n"), CODE)
case("encodings", "undeclared-base64", raw_part(PLAIN, "7bit", base64.encodebytes(ARLO_TEXT.encode())), CODE)
case("encodings", "undeclared-quoted-printable", raw_part("text/html", "7bit", quopri.encodestring(ARLO_PAGE.encode())), CODE)
case("encodings", "upper-case-quoted-printable", raw_part(PLAIN, "QUOTED-PRINTABLE", b"Your code=3A 467=\r\n266\r\n"), CODE)
case("encodings", "unknown-encoding", raw_part(PLAIN, "x-unknown", b"Your code: 467266\r\n"), CODE)
case("encodings", "encoding-with-comment-blank", raw_part(PLAIN, " base64 ", base64.encodebytes(b"Your code is\n467266\n")), CODE)

# charsets -------------------------------------------------------------------------------------------------------------

LATIN = f"Ihr Einmalcode für Arlo lautet:\n\n{CODE}\n\n© 2026 Arlo\n"
for charset in ("iso-8859-1", "iso-8859-15", "windows-1252"):
    case("charsets", charset, mail(text(LATIN, "8bit", charset)), CODE)
case("charsets", "outlook-latin-1-html", mail(html(ARLO_PAGE.replace("&copy;", "©"), "8bit", "iso-8859-1")), CODE)
case("charsets", "windows-1250", mail(text(f"Váš jednorázový kód Arlo je:\n\n{CODE}\n", "quoted-printable", "windows-1250")), CODE)
case("charsets", "windows-1251", mail(text(f"Ваш одноразовый код Arlo:\n\n{CODE}\n", "base64", "windows-1251")), CODE)
case("charsets", "koi8-r", mail(text(f"Ваш одноразовый код Arlo: {CODE}\n", "8bit", "koi8-r")), CODE)
case("charsets", "windows-1253", mail(text(f"Ο κωδικός σας είναι:\n{CODE}\n", "8bit", "windows-1253")), CODE)
case("charsets", "windows-1254", mail(text(f"Tek kullanımlık kodunuz:\n{CODE}\n", "8bit", "windows-1254")), CODE)
case("charsets", "windows-1255", mail(text(f"קוד האימות שלך:\n{CODE}\n", "8bit", "windows-1255")), CODE)
case("charsets", "iso-2022-jp", mail(text(f"認証コードは次のとおりです。\n\n{CODE}\n", "7bit", "iso-2022-jp")), CODE)
case("charsets", "iso-2022-jp-undeclared", mail(part("text/plain", f"認証コードは{CODE}です。\n".encode("iso-2022-jp"), charset="us-ascii")), CODE)
case("charsets", "shift-jis", mail(text(f"認証コード：{CODE}\n", "8bit", "shift_jis")), CODE)
case("charsets", "gb18030", mail(text(f"您的验证码是{CODE}，请勿泄露。\n", "8bit", "gb18030")), CODE)
case("charsets", "big5", mail(text(f"您的驗證碼是：{CODE}\n", "base64", "big5")), CODE)
case("charsets", "euc-kr", mail(text(f"인증 코드: {CODE}\n", "8bit", "euc-kr")), CODE)
case("charsets", "utf-16-with-mark", mail(text(ARLO_TEXT, "base64", "utf-16")), CODE)
case("charsets", "utf-16le", mail(part("text/plain", ARLO_TEXT.encode("utf-16-le"), "base64", "utf-16le")), CODE)
case("charsets", "utf-16-declared-is-ascii", mail(part("text/plain", f"Your code is {CODE}\n".encode(), "base64", "utf-16")), CODE)
case("charsets", "utf-8-mark", mail(part("text/html", b"\xef\xbb\xbf" + ARLO_PAGE.encode(), "base64")), CODE)
case("charsets", "ascii-declared-latin-1-byte", mail(part("text/html", ARLO_PAGE.replace("&copy;", "©").encode("latin-1"), "8bit", "us-ascii")), CODE)
case("charsets", "utf-8-declared-latin-1-byte", mail(part("text/plain", LATIN.encode("latin-1"), "8bit", "utf-8")), CODE)
case("charsets", "latin-1-declared-utf-8-full-width", mail(part("text/plain", "コード\n４６７２６６\n".encode(), "8bit", "iso-8859-1")), CODE)
case("charsets", "unknown-charset", mail(part("text/plain", LATIN.encode("latin-1"), "8bit", "x-user-strange")), CODE)
case("charsets", "meta-charset-only", head().encode() + b"Content-Type: text/html\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + f'<html><head><meta charset="gb18030"></head><body><p>您的验证码</p><h1>{CODE}</h1></body></html>'.encode("gb18030"), CODE)

# languages ------------------------------------------------------------------------------------------------------------

LANGUAGES = {
    "de": ("Ihr einmaliger Authentifizierungscode von Arlo", "Ihr einmaliger Authentifizierungscode lautet", "Der Code läuft in 10 Minuten ab. Ändern Sie sonst Ihr Passwort."),
    "fr": ("Votre code d’authentification à usage unique Arlo", "Votre code d’authentification à usage unique est", "Ce code expire dans 10 minutes. Sinon, changez votre mot de passe."),
    "es": ("Su código de autenticación de un solo uso de Arlo", "Su código de autenticación de un solo uso es", "El código caduca en 10 minutos."),
    "it": ("Il tuo codice di autenticazione monouso Arlo", "Il tuo codice di autenticazione monouso è", "Il codice scade tra 10 minuti."),
    "nl": ("Uw eenmalige verificatiecode van Arlo", "Uw eenmalige verificatiecode is", "De code verloopt over 10 minuten."),
    "pt": ("O seu código de autenticação único da Arlo", "O seu código de autenticação de uso único é", "O código expira em 10 minutos."),
    "sv": ("Din engångskod från Arlo", "Din engångskod för autentisering är", "Koden upphör att gälla om 10 minuter."),
    "da": ("Din engangskode fra Arlo", "Din engangskode til godkendelse er", "Koden udløber om 10 minutter."),
    "no": ("Engangskoden din fra Arlo", "Engangskoden din er", "Koden utløper om 10 minutter."),
    "fi": ("Arlon kertakäyttöinen todennuskoodi", "Kertakäyttöinen todennuskoodisi on", "Koodi vanhenee 10 minuutin kuluttua."),
    "pl": ("Jednorazowy kod uwierzytelniający Arlo", "Twój jednorazowy kod uwierzytelniający to", "Kod wygaśnie za 10 minut."),
    "cs": ("Váš jednorázový ověřovací kód Arlo", "Váš jednorázový ověřovací kód je", "Platnost kódu vyprší za 10 minut."),
    "hu": ("Az Ön egyszeri Arlo hitelesítő kódja", "Az Ön egyszeri hitelesítő kódja", "A kód 10 perc múlva lejár."),
    "ro": ("Codul dvs. unic de autentificare Arlo", "Codul dvs. unic de autentificare este", "Codul expiră în 10 minute."),
    "tr": ("Arlo tek kullanımlık kimlik doğrulama kodunuz", "Tek kullanımlık kodunuz", "Kodun süresi 10 dakika içinde dolacak."),
    "el": ("Ο κωδικός ελέγχου ταυτότητας μίας χρήσης της Arlo", "Ο κωδικός μίας χρήσης είναι", "Ο κωδικός λήγει σε 10 λεπτά."),
    "ru": ("Одноразовый код подтверждения Arlo", "Ваш одноразовый пароль", "Код действует 10 минут."),
    "uk": ("Ваш одноразовий код Arlo", "Ваш одноразовий код", "Код дійсний 10 хвилин."),
    "he": ("קוד האימות החד-פעמי שלך", "קוד האימות שלך הוא", "הקוד יפוג תוך 10 דקות."),
    "ar": ("رمز المصادقة لمرة واحدة من Arlo", "رمز التحقق الخاص بك هو", "تنتهي صلاحية الرمز خلال 10 دقائق."),
    "ja": ("Arlo ワンタイム認証コード", "お客様のワンタイム認証コード", "コードの有効期限は10分です。"),
    "zh-hans": ("您的 Arlo 一次性验证码", "您的一次性验证码是", "验证码将在10分钟后失效。"),
    "zh-hant": ("您的 Arlo 一次性驗證碼", "您的一次性驗證碼是", "驗證碼將於10分鐘後失效。"),
    "ko": ("Arlo 일회용 인증 코드", "일회용 인증 코드", "코드는 10분 후에 만료됩니다."),
    "th": ("รหัสยืนยันแบบใช้ครั้งเดียวของ Arlo", "รหัสของคุณคือ", "รหัสจะหมดอายุใน 10 นาที"),
    "vi": ("Mã xác thực một lần của Arlo", "Mã xác thực của bạn là", "Mã sẽ hết hạn sau 10 phút."),
}


def encoded(subject):
    return "=?UTF-8?B?" + base64.b64encode(subject.encode()).decode() + "?="


for lang, (subject, intro, after) in LANGUAGES.items():
    inner = f"<tr><td><p>{intro}:</p></td></tr>{H1.format(code=CODE)}<tr><td>{after}</td></tr>"
    entity = multipart("alternative", text(f"{intro}:\n\n{CODE}\n\n{after}\n", "base64"), html(page(inner, lang=lang)))
    case("languages", lang, mail(entity, subject=encoded(subject)), CODE)
    case("languages", f"{lang}-sentence", mail(text(f"{intro} {CODE}.\n\n{after}\n", "quoted-printable"), subject=encoded(subject)), CODE)
case("languages", "ja-no-blanks", mail(text(f"認証コードは{CODE}です。10分以内に入力してください。\n", "base64"), subject=encoded("認証コード")), CODE)
case("languages", "zh-no-blanks", mail(text(f"您的验证码是{CODE}，10分钟内有效。\n", "base64"), subject=encoded("验证码")), CODE)
case("languages", "ko-no-blanks", mail(text(f"인증번호는 {CODE}입니다.\n", "base64")), CODE)
case("languages", "ar-arabic-digits", mail(text("رمز التحقق الخاص بك هو:\n\n٤٦٧٢٦٦\n", "base64")), CODE)
case("languages", "fa-persian-digits", mail(text("کد تأیید شما:\n\n۴۶۷۲۶۶\n", "base64")), CODE)
case("languages", "hi-devanagari-digits", mail(text("आपका कोड है:\n\n४६७२६६\n", "base64")), CODE)
case("languages", "unknown-own-line", mail(text(f"Namba yako ya Arlo ya mara moja ni:\n\n{CODE}\n\nUsiishiriki.\n"), subject="Arlo"), CODE)
case("languages", "unknown-h1", mail(html(page(f"<tr><td>Arlo-auðkenni</td></tr>{H1.format(code=CODE)}")), subject="Arlo"), CODE)
case("languages", "unknown-colon", mail(text(f"Namba yako ya Arlo: {CODE}\n"), subject="Arlo"), CODE)

# layout ---------------------------------------------------------------------------------------------------------------

cells = "".join(f"<td>{d}</td>" for d in CODE)
case("layout", "cells-digit-by-digit", in_page(f"{INTRO}<tr><td><table><tr>{cells}</tr></table></td></tr>"), CODE)
case("layout", "cells-with-spacers", in_page(f"{INTRO}<tr><td><table><tr>" + "<td width=4>&nbsp;</td>".join(f"<td>{d}</td>" for d in CODE) + "</tr></table></td></tr>"), CODE)
case("layout", "cells-nested-tables", in_page(f"{INTRO}<tr><td><table><tr>" + "".join(f"<td><table><tr><td>{d}</td></tr></table></td>" for d in CODE) + "</tr></table></td></tr>"), CODE)
case("layout", "cells-on-separate-lines", in_page(f"{INTRO}<tr><td><table><tr>\n" + "\n".join(f"<td>\n  {d}\n</td>" for d in CODE) + "\n</tr></table></td></tr>"), CODE)
case("layout", "cells-without-end-tags", mail(html("<table><tr><td>Your code:<tr>" + "".join(f"<td>{d}" for d in CODE) + "</table>")), CODE)
case("layout", "cells-leading-zero", in_page(f"{INTRO}<tr><td><table><tr>" + "".join(f"<td>{d}</td>" for d in "004711") + "</tr></table></td></tr>"), "004711")
case("layout", "cells-three-and-three", in_page(f"{INTRO}<tr><td><table><tr><td>467</td><td>266</td></tr></table></td></tr>"), CODE)
case("layout", "cells-three-hyphen-three", in_page(f"{INTRO}<tr><td><table><tr><td>467</td><td>-</td><td>266</td></tr></table></td></tr>"), CODE)
case("layout", "spans", in_page(INTRO + "<tr><td>" + "".join(f"<span>{d}</span>" for d in CODE) + "</td></tr>"), CODE)
case("layout", "spans-with-blanks", in_page(INTRO + "<tr><td>" + " ".join(f"<span style='border:1px solid'>{d}</span>" for d in CODE) + "</td></tr>"), CODE)
case("layout", "inline-block-divs", in_page(INTRO + "<tr><td>" + "\n".join(f"<div style='display:inline-block'>{d}</div>" for d in CODE) + "</td></tr>"), CODE)
case("layout", "letters-apart", mail(text("Your code is:\n\n4 6 7 2 6 6\n")), CODE)
case("layout", "blank-in-middle", in_page(INTRO + H1.format(code="467 266")), CODE)
case("layout", "no-break-space", in_page(INTRO + H1.format(code="467&nbsp;266")), CODE)
case("layout", "narrow-no-break-space", in_page(INTRO + H1.format(code="467&#8239;266")), CODE)
case("layout", "zero-width-space", in_page(INTRO + H1.format(code="467&#8203;266")), CODE)
case("layout", "zero-width-everywhere", in_page(INTRO + H1.format(code="\u200c".join(CODE))), CODE)
case("layout", "word-joiner-soft-hyphen", in_page(INTRO + H1.format(code="46&#x2060;72&shy;66")), CODE)
case("layout", "hyphen", in_page(INTRO + H1.format(code="467-266")), CODE)
case("layout", "no-break-hyphen", in_page(INTRO + H1.format(code="467\u2011266")), CODE)
case("layout", "middle-dot", in_page(INTRO + H1.format(code="467·266")), CODE)
case("layout", "em-dash-with-blanks", in_page(INTRO + H1.format(code="467 — 266")), CODE)
case("layout", "list-digit-by-digit", in_page(INTRO + "<tr><td><ul>" + "".join(f"<li>{d}</li>" for d in CODE) + "</ul></td></tr>"), CODE)
case("layout", "comment-in-code", in_page(INTRO + H1.format(code="467<!-- 111 -->266")), CODE)
case("layout", "en-dash-with-blanks", in_page(INTRO + H1.format(code="467 – 266")), CODE)
case("layout", "hyphen-in-sentence", mail(text("Your code is 467-266. Never share it.\n")), CODE)
case("layout", "blank-in-sentence", mail(text("Your code is 467 266. Never share it.\n")), CODE)
case("layout", "pairs", mail(text("Votre code :\n\n46 72 66\n")), CODE)
case("layout", "character-references", in_page(INTRO + H1.format(code="&#52;&#54;&#55;&#50;&#54;&#54;")), CODE)
case("layout", "hexadecimal-references", in_page(INTRO + H1.format(code="&#x34;&#x36;&#x37;&#x32;&#x36;&#x36")), CODE)
case("layout", "full-width", in_page(INTRO + H1.format(code="４６７２６６")), CODE)
case("layout", "keycaps", mail(text("Your code is:\n\n" + "".join(d + "\ufe0f\u20e3" for d in CODE) + "\n", "base64")), CODE)
case("layout", "cell-after-cell", mail(html("<table><tr><td>Your one-time code is</td><td>467266</td></tr></table>")), CODE)
case("layout", "tag-without-blank", mail(html("<p>Your code is<b>467266</b>and expires soon</p>")), CODE)
case("layout", "br-lines", mail(html("<div>Your code<br>467266<br/>Expires in 10 minutes</div>")), CODE)
case("layout", "definition-list", mail(html("<dl><dt>Authentication code<dd>467266</dl>")), CODE)
case("layout", "paragraph-not-closed", mail(html("<p>Your code<p>467266<p>Bye")), CODE)
case("layout", "pre", mail(html("<pre>Your code:\n\n   467266\n</pre>")), CODE)
case("layout", "button-link", in_page(INTRO + '<tr><td><a href="https://my.arlo.com/verify?otp=111111" style="padding:8px">467266</a></td></tr>'), CODE)
case("layout", "large-letters-no-heading", in_page(f"{INTRO}<tr><td style='font-size:32px;font-weight:bold'>467266</td></tr>"), CODE)
case("layout", "text-directions", in_page(INTRO + H1.format(code="\u202d467266\u202c")), CODE)
case("layout", "noise-attributes", in_page(INTRO + '<tr><td><h1 id="111111" data-code="222222" title="333333">467266</h1></td></tr>'), CODE)
case("layout", "custom-elements", mail(html("<x-body><x-line>Your code is</x-line> <x-code>467266</x-code></x-body>")), CODE)

# forwarders: what automatic forwarding adds and rewrites --------------------------------------------------------------

GMAIL_TOP = """Return-Path: <casey+caf_=8f3c2d=relay.example.net@gmail.com>
Received: from mail-sor-f41.google.com (mail-sor-f41.google.com. [209.85.220.41])
 by inbound-smtp.us-east-1.amazonaws.com with SMTP id 467266abcdef111111
 for 8f3c2d@relay.example.net; Sat, 21 Nov 2026 10:15:34 +0000 (UTC)
X-Google-DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=1e100.net; s=20230601; t=1795256134; x=1795860934;
 h=to:from:subject:message-id; bh=111111; b=222222
X-Gm-Message-State: AOJu0Yx333333
X-Forwarded-To: 8f3c2d@relay.example.net
X-Forwarded-For: casey@gmail.com 8f3c2d@relay.example.net
Delivered-To: casey@gmail.com
X-Received: by 2002:a05:6a00:444444 with SMTP id x; Sat, 21 Nov 2026 02:15:33 -0800 (PST)
ARC-Authentication-Results: i=1; mx.google.com; dkim=pass header.i=@arlo.com header.s=s1; spf=pass; dmarc=pass header.from=arlo.com
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=arlo.com; s=s1; h=from:to:subject:date; bh=555555; b=666666
"""
OUTLOOK_TOP = """Return-Path: <casey+SRS=a1b2=XY=arlo.com=do_not_reply@outlook.com>
Received: from NAM10-DM6-obe.outbound.protection.outlook.com ([40.107.93.60]) by mx.relay.example.net; Sat, 21 Nov 2026 10:15:40 +0000
ARC-Seal: i=2; a=rsa-sha256; s=arcselector10001; d=microsoft.com; cv=pass; b=123456
X-MS-Exchange-Organization-ExpirationStartTime: 21 Nov 2026 10:15:38.1234 (UTC)
X-Microsoft-Antispam-Message-Info: 987654
X-IncomingTopHeaderMarker: OriginalChecksum:111111;UpperCasedChecksum:222222;SizeAsReceived:4000;Count:44
"""
case("forwarders", "gmail-filter", mail(multipart("alternative", *BOTH), top=crlf(GMAIL_TOP)), CODE, named=[ACCOUNT])
case("forwarders", "gmail-plus-account", mail(html(ARLO_PAGE), to="Casey <ca.sey+arlo@gmail.com>", top=crlf(GMAIL_TOP)), CODE, named=[ACCOUNT])
case("forwarders", "gmail-to-gmail-to-relay", mail(html(ARLO_PAGE), to="casey@example.org", top=crlf("X-Forwarded-For: robin@gmail.com relay@relay.example.net\nDelivered-To: robin@gmail.com\n") + crlf(GMAIL_TOP)), CODE, named=["casey@example.org", "robin@gmail.com", ACCOUNT])
case("forwarders", "workspace-domain", mail(html(ARLO_PAGE), to="casey@example.org", top=crlf(GMAIL_TOP.replace("gmail.com", "example.org"))), CODE, named=["casey@example.org"])
case("forwarders", "outlook-redirect-latin-1", mail(multipart("alternative", text(ARLO_TEXT, "8bit", "iso-8859-1"), html(ARLO_PAGE.replace("&copy;", "©"), "8bit", "iso-8859-1")), to="casey@outlook.com", top=crlf(OUTLOOK_TOP)), CODE, named=["casey@outlook.com"])
case("forwarders", "icloud", mail(html(ARLO_PAGE), to="casey@icloud.com", top=crlf("Return-Path: <prvs=casey@icloud.com>\nReceived: from qs51p00im-qukt01080101.me.com by mx.relay.example.net; Sat, 21 Nov 2026 10:15:40 +0000\nX-Proofpoint-GUID: 111111\nX-CLX-Shades: MLX\n")), CODE, named=["casey@icloud.com"])
case("forwarders", "fastmail-srs", mail(html(ARLO_PAGE), to="casey@fastmail.com", top=crlf("Return-Path: <SRS0=aBcD=5T=arlo.com=do_not_reply@fastmail.com>\nX-ME-Sender: <xms:111111>\nX-Resolved-to: casey@fastmail.com\nX-Delivered-to: relay@example.net\n")), CODE, named=["casey@fastmail.com"])
case("forwarders", "yahoo", mail(html(ARLO_PAGE, "base64"), to="casey@yahoo.com", top=crlf("X-YMail-OSG: 467111 222222\nX-Apparently-To: casey@yahoo.com; Sat, 21 Nov 2026 10:15:31 +0000\n")), CODE, named=["casey@yahoo.com"])
case("forwarders", "proton", mail(multipart("mixed", html(ARLO_PAGE, "base64"), boundary="b1=_proton"), to="casey@proton.me", top=crlf("X-Pm-Forwarded-From: casey@proton.me\nX-Pm-Origin: external\n")), CODE, named=["casey@proton.me"])
case("forwarders", "zoho-delivered-to-twice", mail(html(ARLO_PAGE), top=crlf("Delivered-To: relay@relay.example.net\nDelivered-To: Casey <casey@zoho.com>\nX-ZohoMail-Owner: <111111>\n")), CODE, named=[ACCOUNT, "relay@relay.example.net", "casey@zoho.com"])
case("forwarders", "ses-header-block", mail(html(ARLO_PAGE), top=crlf("Return-Path: <b@amazonses.com>\nX-SES-Spam-Verdict: PASS\nReceived-SPF: pass client-ip=10.20.30.40; envelope-from=b@amazonses.com;\nAuthentication-Results: amazonses.com;\n spf=pass; dkim=pass header.i=@arlo.com;\nX-SES-RECEIPT: 111111\n") + crlf(GMAIL_TOP)), CODE, named=[ACCOUNT])
case("forwarders", "many-arc-sets", mail(html(ARLO_PAGE), top=crlf("".join(f"ARC-Seal: i={i}; a=rsa-sha256; t=179525{i:04}; cv=pass; d=google.com; b={'QUJD' * 60}\n" for i in range(60)))), CODE, named=[ACCOUNT])
case("forwarders", "direct-to-relay", mail(multipart("alternative", *BOTH), to="8f3c2d@relay.example.net"), CODE, named=["8f3c2d@relay.example.net"])
case("forwarders", "x-forwarded-for-no-comma", mail(html(ARLO_PAGE), to="undisclosed-recipients:;", top="X-Forwarded-For: casey@gmail.com, relay@relay.example.net\r\n"), CODE, named=[ACCOUNT])

# forwarded by hand ----------------------------------------------------------------------------------------------------

INNER = head(date="Sat, 21 Nov 2026 10:00:00 +0000").encode() + multipart("alternative", *BOTH, boundary="inner")
CASEY = "Casey <casey@gmail.com>"
RELAY = "8f3c2d@relay.example.net"


def attached(inner, media_type="message/rfc822", encoding="7bit", name="mail.eml", note="See below\n333444\n", sender=CASEY):
    entity = part(media_type, inner, encoding, charset=None, fields=f'Content-Disposition: attachment; filename="{name}"\r\n')
    return mail(multipart("mixed", text(note), entity, boundary="outer"), sender=sender, subject="Fwd: " + SUBJECT, to=RELAY)


BY = {"forwarded_by": ACCOUNT}
case("forwarded-attached", "rfc822", attached(INNER), CODE, date="2026-11-21T10:00:00Z", **BY)
case("forwarded-attached", "rfc822-base64", attached(INNER, encoding="base64"), CODE, **BY)
case("forwarded-attached", "rfc822-quoted-printable", attached(INNER, encoding="quoted-printable"), CODE, **BY)
case("forwarded-attached", "octet-stream-eml", attached(INNER, "application/octet-stream", "base64"), CODE, **BY)
case("forwarded-attached", "whole-mail", head(sender=CASEY, to=RELAY).encode() + b"Content-Type: message/rfc822\r\n\r\n" + INNER, CODE, **BY)
case("forwarded-attached", "nested-mixed", mail(multipart("mixed", multipart("mixed", part("message/rfc822", INNER, charset=None), boundary="m"), boundary="o"), sender=CASEY, to=RELAY), CODE, **BY)
case("forwarded-attached", "digest", mail(multipart("digest", b"\r\n" + INNER, boundary="o"), sender=CASEY, to=RELAY), CODE, **BY)
case("forwarded-attached", "message-global", attached(INNER, "message/global"), CODE, **BY)
case("forwarded-attached", "not-from-arlo", attached(INNER.replace(b"arlo.com>", b"arlo.example>")), "other")
case("forwarded-attached", "from-alerts", attached(INNER.replace(b"do_not_reply@", b"alerts@")), "other")
case("forwarded-attached", "text-called-eml-by-stranger-name", attached(b"111111 is no mail", "application/octet-stream", "base64"), "other")
case("forwarded-attached", "attached-to-attached", attached(head(sender=CASEY).encode() + multipart("mixed", part("message/rfc822", INNER, charset=None), boundary="x")), "other")
case("forwarded-attached", "two-different", mail(multipart("mixed", part("message/rfc822", INNER, charset=None), part("message/rfc822", INNER.replace(CODE.encode(), b"111222"), charset=None), boundary="o"), sender=CASEY, to=RELAY), "conflict", **BY)
case("forwarded-attached", "without-a-code", attached(head().encode() + text("Welcome to Arlo.\n")), "none", **BY)


def forwarded(block, body=ARLO_TEXT, note="FYI 111222\n\n", **fields):
    fields = {"sender": CASEY, "to": RELAY, "subject": "Fwd: " + SUBJECT, **fields}
    return mail(text(note + block + "\n\n" + body, "quoted-printable"), **fields)


def forwarded_html(block, **fields):
    fields = {"sender": CASEY, "to": RELAY, "subject": "Fwd: " + SUBJECT, **fields}
    return mail(html(f"<div>FYI 111222</div><div>{block}</div>{ARLO_PAGE}"), **fields)


BLOCKS = {
    "gmail": "---------- Forwarded message ---------\nFrom: Arlo <do_not_reply@arlo.com>\nDate: Sat, Nov 21, 2026 at 10:15 AM\nSubject: Your one-time authentication code from Arlo\nTo: <casey@gmail.com>",
    "outlook": "________________________________\nFrom: Arlo <do_not_reply@arlo.com>\nSent: Saturday, November 21, 2026 10:15:30 AM\nTo: casey@outlook.com <casey@outlook.com>\nSubject: Your one-time authentication code from Arlo",
    "outlook-mailto": "From: do_not_reply@arlo.com<mailto:do_not_reply@arlo.com> <do_not_reply@arlo.com<mailto:do_not_reply@arlo.com>>\nSent: 21 November 2026 10:15\nTo: Casey<mailto:casey@gmail.com>\nSubject: Code",
    "apple": "Begin forwarded message:\n\nFrom: Arlo <do_not_reply@arlo.com>\nSubject: Your one-time authentication code from Arlo\nDate: November 21, 2026 at 10:15:30 AM GMT\nTo: casey@icloud.com\nReply-To: do_not_reply@arlo.com",
    "apple-quoted": "> Begin forwarded message:\n> \n> From: Arlo <do_not_reply@arlo.com>\n> Subject: Code\n> Date: 21. November 2026\n> To: casey@icloud.com",
    "thunderbird": "-------- Forwarded Message --------\nSubject: \tYour one-time authentication code from Arlo\nDate: \tSat, 21 Nov 2026 10:15:30 +0000\nFrom: \tArlo <do_not_reply@arlo.com>\nTo: \tcasey@gmail.com",
    "yahoo": "----- Forwarded Message -----\n From: Arlo <do_not_reply@arlo.com>\n To: \"casey@yahoo.com\" <casey@yahoo.com>\n Sent: Saturday, November 21, 2026 at 10:15:30 AM UTC\n Subject: Your one-time code",
    "proton": "------- Forwarded Message -------\nFrom: Arlo <do_not_reply@arlo.com>\nDate: On Saturday, 21 November 2026 at 10:15\nSubject: Code\nTo: casey@proton.me <casey@proton.me>",
    "bold-markdown": "*From:* Arlo <do_not_reply@arlo.com>\n*Sent:* Saturday, November 21, 2026\n*To:* casey@gmail.com\n*Subject:* Code",
    "german": "-----Ursprüngliche Nachricht-----\nVon: Arlo <do_not_reply@arlo.com>\nGesendet: Samstag, 21. November 2026 10:15\nAn: casey@example.org\nBetreff: Ihr einmaliger Code",
    "french": "---------- Message transféré ---------\nDe : Arlo <do_not_reply@arlo.com>\nDate : sam. 21 nov. 2026 à 10:15\nObjet : Votre code\nÀ : <casey@gmail.com>",
    "spanish": "De: Arlo <do_not_reply@arlo.com>\nEnviado: sábado, 21 de noviembre de 2026\nPara: casey@gmail.com\nAsunto: Su código",
    "dutch": "Van: Arlo <do_not_reply@arlo.com>\nVerzonden: zaterdag 21 november 2026\nAan: casey@gmail.com\nOnderwerp: Uw code",
    "italian": "Da: Arlo <do_not_reply@arlo.com>\nInviato: sabato 21 novembre 2026\nA: casey@gmail.com\nOggetto: Codice",
    "polish": "Od: Arlo <do_not_reply@arlo.com>\nWysłano: sobota, 21 listopada 2026\nDo: casey@gmail.com\nTemat: Kod",
    "swedish": "Från: Arlo <do_not_reply@arlo.com>\nSkickat: den 21 november 2026\nTill: casey@gmail.com\nÄmne: Kod",
    "japanese": "差出人: Arlo <do_not_reply@arlo.com>\n日時: 2026年11月21日 10:15\n件名: 認証コード\n宛先: casey@gmail.com",
    "chinese": "发件人： Arlo <do_not_reply@arlo.com>\n发送时间： 2026年11月21日 10:15\n收件人： casey@gmail.com\n主题： 验证码",
    "russian": "От: Arlo <do_not_reply@arlo.com>\nОтправлено: 21 ноября 2026 г.\nКому: casey@gmail.com\nТема: Код",
    "numbers-in-block": "From: Arlo <do_not_reply@arlo.com>\nDate: 202611\nSubject: 123456\nTo: casey@gmail.com",
}
for name, block in BLOCKS.items():
    case("forwarded-inline", name, forwarded(block), CODE, **BY)
GMAIL_DIV = '<div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>From: <strong class="gmail_sendername" dir="auto">Arlo</strong> <span dir="auto">&lt;<a href="mailto:do_not_reply@arlo.com">do_not_reply@arlo.com</a>&gt;</span><br>Date: Sat, Nov 21, 2026 at 10:15 AM<br>Subject: Your one-time authentication code from Arlo<br>To: &lt;<a href="mailto:casey@gmail.com">casey@gmail.com</a>&gt;<br></div></div>'
case("forwarded-inline", "gmail-html", forwarded_html(GMAIL_DIV), CODE, **BY)
case("forwarded-inline", "gmail-alternative", mail(multipart("alternative", text("FYI\n\n" + BLOCKS["gmail"] + "\n\n" + ARLO_TEXT, "base64"), html(GMAIL_DIV + ARLO_PAGE)), sender=CASEY, to=RELAY), CODE, **BY)
case("forwarded-inline", "outlook-html", forwarded_html("<hr><p><b>Von:</b> Arlo &lt;do_not_reply@arlo.com&gt;<br><b>Gesendet:</b> Samstag, 21. November 2026 10:15<br><b>An:</b> Casey<br><b>Betreff:</b> Code</p>"), CODE, **BY)
case("forwarded-inline", "thunderbird-html", forwarded_html("-------- Forwarded Message --------<table><tr><th>Subject: </th><td>Code 123123</td></tr><tr><th>Date: </th><td>Sat, 21 Nov 2026</td></tr><tr><th>From: </th><td>Arlo &lt;do_not_reply@arlo.com&gt;</td></tr><tr><th>To: </th><td>casey@gmail.com</td></tr></table>"), CODE, **BY)
case("forwarded-inline", "thunderbird-pre", forwarded_html('<pre class="moz-quote-pre" wrap="">' + BLOCKS["thunderbird"].replace("<", "&lt;") + "</pre>"), CODE, **BY)
case("forwarded-inline", "note-names-a-number-only", forwarded(BLOCKS["gmail"], body="Welcome to Arlo.\n"), "none", **BY)
case("forwarded-inline", "block-of-another-sender", forwarded(BLOCKS["gmail"].replace("do_not_reply@arlo.com", "do_not_reply@arlo.example")), "other")
case("forwarded-inline", "display-name-only", forwarded(BLOCKS["gmail"].replace("Arlo <do_not_reply@arlo.com>", '"do_not_reply@arlo.com" <x@example.net>')), "other")
case("forwarded-inline", "mentioned-in-text-only", forwarded("I got a mail from do_not_reply@arlo.com:"), "other")
case("forwarded-inline", "from-line-alone", forwarded("From: Arlo <do_not_reply@arlo.com>"), "other")
case("forwarded-inline", "two-codes-in-thread", forwarded(BLOCKS["gmail"], body=ARLO_TEXT + "\n\n" + ARLO_TEXT.replace(CODE, "111222")), "conflict", **BY)

# decoys: numbers beside the code that are none ------------------------------------------------------------------------

def with_decoy(inner, **more):
    return in_page(INTRO + H1.format(code=CODE) + AFTER + f"<tr><td>{inner}</td></tr>", **more)


case("decoys", "css-colour-line", mail(html("<style>\na {color:\n#333333;\n}\n</style>" + ARLO_PAGE)), CODE)
case("decoys", "css-colour-in-text", mail(text(f"body {{\ncolor:\n#333333;\n}}\n{ARLO_TEXT}", "8bit")), CODE)
case("decoys", "month-line-before", mail(text(f"202605\n\nYour Arlo one-time authentication code is:\n\n{CODE}\n")), CODE)
case("decoys", "hidden-preheader", in_page(INTRO + H1.format(code=CODE), preheader='<div style="display:none;max-height:0px;overflow:hidden;">Your code:<h1>111222</h1></div>'), CODE)
case("decoys", "preheader-visibility", in_page(INTRO + H1.format(code=CODE), preheader='<div style="visibility:hidden">Your code:<h1>111222</h1></div>'), CODE)
case("decoys", "preheader-font-size", in_page(INTRO + H1.format(code=CODE), preheader='<div style="font-size:0;line-height:0">Your code:<h1>111222</h1></div>'), CODE)
case("decoys", "preheader-opacity", in_page(INTRO + H1.format(code=CODE), preheader='<div style="opacity:0">Your code:<h1>111222</h1></div>'), CODE)
case("decoys", "preheader-mso", in_page(INTRO + H1.format(code=CODE), preheader='<div style="mso-hide:all">Your login code:<h1>111222</h1></div>'), "conflict")
case("decoys", "preheader-white-on-white", in_page(INTRO + H1.format(code=CODE), preheader='<div style="color:#fff;background-color:#FFFFFF">Your code:<h1>111222</h1></div>'), CODE)
case("decoys", "preheader-by-class", in_page(INTRO + H1.format(code=CODE), css=".preheader { display:none !important; }", preheader='<div class="x preheader">Your code:<h1>111222</h1></div>'), CODE)
case("decoys", "preheader-attribute", in_page(INTRO + H1.format(code=CODE), preheader="<div hidden>Your code:<h1>111222</h1></div>"), CODE)
case("decoys", "class-hidden-on-phones-only", in_page(f'{INTRO}<tr><td class="big"><h1>{CODE}</h1></td></tr>', css="@media (max-width:600px) { .big { display:none } }"), CODE)
case("decoys", "title-links-and-images", mail(html(ARLO_PAGE.replace("<title>Arlo", "<title>Arlo 100200").replace("/mail/logo.png", "/mail/202605/300400.png").replace("/privacy", "/privacy?id=500600"))), CODE)
case("decoys", "comment", with_decoy("<!-- Your code is 111222 -->"), CODE)
case("decoys", "conditional-comment", with_decoy("<!--[if mso]><h1>111222</h1><![endif]-->"), CODE)
case("decoys", "script-and-json", with_decoy('<script type="application/ld+json">{"code": 111222}</script>'), CODE)
case("decoys", "link-target-and-text", with_decoy('<a href="https://arlo.com/v/111222">https://arlo.com/v/111222</a>'), CODE)
case("decoys", "zip-and-plus-four", with_decoy("2200 Faraday Ave, Carlsbad, CA 92008-7238"), CODE)
case("decoys", "six-digit-postal-code", with_decoy("Arlo India, MG Road, Bengaluru 560001"), CODE)
case("decoys", "postal-code-named", with_decoy("Почтовый индекс: 101000"), CODE)
case("decoys", "telephone", with_decoy("Call 1-408-638-3750 or +49 151 467111 or (0151) 467222"), CODE)
case("decoys", "telephone-plain", with_decoy("Phone: 467111"), CODE)
case("decoys", "dates", with_decoy("21.11.2026, 2026-11-21, 21-11-26, 11/21/26, 20261121"), CODE)
case("decoys", "times", with_decoy("10:15:30, 101530Z"), CODE)
case("decoys", "order-hash", with_decoy("Order #482913"), CODE)
case("decoys", "reference-row", with_decoy("<table><tr><td>Reference</td><td>482913</td></tr></table>"), CODE)
case("decoys", "case-number-line", with_decoy("<p>Case number:</p><p>482913</p>"), CODE)
case("decoys", "five-and-seven-digits", with_decoy("<p>46726</p><p>4672661</p>"), CODE)
case("decoys", "twelve-digits", with_decoy("<p>467266 111222</p><p>467266111222</p>"), CODE)
case("decoys", "price-and-percent", with_decoy("<p>$111222</p><p>€ 111222</p><p>111222 EUR</p><p>111222%</p><p>1,112.22</p>"), CODE)
case("decoys", "file-names", with_decoy("<p>111222.pdf</p><p>IMG_111222</p><p>img-111222.jpg</p>"), CODE)
case("decoys", "mail-address", with_decoy("<p>111222@example.org</p>"), CODE)
case("decoys", "versions-and-addresses", with_decoy("<p>v4.111222</p><p>10.20.30.111222</p>"), CODE)
case("decoys", "serial-numbers", with_decoy("<p>A7T1939D111222</p><p>52M-111222-X</p>"), CODE)
case("decoys", "wrapped-link-in-text", mail(text(f"Your code is:\n{CODE}\n\nhttps://www.arlo.com/unsubscribe/something/long/enough/to/wrap?id=\n111222\n")), CODE)
case("decoys", "image-text", with_decoy('<img src="x.png" alt="Your code is 111222" title="111222">'), CODE)
case("decoys", "form-values", with_decoy('<input value="111222"><select><option>111222</option></select><textarea>111222</textarea>'), CODE)
case("decoys", "coordinates", with_decoy("<p>33.111222, -117.333444</p>"), CODE)
case("decoys", "subject-digits", mail(html(ARLO_PAGE), subject="Your one-time authentication code [ref 111222]"), CODE)

# visible: what a browser shows and what it hides; tests/browser holds these pages against Chromium --------------------

SAYS = "<p>Your Arlo one-time authentication code is:</p>"
GOOD = f"{SAYS}<p>{CODE}</p>"
BAD = "<p>Your Arlo one-time authentication code is:</p><p>902417</p>"


def seen(name, inner, result=CODE, css="", doctype="<!DOCTYPE html>", kind="visible"):
    style = f"<style>{css}</style>" if css else ""
    case(kind, name, mail(html(f"{doctype}<html><head>{style}</head><body>{inner}</body></html>")), result)


def shown(name, open_tag, close_tag="</div>", **more):
    """The code stands in something that does not hide it."""
    seen(f"shown-{name}", open_tag + GOOD + close_tag, **more)


def hides(name, open_tag, close_tag="</div>", **more):
    """Another code stands in something that hides it."""
    seen(f"hidden-{name}", GOOD + open_tag + BAD + close_tag, **more)


# Inherited values: an element that sets its own is shown.
seen("shown-size-set-anew", f'<div style="font-size:0"><p style="font-size:15px">Your code is:</p><p style="font-size:28px">{CODE}</p></div>')
seen("shown-size-set-anew-twice", f'<div style="font-size:0px"><table><tr><td style="font-size:0"><div style="font-size:16px">Your code is:</div><div style="font-size:2rem">{CODE}</div></td></tr></table></div>')
seen("shown-size-in-points", f'<div style="font-size:0"><span style="font:bold 12pt/1.2 Arial,sans-serif">Your code is {CODE}.</span></div>')
seen("shown-size-by-keyword", f'<div style="font-size:0"><span style="font-size:large">Your code is {CODE}.</span></div>')
seen("shown-size-by-rule", f'<div class="row"><p class="text">Your code is:</p><p class="text code">{CODE}</p></div>', css=".row{font-size:0}.row .text{font-size:14px}")
seen("shown-visibility-set-anew", f'<div style="visibility:hidden">x<div style="visibility:visible">{GOOD}</div></div>')
seen("shown-white-on-dark", f'<div style="color:#fff"><table style="background-color:#1b5a8f"><tr><td>{GOOD}</td></tr></table></div>')
seen("shown-white-on-bgcolor", f'<table bgcolor="#000000"><tr><td><font color="#ffffff">{GOOD}</font></td></tr></table>')
seen("shown-ink-set-anew", f'<div style="color:#ffffff"><p style="color:#222">Your code is:</p><h1 style="color:rgb(27,90,143)">{CODE}</h1></div>')
seen("shown-white-on-picture", f'<table><tr><td style="background:url(https://static.example/hero.png);color:#fff">{GOOD}</td></tr></table>', CODE)
seen("shown-indent-set-anew", f'<div style="text-indent:-9999px">logo<div style="text-indent:0">{GOOD}</div></div>')
hides("size-0-em-of-it", '<div style="font-size:0"><div style="font-size:2em">', "</div></div>")
hides("size-0-percent-of-it", '<div style="font-size:0"><div style="font-size:150%">', "</div></div>")
seen("hidden-size-0-heading", f'{GOOD}<div style="font-size:0"><h1>902417</h1></div>')
hides("size-of-one-pixel", '<div style="font-size:1px;line-height:1px">')
hides("size-0-by-shorthand", '<div style="font:0/0 a">')
hides("size-0-in-millimetres", '<div style="font-size:0mm">')
hides("visibility-by-parent", '<div style="visibility:hidden"><div><span>', "</span></div></div>")
hides("visibility-inherit", '<div style="visibility:hidden"><div style="visibility:inherit">', "</div></div>")
hides("white-on-white-by-default", '<div style="color:#fff">')
hides("white-on-white-of-parent", '<div style="background:#ffffff"><div style="color:white">', "</div></div>")
hides("white-on-white-by-name", '<div style="background-color:WHITE"><div style="color:hsl(0,0%,100%)">', "</div></div>")
hides("ink-like-bgcolor", '<table bgcolor="#f5f5f5"><tr><td><div style="color:rgb(245, 245, 245)">', "</div></td></tr></table>")
hides("ink-like-body", '<div style="color:#eeeeee">', css="body{background:#eee}")
hides("font-like-paper", '<font color="ffffff">', "</font>")
hides("transparent-ink", '<div style="color:transparent">')
hides("ink-without-opacity", '<div style="color:rgba(0,0,0,0)">')
hides("almost-white", '<div style="color:#fefefe">')
hides("ink-under-see-through-paper", '<div style="background:rgba(255,255,255,.5)"><div style="color:#fff">', "</div></div>")
hides("indent", '<div style="text-indent:-9999px">')
# What takes the whole subtree.
for hidden_name, hidden_style in {
    "display-none": "display:none",
    "display-none-important": "display: none !important",
    "opacity-0": "opacity:0",
    "opacity-percent": "opacity:0%",
    "height-0": "height:0;overflow:hidden",
    "max-height-0": "max-height:0px;overflow:hidden",
    "max-height-0-mso": "max-height:0;max-width:0;overflow:hidden;mso-hide:all",
    "width-0": "width:0;overflow:hidden",
    "off-the-left": "position:absolute;left:-9999px",
    "off-the-top": "position:absolute;top:-5000px",
    "fixed-off": "position:fixed;left:-10000px;top:auto",
    "clip": "position:absolute;clip:rect(0,0,0,0)",
    "clip-with-blanks": "position:absolute;clip:rect(0 0 0 0);overflow:hidden",
    "clip-path": "clip-path:inset(100%)",
    "clip-path-half": "clip-path:inset(50%)",
    "scaled-away": "transform:scale(0)",
    "height-0-scroll": "height:0;overflow:auto",
    "max-height-calculated": "max-height:calc(0px);overflow:hidden",
    "filter": "filter:opacity(0)",
    "content-skipped": "content-visibility:hidden",
    "inset": "position:absolute;inset:0 auto auto -9999px",
    "preheader": "display:none;font-size:1px;color:#ffffff;line-height:1px;max-height:0px;max-width:0px;opacity:0;overflow:hidden",
}.items():
    hides(hidden_name, f'<div style="{hidden_style}">')
    hides(f"{hidden_name}-not-undone", f'<div style="{hidden_style}"><div style="display:block;visibility:visible;font-size:20px;color:#000;opacity:1">', "</div></div>")
# Half of a half of nothing much is nothing.
hides("opacity-of-both", '<div style="opacity:.2"><div style="opacity:.2">', "</div></div>")
# What looks like it and hides nothing.
for shown_name, shown_style in {
    "height-0": "height:0",
    "max-height-0": "max-height:0",
    "overflow-hidden": "overflow:hidden",
    "opacity-half": "opacity:.5",
    "line-height-0": "line-height:0",
    "left-unplaced": "left:-9999px",
    "clip-unplaced": "clip:rect(0,0,0,0)",
    "display-block": "display:block",
    "unknown-value": "display:nothing",
    "display-none-undone": "display:none;display:block",
    "important-wins": "display:block !important;display:none",
    "small": "font-size:9px",
    "margin": "margin-left:-20px",
    "mso-hide": "mso-hide:all",
    "transform-none": "transform:none",
    "scroll": "height:200px;overflow:auto",
    "filter-none": "filter:none",
    "inset-0": "position:relative;inset:0",
}.items():
    shown(shown_name, f'<div style="{shown_style}">')
shown("inline-height-0", '<span style="height:0;overflow:hidden">', "</span>")
shown("cell-height-0", '<table><tr><td style="height:0;overflow:hidden">', "</td></tr></table>")
# The cascade.
hides("by-class", '<div class="a b">', css=".b{display:none}")
hides("by-element", "<nav>", "</nav>", css="nav{display:none}")
hides("by-id", '<div id="x">', css="#x{display:none}")
hides("by-element-and-class", '<div class="b">', css="div.b{display:none}")
hides("by-list", '<div class="b">', css=".a, .b , p.c{display:none}")
hides("by-descendant", '<div class="a"><div><div class="b">', "</div></div></div>", css=".a .b{display:none}")
hides("by-child", '<div class="a"><div class="b">', "</div></div>", css=".a > .b{visibility:hidden}")
hides("by-three", '<div class="a"><table class="b"><tr><td>', "</td></tr></table></div>", css=".a table.b td{opacity:0}")
hides("by-rule-on-the-way", '<div class="a">', css="@media screen{.a{display:none}}")
hides("by-rule-for-wide", '<div class="a">', css="@media only screen and (min-width:480px){.a{display:none}}")
hides("by-later-rule", '<div class="a">', css=".a{display:block}.a{display:none}")
hides("by-important-rule", '<div class="a" style="display:block">', css=".a{display:none!important}")
hides("by-more-specific", '<div class="a" id="x">', css="#x{display:none}.a{display:block}div{display:block}")
hides("by-two-classes", '<div class="a b">', css=".a.b{display:none}.b{display:block}")
hides("by-rule-after-comment", '<div class="a">', css="/* } .a{} */ .a{display:none}")
hides("by-rule-after-rubbish", '<div class="a">', css="@import url(x.css); .x{;;:} @bogus{.a{display:block}} .a{display:none}")
hides("by-cdo", '<div class="a">', css="<!-- .a{display:none} -->")
shown("by-style-over-rule", '<div class="a" style="display:block">', css=".a{display:none}")
shown("by-earlier-more-specific", '<div class="a" id="x">', css="#x{display:block}.a{display:none}")
shown("on-phones-only", '<div class="a">', css="@media (max-width:600px){.a{display:none}}")
shown("in-print-only", '<div class="a">', css="@media print{.a{display:none}}")
shown("in-dark-only", '<div class="a">', css="@media (prefers-color-scheme:dark){.a{color:#fff}}")
shown("not-that-child", '<div class="a"><div><div class="b">', "</div></div></div>", css=".a > .b{display:none}")
shown("not-that-descendant", '<div class="b"><div class="a"></div>', css=".a .b{display:none}")
shown("on-hover", '<div class="a">', css=".a:hover{display:none}")
shown("attribute-hidden-undone", '<div hidden style="display:block">')
seen("shown-rule-with-white-link", f'<p>Your code is:</p><p><a href="https://my.arlo.com" class="code">{CODE}</a></p>', css="p{color:#fff;background:#123}a{color:#fff}")
# The ways of old: without a document type a table begins anew with the size of its letters.
seen("quirks-table-begins-anew", f'<div style="font-size:0"><table><tr><td>Your code is</td></tr><tr><td>{CODE}</td></tr></table></div>', doctype="")
seen("standard-table-inherits", f'{GOOD}<div style="font-size:0"><table><tr><td>Your code is</td></tr><tr><td>902417</td></tr></table></div>')
seen("quirks-class-in-any-case", f'{GOOD}<div class="PreHeader">{BAD}</div>', css=".preheader{display:none}", doctype="")
seen("details-closed", f"{GOOD}<details><summary>More</summary>{BAD}</details>")
seen("details-open", f"<details open><summary>More</summary>{GOOD}</details>")
# Sheets for something else than a screen.
for sheet_name, sheet_tag in {"print": '<style media="print">', "small-screen": '<style type="text/css" media="only screen and (max-width:480px)">', "other-type": '<style type="text/x-template">'}.items():
    seen(f"shown-sheet-for-{sheet_name}", f'{sheet_tag}.a{{display:none}}</style><div class="a">{GOOD}</div>')
seen("hidden-sheet-for-screen", f'<style media="screen">.a{{display:none}}</style>{GOOD}<div class="a">{BAD}</div>')
hides("by-rule-for-a-range", '<div class="a">', css="@media (width >= 480px){.a{display:none}}")
hides("by-rule-for-either", '<div class="a">', css="@media (max-width:480px) or (min-width:481px){.a{display:none}}")
shown("on-narrow-by-range", '<div class="a">', css="@media (width < 480px){.a{display:none}}")
shown("for-reduced-motion", '<div class="a">', css="@media (prefers-reduced-motion:reduce){.a{display:none}}")
hides("size-calculated", '<div style="font-size:calc(0px)">')
# What a browser hides by itself.
hides("dialog", "<dialog>", "</dialog>")
hides("popover", "<div popover>")
hides("progress", '<progress value="1" max="2">', "</progress>")
hides("meter", '<meter value="1">', "</meter>")
shown("dialog-open", "<dialog open>", "</dialog>")
shown("dialog-as-block", '<dialog style="display:block">', "</dialog>")
shown("popover-as-block", '<div popover style="display:block">')
shown("link-without-target", "<div><a>", "</a></div>", css="a:link{display:none}")
hides("link-with-target", '<div><a href="https://my.arlo.com">', "</a></div>", css="a:link{display:none}")
shown("opacity-inherited", '<div style="opacity:.2"><div><div style="opacity:inherit">', "</div></div></div>")
seen("shown-second-body", f'<body bgcolor="#000000" style="color:#ffffff">{GOOD}')
# Foreign elements.
seen("shown-after-svg-that-closes-itself", f'<svg width="1" height="1"/>Your code is:<br>{CODE}')
seen("shown-in-svg-that-is-not-closed", f'<svg width="1" height="1"><path d="M0 0"/>{GOOD}')
# Lines by display and white-space.
seen("lines-of-spans", f'<p>Your code</p><span style="display:block">{CODE}</span><span style="display:block">10 minutes left</span>')
seen("boxes-in-a-line", '<p>Your code</p><div style="display:inline-block;padding:4px">467</div><div style="display:inline-block;padding:4px">266</div>')
seen("boxes-beside", '<p>Your code</p><div style="float:left;padding:4px">467</div><div style="float:left;padding:4px">266</div>')
seen("cells-of-spans", f'<div style="display:table"><span style="display:table-cell">Your code</span><span style="display:table-cell">{CODE}</span><span style="display:table-cell">10 minutes left</span></div>')
seen("items-in-a-row", '<p>Your code</p><div style="display:flex"><div>467</div><div>266</div></div>')
seen("items-in-a-column", f'<div style="display:flex;flex-direction:column"><span>Your code</span><span>{CODE}</span><span>10 minutes left</span></div>')
seen("lines-of-pre", f"<pre>Your one-time code:\n{CODE}\n2200 Faraday Ave</pre>")
seen("lines-of-pre-wrap", f'<div style="white-space:pre-wrap">Your one-time code:\n{CODE}\n2200 Faraday Ave</div>')
seen("no-lines-of-nowrap", f'<pre style="white-space:nowrap">Your one-time code is\n{CODE}\nand expires soon</pre>')

# A template as MJML makes it: size 0 on each cell, a size on what stands in it.
MJML = f"""<!doctype html><html xmlns="http://www.w3.org/1999/xhtml"><head><title></title><style type="text/css">#outlook a {{ padding:0; }}
body {{ margin:0;padding:0;-webkit-text-size-adjust:100%; }} table, td {{ border-collapse:collapse; }} p {{ display:block;margin:13px 0; }}</style>
<!--[if mso]><noscript><xml><o:OfficeDocumentSettings><o:AllowPNG/></o:OfficeDocumentSettings></xml></noscript><![endif]-->
<style type="text/css">@media only screen and (min-width:480px) {{ .mj-column-per-100 {{ width:100% !important; max-width: 100%; }} }}</style></head>
<body style="word-spacing:normal;background-color:#f5f5f5;"><div style="display:none;font-size:1px;color:#ffffff;line-height:1px;max-height:0px;max-width:0px;opacity:0;overflow:hidden;">Case 902417</div>
<div style="background-color:#f5f5f5;"><!--[if mso | IE]><table align="center"><tr><td style="line-height:0px;font-size:0px;"><![endif]-->
<div style="background:#ffffff;margin:0px auto;max-width:600px;"><table align="center" border="0" role="presentation" style="background:#ffffff;width:100%;"><tbody><tr>
<td style="direction:ltr;font-size:0px;padding:20px 0;text-align:center;"><div class="mj-column-per-100 mj-outlook-group-fix" style="font-size:0px;text-align:left;direction:ltr;display:inline-block;vertical-align:top;width:100%;">
<table border="0" role="presentation" style="vertical-align:top;" width="100%"><tbody><tr><td align="left" style="font-size:0px;padding:10px 25px;word-break:break-word;">
<div style="font-family:Arial;font-size:14px;line-height:1;text-align:left;color:#333333;">Your Arlo one-time authentication code is:</div></td></tr>
<tr><td align="center" style="font-size:0px;padding:10px 25px;"><div style="font-family:Arial;font-size:30px;line-height:1;text-align:center;color:#1B5A8F;">{CODE}</div></td></tr></tbody></table></div></td></tr></tbody></table></div>
<!--[if mso | IE]></td></tr></table><![endif]--></div></body></html>"""
case("visible", "mjml", mail(html(MJML)), CODE)
case("visible", "mjml-no-doctype", mail(html(MJML.replace("<!doctype html>", ""))), CODE)
# The structure of a real mail of 2026: mixed, alternative, HTML alone; a greeting as a heading before the code.
REAL = f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><style>.c{{color:#333333;font-family:Arial,sans-serif}}</style></head>
<body class="c"><table width="100%"><tr><td align="center"><img src="https://static.arlo.com/mail/logo.png" alt="Arlo"></td></tr>
<tr><td><h1 style="font-size:24px">Bonjour Casey,</h1></td></tr><tr><td><p>Voici votre code d'authentification unique Arlo :</p></td></tr>
<tr><td align="center"><h1 style="color:#1B5A8F;font-size:30px;">
  {CODE}
</h1></td></tr><tr><td><p>Ce code expire dans 10 minutes.</p></td></tr>
<tr><td style="font-size:11px">Verisure Arlo Europe DAC, Building 2000, Cork</td></tr></table></body></html>"""
case("visible", "two-headings-2026", mail(multipart("mixed", multipart("alternative", html(REAL), boundary="----=_Part_2_3")), subject="Votre code d'authentification unique Arlo"), CODE)

# outlook: what is for one reader alone --------------------------------------------------------------------------------

seen("mso-hide-table", f'<!--[if mso]><p>Please use a browser.</p><![endif]--><table style="mso-hide:all"><tr><td>Your code is<tr><td>{CODE}</table>', kind="outlook")
seen("sheet-in-comment", f'<!--[if mso]><style>.main{{display:none}}</style><![endif]--><div class="main">{GOOD}</div>', kind="outlook")
seen("number-in-comment", f"<!--[if (gte mso 9)|(IE)]>{BAD}<![endif]-->{GOOD}", kind="outlook")
seen("revealed-comment", f"<!--[if !mso]><!-->{GOOD}<!--<![endif]-->", kind="outlook")
seen("revealed-comment-with-dashes", f"<!--[if !mso]><!-- -->{GOOD}<!-- <![endif]-->", kind="outlook")
seen("revealed-marked-section", f"<![if !mso]>{GOOD}<![endif]>", kind="outlook")
seen("both-copies", f'<!--[if mso]><table><tr><td>{BAD}</td></tr></table><![endif]--><!--[if !mso]><!--><div style="mso-hide:all">{GOOD}</div><!--<![endif]-->', kind="outlook")
seen("revealed-sheet", f'<!--[if !mso]><!--><style>.x{{display:none}}</style><!--<![endif]-->{GOOD}<div class="x">{BAD}</div>', kind="outlook")

# tags: those that a page may leave out --------------------------------------------------------------------------------

def tags(name, page, result=CODE):
    case("tags", name, mail(html(page)), result)


tags("head-not-ended", f"<html><head><style>p{{}}</style><body><p>Your code is:</p><h1>{CODE}</h1>")
tags("head-ended-by-paragraph", f"<html><head><title>Arlo</title><p>Your code is:<p>{CODE}")
tags("head-ended-by-text", f"<head><meta charset=utf-8>Your code is: {CODE}")
tags("head-closes-itself", f"<html><head/><body><p>Your code is:</p><p>{CODE}</p></body></html>")
tags("head-ended-by-table", f"<head><base href='https://arlo.com/'><table><tr><td>Your code is<td>{CODE}</table>")
tags("second-head", f"<html><head></head><body><p>Your code is:</p><head><p>{CODE}</p></head></body>")
tags("second-body", f"<body><p>Your code is:</p><body class='x'><p>{CODE}</p>")
tags("after-body", f"<body><p>Hello</p></body></html><p>Your code is:</p><p>{CODE}</p>")
tags("no-html-at-all", f"Your code is:<br>{CODE}")
tags("paragraph-ended-by-block", f"<p style='display:none'>902417<div>Your code is:</div><div>{CODE}</div>")
tags("paragraph-ended-by-list", f"<p style='display:none'>902417<ul><li>Your code is:<li>{CODE}</ul>")
tags("paragraph-ended-by-rule", f"<p style='display:none'>902417<hr>Your code is:<br>{CODE}")
tags("paragraph-ended-by-parent", f"<div><p style='display:none'>902417</div>Your code is:<br>{CODE}")
tags("paragraph-ended-by-table", f"<!DOCTYPE html><p style='display:none'>902417<table><tr><td>Your code is:<td>{CODE}</table>")
tags("item-hidden", f"<ul><li style='display:none'>902417<li>Your code is:<li>{CODE}</ul>")
tags("term-hidden", f"<dl><dt style='display:none'>902417<dd>Your code is:<dt>{CODE}</dl>")
tags("cell-hidden", f"<table><tr><td style='display:none'>902417<td>Your code is<td>{CODE}</table>")
tags("row-hidden", f"<table><tr style='display:none'><td>902417<tr><td>Your code is<tr><td>{CODE}</table>")
tags("row-group-hidden", f"<!DOCTYPE html><table><thead style='display:none'><tr><td>902417<tbody><tr><td>Your code is<tr><td>{CODE}</table>")
tags("foot-hidden", f"<table><tbody><tr><td>Your code is<tr><td>{CODE}<tfoot style='display:none'><tr><td>902417</table>")
tags("cell-in-nested-table", f"<table><tr><td style='display:none'><table><tr><td>902417</table><td>Your code is<td>{CODE}</table>")
tags("span-ended-by-parent", f"<div><span style='display:none'>902417</div><p>Your code is:</p><p>{CODE}</p>")
tags("span-not-ended-by-other", f"<p>Your code is:</p><span style='display:none'><b>902417</i></b></span><p>{CODE}</p>")
tags("font-goes-on-in-next-paragraph", f"<p>Your code is:</p><p>{CODE}</p><p><font style='display:none'>x<p>902417</p></font>")
tags("font-ends-and-block-goes-on", f"<font color='#ffffff'><div>x</font>Your code is {CODE}.</div>")
tags("heading-ended-by-heading", f"<h2 style='display:none'>902417<h1>Your code is</h1><h1>{CODE}</h1>")
tags("link-ended-by-link", f"<a style='display:none'>902417<a>Your code is {CODE}.</a>")
tags("noscript-is-content", f"<body><noscript><p>Your code is:</p><p>{CODE}</p></noscript></body>")
tags("text-before-rows", f"<table style='display:none'>Your code is {CODE}.<tr><td>902417</table>")
tags("custom-element-hidden", f"<x-pre style='display:none'>902417</x-pre><p>Your code is:</p><p>{CODE}</p>")
tags("void-with-slash", f"<p>Your code is:<br/><img src=x /><wbr/>{CODE}</p>")
tags("div-with-slash-stays-open", f"<p>Your code is:</p><p>{CODE}</p><div style='display:none'/>902417</div>")

# not-code: Arlo's mails without a code --------------------------------------------------------------------------------

case("not-code", "welcome", mail(text("Welcome to Arlo.\n"), subject="Welcome to Arlo"), "none")
case("not-code", "order-hash", in_page("<tr><td>Thank you for your order <b>#482913</b>.</td></tr>"), "none")
case("not-code", "order-number-cell", mail(html(page("<tr><td>Order number</td><td>482913</td></tr>")), subject="Order confirmation"), "none")
case("not-code", "order-german", mail(text("Ihre Bestellung 482913 wurde versandt.\n"), subject="Ihre Bestellung bei Arlo"), "none")
case("not-code", "order-heading", mail(html(page("<tr><td><h1>482913</h1></td></tr>")), subject="Your order is confirmed"), "none")
case("not-code", "order-table", mail(html(page("<tr><th>Order</th><th>Date</th><th>Total</th></tr><tr><td>482913</td><td>2026-11-21</td><td>$ 99.99</td></tr>")), subject="Your order"), "none")
case("not-code", "password-reset-code", mail(text("Use this code to reset your password:\n\n482913\n"), subject="Reset your Arlo password"), "none")
case("not-code", "password-reset-code-in-sentence", mail(text("482913 is your password reset code.\n"), subject="Arlo"), "none")
case("not-code", "password-reset-french", mail(text("Votre code de réinitialisation du mot de passe :\n\n482913\n", "8bit"), subject="Arlo"), "none")
case("not-code", "promotion-code", mail(html(page("<tr><td>Use promo code</td></tr><tr><td><h1>482913</h1></td></tr>")), subject="20% off"), "none")
case("not-code", "newsletter-big-number", mail(html(page("<tr><td><h1>500000</h1><p>happy customers</p></td></tr>")), subject="Arlo news") .replace(b"MIME-Version", b"List-Unsubscribe: <https://www.arlo.com/u>\r\nMIME-Version"), "none")
case("not-code", "big-number-without-list-fields", mail(html(page("<tr><td>More than</td></tr><tr><td><h1>500000</h1></td></tr><tr><td><p>homes are protected with Arlo, and your home is one of them. This is what we do for you.</p></td></tr>")), subject="What is new"), "none")
case("not-code", "statistics", mail(text("Dear customer,\n\nthis is the year in numbers for you and your cameras.\n\nClips recorded: 123456\n\nThe Arlo team\n"), subject="Your year"), "none")
case("not-code", "save-with-code", mail(text("Enter 482913 and save 20% on the new camera.\n"), subject="Arlo"), "none")
case("not-code", "password-reset-announced", mail(text("We received a request to reset your Arlo password.\n\nYour verification code is:\n\n482913\n"), subject="Arlo verification code"), "none")
case("not-code", "password-was-changed", mail(text("Your password was changed.\n\n482913\n"), subject="Arlo"), "none")
case("not-code", "subscription-number", mail(text("Your Arlo Secure subscription renews. Subscription number: 482913\n"), subject="Subscription"), "none")
case("not-code", "serial-number", mail(text("Thank you for registering your device.\n\nSerial number:\n\n482913\n"), subject="Arlo"), "none")
case("not-code", "support-case", mail(text("Your support case 482913 was updated.\n"), subject="Arlo support"), "none")
case("not-code", "new-sign-in", mail(text("A new device signed in on 21-11-26 at 10:15:30 near Bengaluru 560001.\n"), subject="New sign-in"), "none")
case("not-code", "code-in-image-only", in_page(INTRO + '<tr><td><img src="https://static.arlo.com/467266.png" alt="467266"></td></tr>'), "none")
case("not-code", "five-digits", in_page(INTRO + H1.format(code="46726")), "none")
case("not-code", "seven-digits", in_page(INTRO + H1.format(code="4672661")), "none")
case("not-code", "eight-digits-apart", in_page(INTRO + H1.format(code="4672 6611")), "none")
case("not-code", "letters-and-digits", in_page(INTRO + H1.format(code="46A266")), "none")
case("not-code", "hidden-code-only", in_page('<tr><td style="display:none">Your code 467266</td></tr>'), "none")
case("not-code", "empty-body", mail(text("")), "none")
case("not-code", "invoice", mail(text("Invoice 482913\nTotal: $9.99\n"), subject="Your Arlo invoice"), "none")
case("not-code", "attachment-only", mail(part("application/pdf", b"%PDF 467266", "base64")), "none")

# lookalike: not from Arlo's sender ------------------------------------------------------------------------------------

for name, sender in {
    "other-domain": "Arlo <do_not_reply@arlo.example>",
    "subdomain": "Arlo <do_not_reply@mail.arlo.com>",
    "suffix-domain": "Arlo <do_not_reply@arlo.com.example.net>",
    "prefix-domain": "Arlo <do_not_reply@notarlo.com>",
    "cyrillic-o": "=?utf-8?b?QXJsbw==?= <do_not_reply@arl\u043e.com>",
    "punycode": "Arlo <do_not_reply@xn--arl-1lc.com>",
    "digit-one": "Arlo <do_not_reply@ar1o.com>",
    "local-part": "Arlo <donotreply@arlo.com>",
    "alerts": "Arlo <alerts@arlo.com>",
    "display-name": '"do_not_reply@arlo.com" <casey@example.net>',
    "display-name-brackets": '"Arlo <do_not_reply@arlo.com>" <casey@example.net>',
    "display-name-encoded": "=?utf-8?q?do=5Fnot=5Freply=40arlo=2Ecom?= <casey@example.net>",
    "display-name-bare": "do_not_reply@arlo.com <casey@example.net>",
    "comment": "casey@example.net (do_not_reply@arlo.com)",
    "two-addresses": "do_not_reply@arlo.com, casey@example.net",
    "two-brackets": "<do_not_reply@arlo.com> <casey@example.net>",
    "same-address-twice": "do_not_reply@arlo.com, do_not_reply@arlo.com",
    "quoted-local-part": '"do_not_reply"@arlo.com',
    "route": "<@example.net:do_not_reply@arlo.com>",
    "no-address": "Arlo",
    "empty": "",
}.items():
    case("lookalike", name, mail(html(ARLO_PAGE), sender=sender), "other")
case("lookalike", "two-from-fields", mail(html(ARLO_PAGE), top="From: casey@example.net\r\n"), "other")
case("lookalike", "two-from-fields-same", mail(html(ARLO_PAGE), top=f"From: {ARLO}\r\n"), "other")
case("lookalike", "no-from", mail(html(ARLO_PAGE), sender=None), "other")
case("lookalike", "sender-field-only", mail(html(ARLO_PAGE), sender="casey@example.net", top=f"Sender: {ARLO}\r\nReply-To: {ARLO}\r\nReturn-Path: <do_not_reply@arlo.com>\r\nResent-From: {ARLO}\r\n"), "other")
case("lookalike", "from-in-body", head(sender="casey@example.net").encode() + b"\r\nFrom: do_not_reply@arlo.com\r\n\r\n467266\r\n", "other")
case("lookalike", "other-vendor", mail(text("Your verification code is\n482913\n"), sender="Google <no-reply@accounts.google.com>", subject="Verification code"), "other")
case("lookalike", "bank", mail(text("Your TAN is 482913.\n"), sender="Bank <noreply@bank.example>"), "other")
case("lookalike", "from-label-address", mail(html(ARLO_PAGE), sender="do_not_reply+x@arlo.com"), "other")
case("lookalike", "case-differs", mail(html(ARLO_PAGE), sender="ARLO <DO_NOT_REPLY@ARLO.COM>"), CODE)
case("lookalike", "group-syntax", mail(html(ARLO_PAGE), sender="Arlo: do_not_reply@arlo.com;"), CODE)

# confirmation: Gmail asks whether it may forward ----------------------------------------------------------------------

GOOGLE = "Gmail Team <forwarding-noreply@google.com>"
VF = "https://mail-settings.google.com/mail/vf-%5BANGjdJ8Qx111222%5D-Zx3kLmN_467266"
UF = VF.replace("/vf-", "/uf-")
BODY = """{account} has requested to automatically forward mail to your email
address 8f3c2d@relay.example.net.
{number}
To allow {account} to automatically forward mail to your address, please click the link below to confirm the request:

{link}

If you click the link and it appears to be broken, please copy and paste it into a new browser window. If you aren't able
to access the link, send the confirmation code to {account}.

Thanks for using Gmail!

If you do not approve of this request, no further action is required. If you accidentally clicked the link, but you do
not want to allow it, click this link to cancel this verification:
{cancel}

To learn more about why you might have received this message, please visit:
http://support.google.com/mail/bin/answer.py?answer=184973.
"""


def confirmation(name, result, subject="(Gmail Forwarding Confirmation - Receive Mail from casey@gmail.com", number="", link=VF, cancel=UF, account=ACCOUNT, sender=GOOGLE, body=BODY, entity=None):
    content = body.format(account=account, number=number, link=link, cancel=cancel)
    case("confirmation", name, mail(entity or text(content, "8bit"), sender=sender, subject=subject, to=RELAY), result)


def confirmed(code=None, link=VF, account=ACCOUNT):
    return {"content": "confirmation", "account": account, "confirmation_code": code, "link": link}


confirmation("2026", confirmed())
confirmation("older", confirmed("123456789"), "(#123456789) Gmail Forwarding Confirmation - Receive Mail from casey@gmail.com", "Confirmation code: 123456789\n")
confirmation("spanish", confirmed("123456789"), encoded("(#123456789) Confirmación de reenvío de Gmail - Recibir correo de casey@gmail.com"), "Código de confirmación: 123456789\n")
confirmation("chinese", confirmed(), encoded("(Gmail) 转发确认"), body="{account} 请求将邮件自动转发到您的电子邮件地址 8f3c2d@relay.example.net。\n\n{link}\n\n{cancel}\n")
confirmation("number-in-body-only", confirmed("123456789"), "Gmail", "Confirmation code: 123456789\n")
confirmation("mail-google-com", confirmed(link="https://mail.google.com/mail/vf-abc"), link="https://mail.google.com/mail/vf-abc", cancel="https://mail.google.com/mail/uf-abc")
confirmation("workspace-account", confirmed(account="casey@example.org"), "Gmail Forwarding Confirmation - Receive Mail from casey@example.org", account="casey@example.org")
confirmation("html", confirmed(), entity=html(f'<p>casey@gmail.com has requested</p><a href="{VF}">confirm</a> <a href="{UF}">cancel</a>'))
confirmation("html-ampersand", confirmed(link="https://mail.google.com/mail/vf-a?b=1&c=2"), entity=html('<p>casey@gmail.com</p><a href="https://mail.google.com/mail/vf-a?b=1&amp;c=2">x</a>'))
confirmation("cancel-link-only", confirmed(link=None), link="", cancel=UF)
for name, link in {
    "link-http": VF.replace("https", "http"),
    "link-other-host": "https://mail-settings.google.com.example.net/mail/vf-abc",
    "link-userinfo": "https://mail-settings.google.com@example.net/mail/vf-abc",
    "link-userinfo-before": "https://example.net@mail-settings.google.com/mail/vf-abc",
    "link-port": "https://mail-settings.google.com:8443/mail/vf-abc",
    "link-other-path": "https://mail.google.com/mail/u/0/vf-abc",
    "link-within-another": "https://example.net/?to=//mail.google.com/mail/vf-abc",
    "link-in-a-query": "https://example.net/https://mail.google.com/mail/vf-abc",
    "link-bare-prefix": "https://mail.google.com/mail/vf-",
}.items():
    confirmation(name, confirmed(link=None), link=link)
confirmation("forged-sender", "other", sender="Gmail Team <forwarding-noreply@google.example>")
confirmation("display-name-sender", "other", sender='"forwarding-noreply@google.com" <x@example.net>')
confirmation("from-arlo-with-its-words", "none", sender=ARLO)

# conflict: two numbers that are equally good --------------------------------------------------------------------------

case("conflict", "two-headings", in_page(INTRO + H1.format(code=CODE) + INTRO + H1.format(code="111222")), "conflict")
case("conflict", "two-lines", mail(text(f"Your codes:\n\n{CODE}\n\nYour code:\n\n111222\n")), "conflict")
case("conflict", "two-in-a-sentence", mail(text(f"Your code is {CODE} or 111222.\n")), "conflict")
case("conflict", "text-and-html-differ", mail(multipart("alternative", text(ARLO_TEXT.replace(CODE, "111222"), "8bit"), html(ARLO_PAGE))), "conflict")
case("conflict", "text-sentence-html-heading-differ", mail(multipart("alternative", text("Your code is 111222.\n"), html(ARLO_PAGE))), "conflict")
case("conflict", "unknown-language-two-lines", mail(text(f"Namba\n\n{CODE}\n\n111222\n"), subject="Arlo"), "conflict")
case("conflict", "same-code-five-times", in_page((INTRO + H1.format(code=CODE)) * 5), CODE)
case("conflict", "same-code-two-spellings", mail(multipart("alternative", text("Your code is:\n467 266\n"), html(ARLO_PAGE))), CODE)

# malformed ------------------------------------------------------------------------------------------------------------

PLAIN_MAIL = mail(text(ARLO_TEXT, "8bit"))
case("malformed", "bare-lf", PLAIN_MAIL.replace(b"\r\n", b"\n"), CODE)
case("malformed", "bare-cr", mail(text(ARLO_TEXT, "base64")).replace(b"\r\n", b"\r"), CODE)
case("malformed", "mixed-line-ends", PLAIN_MAIL.replace(b"\r\n", b"\n", 3), CODE)
case("malformed", "odd-case-names", PLAIN_MAIL.replace(b"From:", b"FROM:").replace(b"Content-Type:", b"CONTENT-type:").replace(b"To:", b"tO:"), CODE, named=[ACCOUNT])
case("malformed", "blank-before-colon", PLAIN_MAIL.replace(b"From:", b"From :").replace(b"Content-Type:", b"Content-Type \t:"), CODE)
case("malformed", "folded-from", mail(html(ARLO_PAGE), sender="Arlo\r\n\t<do_not_reply@arlo.com>", to="\r\n Casey\r\n  <casey@gmail.com>"), CODE, named=[ACCOUNT])
case("malformed", "encoded-from", mail(html(ARLO_PAGE), sender="=?UTF-8?B?QXJsbw==?= <do_not_reply@arlo.com>"), CODE)
case("malformed", "encoded-from-comma", mail(html(ARLO_PAGE), sender="=?utf-8?Q?Arlo,_Inc.?= <do_not_reply@arlo.com>"), CODE)
case("malformed", "8-bit-header", mail(html(ARLO_PAGE), sender="Arlo® <do_not_reply@arlo.com>", subject="Código Arlo"), CODE)
case("malformed", "8-bit-latin-1-header", PLAIN_MAIL.replace(b"From: Arlo", b"From: Arlo\xae"), CODE)
case("malformed", "no-date", mail(html(ARLO_PAGE), date=None), CODE, date=None)
case("malformed", "bad-date", mail(html(ARLO_PAGE), date="yesterday"), CODE, date=None)
case("malformed", "date-with-comment", mail(html(ARLO_PAGE), date="Sat, 21 Nov 2026 02:15:30 -0800 (PST)"), CODE, date="2026-11-21T10:15:30Z")
case("malformed", "date-out-of-range", mail(html(ARLO_PAGE), date="Sat, 99 Nov 99999 99:99:99 +9999"), CODE, date=None)
case("malformed", "mbox-line", b"From do_not_reply@arlo.com Sat Nov 21 10:15:30 2026\n" + PLAIN_MAIL.replace(b"\r\n", b"\n"), CODE)
case("malformed", "empty-lines-first", b"\r\n\r\n" + PLAIN_MAIL, CODE)
case("malformed", "byte-order-mark-first", b"\xef\xbb\xbf" + PLAIN_MAIL, CODE)
case("malformed", "line-without-colon", PLAIN_MAIL.replace(b"Subject:", b"this is no field\r\nSubject:"), CODE)
case("malformed", "nul-bytes-in-body", PLAIN_MAIL.replace(b"467266", b"467\x00266"), CODE)
case("malformed", "nul-bytes-in-header", PLAIN_MAIL.replace(b"Subject: Your", b"Subject: \x00Your"), CODE)
case("malformed", "no-close-delimiter", mail(multipart("alternative", *BOTH)).rsplit(b"--", 2)[0], CODE)
case("malformed", "boundary-never-stands", head().encode() + b"Content-Type: multipart/mixed; boundary=zzz\r\n\r\nYour code is\r\n467266\r\n", CODE)
case("malformed", "boundary-not-named", head().encode() + b"Content-Type: multipart/alternative\r\n\r\n--b\r\n" + text(ARLO_TEXT, "8bit") + b"--b--\r\n", CODE)
case("malformed", "html-called-plain", head().encode() + b"Content-Type: text/plain\r\n\r\n" + ARLO_PAGE.encode(), CODE)
case("malformed", "html-without-mime", f"From: {ARLO}\r\nTo: {ACCOUNT}\r\n\r\n{ARLO_PAGE}", CODE)
case("malformed", "content-type-garbage", head().encode() + b"Content-Type: ;;;=\"\r\n\r\nYour code\r\n467266\r\n", CODE)
case("malformed", "tag-soup", mail(html("<b><i>Your code</b><td></tr></table></div></p><h1>467266<h1></i>")), CODE)
case("malformed", "tag-cut-off", mail(html("<p>Your code</p><h1>467266</h1><a href='")), CODE)
case("malformed", "missing-from-truncated", b"Received: from x\r\nSubject: x", "other")
case("malformed", "nested-multiparts", mail(b"".join(f'Content-Type: multipart/mixed; boundary="n{i}"\r\n\r\n--n{i}\r\n'.encode() for i in range(400)) + text(ARLO_TEXT)), "none")
case("malformed", "nested-attached", mail(b"Content-Type: message/rfc822\r\n\r\n" * 400 + PLAIN_MAIL, sender=CASEY), "other")
case("malformed", "empty-multipart", mail(multipart("mixed")), "none")
case("malformed", "very-long-line", mail(text("x" * 20000 + f"\nYour code is {CODE}.\n")), CODE)
case("malformed", "headers-only", head().rstrip("\r\n"), "none")
case("malformed", "not-a-mail-empty", b"", "not-a-mail")
case("malformed", "not-a-mail-blank", b"\r\n \r\n\r\n", "not-a-mail")
case("malformed", "not-a-mail-prose", b"Hello there, your code is 467266.\n", "not-a-mail")
case("malformed", "not-a-mail-json", b'{"code": "467266"}\n', "not-a-mail")
case("malformed", "not-a-mail-binary", bytes(range(256)), "not-a-mail")
case("malformed", "not-a-mail-html", ARLO_PAGE, "not-a-mail")


def files():
    """What is to lie in `made`: each file's path with its content."""
    found = {}
    expected = {}
    for (kind, name), (raw, result) in cases.items():
        found[MADE / kind / f"{name}.eml"] = raw
        expected.setdefault(kind, {})[f"{name}.eml"] = result
    for kind, results in expected.items():
        lines = (f"  {json.dumps(name)}: {json.dumps(result, ensure_ascii=False)}" for name, result in results.items())
        found[MADE / kind / "expected.json"] = ("{\n" + ",\n".join(lines) + "\n}\n").encode()
    return found


def main():
    wanted = files()
    there = {path: path.read_bytes() for path in MADE.rglob("*") if path.is_file()}
    if sys.argv[1:] == ["--check"]:
        differ = sorted(str(path.relative_to(MADE)) for path in there.keys() | wanted.keys() if there.get(path) != wanted.get(path))
        print("\n".join(differ[:20]))
        return f"{len(differ)} files of the corpus are not what make.py writes" if differ else None
    shutil.rmtree(MADE, ignore_errors=True)
    for path, content in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    print(len(cases), "mails")
    return None


field.add(sys.modules[__name__])
sentences.add(sys.modules[__name__])
written.add(sys.modules[__name__])
sys.exit(main())

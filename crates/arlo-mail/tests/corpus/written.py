"""How letters, numbers, sentences and blocks are written. `make.py` calls `add` with itself for its building blocks.
"""

import unicodedata

CODE = "570318"
OTHER = "902417"


def add(m):
    letters(m)
    cells(m)


def plain(m, body, **fields):
    return m.mail(m.text(body + "\n", "8bit"), **{"subject": "Arlo", **fields})


def page(m, body, **fields):
    return m.mail(m.html(body), **{"subject": "Arlo", **fields})


def letters(m):
    """Letters and their marks as one character and as two, and letters that capitals do not distinguish."""
    for name, sentence, result in (
        ("vietnamese", f"Mã xác thực của bạn là {CODE}.", CODE),
        ("vietnamese-reset", f"Mã dùng để đặt lại mật khẩu của bạn: {OTHER}", "none"),
        ("japanese", f"お客様の認証コードは{CODE}です。", CODE),
        ("japanese-reset", f"パスワード再設定のコード: {OTHER}", "none"),
        ("korean", f"고객님의 인증번호는 {CODE} 입니다.", CODE),
        ("korean-reset", f"비밀번호 재설정 코드: {OTHER}", "none"),
        ("french-reset", f"Réinitialisation de votre mot de passe, code : {OTHER}", "none"),
        ("german-reset", f"Code für die Änderung Ihres Passworts: {OTHER}", "none"),
        ("swedish-pickup", f"Hämtkod: {OTHER}", "none"),
        ("hindi", f"आपका सत्यापन कोड {CODE} है।", CODE),
        ("greek", f"Κωδικός επαλήθευσης: {CODE}", CODE),
        ("greek-capitals", f"ΚΩΔΙΚΟΣ ΕΠΑΛΗΘΕΥΣΗΣ: {CODE}", CODE),
        ("greek-capitals-reset", f"ΕΠΑΝΑΦΟΡΑ ΚΩΔΙΚΟΥ ΠΡΟΣΒΑΣΗΣ: {OTHER}", "none"),
        ("turkish-capitals", f"DOĞRULAMA KODUNUZ: {CODE}", CODE),
        ("turkish-capitals-reset", f"ŞİFRE SIFIRLAMA KODU: {OTHER}", "none"),
        ("turkish-capitals-discount", f"İNDİRİM KODU: {OTHER}", "none"),
    ):
        for form in ("NFC", "NFD"):
            body = unicodedata.normalize(form, sentence)
            m.case("letters", f"{name}-{form.lower()}", plain(m, body), result)
        apart = unicodedata.normalize("NFD", sentence).encode("ascii", "xmlcharrefreplace").decode()
        m.case("letters", f"{name}-references", page(m, f"<p>{apart}</p>"), result)
    # The tones of windows-1258 are characters of their own.
    for name, sentence, result in (
        ("once", f"Mật khẩu một lần của bạn là {CODE}.", CODE),
        ("reset", f"Mã dùng để đặt lại mật khẩu của bạn: {OTHER}", "none"),
    ):
        tones = dict(zip("\u0300\u0301\u0303\u0309\u0323", (b"\xcc", b"\xec", b"\xde", b"\xd2", b"\xf2")))
        raw = b""
        for c in sentence:
            base = unicodedata.normalize("NFD", c)
            tone = next((mark for mark in base if mark in tones), "")
            raw += unicodedata.normalize("NFC", base.replace(tone, "")).encode("cp1258") + tones.get(tone, b"")
        m.case("letters", f"windows-1258-{name}", m.mail(m.part("text/plain", raw, "8bit", "windows-1258"), subject="Arlo"), result)
    for name, subject in {
        "french": "Réinitialisation de votre mot de passe",
        "vietnamese": "Đặt lại mật khẩu của bạn",
        "turkish": "ŞİFRE SIFIRLAMA",
    }.items():
        apart = m.encoded(unicodedata.normalize("NFD", subject))
        m.case("letters", f"subject-{name}", plain(m, f"Arlo\n\n{OTHER}", subject=apart), "none")


def cells(m):
    """Digits in the cells of a row: a code, a date, the time that is left."""
    def row(*cells):
        return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"

    code = f"<p>Your verification code is {CODE}.</p>"
    left = "<p>This verification code expires in</p>"
    clock = row("00", "09", "59")
    units = row("hours", "minutes", "seconds")
    for name, rows in {
        "with-colons": row("00", ":", "09", ":", "59"),
        "with-colons-in-the-cells": row("00:", "09:", "59"),
        "digit-by-digit": row(0, 0, ":", 0, 9, ":", 5, 9),
        "with-units": clock + units,
        "with-units-above": units + clock,
        "with-german-units": clock + row("Std.", "Min.", "Sek."),
        "with-japanese-units": clock + row("時間", "分", "秒"),
        "date-with-slashes": row("22", "/", "11", "/", "26"),
        "date-with-names": row("Day", "Month", "Year") + row("22", "11", "26"),
    }.items():
        m.case("cells", name, page(m, f"{left}<table>{rows}</table>"), "none")
        m.case("cells", f"{name}-below-the-code", page(m, f"{code}{left}<table>{rows}</table>"), CODE)
        m.case("cells", f"{name}-above-the-code", page(m, f"{left}<table>{rows}</table>{code}"), CODE)
    for name, body in {
        "bare": f"{code}{left}<table>{clock}</table>",
        "bare-in-large-letters": f"<p>Your verification code:</p><h1>{CODE}</h1>{left}<table style='font-size:28px'>{clock}</table>",
        "pairs": f"<p>Your verification code</p><table>{row('57', '03', '18')}</table>",
        "pairs-with-hyphens": f"<p>Your verification code</p><table>{row('57', '-', '03', '-', '18')}</table>",
        "pairs-above-a-postcode": f"<p>Your verification code</p><table>{row('57', '03', '18')}</table><p>Bengaluru</p><p>{OTHER}</p>",
        "digits-above-links": f"<p>Your verification code</p><table>{row(*CODE)}</table><table>{row('Privacy', 'Terms', 'Help')}</table>",
    }.items():
        m.case("cells", name, page(m, body), CODE)
    m.case("cells", "text-with-units", plain(m, f"Verification code: {CODE}\n\nThis code expires in\n00\t09\t59\nhours\tminutes\tseconds"), CODE)
    m.case("cells", "text-date", plain(m, f"Verification code: {CODE}\n\nThis code expires on\n22\t11\t26"), CODE)

"""Kinds of mail that real programs and services were seen to send, written anew: forwards by hand, filters' wrappers, dates,
words around a code, numbers that are none. `make.py` calls `add` with itself for its building blocks.
"""

CODE = "570318"
OTHER = "902417"


def add(m):
    words(m)
    numbers(m)
    forwards(m)
    wrappers(m)
    dates(m)
    confirmations(m)


def plain(m, body, **fields):
    return m.mail(m.text(body, "8bit"), **fields)


def words(m):
    """Words beside a code that is called one for signing in, and codes that are for something else."""
    subject = {"subject": "Arlo"}
    for name, body in {
        "password-first": f"Give your password first and this authentication code second: {CODE}",
        "save-your-changes": f"Your one-time code to save your changes is {CODE}.",
        "after-your-password": f"After entering your password, enter this code: {CODE}",
        "markdown-heading": f"Authentication code for your cameras\n\n# {CODE}\n\nNever share it.",
        "markdown-third-heading": f"Your one-time code\n\n### {CODE}\n",
        "offer-on-the-line-above": f"Authentication code for your cameras\nSpecial offer inside!\n{CODE}\n",
        "order-in-the-sentence": f"Enter the verification code {CODE} to see your order.",
        "discount-before-the-code": f"Sign in to claim your discount: your verification code is {CODE}.",
        "checkout-after-the-code": f"{CODE} is your one-time code for the checkout.",
        "german-password-first": f"Nach dem Passwort geben Sie den Authentifizierungscode ein: {CODE}",
        "french-password-first": f"Après votre mot de passe, saisissez ce code de vérification : {CODE}",
        "support-code-below": f"Your authentication code is {CODE}.\n\nSupport code:\n{OTHER}",
        "postal-pin-below": f"Your authentication code is {CODE}.\n\nArlo, MG Road, Bengaluru, PIN {OTHER}",
        "reference-code-below": f"Your code: {CODE}\n\nReference code: {OTHER}",
        "slovak-password-for-one-use": f"Jednorazové heslo: {CODE}",
        "postal-code-on-the-next-line": f"Your authentication code is {CODE}.\n\nArlo, MG Road, Bengaluru\n{OTHER}",
        "wrapped-account": f"Here is your one-time authentication code for your Arlo\naccount:\n\n{CODE}",
        "german-wrapped-account": f"Hier ist Ihr Einmalcode für die Anmeldung\nbei Ihrem Arlo-Konto:\n{CODE}",
        "account-row": f"Authentication code\nAccount: robin@example.net\n{CODE}",
        "account-heading": f"Your Arlo account\n\n{CODE}\n\nEnter this code to sign in.",
        "wrapped-before": f"Your one-time authentication code for your Arlo account\nis {CODE}. It expires in 10 minutes.",
        "wrapped-after": f"Hello Robin,\n{CODE} is your Arlo\nauthentication code.",
        "sentence-before": f"We made an authentication code for you. It is {CODE}.",
        "abbreviation": f"Your authentication code for Arlo Technologies Inc. is {CODE}",
        "links-above": f"Forgot password? | Help | Log in\n\nAuthentication code\n\n{CODE}",
        "advice-after-a-question": f"Not you? Reset your password.\n\nAuthentication code\n\n{CODE}",
        "advice-above": f"Change your password regularly.\n\nAuthentication code\n\n{CODE}",
        "german-question-above": f"Passwort vergessen? Hilfe und mehr.\n\nIhr Authentifizierungscode:\n\n{CODE}",
        "beside-a-new-password": f"Sign in with your new password and the authentication code {CODE}.",
        "after-a-reset": f"After the password reset you need this authentication code to sign in: {CODE}",
        "device-in-the-sentence": f"Your authentication code for device {OTHER} is {CODE}.",
        "order-before-a-colon": f"Order {OTHER}: your authentication code is {CODE}.",
        "id-in-brackets": f"Your authentication code is {CODE} (ID {OTHER}).",
        "time-after-the-code": f"Your authentication code is {CODE}, requested at 101500.",
        "place-in-brackets": f"{CODE} is your Arlo authentication code (Singapore {OTHER}).",
        "number-above-a-sentence": f"{OTHER}\n\nYour code is {CODE}.",
        "underscores": f"Your authentication code:\n\n_{CODE}_",
        "horizontal-bar": f"Your authentication code is {CODE[:3]}―{CODE[3:]}.",
        "minutes-in-brackets": f"Your code: {CODE} (10 minutes)",
        "german-minutes-after-a-dash": f"Ihr Code: {CODE} – 15 Minuten",
    }.items():
        m.case("named-codes", name, plain(m, body + "\n", **subject), CODE)
    for name, tag in {"offer": "[possible offer]", "promo": "[PROMO]", "order": "{Order}", "sale": "【SALE】"}.items():
        body = f"Authentication code for your cameras\n\n{CODE}\n"
        m.case("named-codes", f"subject-tag-{name}", plain(m, body, subject=f"Authentication code {tag}"), CODE)
        m.case("named-codes", f"subject-tag-{name}-first", plain(m, body, subject=f"{tag} Authentication code"), CODE)
    for name, tagged in {
        "colon": "PROMO: Authentication code",
        "round": "Authentication code (promo)",
        "stars": "*PROMO* Authentication code",
        "angles": "<promo> Authentication code",
        "dash": "Authentication code - promo",
        "bar": "Authentication code | Promotion",
        "full-width": "（优惠）Authentication code",
        "german": "(Gutschein) Authentication code",
        "question": "Rabatt? Authentication code",
        "not-closed": "[promo Authentication code",
    }.items():
        m.case("named-codes", f"subject-tag-in-{name}", plain(m, BODY, subject=m.encoded(tagged)), CODE)
    for name, tagged in {"offer": "OFFER? Arlo", "sale": "Arlo - SALE"}.items():
        m.case("named-codes", f"subject-is-a-tag-{name}", plain(m, f"Your Arlo code is {CODE}.\n", subject=tagged), CODE)
    for name, asked in {"discount": "Arlo: your discount code", "reset": "Verification code (password reset)", "order": "Your order - shipped"}.items():
        m.case("other-codes", f"subject-in-pieces-{name}", plain(m, f"Your code is {OTHER}.\n", subject=asked), "none")
    for name, body in {
        "till": f"Use code {OTHER} at the till and save 10 %.",
        "one-time-discount": f"Your one-time discount code is {OTHER}.",
        "one-time-code-that-saves": f"Your one-time code {OTHER} lets you save 20 % today.",
        "code-for-a-discount": f"Here is your verification code for a discount: {OTHER}",
        "coupon-label": f"Coupon code\n\n{OTHER}\n",
        "new-password": f"Use this verification code to choose a new password: {OTHER}",
        "forgotten-password": f"You forgot your password. The code is {OTHER}.",
        "order-number-after-the-words": f"Your authentication code follows by SMS, order number {OTHER}.",
        "password-itself": f"Your password is {OTHER}.",
        "german-voucher": f"Ihr Gutscheincode: {OTHER}",
        "markdown-order": f"Order\n\n# {OTHER}\n",
        "account-number": f"Your code is in the letter.\n\nAccount number:\n{OTHER}",
        "account": f"Your code is in the letter.\n\nAccount:\n{OTHER}",
        "room": f"Your login code\n\nRoom {OTHER} is yours",
        "percentage-after-the-code": f"Use code {OTHER} to get 20% off.",
        "percentage": f"{OTHER} is your code for 20% off.",
        "basket": f"Enter code {OTHER} in your basket.",
        "gift": f"Your gift code is {OTHER}.",
        "referral": f"Referral code: {OTHER}",
        "danish-discount": f"Rabatkode: {OTHER}",
        "japanese-discount": f"割引コード: {OTHER}",
        "russian-discount": f"Промокод: {OTHER}",
        "turkish-new-password": f"Şifrenizi sıfırlamak için doğrulama kodunuz: {OTHER}",
        "password-updated": f"Verification code to update your password: {OTHER}",
        "postal-code": f"Postal code: {OTHER}",
        "reset-is-no-problem": f"Forgot your password? No problem.\n\nYour verification code:\n\n{OTHER}",
        "reset-is-the-title": f"Password reset\n\nYour verification code:\n\n{OTHER}",
        "code-of-a-reset-above": f"Use the code below to reset your password.\n\nYour verification code:\n\n{OTHER}",
        "german-reset-asked-for": f"Wir haben eine Anfrage erhalten, Ihr Passwort zurückzusetzen.\n\nIhr Bestätigungscode:\n\n{OTHER}",
        "number-sign": f"Ticket # {OTHER} was closed. The code of the lamp is in the manual.",
    }.items():
        m.case("other-codes", name, plain(m, body + "\n", **subject), "none")
    for name, body in {"two-joined": f"Your code is {CODE}, and your other code is {OTHER}.", "or-at-the-end": f"The authentication code is {CODE} or {OTHER}."}.items():
        m.case("conflict", name, plain(m, body + "\n", **subject), "conflict")
    m.case("other-codes", "subject-names-a-discount-code", plain(m, f"Your one-time code\n\n{OTHER}\n", subject="Your discount code"), "none")
    m.case("other-codes", "subject-resets", plain(m, f"Your verification code\n\n{OTHER}\n", subject="Reset your password"), "none")
    for name, asked in {"portuguese": "Redefinição de senha", "russian": "Восстановление пароля", "chinese": "找回密码"}.items():
        m.case("other-codes", f"subject-resets-{name}", plain(m, f"验证码 / code:\n\n{OTHER}\n", subject=m.encoded(asked)), "none")
    m.case("other-codes", "subject-orders", plain(m, f"The code\n\n{OTHER}\n", subject="Your order is ready"), "none")


def numbers(m):
    """Units, and numbers in the middle of a sentence."""
    for name, unit in {"mb": "MB", "gb": "GB", "kib": "KiB", "mbps": "Mbps", "ms": "ms", "kwh": "kWh", "bytes": "bytes", "km": "km", "minutes": "minutes", "cyrillic": "МБ", "megabytes": "megabytes", "french": "Mo", "letter": "W", "area": "m²", "weeks": "weeks", "clips": "clips", "in-brackets": "(MB)", "of-a-whole": "of 999999 MB", "mhz": "MHz"}.items():
        body = f"In use: {OTHER} {unit}. The code for a larger plan is BIGGER.\n"
        m.case("units", name, plain(m, body, subject="Arlo"), "none")
    rest = "The code for a larger plan is BIGGER."
    m.case("units", "next-line", plain(m, f"In use: {OTHER}\nclips\n\n{rest}\n", subject="Arlo"), "none")
    m.case("units", "next-cell", m.mail(m.html(f"<table><tr><td>In use</td><td>{OTHER}</td><td>MB</td></tr></table><p>{rest}</p>"), subject="Arlo"), "none")
    m.case("units", "validity-in-brackets", plain(m, f"Code: {CODE} (valid for 10 minutes)\n", subject="Arlo"), CODE)
    m.case("units", "sentence-behind", plain(m, f"Code: {CODE}. It expires in 10 minutes.\n", subject="Arlo"), CODE)
    m.case("units", "beside-the-code", plain(m, f"In use: {OTHER} MB.\nYour code is\n{CODE}\n", subject="Arlo"), CODE)
    m.case("units", "minutes-after-the-code", plain(m, f"Your code is {CODE} 15 minutes long.\n", subject="Arlo"), CODE)
    m.case("units", "words-that-are-no-unit", plain(m, f"{CODE} go to arlo.com and enter the code.\n", subject="Arlo"), CODE)
    rest = "By the way: the colour code of the lamp is in the manual.\n"
    for name, above, below in [
        ("pictures", "since you joined us your cameras have made", "pictures."),
        ("steps", "in the last year your family walked", "steps with us."),
        ("comma", "with all that was said and done,", "people came to see it."),
    ]:
        m.case("in-a-sentence", name, plain(m, f"{above}\n{OTHER}\n{below} {rest}", subject="Arlo"), "none")
    m.case("in-a-sentence", "page", m.mail(m.html(f"<p>since you joined us your cameras have made<br>{OTHER}<br>pictures. {rest}</p>"), subject="Arlo"), "none")
    m.case("in-a-sentence", "called-a-code", plain(m, f"to go on in the app please enter the code\n{CODE}\nwithin ten minutes.\n", subject="Arlo"), CODE)
    m.case("in-a-sentence", "code-below", plain(m, f"to go on in the app please enter\n{CODE}\nas your verification code.\n", subject="Arlo"), CODE)
    m.case("in-a-sentence", "set-apart", plain(m, f"This is what you asked us for today\n\n{CODE}\n\nvalid for ten minutes. This code is yours.\n", subject="Arlo"), CODE)


BODY = f"Authentication code for your cameras\n\n{CODE}\n"
WHO = "Arlo <do_not_reply@arlo.com>"


def forwards(m):
    """Blocks of quoted header lines."""
    by = {"forwarded_by": m.ACCOUNT}
    blocks = {
        "romanian-apple": f"Expeditorul: {WHO}\nSubiect: Authentication code\nDată: 22 noiembrie 2026\nCătre: casey@gmail.com",
        "italian-sent-on": f"Da: {WHO}\nInviato il: 22 novembre 2026\nA: casey@gmail.com\nOggetto: x",
        "unknown-line": f"From: {WHO}\nFolder: Inbox\nDate: 22 November 2026\nTo: casey@gmail.com",
        "unknown-lines-above": f"Folder: Inbox\nDate: 22 November 2026\nSize: 4 KB\nFrom: {WHO}",
        "croatian-apple": f"Šalje: {WHO}\nPredmet: x\nDatum: 22. studenoga 2026.\nPrima: casey@gmail.com",
        "russian-apple": f"Отправитель: {WHO}\nТема: x\nДата: 22 ноября 2026 г.\nКому: casey@gmail.com",
        "ukrainian-apple": f"Від кого: {WHO}\nТема: x\nДата: 22 листопада 2026 р.\nКому: casey@gmail.com",
        "armenian": f"Ումից՝ {WHO}\nՈւղարկուած՝ 22\nՈւմ՝ casey@gmail.com\nՎերնագիր՝ x",
        "irish": f"Ó: {WHO}\nSeolta: 22\nChuig: casey@gmail.com",
        "without-colons": f"From \"Arlo\" <do_not_reply@arlo.com>\nTo casey@gmail.com\nDate 22/11/2026 10:00:00\nSubject x",
        "wrapped": "From: Arlo Authentication Service\n<do_not_reply@arlo.com>\nDate: 22 November 2026\nTo: casey@gmail.com",
        "recipients-wrapped": f"From: {WHO}\nTo: casey@gmail.com,\n robin@example.net\nSubject: x",
    }
    for name, block in blocks.items():
        m.case("forwarded-by-hand", name, m.forwarded(block, body=BODY), CODE, **by)
        m.case("forwarded-by-hand", name + "-html", m.mail(m.html("<p>FYI</p><div>" + block.replace("<", "&lt;").replace("\n", "<br>") + "</div><br>" + f"<p>Authentication code</p><p>{CODE}</p>"), sender=m.CASEY, to=m.RELAY), CODE, **by)
    shop = "Shop <hello@shop.example>"
    for name, block in {
        "to-is-arlo": f"From: {shop}\nDate: 22 November 2026\nTo: do_not_reply@arlo.com",
        "reply-to-is-arlo": f"From: {shop}\nReply-To: do_not_reply@arlo.com\nDate: 22 November 2026",
        "unknown-field-is-arlo": f"From: {shop}\nAuthor: {WHO}\nDate: 22 November 2026",
        "subject-is-arlo": f"Subject: {WHO}\nFrom: {shop}\nDate: 22 November 2026",
        "second-author-wrapped": f"From: do_not_reply@arlo.com\n<hello@shop.example>\nDate: 22 November 2026",
        "nobody-then-arlo": f"From: Shop\nDate: 22 November 2026\n\nFrom: {WHO}\nDate: 22 November 2026\nTo: casey@gmail.com",
        "prose-from": "From do_not_reply@arlo.com I got this.\nTo be sure I ask you.",
    }.items():
        m.case("forwarded-by-others", name, m.forwarded(block, body=BODY.replace(CODE, OTHER)), "other")


def wrappers(m):
    """A filter's report with the mail as it came attached, under the same From."""
    def original(code=CODE, sender=m.ARLO):
        return m.head(sender=sender).encode() + m.text(f"Authentication code for your cameras\n\n{code}\n")

    def wrapped(inner, report="Held by your filter: 7 of 5 points. The mail follows.\n", fields="", media="message/rfc822", boundary="w", **more):
        return m.mail(m.multipart("mixed", m.text(report), m.part(media, inner, charset=None, fields=fields), boundary=boundary), **more)

    spam = "Spam detection software has identified this mail as possible spam.\n\nContent preview: Authentication code [...]\n\nContent analysis details: (7.0 points, 5.0 required)\n"
    for name, mail in {
        "inline": wrapped(original(), fields="Content-Disposition: inline\r\n"),
        "attachment": wrapped(original(), fields="Content-Disposition: attachment\r\n"),
        "spam-report": wrapped(original(), report=spam, fields="Content-Description: original message before SpamAssassin\r\n"),
        "nested": m.mail(m.multipart("mixed", m.text("Held.\n"), m.multipart("mixed", m.part("message/rfc822", original(), charset=None), boundary="v"), boundary="w")),
        "digest": m.mail(m.multipart("digest", b"\r\n" + original(), boundary="w")),
        "whole-body": m.head().encode() + b"Content-Type: message/rfc822\r\n\r\n" + original(),
        "eml-file": wrapped(original(), media="application/octet-stream", fields='Content-Disposition: attachment; filename="mail.eml"\r\n'),
        "text": wrapped(original(), report=spam, media="text/plain; x-spam-type=original", fields="Content-Disposition: inline\r\nContent-Description: original message before SpamAssassin\r\n"),
        "text-attachment": wrapped(original(), report=spam, media="text/plain; x-spam-type=original", fields="Content-Disposition: attachment\r\n"),
        "text-eml-file": wrapped(original(), media="text/plain", fields='Content-Disposition: attachment; filename="Mail.EML"\r\n'),
        "same-code-twice": wrapped(original(), report=f"Authentication code: {CODE}\n"),
        "wrapped-twice": wrapped(wrapped(original(), boundary="v")),
    }.items():
        m.case("wrapped", name, mail, CODE)
    m.case("wrapped", "two-codes", wrapped(original(OTHER), report=f"Authentication code: {CODE}\n"), "conflict")
    m.case("wrapped", "of-another-sender", wrapped(original(OTHER, sender="Shop <hello@shop.example>")), "none")
    m.case("wrapped", "text-of-another-sender", wrapped(original(OTHER, sender="Shop <hello@shop.example>"), media="text/plain; x-spam-type=original"), "none")
    m.case("wrapped", "text-under-another-sender", wrapped(original(), media="text/plain; x-spam-type=original", sender="Filter <filter@shop.example>", to=m.RELAY), CODE, forwarded_by="filter@shop.example")
    m.case("wrapped", "text-that-is-no-mail", wrapped(f"Authentication code: {OTHER}\n".encode(), media="text/plain", fields='Content-Disposition: attachment; filename="notes.eml"\r\n'), "none")
    m.case("wrapped", "of-arlos-alerts", wrapped(original(OTHER, sender="Arlo <alerts@arlo.com>")), "none")
    m.case("wrapped", "under-another-sender", wrapped(original(OTHER), sender="Filter <filter@shop.example>", to=m.RELAY), OTHER, forwarded_by="filter@shop.example")
    m.case("wrapped", "forwarded-as-attachment", m.attached(wrapped(original())), CODE, forwarded_by=m.ACCOUNT)


def dates(m):
    """Zones: what RFC 5322 defines, what says itself what it is, and what nobody knows."""
    for name, date, expected in [
        ("unknown-akst", "Sun, 22 Nov 2026 03:10:00 AKST", None),
        ("unknown-hst", "Sun, 22 Nov 2026 02:10:00 HST", None),
        ("unknown-brt", "Sun, 22 Nov 2026 09:10:00 BRT", None),
        ("unknown-words", "Sun, 22 Nov 2026 04:10:00 Pacific Standard Time", None),
        ("unknown-letter", "Sun, 22 Nov 2026 04:10:00 M", None),
        ("missing", "Sun, 22 Nov 2026 12:10:00", None),
        ("comment-only", "Sun, 22 Nov 2026 12:10:00 (UTC)", None),
        ("dots-in-the-time", "Sun, 22 Nov 2026 22.05.17 +0000", None),
        ("gmt-and-hours", "Sun, 22 Nov 2026 04:10:00 GMT-08:00", "2026-11-22T12:10:00Z"),
        ("utc-and-hours", "Sun, 22 Nov 2026 14:10:00 UTC+2", "2026-11-22T12:10:00Z"),
        ("offset", "Sun, 22 Nov 2026 04:10:00 -0800 (PST)", "2026-11-22T12:10:00Z"),
        ("est", "Sun, 22 Nov 2026 07:10:00 EST", "2026-11-22T12:10:00Z"),
        ("z", "22 Nov 2026 12:10 Z", "2026-11-22T12:10:00Z"),
    ]:
        m.case("dates", name, plain(m, BODY, date=date), CODE, date=expected)


def confirmations(m):
    """Gmail's number, in the text alone."""
    for name, number in {"seven": "5703184", "eight": "57031846", "nine": "570318462", "ten": "5703184621"}.items():
        body = f"Confirmation code: {number}\n"
        mail = plain(m, body, sender=m.GOOGLE, subject="Forwarding of lark@gmail.com", to=m.RELAY)
        m.case("confirmation", f"{name}-digits-in-the-text", mail, {"content": "confirmation", "account": "lark@gmail.com", "confirmation_code": number})
    for name, body in {"telephone": "Call 57031846 for help.\n", "too-long": "Confirmation code: 5703184621771\n"}.items():
        mail = plain(m, body, sender=m.GOOGLE, subject="Forwarding of lark@gmail.com", to=m.RELAY)
        m.case("confirmation", f"no-number-{name}", mail, {"content": "confirmation", "account": "lark@gmail.com", "confirmation_code": None})

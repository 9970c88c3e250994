"""How letters, numbers, sentences and blocks are written. `make.py` calls `add` with itself for its building blocks.
"""

import unicodedata

CODE = "570318"
OTHER = "902417"


def add(m):
    letters(m)
    cells(m)
    resets(m)
    addresses(m)
    blocks(m)
    touching(m)
    seen(m)
    once(m)


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


# For each language: that somebody asked for a new password, the name of a login code, advice, and a warning.
RESETS = {
    "english": ("We received your request to reset your password.", "Your verification code:", "If you did not ask for this code, change your password.", "We will never ask you to change your password by mail."),
    "german": ("Sie möchten Ihr Passwort zurücksetzen.", "Ihr Verifizierungscode:", "Falls Sie diesen Code nicht angefordert haben, ändern Sie Ihr Passwort.", "Wir fordern Sie nie auf, Ihr Passwort per E-Mail zu ändern oder Ihr Konto zu verifizieren."),
    "french": ("Vous avez demandé la réinitialisation de votre mot de passe.", "Votre code de vérification :", "Si vous n’avez pas demandé ce code, veuillez modifier votre mot de passe.", "Nous ne vous demanderons jamais de changer votre mot de passe par e-mail."),
    "spanish": ("Hemos recibido una petición para cambiar tu contraseña.", "Tu código de verificación:", "Si no has solicitado este código, debes cambiar tu contraseña.", "Nunca le solicitaremos cambiar su contraseña por correo."),
    "catalan": ("Heu demanat restablir la contrasenya.", "El vostre codi de verificació:", "Si no heu demanat aquest codi, heu de canviar la contrasenya.", "Mai no us demanarem canviar la contrasenya per correu."),
    "italian": ("Hai richiesto di reimpostare la password.", "Il tuo codice di verifica:", "Se non hai richiesto questo codice, devi cambiare la password.", "Non ti chiederemo mai di cambiare la password; non rispondere mai alle richieste."),
    "portuguese": ("Recebemos um pedido de alteração da palavra-passe.", "O seu código de verificação:", "Se não solicitou este código, deve alterar a palavra-passe.", "Nunca solicitamos alterar a senha por e-mail."),
    "dutch": ("U heeft gevraagd uw wachtwoord opnieuw in te stellen.", "Uw verificatiecode:", "Als u deze code niet hebt aangevraagd, wijzig dan uw wachtwoord.", "Reageer nooit op een verzoek om uw wachtwoord te wijzigen."),
    "swedish": ("Du har begärt att återställa ditt lösenord.", "Din verifieringskod:", "Om du inte har begärt koden, ändra ditt lösenord.", "Svara aldrig på en begäran om att ändra ditt lösenord."),
    "danish": ("Du har bedt om at nulstille din adgangskode.", "Din bekræftelseskode:", "Hvis du ikke har bedt om koden, skal du ændre din adgangskode.", "Svar aldrig på en anmodning om at ændre dit password."),
    "norwegian": ("Du har bedt om å tilbakestille passordet ditt.", "Din bekreftelseskode:", "Hvis du ikke har bedt om koden, bør du endre passordet ditt.", "Svar aldri på en forespørsel om å endre passordet ditt."),
    "finnish": ("Olet pyytänyt salasanasi nollaamista.", "Vahvistuskoodisi:", "Jos et pyytänyt tätä koodia, vaihda salasanasi.", "Älä koskaan vastaa pyyntöön vaihtaa salasana."),
    "estonian": ("Palusite parooli lähtestada.", "Teie kinnituskood (autentimine):", "Kui te seda koodi ei palunud, muutke parooli.", "Ärge kunagi vastake taotlusele parooli muuta."),
    "lithuanian": ("Paprašėte iš naujo nustatyti slaptažodį.", "Jūsų autentifikavimo kodas:", "Jei neprašėte šio kodo, pakeiskite slaptažodį.", "Niekada neatsakykite į prašymą pakeisti slaptažodį."),
    "latvian": ("Jūs lūdzāt atiestatīt paroli.", "Jūsu verifikācijas kods:", "Ja neesat pieprasījis šo kodu, mainiet paroli.", "Nekad neatbildiet uz lūgumu nomainīt paroli."),
    "polish": ("Otrzymaliśmy prośbę o zresetowanie hasła.", "Twój kod weryfikacyjny:", "Jeśli nie prosiłeś o ten kod, zmień hasło.", "Nigdy nie odpowiadaj na prośby o zmianę hasła."),
    "czech": ("Požádali jste o obnovení hesla.", "Váš ověřovací kód:", "Pokud jste o kód nežádali, změňte si heslo.", "Nikdy neodpovídejte na žádost o změnu hesla."),
    "slovak": ("Požiadali ste o obnovenie hesla.", "Váš overovací kód:", "Ak ste o tento kód nežiadali, zmeňte si heslo.", "Nikdy neodpovedajte na žiadosť o zmenu hesla."),
    "croatian": ("Zatražili ste poništavanje lozinke.", "Vaš kod za prijavu:", "Ako niste zatražili ovaj kod, promijenite lozinku.", "Nikad ne odgovarajte na zahtjev za promjenu lozinke."),
    "slovene": ("Zahtevali ste ponastavitev gesla.", "Vaša koda za prijavo:", "Če te kode niste zahtevali, spremenite geslo.", "Nikoli ne odgovarjajte na zahtevo za spremembo gesla."),
    "hungarian": ("Jelszó-visszaállítást kért.", "Az ellenőrző kódja (hitelesítés):", "Ha nem ön kérte ezt a kódot, módosítsa a jelszavát.", "Soha ne válaszoljon a jelszó módosítására vonatkozó kérésre."),
    "romanian": ("Ați solicitat resetarea parolei.", "Codul de verificare:", "Dacă nu ați solicitat acest cod, schimbați parola.", "Nu răspundeți niciodată la o cerere de a schimba parola."),
    "turkish": ("Şifre sıfırlama talebiniz alındı.", "Doğrulama kodunuz:", "Eğer bu kodu siz istemediyseniz, şifrenizi değiştirin.", "Şifre değiştirme taleplerine asla yanıt vermeyin."),
    "greek": ("Ζητήσατε επαναφορά του κωδικού πρόσβασής σας.", "Ο κωδικός επαλήθευσης:", "Αν δεν ζητήσατε αυτόν τον κωδικό, προχωρήστε σε αλλαγή του κωδικού πρόσβασης.", "Ποτέ μην απαντάτε σε αίτημα για αλλαγή του κωδικού πρόσβασης."),
    "russian": ("Вы запросили сброс пароля.", "Ваш проверочный код:", "Если вы не запрашивали код, измените пароль.", "Никогда не отвечайте на запрос изменить пароль."),
    "ukrainian": ("Ви просили скинути пароль.", "Ваш код підтвердження:", "Якщо ви не просили цей код, змініть пароль.", "Ніколи не відповідайте на запит змінити пароль."),
    "bulgarian": ("Поискахте нулиране на паролата.", "Вашият код за вход:", "Ако не сте поискали този код, сменете паролата си.", "Никога не отговаряйте на искане за смяна на паролата."),
    "serbian": ("Затражили сте ресетовање лозинке.", "Ваш код за вход:", "Ако нисте затражили овај код, промените лозинку.", "Никада не одговарајте на захтев за промену лозинке."),
    "hebrew": ("ביקשת לאפס את הסיסמה.", "קוד האימות:", "אם לא ביקשת את הקוד, יש לבצע שינוי סיסמה.", "לעולם לא נבקש שינוי סיסמה בדואר."),
    "arabic": ("لقد طلبت إعادة تعيين كلمة المرور.", "رمز التحقق:", "إذا لم تطلب هذا الرمز، فيرجى تغيير كلمة المرور.", "لن نطلب منك أبدًا تغيير كلمة المرور بالبريد."),
    "persian": ("درخواست بازنشانی رمز عبور شما دریافت شد.", "کد ورود شما:", "اگر این کد را درخواست نکرده‌اید، رمز عبور خود را تغییر دهید.", "هرگز به درخواست تغییر رمز عبور پاسخ ندهید."),
    "hindi": ("आपने पासवर्ड रीसेट करने का अनुरोध किया है।", "आपका लॉगिन कोड:", "यदि आपने यह कोड नहीं माँगा, तो पासवर्ड बदलें।", "पासवर्ड बदलने के अनुरोध का कभी उत्तर न दें।"),
    "thai": ("คุณขอรีเซ็ตรหัสผ่าน", "รหัสยืนยัน:", "หากคุณไม่ได้ขอรหัสนี้ โปรดเปลี่ยนรหัสผ่าน", "เราจะไม่มีคำขอให้คุณเปลี่ยนรหัสผ่านทางอีเมล"),
    "vietnamese": ("Bạn đã yêu cầu đặt lại mật khẩu.", "Mã xác thực:", "Nếu bạn không yêu cầu mã này, hãy đổi mật khẩu.", "Chúng tôi không bao giờ yêu cầu bạn đổi mật khẩu qua thư."),
    "indonesian": ("Anda meminta pengaturan ulang kata sandi.", "Kode verifikasi:", "Jika Anda tidak meminta kode ini, mohon mengubah kata sandi Anda.", "Kami tidak pernah meminta Anda mengubah kata sandi."),
    "japanese": ("パスワードの再設定を受け付けました。", "認証コード：", "このコードをリクエストしていない場合は、パスワードを変更してください。", "メールでパスワードの変更を依頼することはありません。"),
    "chinese": ("您正在重置密码。", "验证码：", "如非本人操作，请立即修改密码。", "我们绝不会通过邮件请求您修改密码。"),
    "chinese-traditional": ("您正在重設密碼。", "驗證碼：", "如非本人操作，請立即變更密碼。", "我們絕不會以郵件要求您變更密碼。"),
    "korean": ("비밀번호 재설정을 신청하셨습니다.", "인증번호:", "본인이 요청하지 않은 경우 비밀번호를 변경하세요.", "저희는 절대로 메일로 비밀번호 변경을 요청하지 않습니다."),
}


def resets(m):
    """Codes for a new password, and login codes below what is said about passwords for safety."""
    for language, (asked, label, advice, warning) in RESETS.items():
        m.case("resets", f"{language}", plain(m, f"{asked}\n\n{label}\n\n{OTHER}"), "none")
        m.case("resets", f"{language}-html", page(m, f"<p>{asked}</p><p>{label}</p><h1>{OTHER}</h1>"), "none")
        for name, text in {"advice": advice, "warning": warning}.items():
            m.case("resets", f"{language}-{name}", plain(m, f"{text}\n\n{label}\n\n{CODE}"), CODE)
            m.case("resets", f"{language}-{name}-below", page(m, f"<p>{label}</p><h1>{CODE}</h1><p>{text}</p>"), CODE)
    for name, asked in {
        "resetting": "You are resetting your Arlo password.",
        "told": "You told us that you forgot your password.",
        "forgotten": "It seems that you have forgotten your password.",
        "contracted": "You’re changing your password.",
        "german-forgotten": "Sie haben Ihr Passwort vergessen.",
        "german-informal": "Du hast dein Passwort vergessen.",
        "french-forgotten": "Vous avez oublié votre mot de passe.",
        "french-wish": "Vous souhaitez réinitialiser votre mot de passe.",
        "spanish-forgotten": "Has olvidado tu contraseña.",
        "spanish-wish": "Quieres restablecer tu contraseña.",
        "italian-forgotten": "Hai dimenticato la password.",
        "dutch-forgotten": "U bent uw wachtwoord vergeten.",
        "dutch-wish": "U wilt uw wachtwoord wijzigen.",
        "portuguese-forgotten": "Você esqueceu a sua senha.",
        "swedish-forgotten": "Du har glömt ditt lösenord.",
        "polish-forgotten": "Zapomniałeś hasła do konta Arlo.",
        "russian-forgotten": "Вы забыли пароль.",
        "chinese-finding": "您正在找回密码。",
        "japanese-wish": "パスワードのリセットの申請がありました。",
        "not-finished": "You requested a password reset and did not finish it.",
        "and-never": "You requested a password reset: never tell anybody about it.",
        "finnish-forgotten": "Unohdit salasanasi.",
        "in-the-warning": "Never share a password reset code with anybody.",
    }.items():
        m.case("resets", f"asked-{name}", plain(m, f"{asked}\n\nVerification code:\n\n{OTHER}"), "none")
    for name, text in {
        "caution": "CAUTION: External mail. We will never ask you to verify your account or change your password by mail.",
        "never-reply": "Never reply to mails that request a password reset.",
        "not-ask": "Arlo does not ask you to change your password or to verify anything by mail.",
        "wont-ask": "We won’t ask you to verify your account or to reset your password.",
        "not-sent": "Phishing: requests to reset passwords are not sent by mail.",
        "beware": "External mail: beware of requests to change your password.",
        "german-nicht": "Wir werden Sie nicht auffordern, Ihr Passwort zu ändern oder Ihr Konto zu verifizieren.",
        "changed": "You changed your password recently.",
        "question": "Did you forget your password?",
    }.items():
        for kind, meant in {"signing-in": "Your authentication code:", "code": "Your code:"}.items():
            if name != "changed" or kind == "signing-in":
                m.case("resets", f"warned-{name}-{kind}", plain(m, f"{text}\n\n{meant}\n\n{CODE}"), CODE)
    links = "<td><a href='#'>My account</a></td><td><a href='#'>Change password</a></td><td><a href='#'>Help</a></td>"
    m.case("resets", "links-in-a-row", page(m, f"<table><tr>{links}</tr></table><h2>Authentication code</h2><h1>{CODE}</h1>"), CODE)
    m.case("resets", "links-in-a-row-of-text", plain(m, f"My account\tChange password\tHelp\n\nAuthentication code\n\n{CODE}"), CODE)
    m.case("resets", "logo-beside-the-title", page(m, f"<table><tr><td>Arlo</td><td>Password reset</td></tr></table><h2>Verification code</h2><h1>{OTHER}</h1>"), "none")
    m.case("resets", "titles-in-lines", page(m, f"<p>Arlo</p><p>Password reset</p><p>Hi Robin</p><h2>Verification code</h2><h1>{OTHER}</h1>"), "none")


def addresses(m):
    """A number and an address in one word: in languages without blanks, and in the text of a link."""
    for name, body in {
        "chinese-name": f"尊敬的robin@example.net，您的验证码为{CODE}，请在10分钟内输入。",
        "chinese-page": f"请在https://my.arlo.com输入验证码{CODE}。",
        "chinese-sent-to": f"验证码{CODE}已发送至robin@example.net。",
        "chinese-account": f"您的Arlo账户robin@example.net的登录验证码是：{CODE}，10分钟内有效。",
        "chinese-traditional": f"親愛的robin@example.net：您的驗證碼是{CODE}。",
        "japanese-name": f"robin@example.net様の認証コードは{CODE}です。",
        "japanese-brackets": f"アカウント（robin@example.net）の認証コード：{CODE}",
        "japanese-page": f"認証コード{CODE}をwww.arlo.comに入力してください。",
        "japanese-comma": f"robin@example.net、認証コードは{CODE}です。",
        "korean": f"robin@example.net님의인증번호는{CODE}입니다.",
        "thai": f"รหัสยืนยันของrobin@example.netคือ{CODE}",
        "outlook": f"Your code: {CODE}<https://my.arlo.com/>",
        "outlook-alone": f"Authentication code\n\n{CODE}<https://my.arlo.com/>",
        "outlook-before": f"Your code for Arlo<https://my.arlo.com/>: {CODE}",
        "markdown": f"Authentication code\n\n[{CODE}](https://my.arlo.com/)",
    }.items():
        m.case("addresses", name, plain(m, body), CODE)
        if "<" not in body:
            m.case("addresses", f"{name}-html", page(m, "<p>" + body.replace("\n\n", "</p><p>")), CODE)
    for name, body in {
        "path": f"Verification code: https://my.arlo.com/verify/({OTHER})",
        "japanese-domain": f"認証コード: https://例え.jp/試験({OTHER})",
        "mail-address": f"验证码：robin!{OTHER}!x@example.net",
        "in-brackets": f"Your code <https://my.arlo.com/({OTHER})>",
    }.items():
        m.case("addresses", f"inside-{name}", plain(m, body), "none")


def blocks(m):
    """Blocks of forwarded mails with an address right below the From, and on one line."""
    robin = "Robin <robin@example.net>"
    body = f"\n\nAuthentication code for your cameras\n\n{CODE}\n"
    for name, block in {
        "em-client": f'------ Original Message ------\nFrom "Arlo" <do_not_reply@arlo.com>\nTo "Robin" <robin@example.net>\nDate 22/11/2026 10:00:00\nSubject Authentication code',
        "em-client-german": f'------ Originalnachricht ------\nVon "Arlo" <do_not_reply@arlo.com>\nAn "Robin" <robin@example.net>\nDatum 22.11.2026 10:00:00\nBetreff Code',
        "sender": f"From: {m.ARLO}\nSender: Mailer <bounce@mailer.example>\nDate: 22 November 2026\nTo: {robin}\nSubject: x",
        "return-path": f"From: {m.ARLO}\nReturn-Path: <bounce@mailer.example>\nDate: 22 November 2026\nTo: {robin}\nSubject: x",
        "organization": f"From: {m.ARLO}\nOrganization: Arlo <info@arlo.example>\nDate: 22 November 2026\nTo: {robin}",
        "unknown-recipient": f"Date: 22 November 2026\nFrom: {m.ARLO}\nAdressaat: {robin}\nTeema: x",
        "yahoo-on-one-line": f'   ----- Forwarded Message ----- From: {m.ARLO}To: "robin@example.net" <robin@example.net>Sent: Sunday, November 22, 2026, 09:26:50 AM GMT+1Subject: Authentication code',
    }.items():
        m.case("blocks", name, plain(m, block + body, sender=robin), CODE, forwarded_by="robin@example.net")
        lines = "".join(f"<div>{line.replace('<', '&lt;').replace('>', '&gt;')}</div>" for line in block.split("\n"))
        m.case("blocks", f"{name}-html", page(m, f"{lines}<br><p>Authentication code for your cameras</p><p>{CODE}</p>", sender=robin), CODE, forwarded_by="robin@example.net")
    for name, block in {
        "wrapped-before-a-field": "From: Arlo Technologies, your cameras <do_not_reply@arlo.com>\nSender: x <hello@shop.example>\nDate: 22 November 2026",
        "name-like-a-block": f"----- Forwarded Message ----- From: {m.ARLO}Cc: x <hello@shop.example>To: {robin}Sent: 22 November 2026Subject: x",
    }.items():
        m.case("blocks", name, plain(m, block + body, sender=robin), "other")


def touching(m):
    """What touches a number: the ending of a word, a divider, a bracket, a comma, another box."""
    for name, body in {
        "turkish-apostrophe": f"Doğrulama kodunuz {CODE}'dir.",
        "turkish-typographic": f"Giriş yapmak için doğrulama kodu olarak {CODE}’i girin.",
        "turkish-once": f"Tek kullanımlık kodunuz: {CODE}'tür.",
        "hungarian-hyphen": f"Az Ön ellenőrző kódja a {CODE}-as szám, bejelentkezéshez.",
        "hungarian-object": f"Írja be a {CODE}-at ellenőrző kódként a bejelentkezéshez.",
        "finnish-colon": f"Vahvistuskoodisi on {CODE}:n.",
        "finnish-long": f"Koodilla {CODE}:lla kirjaudut sisään; se on vahvistuskoodi.",
        "bullet": "Your authentication code is 570•318.",
        "bullet-with-blanks": "Your authentication code: 570 • 318",
        "bullet-operator": "Authentication code:\n\n570 ∙ 318",
        "japanese-dot": "認証コードは570・318です。",
        "chinese-comma": f"您的验证码是{CODE},10分钟内有效。",
        "chinese-comma-seconds": f"您的验证码是{CODE},120秒内有效。",
        "chinese-brackets": f"验证码({CODE})15分钟内有效。",
        "korean-brackets": f"인증번호({CODE})5분 이내에 입력하세요.",
        "german-seconds": f"Ihr Code: {CODE} (300 Sekunden)",
        "english-seconds": f"Your code is {CODE} - 120 seconds",
    }.items():
        m.case("touching", name, plain(m, body), CODE)
        m.case("touching", f"{name}-html", page(m, "<p>" + body.replace("\n\n", "</p><p>")), CODE)
    for name, body in {
        "manual": f"Your verification code is in the {OTHER}-page manual.",
        "model": f"Your verification code: {OTHER}-AB",
        "decimal": f"Your verification code costs {OTHER},10 minutes",
        "telephone": "Call (570)318-120 for the code.",
        "sort-code": "Your code: 57•03•18",
    }.items():
        m.case("touching", f"no-{name}", plain(m, body), "none")
    label = "<p>Authentication code for your cameras</p>"
    column = "<div style='display:inline-block;width:50%'>"
    for name, body in {
        "inline-block": f"<div>{column}22.11.2026</div>{column}{CODE}</div></div>",
        "inline-block-behind": f"<div>{column}{CODE}</div>{column}22.11.2026</div></div>",
        "inline-block-groups": f"<div>{column}22.11.2026</div>{column}570</div>{column}318</div></div>",
        "flex-date": f"<div style='display:flex'><div>Requested on 22.11.2026</div><div>{CODE}</div></div>",
        "flex-time": f"<div style='display:flex'><div>Requested at 10:05</div><div>{CODE}</div></div>",
        "flex-step": f"<div style='display:flex'><div>2</div><div>{CODE}</div></div>",
    }.items():
        m.case("touching", f"column-{name}", page(m, label + body), CODE)


def seen(m):
    """Letters that are seen without ink of their own, and lists of selectors that a browser drops."""
    label = "<p>Authentication code for your cameras</p>"
    gradient = "background:linear-gradient(90deg,#1b5a8f,#00a)"
    for name, style in {
        "clipped-gradient": f"{gradient};-webkit-background-clip:text;background-clip:text;color:transparent",
        "clipped-gradient-fill": f"{gradient};-webkit-background-clip:text;-webkit-text-fill-color:transparent",
        "clipped-colour": "background:#036;background-clip:text;color:transparent",
        "stroke": "color:transparent;-webkit-text-stroke:1px #000",
        "stroke-white": "color:#fff;-webkit-text-stroke:1px #000",
        "shadow": "color:transparent;text-shadow:0 0 0 #1b5a8f",
        "shadow-white": "color:#fff;text-shadow:1px 1px 2px #000",
    }.items():
        m.seen(f"ink-{name}", f"{label}<p style='font-size:30px;{style}'>{CODE}</p>", result=CODE)
    for name, style in {
        "gradient": f"{gradient};color:transparent",
        "clipped-white": "background:#fff;background-clip:text;color:transparent",
        "stroke-none": "color:transparent;-webkit-text-stroke:0 #000",
        "shadow-transparent": "color:transparent;text-shadow:0 0 0 transparent",
    }.items():
        m.seen(f"no-ink-{name}", f"<p style='{style}'>{OTHER}</p>{label}<p>{CODE}</p>", result=CODE)
    for name, selectors in {
        "ms": "_:-ms-fullscreen, :root .main",
        "moz": ".main, x:-moz-broken",
        "moz-element": ".main, p::-moz-selection",
        "unknown": ".main, p:foo",
        "comma": ".main,",
        "combinator": ".main, p >",
    }.items():
        m.seen(f"dropped-list-{name}", f"<div class='main'>{label}<p>{CODE}</p></div>", css=f"{selectors}{{display:none}}", result=CODE)
    for name, selectors in {"webkit": ".x, p::-webkit-x", "hover": ".x, p:hover", "before": ".x, p::before", "not": ".x, p:not(p)"}.items():
        m.seen(f"kept-list-{name}", f"<p class='x'>{OTHER}</p>{label}<p>{CODE}</p>", css=f"{selectors}{{display:none}}", result=CODE)


def once(m):
    """Passwords for one use, as languages call a login code, and login codes beside a password."""
    for language, body in {
        "persian": f"رمز عبور یکبار مصرف شما: {CODE}",
        "lithuanian": f"Jūsų vienkartinis slaptažodis: {CODE}",
        "latvian": f"Jūsu vienreizējā parole: {CODE}",
        "estonian": f"Teie ühekordne parool on {CODE}.",
        "croatian": f"Vaša jednokratna lozinka je {CODE}.",
        "slovene": f"Vaše enkratno geslo je {CODE}.",
        "serbian": f"Ваша једнократна лозинка: {CODE}",
        "portuguese": f"A sua palavra-passe de utilização única é {CODE}.",
        "hindi": f"आपका वन टाइम पासवर्ड {CODE} है।",
        "catalan": f"La vostra contrasenya d'un sol ús és {CODE}.",
        "icelandic": f"Einnota lykilorð þitt er {CODE}.",
        "greek": f"Το συνθηματικό μίας χρήσης είναι {CODE}.",
        "croatian-beside": f"Unesite lozinku, a zatim ovaj kod za prijavu: {CODE}",
        "slovene-beside": f"Vnesite geslo in nato to kodo za prijavo: {CODE}",
        "lithuanian-beside": f"Įveskite slaptažodį, tada šį autentifikavimo kodą: {CODE}",
        "portuguese-beside": f"Insira a sua palavra-passe e depois este código de verificação: {CODE}",
        "catalan-beside": f"Introduïu la contrasenya i després aquest codi de verificació: {CODE}",
        "persian-beside": f"پس از رمز عبور این کد ورود را وارد کنید: {CODE}",
    }.items():
        m.case("once", language, plain(m, body), CODE)

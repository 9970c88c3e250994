"""What the words around a number say about it: names of other codes and numbers in every language that the reader knows,
sentences that name none, and sentences over several lines. `make.py` calls `add` with itself for its building blocks.
"""

CODE = "570318"
OTHER = "902417"


def add(m):
    names(m)
    notices(m)
    mentions(m)
    tables(m)
    advice(m)
    things(m)
    senders(m)
    lists(m)
    lines(m)
    confirmations(m)


def plain(m, body, **fields):
    return m.mail(m.text(body, "8bit"), **{"subject": "Arlo", **fields})


# For each language the names of a support code, of one to pick something up, of a licence, of a booking, and of the
# number of a request.
NAMES = {
    "english": ["Support code", "Pickup code", "License code", "Booking code", "Request no."],
    "english-more": ["Zip code", "Locker code", "Return code", "Dealer code", "Claim number"],
    "german": ["Supportcode", "Abholcode", "Lizenz-Code", "Buchungscode", "Anfrage-Nr."],
    "french": ["Code d’assistance", "Code de retrait", "Code de licence", "Code de réservation", "Numéro de demande"],
    "spanish": ["Código de soporte", "Código de recogida", "Código de licencia", "Código de la reserva", "Número de solicitud"],
    "italian": ["Codice di assistenza", "Codice di ritiro", "Codice di licenza", "Codice prenotazione", "Numero di richiesta"],
    "dutch": ["Supportcode", "Afhaalcode", "Licentiecode", "Boekingscode", "Aanvraagnummer"],
    "portuguese": ["Código de suporte", "Código de levantamento", "Código de licença", "Código da reserva", "Número da solicitação"],
    "swedish": ["Supportkod", "Hämtkod", "Licenskod", "Bokningskod", "Ärendenummer"],
    "danish": ["Supportkode", "Afhentningskode", "Licenskode", "Bookingkode", "Sagsnummer"],
    "norwegian": ["Supportkode", "Hentekode", "Lisenskode", "Bestillingskode", "Saksnummer"],
    "finnish": ["Tukikoodi", "Noutokoodi", "Lisenssikoodi", "Varauskoodi", "Pyyntönumero"],
    "estonian": ["Klienditoe kood", "Väljastuskood", "Litsentsikood", "Broneeringukood"],
    "lithuanian": ["Pagalbos kodas", "Atsiėmimo kodas", "Licencijos kodas", "Rezervacijos kodas"],
    "latvian": ["Atbalsta kods", "Saņemšanas kods", "Licences kods", "Rezervācijas kods"],
    "polish": ["Kod wsparcia", "Kod odbioru", "Kod licencji", "Kod rezerwacji", "Numer zgłoszenia"],
    "czech": ["Kód podpory", "Kód pro vyzvednutí", "Licenční kód", "Kód rezervace", "Číslo žádosti"],
    "slovak": ["Kód podpory", "Kód na vyzdvihnutie", "Licenčný kód", "Kód rezervácie", "Číslo žiadosti"],
    "croatian": ["Kod podrške", "Kod za preuzimanje", "Kod licence", "Kod rezervacije", "Broj zahtjeva"],
    "hungarian": ["Támogatási kód", "Átvételi kód", "Licenckód", "Foglalási kód", "Kérésszám"],
    "romanian": ["Cod de asistență", "Cod de ridicare", "Cod de licență", "Cod rezervare", "Număr cerere"],
    "catalan": ["Codi de suport", "Codi de recollida", "Codi de llicència", "Codi de reserva", "Número de sol·licitud"],
    "turkish": ["Destek kodu", "Teslim alma kodu", "Lisans kodu", "Rezervasyon kodu", "Talep numarası"],
    "greek": ["Κωδικός υποστήριξης", "Κωδικός παραλαβής", "Κωδικός άδειας", "Κωδικός κράτησης", "Αριθμός αιτήματος"],
    "russian": ["Код поддержки", "Код получения", "Код лицензии", "Код бронирования", "Номер запроса"],
    "ukrainian": ["Код підтримки", "Код отримання", "Код ліцензії", "Код бронювання", "Номер запиту"],
    "bulgarian": ["Код за поддръжка", "Код за получаване", "Код на лиценза", "Код за резервация", "Номер на заявката"],
    "hebrew": ["קוד תמיכה", "קוד איסוף", "קוד רישיון", "קוד הזמנה", "מספר בקשה"],
    "arabic": ["رمز الدعم", "رمز الاستلام", "رمز الترخيص", "رمز الحجز", "رقم الطلب"],
    "persian": ["کد پشتیبانی", "کد تحویل", "کد مجوز", "کد رزرو", "شماره درخواست"],
    "hindi": ["सहायता कोड", "पिकअप कोड", "लाइसेंस कोड", "बुकिंग कोड"],
    "thai": ["รหัสสนับสนุน", "รหัสรับสินค้า", "รหัสใบอนุญาต", "รหัสการจอง", "หมายเลข คำขอ"],
    "vietnamese": ["Mã hỗ trợ", "Mã nhận hàng", "Mã giấy phép", "Mã đặt chỗ", "Số yêu_cầu"],
    "indonesian": ["Kode dukungan", "Kode pengambilan", "Kode lisensi", "Kode pemesanan", "Nomor permintaan"],
    "japanese": ["サポートコード", "受取コード", "ライセンスコード", "予約コード", "リクエスト番号"],
    "chinese": ["支持代码", "取件码", "许可证代码", "预订代码", "请求编号"],
    "chinese-traditional": ["支援代碼", "取貨碼", "許可證代碼", "預訂代碼", "申請編號"],
    "korean": ["지원 코드", "수령 코드", "라이선스 코드", "예약 코드", "요청 번호"],
}


def names(m):
    """Codes and numbers with a name of their own: alone, and beside the code in the same part and in another one."""
    for language, called in NAMES.items():
        lines = "".join(f"{name}: {OTHER}\n" for name in called)
        m.case("other-names", f"{language}-alone", plain(m, lines), "none")
        rows = "".join(f"<p>{name}</p><p>{OTHER}</p>" for name in called)
        both = m.multipart("alternative", m.text(lines, "8bit"), m.html(f"<p>Your code is</p><h1>{CODE}</h1>{rows}"))
        m.case("other-names", f"{language}-beside-the-code", m.mail(both, subject="Arlo"), CODE)
    for name, body in {
        "of-a-verification": f"Your verification code request no. {OTHER}",
        "of-a-login": f"Login request number: {OTHER}",
        "for-a-request": f"Your one-time code for request no. {OTHER}",
        "behind-it": f"Your code\n{OTHER} is your support code.",
        "german-behind-it": f"Ihr Code\n{OTHER} ist Ihr Abholcode.",
        "spanish-for-a-request": f"Código de verificación de la solicitud, número de solicitud {OTHER}",
        "asks-for-a-verification": f"We got request no. {OTHER} for a verification code.",
        "above-its-name": f"Verification code\nRequest no.\n{OTHER}",
    }.items():
        m.case("other-names", name, plain(m, body + "\n"), "none")
    for name, body in {
        "from-support": f"Your verification code from Arlo Support is {CODE}.",
        "ask-support": f"Contact support if you did not ask for this code: {CODE}",
        "verified-by-support": f"Support verification code: {CODE}",
        "service-login": f"Your service login code: {CODE}",
        "code-number": f"Verification code no. {CODE}",
        "german-code-number": f"Ihr Code Nr. {CODE}",
        "this-number": f"To verify your login with a code, enter this number: {CODE}",
        "german-this-number": f"Um sich mit dem Code anzumelden, geben Sie diese Nummer ein: {CODE}",
        "french-number": f"Votre numéro de vérification, un code : {CODE}",
        "spanish-next-number": f"Código de verificación, introduzca el número siguiente: {CODE}",
        "with-no-one": f"Share this verification code with no one: {CODE}",
    }.items():
        m.case("named-codes", name, plain(m, body + "\n"), CODE)


# That somebody has signed in, or tried to. No word for a code is in it.
NOTICES = {
    "english": f"We noticed a sign-in near Bengaluru {OTHER}.",
    "english-at-the-end": f"New login to your account from Chrome build {OTHER}",
    "english-postcode-first": f"Someone tried to log in from {OTHER} Singapore.",
    "english-number-first": f"{OTHER} Moscow: somebody tried to log in there.",
    "english-copula": f"Your last login was near {OTHER}, Bengaluru.",
    "english-verified": f"Your account was verified from device {OTHER}.",
    "english-over-two-lines": f"We noticed a sign-in near\n{OTHER} Bengaluru.",
    "english-label-above": f"New sign-in\n\nPlace\nBengaluru\n{OTHER}",
    "german": f"Neue Anmeldung bei Ihrem Konto nahe Berlin {OTHER}.",
    "german-postcode-first": f"Wir haben eine Anmeldung aus {OTHER} Moskau bemerkt.",
    "french": f"Nouvelle connexion depuis Paris {OTHER}.",
    "spanish": f"Nuevo inicio de sesión cerca de Madrid {OTHER}.",
    "italian": f"Nuovo accesso da Roma {OTHER}.",
    "portuguese": f"Alguém tentou acceder ou iniciar sesión em Lisboa {OTHER}.",
    "dutch": f"Nieuwe aanmelding bij Arlo vanuit Utrecht {OTHER}.",
    "swedish": f"Nytt inloggningsförsök från {OTHER} Lund.",
    "norwegian": f"Ny innlogging fra Bergen {OTHER}.",
    "finnish": f"Kirjautuminen havaittiin paikassa Helsinki {OTHER}.",
    "polish": f"Twoje konto: nowe logowanie z Warszawy {OTHER}.",
    "czech": f"Nové přihlášení z Prahy {OTHER}.",
    "slovak": f"Nové prihlásenie z Bratislavy {OTHER}.",
    "hungarian": f"Új bejelentkezés Budapest {OTHER} közelében.",
    "turkish": f"Yeni oturum açıldı, Ankara {OTHER}.",
    "russian": f"Новый вход в аккаунт, Москва {OTHER}.",
    "ukrainian": f"Новий вхід, Київ {OTHER}.",
    "greek": f"Κάποιος συνδεθηκε: συνδέθηκε κοντά στην Αθήνα {OTHER}.",
    "hebrew": f"התחברות חדשה מתל אביב {OTHER}.",
    "arabic": f"تسجيل الدخول من الرياض {OTHER}.",
    "thai": f"มีการเข้าสู่ระบบใกล้ กรุงเทพ {OTHER}",
    "vietnamese": f"Có đăng nhập gần Hà Nội {OTHER}.",
    "japanese": f"新しいログインがありました。場所は東京{OTHER}です。",
    "chinese": f"我们注意到在北京{OTHER}的登录。",
    "korean": f"로그인이 서울 {OTHER} 근처에서 감지되었습니다.",
}


def notices(m):
    """Sentences about signing in that name no code."""
    for name, body in NOTICES.items():
        m.case("notices", name, plain(m, body + "\n", subject="New sign-in"), "none")
        m.case("notices", f"{name}-html", m.mail(m.html("<p>" + body.replace("\n", "<br>") + "</p>"), subject="Arlo"), "none")
        # Beside a code it is no conflict.
        m.case("notices", f"{name}-beside-a-code", plain(m, f"{body}\n\nYour code: {CODE}\n"), CODE)
    for name, body in {
        "use": f"Use {CODE} to sign in to Arlo.",
        "enter": f"Please enter {CODE} to log in.",
        "german-enter": f"Um sich anzumelden, geben Sie {CODE} ein.",
        "after-a-colon": f"Sign in to Arlo: {CODE}",
        "alone": f"Sign in to Arlo\n\n{CODE}",
        "verification": f"Verification: {CODE}",
    }.items():
        m.case("named-codes", f"signing-in-{name}", plain(m, body + "\n", subject=m.SUBJECT), CODE)


# Sentences that mention a code and have a number that is another one.
MENTIONS = {
    "english": f"We noticed a sign-in near Bengaluru {OTHER} and sent you this code.",
    "english-without-the-code": f"Somebody tried to sign in from Singapore {OTHER} without the right code.",
    "english-with-your-code": f"Someone is trying to log in from Bengaluru {OTHER} with your code.",
    "english-verification": f"We noticed a sign-in near Bengaluru {OTHER}, and sent you a verification code.",
    "english-account": f"Log in to account {OTHER} with the code below.",
    "english-to-finish": f"To finish the sign-in near Bengaluru {OTHER}, enter the code in the app.",
    "english-postcode-first": f"A sign-in from {OTHER} Moscow was stopped: the code was wrong.",
    "english-verified": f"Your account was verified from device {OTHER} with a code.",
    "english-customers": f"{OTHER} customers already sign in with a verification code. Turn it on today.",
    "english-customers-last-month": f"Last month {OTHER} customers signed in with a verification code.",
    "german": f"Eine Anmeldung aus Moskau {OTHER} braucht diesen Code.",
    "french": f"Une connexion depuis l’appareil {OTHER} demande un code.",
    "spanish": f"Se inició sesión cerca de Madrid {OTHER} sin el código correcto.",
    "italian": f"Un accesso da Roma {OTHER} richiede un codice.",
    "dutch": f"Een aanmelding vanuit Utrecht {OTHER} heeft een code nodig.",
    "swedish": f"En inloggning från Lund {OTHER} saknade rätt kod.",
    "polish": f"Nowe logowanie z Warszawy {OTHER} bez kodu.",
    "chinese": f"登录地点北京{OTHER}，已发送验证码。",
    "russian": f"Для входа с устройства {OTHER} нужен код.",
}

# Sentences that join their number to the code.
JOINED = {
    "english-as": f"Sign in with {CODE} as your code.",
    "english-copula": f"To log in to Arlo, {CODE} is your code.",
    "english-with": f"Log in with {CODE}; it is your code.",
    "german-as": f"Um sich anzumelden, geben Sie {CODE} als Code ein.",
    "french-as": f"Pour vous connecter, saisissez {CODE} comme code.",
    "spanish-as": f"Para iniciar sesión, introduce {CODE} como código.",
    "spanish-enter": f"Introduce {CODE} para iniciar sesión en Arlo.",
    "polish-as": f"Zaloguj się, wpisz {CODE} jako kod.",
    "czech-as": f"Pro přihlášení zadejte {CODE} jako kód.",
    "chinese-as": f"登录时请使用{CODE}作为验证码。",
    "japanese-as": f"ログインするには、{CODE}をコードとして入力してください。",
    "chinese-copula": f"登录时，{CODE}是您的代码。",
    "turkish-noun": f"Giriş yapmak için {CODE} kodunu girin.",
    "turkish-two-nouns": f"Giriş yapmak için {CODE} doğrulama kodunu kullanın.",
    "hungarian-noun": f"Bejelentkezéshez használja a {CODE} kódot.",
    "finnish-noun": f"Kirjautuaksesi käytä {CODE} koodina.",
    "hindi-noun": f"लॉग इन करने के लिए {CODE} कोड दर्ज करें",
    "hindi-two-nouns": f"लॉग इन करने के लिए {CODE} सत्यापन कोड दर्ज करें",
    "korean-noun": f"로그인하려면 {CODE} 코드를 입력하세요.",
    "russian-as": f"Для входа используйте {CODE} в качестве кода.",
    "near": f"{CODE} Arlo verification code",
    "in-brackets": f"{CODE} (your Arlo code)",
    "after-a-name": f"Use your one-time code from Arlo Inc {CODE} to log in.",
    "serves-as": f"Die Zahl {CODE} dient als Einmalcode.",
}


def mentions(m):
    """Sentences about signing in and a code, with another number and with the code."""
    for name, body in MENTIONS.items():
        m.case("notices", f"mention-{name}", plain(m, body + "\n", subject="New sign-in"), "none")
        m.case("notices", f"mention-{name}-beside-a-code", plain(m, f"{body}\n\nYour code: {CODE}\n"), CODE)
        page = f"<p>{body}</p><p>Your code is <b>{CODE}</b>.</p>"
        m.case("notices", f"mention-{name}-html", m.mail(m.html(page), subject="Arlo"), CODE)
    for name, body in JOINED.items():
        m.case("named-codes", f"joined-{name}", plain(m, body + "\n"), CODE)
    for name, body in {
        "place-first": f"{OTHER}, Bengaluru: somebody asked for a login code.\n\nYour code: {CODE}",
        "place": f"Somebody asked for a login code from Bengaluru {OTHER}. Your code: {CODE}",
        "sign-in": f"We noticed a login with a verification code near Bengaluru {OTHER}.\n\nYour code:\n\n{CODE}",
        "device": f"Enter the code from device {OTHER} to log in.\n\nYour code: {CODE}",
    }.items():
        m.case("notices", f"loose-{name}", plain(m, body + "\n"), CODE)


# The title of a mail about a code, the name of a camera or the like, and the word for a code.
TITLES = {
    "english": ("Your one-time authentication code", "Camera", "Code"),
    "german": ("Ihr Einmalcode", "Kamera", "Code"),
    "french": ("Votre code d’authentification", "Caméra", "Code"),
    "spanish": ("Su código de verificación", "Cámara", "Código"),
    "italian": ("Il tuo codice di verifica", "Telecamera", "Codice"),
    "polish": ("Twój kod weryfikacyjny", "Kamera", "Kod"),
    "russian": ("Ваш код подтверждения", "Камера", "Код"),
    "japanese": ("お客様の認証コード", "カメラ", "コード"),
    "chinese": ("您的验证码", "设备", "验证码"),
}


def tables(m):
    """Names of other things in the cell or the line before a number, below a title about a code."""
    def row(*cells):
        return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"

    def both(name, title, rows, result=CODE):
        """As a table of a page and as lines of a text, whose cells tabs divide."""
        page = f"<h1>{title}</h1><table>" + "".join(row(*cells) for cells in rows) + "</table>"
        m.case("tables", f"{name}-html", m.mail(m.html(page), subject="Arlo"), result)
        lines = "".join("\t".join(cells) + "\n" for cells in rows)
        m.case("tables", f"{name}-text", plain(m, f"{title}\n\n{lines}"), result)

    for language, (title, thing, code) in TITLES.items():
        both(f"{language}-rows", title, [(thing, OTHER), ("A", "10:05"), (code, CODE)])
        both(f"{language}-heads", "Arlo", [(thing, code), (OTHER, CODE)])
        both(f"{language}-heads-code-first", "Arlo", [(title, thing, "A"), (CODE, OTHER, "10 min")])
        both(f"{language}-no-code", title, [(thing, OTHER)], "none")
        both(f"{language}-no-code-second-row", title, [("A", "B"), (thing, OTHER)], "none")
        body = f"{title}\n\n{thing}\n{OTHER}\n\n{code}\n{CODE}\n"
        m.case("tables", f"{language}-lines", plain(m, body), CODE)
        m.case("tables", f"{language}-lines-with-gaps", plain(m, body.replace("\n", "\n\n")), CODE)
        page = f"<p>{title}</p><dl><dt>{thing}</dt><dd>{OTHER}</dd><dt>{code}</dt><dd>{CODE}</dd></dl>"
        m.case("tables", f"{language}-list", m.mail(m.html(page), subject="Arlo"), CODE)
    both("three-columns", "Arlo", [("Device", "Authentication code", "Valid"), (OTHER, CODE, "10 min")])
    both("three-rows", "Arlo", [("Device", "Code"), ("Hub", "Pending"), (OTHER, CODE)])
    both("name-to-the-left", "Arlo", [("Name", "Authentication code"), ("Robin", CODE)])
    both("label-to-the-right", "Arlo", [(CODE, "Your login code"), (OTHER, "Support code")])
    both("four-cells", "Your verification code", [("Camera", OTHER, "Code", CODE)])
    both("date-to-the-left", "Authentication code", [("22.11.2026", CODE)])
    both("button-to-the-right", "Authentication code", [(CODE, "Copy")])
    both("colon-in-a-cell", "Arlo", [("Verification code", ":", CODE)])
    both("menu-of-two", "Arlo", [("Arlo", "Help"), ("Authentication code", CODE)])
    page = f"<p>Authentication code</p><p>For your cameras</p><p>{CODE}</p>"
    m.case("tables", "line-below-the-title", m.mail(m.html(page), subject="Arlo"), CODE)


# A sentence that has the code, and a finished sentence about the code that has none.
ADVICE = {
    "english": (f"Your authentication code is {CODE}.", "Never share this verification code."),
    "english-first": (f"{CODE} is your authentication code.", "This verification code expires in ten minutes."),
    "english-weak": (f"Your code: {CODE}", "This code expires in 10 minutes."),
    "english-enter": (f"Enter {CODE} to sign in with the code.", "Do not share this verification code with anybody!"),
    "german": (f"Ihr Einmalcode lautet {CODE}.", "Geben Sie diesen Einmalcode niemandem weiter."),
    "french": (f"Votre code d’authentification est {CODE}.", "Ne partagez jamais ce code de vérification."),
    "spanish": (f"Su código de verificación es {CODE}.", "No comparta este código de verificación."),
    "russian": (f"Ваш код подтверждения: {CODE}", "Никому не сообщайте этот код подтверждения."),
    "japanese": (f"お客様の認証コードは{CODE}です。", "この認証コードは10分間有効です。"),
    "chinese": (f"您的验证码是{CODE}。", "请勿将验证码告诉他人。"),
    "korean": (f"고객님의 인증번호는 {CODE} 입니다.", "이 인증번호를 공유하지 마십시오."),
}


def advice(m):
    """A number below a finished sentence about the code, which is the postal code or the like of a footer."""
    for language, (named, sentence) in ADVICE.items():
        for name, footer in {"alone": OTHER, "place": f"{OTHER} Bengaluru", "office": f"{OTHER}\nArlo, Singapore"}.items():
            body = f"{named}\n\n{sentence}\n\n{footer}\n"
            m.case("advice", f"{language}-{name}", plain(m, body), CODE)
        page = f"<p>{named.replace(CODE, f'<b>{CODE}</b>')}</p><p>{sentence}</p><p style='font-size:11px'>{OTHER}</p>"
        m.case("advice", f"{language}-html", m.mail(m.html(page), subject="Arlo"), CODE)
        above = f"{sentence}\n\n{OTHER}\n\n{named}\n"
        m.case("advice", f"{language}-above", plain(m, above), "conflict")
        page = f"<p>{named.replace(CODE, '')}</p><h1>{CODE}</h1><p>{sentence}</p><p>{OTHER}</p>"
        if named.endswith(CODE):
            m.case("advice", f"{language}-heading", m.mail(m.html(page), subject="Arlo"), CODE)
    for name, body in {
        "introduces": f"Here is your verification code.\n\n{CODE}",
        "introduces-and-warns": f"Here is your verification code.\n\n{CODE}\n\nNever share this verification code.",
        "introduces-below-a-name": f"Hub\n{OTHER}\nHere is your authentication code.\n\n{CODE}",
        "asks-to-enter": f"Enter this verification code to log in.\n\n{CODE}\n\nIt expires in 10 minutes.",
        "label": f"Your code:\n\n{CODE}\n\nThis verification code expires in 10 minutes.\n\n{OTHER}",
        "goes-on-below": f"{CODE}\nis your login code.\n\nNever give this login code to anybody.\n\n{OTHER}",
        "below": f"Your code is {CODE}.\n\nArlo, Singapore.\n\n{OTHER}\n\nNever share this code.",
    }.items():
        m.case("advice", name, plain(m, body + "\n"), CODE)


# Sentences about a code that go on with something that has a number too.
THINGS = {
    "english-phone": "Enter this verification code on your phone",
    "english-call": "Never read this authentication code to anyone on the phone",
    "english-telephone": "This is the code you asked for by telephone",
    "english-transaction": "Use this verification code to complete the transaction",
    "english-phone-number": "Use this verification code to confirm your phone number",
    "english-id": "Here is the verification code for your Arlo ID",
    "german-transaction": "Geben Sie diesen Authentifizierungscode ein, um den Vorgang abzuschließen",
    "german-phone-number": "Code zur Bestätigung Ihrer Telefonnummer",
    "french-phone": "Saisissez ce code de vérification sur votre téléphone",
    "french-file": "Votre code d’authentification pour accéder à votre dossier",
    "french-phone-number": "Utilisez ce code pour confirmer votre numéro de téléphone",
    "spanish-phone": "Introduzca este código de verificación en su teléfono",
    "italian-phone": "Inserisci questo codice di verifica sul tuo telefono",
    "portuguese-phone": "Introduza este código de verificação no seu telefone",
    "dutch-phone": "Voer deze verificatiecode in op uw telefoon",
    "swedish-phone": "Ange din verifieringskod på din telefon",
    "danish-phone": "Indtast koden på din telefon",
    "polish-phone": "Twój kod weryfikacyjny na telefon",
    "czech-phone": "Kód doručený na váš telefon",
    "japanese-phone": "この認証コードを電話で教えないでください",
    "chinese-phone": "您的验证码请勿通过电话告诉他人",
}

# The number of such a thing.
THING_NUMBERS = {
    "english-order": f"Your login code was sent, order number {OTHER}",
    "english-phone": f"Your verification code was sent to you, phone: {OTHER}",
    "english-your-phone": f"Your login code was sent, your phone: {OTHER}",
    "english-case": f"Your verification code for case {OTHER}",
    "english-transaction": f"Your verification code for transaction {OTHER}",
    "english-support": f"Your one-time support code: {OTHER}",
    "german-phone": f"Ihr Einmalcode wurde gesendet, Telefonnummer: {OTHER}",
    "french-phone": f"Votre code de vérification, numéro de téléphone : {OTHER}",
    "spanish-phone": f"Su código de verificación, teléfono: {OTHER}",
    "japanese-phone": f"認証コードをお送りしました、電話番号：{OTHER}",
    "chinese-phone": f"您的验证码已发送，电话：{OTHER}",
}


def things(m):
    """A telephone, a transaction and the like behind the word for a code."""
    for name, sentence in THINGS.items():
        m.case("named-codes", f"thing-{name}", plain(m, f"{sentence}: {CODE}\n"), CODE)
        m.case("named-codes", f"thing-{name}-above", plain(m, f"{sentence}:\n\n{CODE}\n"), CODE)
        page = f"<p>{sentence}:</p><h1>{CODE}</h1><p>Arlo.</p>"
        m.case("named-codes", f"thing-{name}-html", m.mail(m.html(page), subject="Arlo"), CODE)
    page = f"<h2>Enter this verification code on your phone</h2><h1>{CODE}</h1>"
    m.case("named-codes", "thing-in-a-title", m.mail(m.html(page), subject="Arlo"), CODE)
    for name, body in THING_NUMBERS.items():
        m.case("other-names", f"thing-{name}", plain(m, body + "\n"), "none")
        m.case("other-names", f"thing-{name}-beside-the-code", plain(m, f"{body}\n\nLogin code: {CODE}\n"), CODE)


def senders(m):
    """Names of other codes that make no name with the word for a code: a sender's, a participle."""
    for name, body in {
        "support-colon": f"Arlo Support: Code {CODE}",
        "support-dash": f"Arlo Service - code: {CODE}",
        "support-comma": f"From Arlo Support, code: {CODE}",
        "support-bar": f"Arlo Support | Code: {CODE}",
        "german-support": f"Arlo Kundendienst: Code {CODE}",
        "french-service-behind": f"Votre code, service Arlo : {CODE}",
        "japanese-support": f"Arlo サポート：コード {CODE}",
        "chinese-service": f"Arlo服务验证码：{CODE}",
        "chinese-support": f"客服验证码：{CODE}",
        "korean-customer": f"고객 인증번호: {CODE}",
        "spanish-delivered": f"Aquí está el código entregado para iniciar sesión: {CODE}",
        "spanish-reserved": f"Código reservado para iniciar sesión: {CODE}",
        "italian-delivered": f"Il codice consegnato per accedere: {CODE}",
        "portuguese-asked-for": f"Este é o código pedido para iniciar sessão: {CODE}",
        "czech-delivered": f"Kód doručený e-mailem: {CODE}",
        "croatian-delivered": f"Kod dostavljen za prijavu: {CODE}",
    }.items():
        m.case("named-codes", f"no-name-{name}", plain(m, body + "\n"), CODE)
        m.case("named-codes", f"no-name-{name}-html", m.mail(m.html(f"<p>{body}</p>"), subject="Arlo"), CODE)
    for name, body in {
        "hyphen": f"Support-code: {OTHER}",
        "hyphen-in-the-name": f"Pick-up code: {OTHER}",
        "behind-a-comma": f"Your authentication code was sent, support code: {OTHER}",
        "spanish-delivery": f"Código de entrega: {OTHER}",
        "portuguese-order": f"Código do pedido: {OTHER}",
        "czech-delivery": f"Kód doručení: {OTHER}",
        "croatian-delivery": f"Kod dostave: {OTHER}",
        "chinese-customer": f"客服代码：{OTHER}",
    }.items():
        m.case("other-names", f"one-name-{name}", plain(m, body + "\n"), "none")


def lists(m):
    """Mails that went through a mailing list, such as a group of a family: what the subject says of a bare number."""
    fields = {"list-id": "List-Id: <family.example.org>", "unsubscribe": "List-Unsubscribe: <mailto:x@example.org>", "bulk": "Precedence: bulk"}
    subjects = {
        "english": "Your verification code",
        "arlos": m.SUBJECT,
        "tagged": "[Family] Your verification code",
        "german": m.encoded("Ihr einmaliger Authentifizierungscode von Arlo"),
        "french": m.encoded("Votre code d’authentification unique Arlo"),
        "japanese": m.encoded("お客様の認証コード"),
    }
    for field, line in fields.items():
        for name, subject in subjects.items():
            more = {"subject": subject, "more": line + "\r\n"}
            m.case("lists", f"{field}-{name}", plain(m, f"{CODE}\n", **more), CODE)
            m.case("lists", f"{field}-{name}-html", m.mail(m.html(f"<p>Hi</p><h1>{CODE}</h1><p>Arlo"), **more), CODE)
        for name, subject in {
            "news": "What is new at Arlo",
            "login": "A new login",
            "code": "The code of good pictures",
            "order": "Your order",
            "discount": "Your discount code",
        }.items():
            more = {"subject": subject, "more": line + "\r\n"}
            m.case("lists", f"{field}-about-{name}", plain(m, f"We have news for you and your home.\n\n{OTHER}\n", **more), "none")
        more = {"subject": "Your verification code", "more": line + "\r\n"}
        m.case("lists", f"{field}-two-numbers", plain(m, f"{CODE}\n\n{OTHER}\n", **more), "conflict")
        m.case("lists", f"{field}-in-a-row", plain(m, f"Visitors: {OTHER}\n", **more), "none")


# A sentence over several lines, as a program wraps it, that names its number.
WRAPPED = {
    "name-on-the-next-line": f"Your verification code for the Arlo account that you have with us at\nArlo is {CODE}. It expires soon.",
    "german-noun-on-the-next-line": f"Ihr Bestätigungscode für die Anmeldung mit Ihrem neuen Mobiltelefon bei der\nArlo Secure App lautet {CODE}. Er gilt zehn Minuten.",
    "french-name-on-the-next-line": f"Votre code d'authentification à usage unique, demandé depuis votre ordinateur\nWindows à Paris, est le {CODE}.",
    "after-a-bracket": f"The verification code that you asked for (with your Arlo Secure account)\nis {CODE}.",
    "narrow": f"This is the one-time\nauthentication\ncode that you\nasked us for\nin the app: it is\n{CODE} and it\nexpires in ten\nminutes.",
    "narrow-below": f"{CODE}\nis the number\nthat you need\nin the app of\nyour home as\nyour one-time\nauthentication\ncode.",
    "in-the-middle": f"To finish, enter {CODE} in the app within the next\nten minutes; it is your\nverification code.",
    "japanese": f"お客様の認証コードは、アカウントへのサインインのために必要なもので、\n次のとおり{CODE}です。",
    "chinese": f"您好，您正在使用新设备登录您的账户，为了确认是您本人，\n请输入{CODE}作为验证码。",
    "korean": f"고객님의 계정에 로그인하기 위해 요청하신 인증번호는 다음과 같이\n발급된 {CODE} 입니다.",
    "arabic": f"أدخل رمز التحقق الخاص بك لتسجيل الدخول إلى حسابك في التطبيق\nوهو {CODE} خلال عشر دقائق.",
    "hebrew": f"קוד האימות שלך לצורך התחברות לחשבון שלך באפליקציה של החברה שלנו\nהוא {CODE} והוא תקף לעשר דקות.",
    "hindi": f"आपके खाते में साइन इन करने के लिए आवश्यक सत्यापन कोड जो आपने माँगा है वह\nयह है {CODE} और दस मिनट तक मान्य है",
    "thai": f"รหัสยืนยันสำหรับเข้าสู่ระบบบัญชีของคุณที่คุณได้ร้องขอไว้ในแอปพลิเคชัน\nคือ {CODE}",
}


def lines(m):
    """Sentences over several lines, and numbers in a heading below a sentence."""
    for name, body in WRAPPED.items():
        m.case("over-lines", name, plain(m, body + "\n"), CODE)
        quoted = "".join(f"> {line}\n" for line in body.split("\n"))
        m.case("over-lines", f"{name}-quoted", plain(m, quoted), CODE)
        m.case("over-lines", f"{name}-html", m.mail(m.html("<p>" + body.replace("\n", "<br>")), subject="Arlo"), CODE)
    rest = "<p>By the way: the colour code of the lamp is in the manual that you have with us."
    for name, body in {
        "pictures": f"<p>since you joined us your cameras have made</p><h1>{OTHER}</h1><p>pictures. {rest}",
        "steps": f"<p>In the last year your family walked</p><p style='font-size:40px'>{OTHER}</p><p>steps with us. {rest}",
        "clips": f"<div>Last month all your cameras recorded</div><h2>{OTHER}</h2><div>clips for you.</div>{rest}",
        "sign-in": f"<p>We noticed a sign-in near Bengaluru</p><h1>{OTHER}</h1><p>with your password.",
    }.items():
        m.case("over-lines", f"heading-{name}", m.mail(m.html(body), subject="Arlo"), "none")
    for name, body in {
        "label": f"<p>Your code is</p><h1>{CODE}</h1><p>and expires in ten minutes.",
        "below": f"<p>Please type this in the app within ten minutes</p><h1>{CODE}</h1><p>It is your verification code.",
        "after-advice": f"<p>Use this code to finish. Do not share it with anybody.</p><h1>{CODE}</h1>",
        "this-number": f"<p>Enter this number to sign in to your Arlo account.</p><h1>{CODE}</h1>",
        "german-this-number": f"<p>Geben Sie diese Nummer ein, um sich bei Arlo anzumelden.</p><h1>{CODE}</h1>",
        "wrapped": f"<p>Enter the number that we show you here<br>as the verification code</p><h1>{CODE}</h1><p>in the app.",
    }.items():
        m.case("over-lines", f"heading-{name}", m.mail(m.html(body), subject="Arlo"), CODE)


# Gmail's number in running text.
CONFIRMATIONS = {
    "english": "Your confirmation code is {}, and it expires soon.",
    "english-enter": "Please enter {} as the confirmation code.",
    "english-brackets": "The confirmation code ({}) is for you only.",
    "english-quotes": "Type the confirmation code “{}” to go on.",
    "english-over-lines": "casey@gmail.com has asked for this. To allow it, enter the confirmation code\n{} in the settings.",
    "english-below": "Confirmation code:\n{}",
    "german": "Ihr Bestätigungscode lautet {}, bitte geben Sie ihn ein.",
    "french": "Le code de confirmation est le {}.",
    "spanish": "El código de confirmación {} es para usted.",
    "italian": "Il codice di conferma è {}.",
    "portuguese": "O código de confirmação é {}, válido hoje.",
    "dutch": "De bevestigingscode is {}.",
    "swedish": "Bekräftelsekoden är {}.",
    "danish": "Bekræftelseskoden er {}.",
    "norwegian": "Bekreftelseskoden er {}.",
    "finnish": "Vahvistuskoodi on {}.",
    "estonian": "Kinnituskood on {}.",
    "lithuanian": "Patvirtinimo kodas yra {}.",
    "latvian": "Apstiprinājuma kods ir {}.",
    "polish": "Kod potwierdzenia to {}.",
    "czech": "Potvrzovací kód je {}.",
    "slovak": "Potvrdzovací kód je {}.",
    "croatian": "Kod za potvrdu je {}.",
    "hungarian": "A megerősítő kód {}.",
    "romanian": "Codul de confirmare este {}.",
    "catalan": "El codi de confirmació és {}.",
    "turkish": "Onay kodu {}.",
    "greek": "Ο κωδικός επιβεβαίωσης είναι {}.",
    "russian": "Код подтверждения: {}. Введите его в настройках.",
    "ukrainian": "Код підтвердження {} дійсний сьогодні.",
    "bulgarian": "Кодът за потвърждение е {}.",
    "hebrew": "קוד האישור הוא {}.",
    "arabic": "رمز التأكيد هو {}.",
    "persian": "کد تأیید {} است.",
    "hindi": "पुष्टि कोड {} है।",
    "thai": "รหัสยืนยันคือ {}",
    "vietnamese": "Mã xác nhận là {}.",
    "indonesian": "Kode konfirmasi Anda adalah {}.",
    "japanese": "確認コードは{}です。",
    "chinese": "确认码为{}，请输入。",
    "chinese-traditional": "確認碼是{}。",
    "korean": "확인 코드는 {}입니다.",
}


def confirmations(m):
    """Gmail's number inside sentences, with eight and with nine digits."""
    def asked(body, number):
        mail = plain(m, f"lark@gmail.com\n\n{body}\n", sender=m.GOOGLE, subject="Gmail", to=m.RELAY)
        return mail, {"content": "confirmation", "account": "lark@gmail.com", "confirmation_code": number}

    for language, sentence in CONFIRMATIONS.items():
        for name, number in {"eight": "57031846", "nine": "570318462"}.items():
            m.case("confirmation", f"sentence-{language}-{name}", *asked(sentence.format(number), number))
    for name, body in {
        "telephone": "Call 570318462 if you did not ask for the code.",
        "in-a-link": "The code is at https://support.google.com/570318462",
        "in-a-word": "The code of x570318462 is in the manual.",
        "longer": "The code 570318462123456 is too long.",
        "with-a-plus": "The code was sent to +570318462.",
        "room": "Your code is in the letter. Room 57031846.",
        "support-code": "The support code is 570318462.",
    }.items():
        m.case("confirmation", f"no-number-{name}-in-a-sentence", *asked(body, None))
    body = "Reference 570318477 is closed.\n\nVisitors 570318478.\n\nYour confirmation code is 57031846, for you."
    m.case("confirmation", "sentence-beside-others", *asked(body, "57031846"))

//! The words that [`cues`](super::cues) looks for, in the languages of Arlo's customers.
//!
//! A blank at the beginning or end of a cue means the beginning or end of a word, a `$` means the end of the text. The
//! letters are those that [`cues`](super::cues) reads, see its module `normal`: a Turkish `ı` is an `i`, and Greek
//! letters have no accents.

mod names;

pub(crate) use names::{AFTER_CODE, BEFORE_CODE, NO_NAME, NUMBER_AFTER_NAME, NUMBER_BEFORE_NAME, OF, THIS_NUMBER};

/// A login code.
#[rustfmt::skip]
pub(crate) const CODE: &[&str] = &[
    "code", "kode", "kood", "kód", "código", "codigo", "codice", "codul", " codi ", " cod ", " kod", "ingskod",
    "hetskod", "bekräftelsekod", "kodas", "kods", "koodi", "код", "κωδικ", "קוד", "رمز", "كود", "کد", "कोड", "ओटीपी", "รหัส", " mã ",
    "コード", "确认码", "確認碼", "验证码", "驗證碼", "校验码", "动态码", "代码", "代碼", "코드", "인증번호", "認証番号", "passcode", " verification number",
    " otp", " pin ", " tan ", "one time", "einmal", "usage unique", "solo uso", "uso único", "monouso", "eenmalig",
    "jednorazow", "jednorazov", "jednorázov", "одноразов", "еднократн", "engångs", "engangs", "kertakäyt",
    "tek kullanim", "ワンタイム", "一次性", "일회용",
];

/// Verifying somebody. Such a word names a login code also without a word of [`CODE`].
#[rustfmt::skip]
pub(crate) const VERIFY: &[&str] = &[
    "authenti", "autenti", "auttent", "verif", "vérif", "autorisier", "подтвержд", "認証", "验证", "驗證", "인증",
];

/// Other things that a mail may be about. A number near such a word is no login code, unless a sentence calls it one.
#[rustfmt::skip]
pub(crate) const OTHER_PURPOSE: &[&str] = &[
    // Orders and payments.
    " order number", " order no", " order id", " order ref", " order confirm", " your order", " order ", "bestell",
    "commande", " pedido", " ordine ", " ordre ", "zamówieni", "objednáv", "заказ", "注文", "订单", "訂單", "주문",
    " sipariş", "beställning", "tilaus", "rendelés", "παραγγελ", " invoice", "rechnung", " facture", " factura",
    " fattura", "faktura", "factuur", " your receipt", " receipt number", " shipment", " tracking", "sendungs",
    " your payment", "zahlung", " paiement",
    // Sales.
    " save ", " sale ", " offer", " angebot", " oferta", " offerta", " checkout", " gift ", " referral", " reward",
    " bonus ", " deal ", " redeem", " basket", " cart ", "% ",
];

/// A discount. A code for one is no login code, whatever else it is called.
#[rustfmt::skip]
pub(crate) const PROMOTION: &[&str] = &[
    " promo", " coupon", " voucher", " discount", " gift card", " save up to", " save 1", " save 2", " save 3",
    " save 4", " save 5", " save 6", " save 7", " save 8", " save 9", "gutschein", "rabat", "aktionscode", "geschenk",
    " remise", " réduction", " code cadeau", " bon d achat", " descuento", " cupón", " cupon", " sconto", " buono ",
    "korting", " actiecode", "cadeau", " desconto", " cupom", " cupão", " vale presente", "presentkort", "gavekort",
    "alennus", "kuponki", "lahjakort", "allahindlus", "sooduskood", "kupong", "zniżk", "kupon", "kupón", "slev",
    "dárkov", "zľav", "kedvezmény", "popust", " descompte", " cupó", " reducere", "nuolaid", "atlaid", "промо", "скидк",
    "купон", "знижк", "отстъпк", "indirim", "εκπτωσ", "κουπονι", "הנחה", "קופון", "خصم", "قسيمة",
    "كوبون", "تخفیف", "छूट", "कूपन", "ส่วนลด", "คูปอง", "giảm giá", "khuyến mãi", " diskon", "クーポン", "割引", "优惠", "優惠",
    "折扣", "促销", "促銷", "할인", "쿠폰",
];

/// Signing in.
#[rustfmt::skip]
pub(crate) const SIGN_IN: &[&str] = &[
    " log in ", " login", " log on ", " logging in ", " sign in", " signin", " sign on ", " signing in ", " 2fa ",
    " two factor", " two step", "zwei faktor", " security code", "sicherheitscode", "anmeld", " einlogg", " connexion",
    " connecter", "inicio de sesión", "iniciar sesión", " acceder", " accesso", " accedere", " inlog", " aanmeld",
    " logga in", " inlogg", " innlogg", " logowani", " zaloguj", "přihláš", " вход", "войти", " вхід", " giriş",
    " oturum", "ログイン", "サインイン", "登录", "登入", "로그인", "anzumeld", "einzulogg", " in te log", " aan te meld",
    " loggar in", " logge in", " logger in", "weryfik", "uwierzytelni", " zalogowa", "ověřovac", "ověřen", " overovac",
    " overen", "přihlás", "prihlás", "bejelentkez", "hitelesít", "todennus", "vahvistuskood", "kirjautu",
    "godkendelseskod", "bekræftelseskod", "bekreftelseskod", "doğrulama", "επαληθευσ", "ελεγχου ταυτοτητασ", "συνδεθ",
    "код підтвердж", "автентифік", "аутентифик", "проверочн", "אימות", "התחברות", "المصادقة", "التحقق",
    "تسجيل الدخول", " ورود ", "รหัสยืนยัน", "ยืนยันตัวตน", "เข้าสู่ระบบ", "xác thực", "xác minh", "đăng nhập",
    " log ind ", " logge ind", " logger ind", " logg inn ", " logger inn", " iniciar sessão", " início de sessão",
    " inició sesión", " iniciado sesión", " iniciou sessão", "angemeldet", " iniciar sessió", " inicia sessió",
    " inici de sessió", " autentific", " prijav", " συνδεσ", " masuk ", "लॉग इन", "लॉगिन", "साइन इन", "सत्यापन",
];

/// A password. A code for a new password is no login code; a password for one use ([`ONCE`]) is.
#[rustfmt::skip]
pub(crate) const PASSWORD: &[&str] = &[
    "password", "passwort", "kennwort", "mot de passe", "contraseña", "wachtwoord", "lösenord", "adgangskode",
    "kodeord", "passord", "salasana", "senha", "hasło", "hasła", "heslo", "heslá", "hesla", "jelszó", "jelszav",
    " parol", "парол", "şifre", "パスワード", "密码", "密碼", "비밀번호", "κωδικο προσβασησ", "κωδικου προσβασησ", "סיסמ",
    "كلمة المرور", "รหัสผ่าน", "mật khẩu", "kata sandi",
    "palavra passe", " lozin", " gesl", "contrasenya", "slaptažod", "parool", "lykilorð", "лозинк", "رمز عبور",
    "رمز ورود", "گذرواژه", "كلمة السر", "पासवर्ड", "kata laluan", "συνθηματικ",
];

/// Another kind of number, if the word is just before the number and no word for a code is nearer.
#[rustfmt::skip]
pub(crate) const OTHER_NUMBER: &[&str] = &[
    " order number", " order no ", " order id", " order ref", " order $", "bestellnummer", "auftragsnummer",
    " numéro de commande", " número de pedido", " numero ordine", " reference", "referenz", " référence", " referencia",
    " riferimento", "referentie", " ref ", " serial",
    "seriennummer", " numéro de série", " model $", " firmware", " version $", " build $", " account number",
    " customer number", " customer id", "kundennummer", " numéro de client", " member $", " user id", " device id",
    " request id", " message id", " error code", "fehlercode", " code d erreur", " código de error",
    " barcode", " qr code", " source code", "客户编号", "工单", "取件码", "取货码", "提货码", "取件碼", "取貨碼", "邀请码", "邀請碼", "请求编号", "申请编号", "申請編號", "リクエスト番号", "依頼番号", "요청 번호", "요청번호", "접수번호",
    "supportkod", "hämtkod", "leveranskod", "licenskod", "produktkod", "kundkod", "medlemskod", "butikskod", "paketkod", "参考番号", "管理番号", "お問い合わせ番号", "問合せ番号", " zip ", " zipcode",
    " zip code", " postcode", " postal", "postleitzahl", " plz ", " código postal", " cap ", "postnummer", "почтовый",
    "индекс", "郵便番号", "邮编", "郵遞區號", "우편번호", " area code", " country code", " colour ", " color ", "farbcode",
];

/// Something else that has a number, in the same place. A sentence about a code may also say that the code is used on
/// it or for it.
#[rustfmt::skip]
pub(crate) const OTHER_THING: &[&str] = &[
    " case ", " ticket", " vorgang", " dossier", " incident", " transaction", " transacción",
    " transação", " transazione", " transactie", " phone $", " phone number", " telephone $", " tel $", "telefon $",
    "telefonnummer", "téléphone $", "teléfono $", " telefono $", " telefone $", " telefoon $", "телефон $", " fax $",
    " call $", " hotline", "電話", "电话", "전화",
];

/// Whose thing it is: "your phone".
#[rustfmt::skip]
pub(crate) const YOUR: &[&str] = &[
    "your", "our", "ihr", "ihre", "ihrem", "ihren", "ihrer", "ihres", "dein", "deine", "deinem", "deinen", "deiner",
    "votre", "vos", "ton", "ta", "su", "sus", "tu", "tus", "tuo", "tua", "suo", "sua", "vostro", "vostra", "uw", "je",
    "jouw", "seu", "teu", "din", "dit", "ditt", "dine", "twój", "twoim", "twojego", "swoim", "swój", "váš", "vašem",
    "svém", "svůj", "vaš", "vašem", "svoj", "vostre", "ваш", "вашем", "вашего", "свой", "своем",
    "своём",
];

/// Before the thing on which or for which a code is used: "by telephone", "the transaction".
#[rustfmt::skip]
pub(crate) const JOINING: &[&str] = &[
    "the", "a", "an", "this", "on", "by", "via", "at", "over", "another", "der", "die", "das", "den", "dem", "des",
    "diesen", "einem", "einen", "am", "im", "per", "auf", "vom", "zum", "le", "la", "l", "les", "un", "une", "ce",
    "par", "au", "du", "sur", "el", "una", "por", "al", "del", "en", "il", "lo", "sul", "dal", "het", "de", "een", "op",
    "met", "o", "um", "no", "pelo", "ao", "på", "med", "ett", "et", "til", "till", "na", "przez", "w", "do", "v", "po",
    "по", "на", "в", "через",
];

/// Any number, if the word is just before it and there is no word for a code. Some of the words are also part of an
/// introduction: "the code for your Arlo account".
#[rustfmt::skip]
pub(crate) const ANY_NUMBER: &[&str] = &[
    " account", " konto", " compte", " cuenta", " número da conta", " conta ", " rekening", " konta", " účet", " účt", "аккаунт",
    "番号", "号码", "號碼", "번호",
];

/// What to do with a code, if the word is just before the number.
#[rustfmt::skip]
pub(crate) const ENTER: &[&str] = &[
    " enter $", " type $", " use $", " geben sie $", " saisissez $", " entrez $", " tapez $", " introduzca $", " introduce $", " ingrese $",
    " inserisci $", " digite $", " insira $", " introduza $", " voer $", " vul $", " ange $", " indtast $", " tast inn $", " wpisz $",
    " zadejte $", " syötä $", " введите $", " girin $", "輸入 $", "输入 $",
];

/// Between a word for a code and the code.
#[rustfmt::skip]
pub(crate) const COPULA: &[&str] = &[
    " is ", " lautet ", " ist ", " est ", " es ", " è ", " é ", " luidt ", " är ", " er ", " koodi on ", " kod to ",
    " jest ", " je ", "是 ", "为 ", "為 ", "は ",
];

/// Right before a code that somebody is asked to use: "sign in with 467266". The verbs of [`ENTER`] say more.
#[rustfmt::skip]
pub(crate) const WITH: &[&str] = &[
    " with ", " using ", " entering ", " typing ", " type in ", " key in ", " input ", " submit ", " mit ", " tippen sie ",
    " verwenden sie ", " nutzen sie ", " avec ", " utilisez ", " indiquez ", " con ", " utilice ", " utiliza ", " usa ",
    " use ", " escriba ", " escribe ", " digita ", " immetti ", " com ", " utilize ", " amb ", " met ", " gebruik ",
    " typ ", " med ", " använd ", " skriv ", " brug ", " bruk ", " skriv inn ", " käytä ", " z ", " użyj ", " podaj ", " s ",
    " se ", " použijte ", " použite ", " zadajte ", " sa ", " unesite ", " vnesite ", " uporabite ", " használja a ",
    " adja meg a ", " cu ", " introduceți ", " folosiți ", " ar ", " ievadiet ", " su ", " įveskite ", " sisesta ", " с ",
    " используйте ", " укажите ", " з ", " введіть ", " използвайте ", " въведете ", " με ", " πληκτρολογηστε ",
    " χρησιμοποιηστε ", " הזן ", " הזן את ", " أدخل ", " استخدم ", " با ", " với ", " nhập ", " dengan ", " masukkan ",
    " gunakan ",
];

/// Between a number and the word that says what it is or is to be: "467266 as your code".
#[rustfmt::skip]
pub(crate) const AS: &[&str] = &[
    " as ", " als ", " comme ", " como ", " come ", " com a ", " som ", " jako ", " ako ", " kao ", " kot ", " ca ", " kā ",
    " kaip ", " как ", " як ", " като ", " в качестве ", " ωσ ", " olarak ", " mint ", " sebagai ", " làm ", " 是", " 为", " 為", "作为", "作為",
    " は", " が", "として", " ك ", " को ",
];

/// Before another number of the same kind: "467266 or 111222".
#[rustfmt::skip]
pub(crate) const OR: &[&str] = &[
    " or ", " and ", " oder ", " und ", " ou ", " et ", " o ", " y ", " e ", " of ", " en ", " eller ", " och ", " og ",
    " lub ", " i ", " nebo ", " tai ", " ja ", " или ", " и ",
];

/// The whole text between a sentence and a number that the sentence names: "We made a code for you. It is".
#[rustfmt::skip]
pub(crate) const IT_IS: &[&str] = &[
    " it is $", " it s $", " here it is $", " this is it $", " it reads $", " that is $", " this is $", " yours is $",
    " here you are $", " here you go $", " here $", " voilà $", " se trata de $", " se trata del $", " er lautet $",
    " es lautet $", " dieser lautet $", " er ist $", " es ist $", " hier ist er $", " das ist $", " er heißt $",
    " il s agit de $", " il s agit du $", " c est $", " c est le $", " le voici $", " voici $", " il est $", " es $",
    " es el $", " este es $", " aquí está $", " aquí lo tiene $", " aquí tiene $", " è $", " è il $", " eccolo $",
    " het is $", " hij luidt $", " deze luidt $", " dit is $", " hier is hij $", " hier is deze $", " é $", " é o $",
    " aqui está $", " den är $", " här är den $", " den er $", " her er den $", " se on $", " to $", " oto on $",
    " je to $", " это $", " вот он $",
];

/// For one use. Every language says this of a login code.
#[rustfmt::skip]
pub(crate) const ONCE: &[&str] = &[
    "one time", "einmal", "usage unique", "un solo uso", "uso único", "monouso", "eenmalig", "jednorazow", "jednorazov",
    "jednorázov", "одноразов", "еднократн", "engångs", "engangs", "kertakäyt", "tek kullanim", "ワンタイム", "一次性", "일회용",
    " otp", "动态密码", "動態密碼", "một lần", "sekali pakai", "ครั้งเดียว", "لمرة واحدة", "חד פעמי", "μιασ χρησησ",
    "utilização única", "egyszeri", "egyszer használatos", "unică", "sol ús", "एक बार", "یکبار مصرف",
    "یک بار مصرف", "vienkartin", "vienreiz", "ühekord", "jednokratn", "enkratn", "једнократн", "वन टाइम", "einnota",
    "sekali guna", "única vez",
];

/// Setting a new password.
#[rustfmt::skip]
pub(crate) const RESET: &[&str] = &[
    " reset", " changed", " change your password", " change the password", " change password",
    " changing your password", " changing the password", " password change", " update your password",
    " update the password", " update password", " set a password", " set your password", " setting a password",
    " setting your password", " create a password", " choose a password", " forgot", " recover", "vergessen",
    "geändert", " ändern", "änderung", "zurücksetz", "zurückzusetz", "wiederherstell", " oublié", " modifié",
    " modifier", "réinitialis", " changer", "récupér", " olvidad", " cambiad", " cambiar", "restablec", "recuper",
    " dimenticat", "reimposta", " cambiare", " vergeten", " opnieuw in", "wijzig", "herstel", "redefini", " alterar",
    "alteração", "återställ", " byta ", " ändra", "glömt", "nulstil", " skifte", "ændre", "glemt", "tilbakestill",
    " endre", "nollaa", "vaihta", "palautta", "palautu", "unohtu", "unohdi", "resetow", "zmian", "zmieni", "odzysk", "změn",
    "zmen", "obnov", "visszaáll", "módosít", "elfelejt", "сброс", "восстанов", "измен", "смен", "забыл", "скид",
    "відновл", "змін", "забул", "възстанов", "промян", "sifirla", "yenile", "değiştir", "unuttu", "リセット", "再設定", "変更",
    "再発行", "重置", "重設", "重设", "找回", "修改", "更改", "忘记", "忘記", "재설정", "변경", "찾기", "초기화", "επαναφορ", "επαναφερ", "αλλαγ",
    "ανακτησ", "ξεχασ", "איפוס", "לאפס", "שחזור", "שינוי", "שכח", "إعادة تعيين", "استعادة", "تغيير", "نسيت", "รีเซ็ต",
    "เปลี่ยน", "ลืม", "đặt lại", "khôi phục", "đổi mật khẩu", "quên", "atur ulang", "setel ulang", "mengubah", " lupa ",
    " schimb", " uitat",
    "нулир", "скин", "сбрасыв", "ресет", "поништ", "промен", "промін", "lähtest", "muut", "vaheta",
    "atiestat", "atjaun", "mainī", "mainiet", "iš naujo nustat", "atkur", "pakei", "poništ", "resetir", "promijen",
    "promjen", "ponast", "spremen", "sprememb", "restabl", "canvi", "esquec", "oblidat", "zapomn", "zabud",
    "pengaturan ulang", "penyetelan ulang", "mereset", "रीसेट", "बदल", "بازنشانی", "تغییر", "بازیابی",
];

/// A new password. It may be named beside a code that is for something else.
#[rustfmt::skip]
pub(crate) const NEW_PASSWORD: &[&str] = &[
    " new password", "neues passwort", "neues kennwort", "nouveau mot de passe", "nueva contraseña", "nuova password",
    "nieuw wachtwoord", "nova senha", "nytt lösenord", "ny adgangskode", "nytt passord", "nowe hasło", "nové heslo",
    "új jelszó", "uusi salasana", "новый пароль", "новый парол", "новий пароль", "yeni şifre", "新しいパスワード", "新密码", "新密碼",
    "새 비밀번호", "parolă nouă", "kata sandi baru", "mật khẩu mới",
];

/// "And" or "but", right after a new password that is named beside the code.
#[rustfmt::skip]
pub(crate) const BESIDE: &[&str] = &[
    " and ", " but ", " und ", " sondern ", " et ", " mais ", " y ", " pero ", " sino ", " e ", " ma ", " mas ", " en ",
    " maar ", " och ", " men ", " og ", " i ", " a ", " ale ", " és ", " ja ", " ve ", " и ", " а ", " та ", " але ",
];

/// Before something that is over when the code is entered.
#[rustfmt::skip]
pub(crate) const AFTER: &[&str] = &[
    " after ", " nach ", " nachdem ", " après ", " después ", " dopo ", " na ", " depois ", " efter ", " etter ",
    " po ", " после ", " після ", " jälkeen ",
];

/// Somebody asked for something, or is told that it is easy.
#[rustfmt::skip]
pub(crate) const ASKED: &[&str] = &[
    " request", " asked", " want", " wish", " about to ", " trying to ", "anfrage", "angefragt", "anforder",
    "angeforder", "beantrag", " gebeten", "erhalten", " demand", " solicit", " pedido", " pediu", " pidió", " richies",
    " verzoek", "aangevraagd", "gevraagd", "begär", "anmod", "forespørs", " bedt ", "pyynt", "pyyd", "prośb", "popros",
    "żąda", "žádost", "žiados", "požád", "požiad", "kérés", "kérte", "запрос", "запросил", "запит", "заявк", "αιτημα",
    "ζητησ", "talep", "istedi", "isteğ", "リクエスト", "依頼", "要求", "請求", "请求", "申请", "申請", "요청", "בקש", "ביקש", "طلب",
    "คำขอ", "yêu cầu", "permintaan", "meminta", "cerere", "cerut", " no problem", " no worries", "kein problem",
    "pas de problème", "no hay problema", "nessun problema", "geen probleem", "sem problema",
    "petición", " deman", "поиска", "искан", "просил", "просит", "затраж", "захтев", "zatraž", "zahtjev", "zahtev",
    " kért ", "palus", "taotl", "lūdz", "lūgum", "pieprasī", "paprašė", "prašym", "taleb", "pyyt", "受け付け", "受付",
    "신청", "접수", "درخواست", "अनुरोध", " möchte", " souhait", " voulez", " quieres ", " quiere ", " desea", " wilt ",
    " vuoi ",
];

/// Somebody has forgotten a password, or is changing it. A statement says so; a question is the text of a link.
#[rustfmt::skip]
pub(crate) const FORGOTTEN: &[&str] = &[
    " you forgot", " you have forgot", " you ve forgot", " you are resetting", " you re resetting",
    " you are changing", " you re changing", "vergessen", "oublié", " olvidad", " dimenticat", " vergeten",
    " esquec", "glömt", "glemt", "unohtan", "unohdi", "zapomn", "zabud", "elfelejtett", "забыл", "забул", "ξεχασ", "unuttu",
    "忘记", "忘記", "잊으", "שכחת", "نسيت", "ลืม", "quên", " lupa ", "uitat", "oblidat", "正在重", "正在找回", "正在修改", "正在更改",
    "正在變更",
];

/// A warning of what the writer never does, or of what nobody should do, before the word for the password: "you asked
/// for a new password, never tell it" is none.
#[rustfmt::skip]
pub(crate) const WARNING: &[&str] = &[
    " never ", " not ask ", " n t ask ", " won t ask ", " not asked ", " not request ", " not send ", " beware ", " nie ",
    " niemals ", " nicht auffordern", " nicht dazu auffordern", " nicht bitten", " jamais ", " nunca ", " jamás ", " mai ",
    " nooit ", " aldrig ", " aldri ", " koskaan ", " kunagi ", " niekada ", " nekad ", " nigdy ", " nikdy ", " nikad ",
    " nikada ", " nikoli ", " soha ", " niciodată ", " ποτε ", " никогда ", " ніколи ",
    " никога ", " никада ", "לעולם לא", " أبدا ", " أبدًا ", " هرگز ", "เราจะไม่", " không bao giờ ", " tidak pernah ",
    " tidak akan ", "绝不", "絕不", "从不", "從不", "不会", "不會", "절대",
];

/// The same, after the word for the password.
pub(crate) const WARNING_BEHIND: &[&str] = &[
    " not sent ",
    " asla ",
    " hiçbir zaman ",
    " कभी ",
    "ことはありません",
    "ことはございません",
];

/// Advice for the case that something is wrong: "if this was not you, reset your password".
#[rustfmt::skip]
pub(crate) const IF: &[&str] = &[
    " if ", " unless ", " wenn ", " falls ", " si ", " se ", " als ", " om du ", " om det ", " om ni ", " hvis ",
    " jeśli ", " pokud ", " если ", "場合", "如果", "若", " 경우",
    " ako ", " ако ", " якщо ", " ak ", " jei ", " ja neesat ", " ja jūs ", " kui ", " ha nem ", " ha ön ", " jos ",
    " eğer ", " dacă ", " αν ", " εαν ", " אם ", " إذا ", " اگر ", " यदि ", " अगर ", "หาก", "ถ้า", " nếu ", " jika ",
    " če ", "如非", "非本人",
];

/// Common words of the languages whose words for a code are all in [`CODE`]. They identify the language.
#[rustfmt::skip]
pub(crate) const LANGUAGES: &[&[&str]] = &[
    &[" the ", " you ", " your ", " and ", " to ", " is ", " of ", " for ", " with ", " this ", " in ", " we "],
    &[" und ", " der ", " die ", " das ", " sie ", " ihr ", " ihre ", " ist ", " für ", " mit ", " wir ", " in "],
    &[" le ", " la ", " les ", " vous ", " votre ", " et ", " est ", " pour ", " avec ", " nous ", " de ", " des "],
    &[" el ", " la ", " los ", " su ", " tu ", " y ", " es ", " para ", " con ", " de ", " en ", " usted "],
    &[" il ", " la ", " di ", " il tuo ", " e ", " è ", " per ", " con ", " del ", " della ", " in ", " che "],
    &[" de ", " het ", " een ", " uw ", " je ", " en ", " is ", " voor ", " met ", " van ", " wij ", " u "],
    &[" o ", " a ", " os ", " seu ", " sua ", " e ", " é ", " para ", " com ", " de ", " do ", " da "],
];

/// Phrases that contain a cue and mean nothing, by a word that is in each of them.
pub(crate) const HARMLESS: &[(&str, &[&str])] = &[
    (" order ", &[" in order "]),
    (" case ", &[" in case "]),
    (
        " password",
        &[
            " or your password",
            " or password",
            " and your password",
            " your password or",
        ],
    ),
];

//! Words that say what a number is, in the languages that Arlo's customers read.
//!
//! They rank and refuse; a number that stands alone needs none of them to be found.

use super::page::Unit;

/// Bytes of context that are looked at on each side of a number.
const REACH: usize = 240;

/// A login code. A blank at an end stands for the end of a word.
const CODE: &[&str] = &[
    "code",
    "kode",
    "kood",
    "kód",
    "código",
    "codigo",
    "codice",
    "codul",
    " codi ",
    " cod ",
    " kod",
    "kodas",
    "kods",
    "koodi",
    "код",
    "κωδικ",
    "קוד",
    "رمز",
    "كود",
    "کد",
    "कोड",
    "ओटीपी",
    "รหัส",
    " mã ",
    "コード",
    "認証",
    "确认码",
    "验证",
    "驗證",
    "校验码",
    "动态码",
    "代码",
    "代碼",
    "코드",
    "인증",
    "passcode",
    " otp",
    " pin ",
    " tan ",
    "one time",
    "verif",
    "vérif",
    "authenti",
    "autenti",
    "auttent",
    "autorisier",
    "подтвержд",
    "einmal",
    "usage unique",
    "solo uso",
    "uso único",
    "monouso",
    "eenmalig",
    "jednorazow",
    "jednorázov",
    "одноразов",
    "engångs",
    "engangs",
    "kertakäyt",
    "tek kullanım",
    "ワンタイム",
    "一次性",
    "일회용",
];

/// A code for something else, or a mail about something else: wherever it stands near a number, this is no login code.
const OTHER_PURPOSE: &[&str] = &[
    // Orders and payments.
    " order number",
    " order no",
    " order id",
    " order ref",
    " order confirm",
    " your order",
    " order ",
    "bestell",
    "commande",
    " pedido",
    " ordine ",
    " ordre ",
    "zamówieni",
    "objednáv",
    "заказ",
    "注文",
    "订单",
    "訂單",
    "주문",
    " sipariş",
    "beställning",
    "tilaus",
    "rendelés",
    "παραγγελ",
    " invoice",
    "rechnung",
    " facture",
    " factura",
    " fattura",
    "faktura",
    "factuur",
    " your receipt",
    " receipt number",
    " shipment",
    " tracking",
    "sendungs",
    " your payment",
    "zahlung",
    " paiement",
    // Promotions.
    " promo",
    " coupon",
    " voucher",
    " discount",
    "gutschein",
    "rabatt",
    " remise",
    " descuento",
    " sconto",
    "korting",
    " gift card",
    "クーポン",
    "优惠",
    " checkout",
    // Passwords.
    "password",
    "passwort",
    "kennwort",
    "mot de passe",
    "contraseña",
    "wachtwoord",
    "lösenord",
    "adgangskode",
    "passord",
    "salasana",
    "senha",
    "hasło",
    "hasła",
    "heslo",
    "heslá",
    "hesla",
    "jelszó",
    "пароль",
    "пароля",
    "şifre",
    "パスワード",
    "密码",
    "密碼",
    "비밀번호",
    "κωδικό πρόσβασης",
    "סיסמה",
    "كلمة المرور",
    "รหัสผ่าน",
    "mật khẩu",
    "kata sandi",
];

/// Another kind of number, if no word for a code stands nearer.
const OTHER_NUMBER: &[&str] = &[
    " reference",
    "referenz",
    " référence",
    " referencia",
    " riferimento",
    "referentie",
    " ref ",
    " case ",
    " ticket",
    " vorgang",
    " dossier",
    " incident",
    " serial",
    "seriennummer",
    " numéro de série",
    " model ",
    " firmware",
    " version ",
    " build ",
    " account number",
    " customer number",
    " customer id",
    "kundennummer",
    " numéro de client",
    " member",
    " user id",
    " device id",
    " request id",
    " message id",
    " transaction",
    " error code",
    "fehlercode",
    " code d erreur",
    " código de error",
    " barcode",
    " qr code",
    " source code",
    "客户编号",
    "工单",
    "参考番号",
    "管理番号",
    "お問い合わせ番号",
    "問合せ番号",
    " zip ",
    " zipcode",
    " zip code",
    " postcode",
    " postal",
    "postleitzahl",
    " plz ",
    " código postal",
    " cap ",
    "postnummer",
    "почтовый",
    "индекс",
    "郵便番号",
    "邮编",
    "郵遞區號",
    "우편번호",
    " area code",
    " country code",
    " phone",
    " telephone",
    " tel ",
    "telefon",
    "téléphone",
    "teléfono",
    " fax ",
    " call ",
    " hotline",
    "電話",
    "电话",
    "전화",
];

/// A password for once is a login code.
const ONCE: &[&str] = &[
    "one time",
    "einmal",
    "usage unique",
    "un solo uso",
    "uso único",
    "monouso",
    "eenmalig",
    "jednorazow",
    "jednorázov",
    "одноразов",
    "engångs",
    "engangs",
    "kertakäyt",
    "tek kullanım",
    "ワンタイム",
    "一次性",
    "일회용",
    " otp",
];

/// Phrases whose words say nothing.
const HARMLESS: &[&str] = &[" in order ", " in case "];

/// What the words of a piece of text say of a number in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// A login code.
    Code,
    /// A code for something else.
    OtherPurpose,
    /// Another kind of number.
    OtherNumber,
    Nothing,
}

/// What a text says.
pub(super) fn says(text: &str) -> Says {
    let mut words = String::with_capacity(text.len() + 2);
    words.push(' ');
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c) || u32::from(c) > 0x900 {
            words.push(c);
        } else if !words.ends_with(' ') {
            words.push(' ');
        }
    }
    if !words.ends_with(' ') {
        words.push(' ');
    }
    for phrase in HARMLESS {
        if words.contains(phrase) {
            words = words.replace(phrase, " ");
        }
    }
    let has = |list: &[&str]| list.iter().any(|cue| words.contains(cue));
    // Where the last of a list's words ends.
    let last = |list: &[&str]| list.iter().filter_map(|cue| Some(words.rfind(cue)? + cue.len())).max();
    if has(ONCE) {
        return Says::Code;
    }
    if has(OTHER_PURPOSE) {
        return Says::OtherPurpose;
    }
    match (last(CODE), last(OTHER_NUMBER)) {
        (None, None) => Says::Nothing,
        (code, other) if code > other => Says::Code,
        _ => Says::OtherNumber,
    }
}

/// The last sentence of a unit: what may be the label of a number below or beside it.
pub(super) fn last_sentence(unit: &Unit<'_>) -> String {
    let tail = tail(unit.text.trim_end(), REACH);
    // The stop at the very end is its own.
    let inner = tail.trim_end_matches(['.', '!', '?', '。', ' ']);
    let start = sentence_start(inner);
    tail.get(start..).unwrap_or_default().to_owned()
}

/// The first sentence of a unit.
pub(super) fn first_sentence<'u>(unit: &Unit<'u>) -> &'u str {
    let head = head(unit.text, REACH);
    head.get(..sentence_end(head)).unwrap_or(head)
}

/// The sentence in which a number stands.
pub(super) fn sentence_around(text: &str, start: usize, end: usize) -> (&str, &str) {
    let before = tail(text.get(..start).unwrap_or_default(), REACH);
    let after = head(text.get(end..).unwrap_or_default(), REACH);
    (
        before.get(sentence_start(before)..).unwrap_or_default(),
        after.get(..sentence_end(after)).unwrap_or_default(),
    )
}

/// Where the last sentence of a text begins.
fn sentence_start(text: &str) -> usize {
    let mut start = 0;
    let mut stop = false;
    for (at, c) in text.char_indices() {
        if stop && c == ' ' {
            start = at;
        }
        stop = is_stop(c);
        if c == '。' {
            start = at + c.len_utf8();
        }
    }
    start
}

/// Where the first sentence of a text ends.
fn sentence_end(text: &str) -> usize {
    let mut stop = false;
    for (at, c) in text.char_indices() {
        if stop && c == ' ' || c == '。' {
            return at;
        }
        stop = is_stop(c);
    }
    text.len()
}

fn is_stop(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '।' | '؟')
}

/// The last bytes of a text, on a character's boundary.
pub(super) fn tail(text: &str, bytes: usize) -> &str {
    let from = text.len().saturating_sub(bytes);
    (from..=text.len()).find_map(|at| text.get(at..)).unwrap_or_default()
}

/// The first bytes of a text, on a character's boundary.
pub(super) fn head(text: &str, bytes: usize) -> &str {
    let to = text.len().min(bytes);
    (0..=to).rev().find_map(|at| text.get(..at)).unwrap_or_default()
}

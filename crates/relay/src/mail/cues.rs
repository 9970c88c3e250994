//! Words that say what a number is, in the languages that Arlo's customers read.
//!
//! They rank and refuse; a number that stands alone needs none of them to be found.

use std::sync::LazyLock;

/// Bytes at the end of a text in which it names the number that follows.
const NAMING: usize = 40;

/// A login code. A blank at an end of a cue is the end of a word, a `$` the end of the text.
#[rustfmt::skip]
const CODE: &[&str] = &[
    "code", "kode", "kood", "kód", "código", "codigo", "codice", "codul", " codi ", " cod ", " kod", "kodas", "kods",
    "koodi", "код", "κωδικ", "קוד", "رمز", "كود", "کد", "कोड", "ओटीपी", "รหัส", " mã ", "コード", "認証", "确认码", "验证",
    "驗證", "校验码", "动态码", "代码", "代碼", "코드", "인증", "passcode", " otp", " pin ", " tan ", "one time", "verif", "vérif",
    "authenti", "autenti", "auttent", "autorisier", "подтвержд", "einmal", "usage unique", "solo uso", "uso único",
    "monouso", "eenmalig", "jednorazow", "jednorázov", "одноразов", "engångs", "engangs", "kertakäyt", "tek kullanım",
    "ワンタイム", "一次性", "일회용",
];

/// A code for something else, or a mail about something else: wherever it stands near a number, this is no login code.
#[rustfmt::skip]
const OTHER_PURPOSE: &[&str] = &[
    // Orders and payments.
    " order number", " order no", " order id", " order ref", " order confirm", " your order", " order ", "bestell",
    "commande", " pedido", " ordine ", " ordre ", "zamówieni", "objednáv", "заказ", "注文", "订单", "訂單", "주문",
    " sipariş", "beställning", "tilaus", "rendelés", "παραγγελ", " invoice", "rechnung", " facture", " factura",
    " fattura", "faktura", "factuur", " your receipt", " receipt number", " shipment", " tracking", "sendungs",
    " your payment", "zahlung", " paiement",
    // Promotions.
    " promo", " coupon", " voucher", " discount", "gutschein", "rabatt", " remise", " descuento", " sconto",
    "korting", " gift card", "クーポン", " save ", " sale ", " offer", " angebot", " oferta", " offerta", "优惠",
    " checkout",
];

/// A password. A new one is set by a code too, and that is no login code; a password for [`ONCE`] is.
#[rustfmt::skip]
const PASSWORD: &[&str] = &[
    "password", "passwort", "kennwort", "mot de passe", "contraseña", "wachtwoord", "lösenord", "adgangskode",
    "passord", "salasana", "senha", "hasło", "hasła", "heslo", "heslá", "hesla", "jelszó", "пароль", "пароля",
    "şifre", "パスワード", "密码", "密碼", "비밀번호", "κωδικό πρόσβασης", "סיסמה", "كلمة المرور", "รหัสผ่าน", "mật khẩu",
    "kata sandi",
];

/// Another kind of number, if it stands just before and no word for a code stands nearer.
#[rustfmt::skip]
const OTHER_NUMBER: &[&str] = &[
    " reference", "referenz", " référence", " referencia", " riferimento", "referentie", " ref ", " case ", " ticket",
    " vorgang", " dossier", " incident", " serial", "seriennummer", " numéro de série", " model $", " firmware",
    " version $", " build $", " account number", " customer number", " customer id", "kundennummer",
    " numéro de client", " member $", " user id", " device id", " request id", " message id", " transaction",
    " error code", "fehlercode", " code d erreur", " código de error", " barcode", " qr code", " source code", "客户编号",
    "工单", "参考番号", "管理番号", "お問い合わせ番号", "問合せ番号", " zip ", " zipcode", " zip code", " postcode", " postal",
    "postleitzahl", " plz ", " código postal", " cap ", "postnummer", "почтовый", "индекс", "郵便番号", "邮编", "郵遞區號",
    "우편번호", " area code", " country code", " phone $", " phone number", " telephone $", " tel $", "telefon $",
    " telefonnummer", "téléphone $", "teléfono $", " fax $", " call $", " hotline", "電話", "电话", "전화",
];

/// Any number, if it stands just before and there is no word for a code.
#[rustfmt::skip]
const ANY_NUMBER: &[&str] = &[
    " number", "nummer", " numéro", " número", " numero", " numer ", " nr ", " no ", " id ", " account", " konto", " compte",
    " cuenta", "番号", "号码", "號碼", "번호", "номер",
];

/// What to do with a code, if it stands just before.
#[rustfmt::skip]
const ENTER: &[&str] = &[
    " enter $", " type $", " use $", " geben sie $", " saisissez $", " entrez $", " introduzca $", " ingrese $",
    " inserisci $", " digite $", " insira $", " voer $", " ange $", " indtast $", " tast inn $", " wpisz $", " zadejte $",
    " syötä $", " введите $", " girin $", "輸入 $", "输入 $",
];

/// For once: said of a login code in every language.
#[rustfmt::skip]
const ONCE: &[&str] = &[
    "one time", "einmal", "usage unique", "un solo uso", "uso único", "monouso", "eenmalig", "jednorazow",
    "jednorázov", "одноразов", "engångs", "engangs", "kertakäyt", "tek kullanım", "ワンタイム", "一次性", "일회용", " otp",
    "动态密码", "動態密碼", "một lần", "sekali pakai", "ครั้งเดียว", "لمرة واحدة", "חד פעמי", "μίας χρήσης", "μιας χρήσης",
    "utilização única", "egyszeri", "egyszer használatos", "unică", "sol ús", "एक बार",
];

/// Setting a new password, said of the mail itself and not of what to do if something is wrong.
#[rustfmt::skip]
const RESET: &[&str] = &[
    " reset", " changed", "geändert", " modifié", " cambiad", "zurücksetz", "zurückzusetz", "réinitialis", "restablec", "reimposta", "redefinir", "opnieuw instellen",
    "återställ", "nulstil", "tilbakestill", "zresetow", "obnov", "сброс", "重置", "重設", "再設定", "재설정",
];
#[rustfmt::skip]
const IF: &[&str] = &[
    " if ", " unless ", " wenn ", " falls ", " si ", " se ", " als ", " om ", " hvis ", " jeśli ", " pokud ",
    " если ", "場合", "如果", "若", " 경우",
];

/// Function words by which a language is known whose words for a code are in [`CODE`].
#[rustfmt::skip]
const LANGUAGES: &[&[&str]] = &[
    &[" the ", " you ", " your ", " and ", " to ", " is ", " of ", " for ", " with ", " this ", " in ", " we "],
    &[" und ", " der ", " die ", " das ", " sie ", " ihr ", " ihre ", " ist ", " für ", " mit ", " wir ", " in "],
    &[" le ", " la ", " les ", " vous ", " votre ", " et ", " est ", " pour ", " avec ", " nous ", " de ", " des "],
    &[" el ", " la ", " los ", " su ", " tu ", " y ", " es ", " para ", " con ", " de ", " en ", " usted "],
    &[" il ", " la ", " di ", " il tuo ", " e ", " è ", " per ", " con ", " del ", " della ", " in ", " che "],
    &[" de ", " het ", " een ", " uw ", " je ", " en ", " is ", " voor ", " met ", " van ", " wij ", " u "],
    &[" o ", " a ", " os ", " seu ", " sua ", " e ", " é ", " para ", " com ", " de ", " do ", " da "],
];

/// Phrases whose words say nothing.
const HARMLESS: &[&str] = &[
    " in order ",
    " in case ",
    " or your password",
    " or password",
    " and your password",
    " your password or",
];

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
    let words = words(text);
    let mut once = false;
    let mut purpose = false;
    let mut password = false;
    // Where the last word for a code ends, and for another number.
    let (mut code, mut number) = (None, None);
    let mut any_number = false;
    for (at, byte) in words.bytes().enumerate() {
        let next = words.as_bytes().get(at + 1).copied();
        for &Cue {
            text: cue,
            second,
            meaning,
        } in CUES.get(usize::from(byte)).into_iter().flatten()
        {
            if second != next {
                continue;
            }
            let start = if cue.starts_with(' ') { at.wrapping_sub(1) } else { at };
            if !words.get(start..).is_some_and(|rest| rest.starts_with(cue)) {
                continue;
            }
            let end = Some(start + cue.len());
            match meaning {
                Meaning::Once => once = true,
                Meaning::OtherPurpose => purpose = true,
                Meaning::Password => password = true,
                Meaning::Code => code = code.max(end),
                Meaning::OtherNumber if start + NAMING >= words.len() => number = number.max(end),
                Meaning::AnyNumber if start + NAMING >= words.len() => any_number = true,
                Meaning::OtherNumber | Meaning::AnyNumber => {}
            }
        }
    }
    if purpose || password && !once {
        Says::OtherPurpose
    } else if once || code > number {
        Says::Code
    } else if number.is_some() || any_number {
        Says::OtherNumber
    } else {
        Says::Nothing
    }
}

/// Whether a text tells that somebody asked for a new password.
pub(super) fn announces_reset(text: &str) -> bool {
    let words = words(text);
    let has = |list: &[&str]| list.iter().any(|cue| words.contains(cue));
    says(text) == Says::OtherPurpose && has(RESET) && !has(IF)
}

/// Whether a text speaks of a code anywhere.
pub(super) fn mentions_code(text: &str) -> bool {
    let words = words(text);
    CODE.iter().chain(ONCE).any(|cue| words.contains(cue))
}

/// Whether a text is in a language in which a code would be called one.
pub(super) fn is_known_language(text: &str) -> bool {
    let words = words(text);
    LANGUAGES
        .iter()
        .any(|language| language.iter().filter(|word| words.contains(**word)).count() >= 4)
}

/// The list that a cue is of.
#[derive(Debug, Clone, Copy)]
enum Meaning {
    Code,
    OtherPurpose,
    OtherNumber,
    AnyNumber,
    Password,
    Once,
}

/// One cue, with the byte after its first that is no blank.
#[derive(Debug, Clone, Copy)]
struct Cue {
    text: &'static str,
    second: Option<u8>,
    meaning: Meaning,
}

/// All cues by the first byte that is no blank.
static CUES: LazyLock<Vec<Vec<Cue>>> = LazyLock::new(|| {
    let mut cues = vec![Vec::new(); 256];
    for (list, meaning) in [
        (CODE, Meaning::Code),
        (OTHER_PURPOSE, Meaning::OtherPurpose),
        (OTHER_NUMBER, Meaning::OtherNumber),
        (PASSWORD, Meaning::Password),
        (ANY_NUMBER, Meaning::AnyNumber),
        (ENTER, Meaning::Code),
        (ONCE, Meaning::Once),
    ] {
        for &cue in list {
            let mut bytes = cue.trim_start().bytes();
            let first = bytes.next().map(usize::from);
            if let Some(cues) = first.and_then(|first| cues.get_mut(first)) {
                let second = bytes.next();
                cues.push(Cue {
                    text: cue,
                    second,
                    meaning,
                });
            }
        }
    }
    cues
});

/// A text in lower case with one blank between its words and at its ends, then a `$`, without the phrases that say nothing.
fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 2);
    words.push(' ');
    for c in text.chars() {
        let is_mark = ('\u{300}'..='\u{36f}').contains(&c) || c > '\u{900}' && !c.is_whitespace();
        if c.is_ascii_alphanumeric() {
            words.push(c.to_ascii_lowercase());
        } else if c.is_alphanumeric() || is_mark {
            words.extend(c.to_lowercase());
        } else if !words.ends_with(' ') {
            words.push(' ');
        }
    }
    if !words.ends_with(' ') {
        words.push(' ');
    }
    words.push('$');
    for phrase in HARMLESS {
        if words.contains(phrase) {
            words = words.replace(phrase, " ");
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_what_a_number_is() {
        for (text, expected) in [
            ("Your one-time code is", Says::Code),
            ("Your one-time password is", Says::Code),
            ("Ihr Einmalpasswort lautet", Says::Code),
            ("Ihr Authentifizierungscode", Says::Code),
            ("お客様の認証コード", Says::Code),
            ("Your password reset code is", Says::OtherPurpose),
            ("Votre code promo", Says::OtherPurpose),
            ("Your one-time discount code", Says::OtherPurpose),
            ("Never share this code or your password:", Says::Code),
            ("您的动态密码是", Says::Code),
            ("In order to sign in, use the code", Says::Code),
            ("Case number", Says::OtherNumber),
            ("In case you asked for the code", Says::Code),
            ("Your code for case", Says::OtherNumber),
            ("On your phone enter", Says::Code),
            ("On your phone, see", Says::Nothing),
            ("Phone:", Says::OtherNumber),
            ("Subscription number:", Says::OtherNumber),
            ("Your verification number is", Says::Code),
            ("Please enter", Says::Code),
            ("", Says::Nothing),
        ] {
            assert_eq!(says(text), expected, "{text}");
        }
    }

    #[test]
    fn a_reset_is_told_from_advice() {
        assert!(announces_reset("We received a request to reset your password."));
        assert!(!announces_reset("If this was not you, reset your password."));
    }
}

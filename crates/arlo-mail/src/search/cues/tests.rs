use super::super::words::{AS, COPULA, HARMLESS, JOINING, NO_NAME, OF, OR, WITH, YOUR};
use super::*;
use crate::visible::fold::compose;

#[test]
fn every_word_is_written_as_it_is_compared() {
    let lists = [
        AFTER,
        AFTER_CODE,
        ANY_NUMBER,
        AS,
        ASKED,
        BEFORE_CODE,
        BESIDE,
        CODE,
        COPULA,
        ENTER,
        FORGOTTEN,
        IF,
        IT_IS,
        JOINING,
        NEW_PASSWORD,
        NO_NAME,
        NUMBER_AFTER_NAME,
        NUMBER_BEFORE_NAME,
        OF,
        ONCE,
        OR,
        OTHER_NUMBER,
        OTHER_PURPOSE,
        OTHER_THING,
        PASSWORD,
        PROMOTION,
        RESET,
        SIGN_IN,
        THIS_NUMBER,
        VERIFY,
        WARNING,
        WARNING_BEHIND,
        WITH,
        YOUR,
    ];
    let phrases = HARMLESS.iter().flat_map(|(_, phrases)| phrases.iter());
    let words = lists.into_iter().chain(LANGUAGES.iter().copied()).flatten();
    for word in words.chain(phrases) {
        assert_eq!(compose(word), *word);
        let compared = String::from_utf8(normal(word)).unwrap();
        let trimmed = |text: &str| text.trim_matches([' ', '$']).to_owned();
        // A phrase without a meaning is removed.
        if compared.contains(char::is_alphabetic) {
            assert_eq!(trimmed(&compared), trimmed(word));
        }
    }
}

#[test]
fn letters_are_compared_as_in_capitals() {
    for (text, expected) in [
        ("ŞİFRE SIFIRLAMA KODU", Meaning::OtherCode),
        ("Şifre sıfırlama kodu", Meaning::OtherCode),
        ("İNDİRİM KODU", Meaning::OtherCode),
        ("DOĞRULAMA KODUNUZ", Meaning::SignIn),
        ("ΚΩΔΙΚΟΣ ΕΠΑΛΗΘΕΥΣΗΣ", Meaning::SignIn),
        ("ΕΠΑΝΑΦΟΡΑ ΚΩΔΙΚΟΥ ΠΡΟΣΒΑΣΗΣ", Meaning::OtherCode),
        ("Επαναφορά κωδικού πρόσβασης", Meaning::OtherCode),
        ("ΕΚΠΤΩΣΗ ΓΙΑ ΕΣΑΣ, ΚΩΔΙΚΟΣ", Meaning::OtherCode),
    ] {
        assert_eq!(meaning(text), expected, "{text}");
    }
}

#[test]
fn words_say_what_a_number_is() {
    for (text, expected) in [
        ("Your one-time code is", Meaning::SignIn),
        ("Your one-time password is", Meaning::SignIn),
        ("Ihr Einmalpasswort lautet", Meaning::SignIn),
        ("Ihr Authentifizierungscode", Meaning::SignIn),
        ("お客様の認証コード", Meaning::SignIn),
        ("Your code is", Meaning::Code),
        (
            "Give your password first and this authentication code second",
            Meaning::SignIn,
        ),
        ("Your one-time code to save your changes", Meaning::SignIn),
        ("After entering your password, enter this code", Meaning::Code),
        (
            "Sign in to claim your discount: your verification code is",
            Meaning::SignIn,
        ),
        ("Your password reset code is", Meaning::OtherCode),
        (
            "Use this verification code to choose a new password",
            Meaning::OtherCode,
        ),
        (
            "Sign in with your new password and the authentication code",
            Meaning::SignIn,
        ),
        (
            "After the password reset you need this authentication code to sign in",
            Meaning::SignIn,
        ),
        (
            "After requesting a password reset, enter this verification code",
            Meaning::OtherCode,
        ),
        (
            "To reset your password and go on, enter this verification code",
            Meaning::OtherCode,
        ),
        // In Danish a word for a code ends the word for a password.
        (
            "Bekræftelseskode til en ny adgangskode og intet andet",
            Meaning::OtherCode,
        ),
        ("The code for your password", Meaning::OtherPurpose),
        ("Your password", Meaning::OtherPurpose),
        ("Your order code", Meaning::OtherPurpose),
        ("Authentication code, and order number", Meaning::OtherNumber),
        ("Votre code promo", Meaning::OtherCode),
        ("Your one-time discount code", Meaning::OtherCode),
        ("Your one-time code to save 10 %", Meaning::OtherCode),
        ("Your verification code for a discount", Meaning::OtherCode),
        ("A special discount", Meaning::Promotion),
        ("Never share this code or your password:", Meaning::Code),
        ("您的动态密码是", Meaning::SignIn),
        ("In order to sign in, use the code", Meaning::SignIn),
        ("Case number", Meaning::OtherNumber),
        // The word for a code is part of the word for the number.
        ("Error code", Meaning::OtherNumber),
        ("Verification failed, error code", Meaning::OtherNumber),
        ("Der Fehlercode ist", Meaning::OtherNumber),
        ("The error code is below. Your code", Meaning::Code),
        ("In case you asked for the code", Meaning::Code),
        ("Your code for case", Meaning::OtherNumber),
        ("On your phone enter", Meaning::Code),
        ("Please type in PIN", Meaning::Code),
        ("On your phone, see", Meaning::Nothing),
        ("Phone:", Meaning::OtherNumber),
        ("Account number:", Meaning::OtherNumber),
        ("Subscription number:", Meaning::OtherNumber),
        ("This number:", Meaning::AnyNumber),
        ("The number is", Meaning::AnyNumber),
        ("Enter this number to sign in", Meaning::SignIn),
        ("Geben Sie diese Nummer ein, um sich anzumelden", Meaning::SignIn),
        ("Saisissez ce numéro pour la connexion", Meaning::SignIn),
        ("This number of people", Meaning::AnyNumber),
        ("Numéro de demande :", Meaning::OtherNumber),
        ("Votre numéro :", Meaning::AnyNumber),
        ("Votre numéro de demande est", Meaning::OtherNumber),
        ("Numéros de demande :", Meaning::OtherNumber),
        ("Nr zgłoszenia:", Meaning::OtherNumber),
        ("Número de la solicitud:", Meaning::OtherNumber),
        ("Número de la solicitud nueva", Meaning::AnyNumber),
        ("Numéro de connexion :", Meaning::SigningIn),
        ("Your PIN request no.", Meaning::OtherNumber),
        ("El número siguiente:", Meaning::AnyNumber),
        ("Your verification code request no.", Meaning::OtherNumber),
        ("Verification code no.", Meaning::SignIn),
        ("Número de verificación", Meaning::SigningIn),
        ("Your one-time support code", Meaning::OtherNumber),
        // A mark divides a name from the word for a code.
        ("Arlo Support: Code", Meaning::Code),
        ("Arlo Support - code", Meaning::Code),
        ("Arlo Support, in order, code", Meaning::Code),
        ("Arlo support-code", Meaning::OtherNumber),
        ("Votre code, service Arlo", Meaning::Code),
        ("Votre code service", Meaning::OtherNumber),
        ("Lizenz - Nr.", Meaning::AnyNumber),
        // These words for a code say what it is for.
        ("客服验证码", Meaning::SignIn),
        ("고객 인증번호", Meaning::SignIn),
        ("客服代码", Meaning::OtherNumber),
        // Not the name of a delivery or an order.
        ("El código entregado", Meaning::Code),
        ("Código de entrega", Meaning::OtherNumber),
        ("Kód doručený", Meaning::Code),
        ("Kód doručení", Meaning::OtherNumber),
        ("Este é o código pedido para iniciar sessão", Meaning::SignIn),
        ("Código do pedido para iniciar sessão", Meaning::OtherNumber),
        // A thing that the sentence goes on with.
        ("Enter this verification code on your phone", Meaning::SignIn),
        ("Enter this verification code by telephone", Meaning::OtherNumber),
        ("Enter this verification code by telephone:", Meaning::SignIn),
        ("Enter this verification code for telephone:", Meaning::OtherNumber),
        (
            "Verification code to complete the transaction in the app",
            Meaning::SignIn,
        ),
        ("Verification code to complete the transaction", Meaning::OtherNumber),
        ("Your verification code was sent, your phone:", Meaning::OtherNumber),
        ("Your verification code was sent, the phone:", Meaning::OtherNumber),
        (
            "Use this verification code to confirm your phone number:",
            Meaning::SignIn,
        ),
        (
            "Use this verification code to confirm your phone number",
            Meaning::OtherNumber,
        ),
        (
            "Use this verification code to confirm the phone number:",
            Meaning::OtherNumber,
        ),
        ("Code zur Bestätigung Ihrer Telefonnummer:", Meaning::Code),
        ("Código de verificación para su número de teléfono:", Meaning::SignIn),
        ("Código de verificación, número de teléfono:", Meaning::OtherNumber),
        ("The verification code for your Arlo ID:", Meaning::SignIn),
        ("The verification code, your Arlo ID:", Meaning::OtherNumber),
        ("The verification code for your request number:", Meaning::OtherNumber),
        ("您的验证码请勿通过电话告诉他人", Meaning::SignIn),
        ("您的验证码已发送到电话号码", Meaning::OtherNumber),
        ("On your phone, the transaction:", Meaning::OtherNumber),
        ("Support verification code", Meaning::SignIn),
        ("Your code from Arlo Support", Meaning::Code),
        ("Code de retrait", Meaning::OtherNumber),
        ("Kód pro vyzvednutí", Meaning::OtherNumber),
        ("รหัส รับสินค้า", Meaning::OtherNumber),
        ("Κωδικός παραλαβής", Meaning::OtherNumber),
        ("Your Arlo account", Meaning::AnyNumber),
        ("Ihr Konto:", Meaning::AnyNumber),
        ("Your account, 10 to 12 digits:", Meaning::AnyNumber),
        // The number or the name is already there.
        ("Account: robin@example.net", Meaning::NumberAndValue),
        ("Kundennummer 4711", Meaning::NumberAndValue),
        ("Serial 4R0183H:", Meaning::NumberAndValue),
        ("Serial 4R0183H, account:", Meaning::AnyNumber),
        (
            "The login code for the camera with the serial 4R0183H:",
            Meaning::SignIn,
        ),
        ("The login code for the camera with the serial", Meaning::OtherNumber),
        ("Your verification number is", Meaning::SignIn),
        ("인증번호", Meaning::SignIn),
        ("您的验证码", Meaning::SignIn),
        // Without a word for a code, the number may be anything.
        ("Verification", Meaning::SigningIn),
        ("Sign in as", Meaning::SigningIn),
        ("Twój kod uwierzytelniający", Meaning::SignIn),
        ("Váš ověřovací kód", Meaning::SignIn),
        ("Doğrulama kodunuz", Meaning::SignIn),
        ("Din verifieringskod", Meaning::SignIn),
        ("Vahvistuskoodi", Meaning::SignIn),
        ("קוד האימות שלך", Meaning::SignIn),
        ("رمز التحقق", Meaning::SignIn),
        ("Der Code, um sich anzumelden:", Meaning::SignIn),
        ("Anmeldung mit", Meaning::SigningIn),
        ("Nogen har prøvet at logge ind nær", Meaning::SigningIn),
        ("Noen prøvde å logge inn fra", Meaning::SigningIn),
        ("Alguém tentou iniciar sessão perto de", Meaning::SigningIn),
        ("Algú ha intentat iniciar sessió a prop de", Meaning::SigningIn),
        ("Cineva a încercat autentificarea din", Meaning::SigningIn),
        ("Zabilježena je prijava iz", Meaning::SigningIn),
        ("Νέα σύνδεση από", Meaning::SigningIn),
        ("Seseorang mencoba masuk dari", Meaning::SigningIn),
        ("नया लॉगिन", Meaning::SigningIn),
        ("ورود جدید از", Meaning::SigningIn),
        ("Log ind med denne kode", Meaning::SignIn),
        ("验证", Meaning::SigningIn),
        ("Please enter", Meaning::Code),
        ("Your “OTP” is", Meaning::SignIn),
        ("Your\u{3000}OTP\u{3000}is", Meaning::SignIn),
        ("ครั้งเดียว", Meaning::SignIn),
        ("Jednorazové heslo", Meaning::SignIn),
        // The word before the word for a code says what the code is.
        ("Postal code", Meaning::OtherNumber),
        ("Your reference code", Meaning::OtherNumber),
        ("Colour code", Meaning::OtherNumber),
        // A percentage, a basket or a present, if nothing is said of signing in.
        ("20% off: code", Meaning::OtherPurpose),
        ("Put it in your basket with code", Meaning::OtherPurpose),
        ("Your gift code", Meaning::OtherPurpose),
        ("Battery at 20 %. Your verification code", Meaning::SignIn),
        // A letter with a mark is one letter.
        ("x\u{301}pin", Meaning::Nothing),
        ("In order to open it, enter the code", Meaning::Code),
        (
            "Your customer number is in the letter that we sent to your house some weeks ago. See",
            Meaning::Nothing,
        ),
        (
            "There is a ticket for everybody who will have been with us since the end of July:",
            Meaning::Nothing,
        ),
        (
            "This is the number of people who will have been with us since the end of July:",
            Meaning::Nothing,
        ),
        (
            "Your account is for you and for everybody who will have been with us since July:",
            Meaning::Nothing,
        ),
        (
            "Le numéro que vous trouvez dans la lettre que nous avons envoyée en juillet :",
            Meaning::Nothing,
        ),
        (
            "A support code is what you find in the letter that we sent to your house in July",
            Meaning::Code,
        ),
        (
            "Le code de retrait est dans la lettre que nous vous avons envoyée en juillet",
            Meaning::Code,
        ),
        // An access code, in Greek, is also the word for a password.
        ("τον κωδικό πρόσβασης", Meaning::Code),
        ("", Meaning::Nothing),
    ] {
        assert_eq!(meaning(text), expected, "{text}");
    }
}

#[test]
fn words_join_a_number_to_a_code() {
    for (before, after, firm, loose, apart) in [
        ("Sign in with", "as your code", true, true, false),
        ("Sign in with", "from home", true, false, false),
        ("Your code is", "from now on", true, false, false),
        ("Enter", "from now on", true, false, false),
        ("A code from Paris", "was wrong", false, false, true),
        ("A code from Paris", "is wrong", true, false, false),
        ("Your code (for Paris)", "and no other", false, false, false),
        ("Your verification", "and no other", false, false, false),
        ("", "customers have a verification code", false, false, false),
        ("", "is the number for the code", true, false, false),
        ("", "your Arlo code", false, true, false),
        ("", "serves as the Arlo code", false, true, false),
        ("", "(that is the Arlo code)", false, false, false),
        ("", "doğrulama kodunu girin", true, true, false),
        ("", "sin código de verificación", false, true, false),
        ("", "(the Arlo code)", false, true, false),
        ("", "をコードとして入力", true, true, false),
        ("", "は認証コードです", true, true, false),
        ("", "кодом не был", true, true, false),
        ("", ": code of the door", false, true, false),
        ("", "в качестве кода", true, true, false),
    ] {
        let joint = Joint::between(before, after);
        let found = (joint.is_firm, joint.is_loose, joint.is_apart);
        assert_eq!(found, (firm, loose, apart), "{before} … {after}");
    }
}

#[test]
fn a_reset_is_told_from_advice() {
    for text in [
        "We received a request to reset your password.",
        "Use this code to reset your password.",
        "Wir haben Ihre Anfrage für ein neues Passwort erhalten.",
    ] {
        assert!(is_about_reset(text) && announces_reset(text), "{text}");
    }
    assert!(!is_about_reset("If this was not you, reset your password."));
    for text in ["Change your password regularly.", "Passwort vergessen?"] {
        assert!(is_about_reset(text) && !announces_reset(text), "{text}");
    }
}

#[test]
fn a_statement_and_a_warning_about_a_password() {
    for text in [
        "You forgot your password.",
        "Sie haben Ihr Passwort vergessen.",
        "您正在重置密码。",
    ] {
        assert!(is_about_reset(text) && states_reset(text), "{text}");
    }
    assert!(!states_reset("You changed your password recently."));
    for text in [
        "We will never ask you to change your password.",
        "Svar aldrig på en anmodning om at ændre din adgangskode.",
        "Ποτέ μην απαντάτε σε αίτημα για αλλαγή του κωδικού πρόσβασης.",
    ] {
        assert!(is_about_reset(text) && warns_of_reset(text), "{text}");
    }
    for text in [
        "Never share the code to reset your password.",
        "You asked for a new password, never share it.",
        "Reset your password.",
    ] {
        assert!(is_about_reset(text) && !warns_of_reset(text), "{text}");
    }
}

/// For each language that has a word for a code: a code for a discount.
#[test]
fn a_discount_is_known_in_every_language() {
    for text in [
        "Discount code",
        "Rabattcode",
        "Code de réduction",
        "Código de descuento",
        "Codice sconto",
        "Kortingscode",
        "Código de desconto",
        "Rabattkod",
        "Rabatkode",
        "Alennuskoodi",
        "Sooduskood",
        "Kod rabatowy",
        "Kod zniżkowy",
        "Slevový kód",
        "Zľavový kód",
        "Kedvezménykód",
        "Kod za popust",
        "Cod de reducere",
        "Codi de descompte",
        "Nuolaidos kodas",
        "Atlaides kods",
        "Код скидки",
        "Код знижки",
        "Код за отстъпка",
        "İndirim kodu",
        "indirim kodu",
        "Κωδικός έκπτωσης",
        "קוד הנחה",
        "رمز الخصم",
        "کد تخفیف",
        "छूट कोड",
        "รหัสส่วนลด",
        "Mã giảm giá",
        "Kode diskon",
        "割引コード",
        "折扣代码",
        "優惠驗證碼",
        "할인 코드",
    ] {
        let meaning = meaning(text);
        assert!(
            matches!(meaning, Meaning::OtherCode | Meaning::Promotion),
            "{text}: {meaning:?}"
        );
    }
}

/// For each language that has a word for a password: a code for a new one.
#[test]
fn a_new_password_is_known_in_every_language() {
    for text in [
        "Verification code to update your password",
        "Verification code to change password",
        "Code zum Ändern des Passworts",
        "Bestätigungscode zum Zurücksetzen Ihres Kennworts",
        "Code pour changer votre mot de passe",
        "Código para cambiar la contraseña",
        "Codice per il recupero della password",
        "Code om uw wachtwoord te wijzigen",
        "Stel je wachtwoord opnieuw in met code",
        "Kod för att byta lösenord",
        "Kode til at skifte adgangskode",
        "Kode for å endre passord",
        "Vahvistuskoodi salasanan nollaamiseen",
        "Seu código para redefinição de senha",
        "Kod do zmiany hasła",
        "Kód pro změnu hesla",
        "Kód na zmenu hesla",
        "A jelszó visszaállításához szükséges kód",
        "Код для восстановления пароля",
        "Код для відновлення пароля",
        "Код за възстановяване на парола",
        "Şifre sıfırlama kodu",
        "Parola yenileme kodu",
        "パスワード変更の確認コード",
        "找回密码验证码",
        "修改密碼驗證碼",
        "비밀번호 찾기 인증번호",
        "Κωδικός επαναφοράς κωδικού πρόσβασης",
        "קוד אימות לאיפוס הסיסמה",
        "رمز التحقق لإعادة تعيين كلمة المرور",
        "รหัสยืนยันสำหรับรีเซ็ตรหัสผ่าน",
        "Mã xác minh để đặt lại mật khẩu",
        "Kode verifikasi untuk mengatur ulang kata sandi",
        "Codul de verificare pentru resetarea parolei",
    ] {
        assert_eq!(meaning(text), Meaning::OtherCode, "{text}");
    }
}

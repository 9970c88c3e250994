use super::*;

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
        ("On your phone, see", Meaning::Nothing),
        ("Phone:", Meaning::OtherNumber),
        ("Account number:", Meaning::OtherNumber),
        ("Subscription number:", Meaning::AnyNumber),
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
        ("验证", Meaning::SigningIn),
        ("Please enter", Meaning::Code),
        ("Your “OTP” is", Meaning::SignIn),
        ("Your\u{3000}OTP\u{3000}is", Meaning::SignIn),
        ("ครั้งเดียว", Meaning::SignIn),
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
        // An access code, in Greek, is also the word for a password.
        ("τον κωδικό πρόσβασης", Meaning::Code),
        ("", Meaning::Nothing),
    ] {
        assert_eq!(meaning(text), expected, "{text}");
    }
}

#[test]
fn a_reset_is_told_from_advice() {
    assert!(announces_reset("We received a request to reset your password."));
    assert!(!announces_reset("If this was not you, reset your password."));
}

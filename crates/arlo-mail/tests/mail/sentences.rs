//! Which number of a mail is the code, by the sentence that it stands in and the sentences around it.

use crate::found::{found, in_page, in_text};

#[test]
fn a_sentence_over_several_lines() {
    for (text, expected) in [
        (
            "Your one-time authentication code for your Arlo account\nis 467266. It expires in 10 minutes.\n",
            "467266",
        ),
        (
            "Ihr Einmalcode für die Anmeldung bei Arlo\nlautet 467266. Er gilt 10 Minuten.\n",
            "467266",
        ),
        ("Votre code d'authentification pour Arlo\nest le 467266.\n", "467266"),
        (
            "Voici le code d'authentification envoye\u{301}\npar Arlo, 467266.\n",
            "467266",
        ),
        ("Su código de verificación,\nque caduca pronto,\nes 467266.\n", "467266"),
        ("Hello Robin,\n467266 is your Arlo\nauthentication code.\n", "467266"),
        ("Hola Robin,\n467266 es su nuevo\ncódigo de verificación.\n", "467266"),
        (
            "Hello Robin,\n467266 is what you\nhave asked us for, the\nauthentication code.\n",
            "467266",
        ),
        ("467266\nis your new Arlo\nauthentication code.\n", "467266"),
        (
            "Your authentication code for the\ncameras at home and elsewhere is\n467266\n",
            "467266",
        ),
        (
            "Your authentication code for\nthe cameras at home\nand elsewhere is\n467266\n\nHello\n\n111222\n",
            "467266",
        ),
        (
            "Hello\n\n111222\n\n467266\n\nis your new Arlo\nverification code.\n",
            "467266",
        ),
        // The words nearest to the number say what it is.
        ("Your code is 467266\nto read your order.\n", "467266"),
        ("About your order, enter\nyour code 467266.\n", "467266"),
        ("Sign in to get the\ndiscount for you, code 467266.\n", "none"),
        // The sentence as a whole is about something else.
        ("For your discount enter\nthe code 467266.\n", "none"),
        ("With this code you can set a\nnew password: 467266.\n", "none"),
        ("Your login code was sent,\norder number 467266.\n", "none"),
        // These are two sentences.
        (
            "Your authentication code for\nyou. The number of\nthings is 467266.\n",
            "none",
        ),
        (
            "Hello Robin, 467266 is the\nroom! ask for your\nauthentication code.\n",
            "none",
        ),
        (
            "Hello\n\n111222\n\n467266\n\nThank you. That is\nyour verification code.\n",
            "conflict",
        ),
        ("Your authentication code.\nis 467266 yours?\n", "none"),
        ("Your authentication code\n\nis 467266 yours?\n", "none"),
        ("Your authentication code\nRoom 467266 is yours\n", "none"),
        ("Hello Robin, 467266 is your Arlo\n\nauthentication code.\n", "none"),
        ("Hello Robin, 467266 is your Arlo\nAuthentication code\n", "none"),
        // A full line goes on whatever the first letter of the next one is.
        (
            "Your authentication code for the cameras\nArlo sold you is 467266.\n",
            "467266",
        ),
        (
            "Your authentication code for the camera\nArlo sold you is 467266.\n",
            "none",
        ),
        (
            "お客様の認証コードは、次のとおりとなって\nいます467266です。\n",
            "467266",
        ),
        // So many lines belong together.
        ("Your authentication code\na\nb\nc\nd\ne\nf\ng\nis 467266.\n", "467266"),
        ("Your authentication code\na\nb\nc\nd\ne\nf\ng\nh\nis 467266.\n", "none"),
    ] {
        assert_eq!(in_text(text), expected, "{text}");
    }
    for (page, expected) in [
        ("<p>Your authentication code for Arlo<br>is 467266.", "467266"),
        ("<h1>Your authentication code</h1><p>is 467266 yours?", "none"),
        ("<p>Enter this number to sign in.</p><h1>467266</h1>", "467266"),
        (
            "<p>since we met the cameras have made</p><h1>467266</h1><p>pictures of you and the house. The code is in it.",
            "none",
        ),
        (
            "<table><tr><td>a<td>Your authentication code<tr><td>is 467266 yours?</table>",
            "none",
        ),
    ] {
        assert_eq!(in_page(page), expected, "{page}");
    }
}

#[test]
fn the_sentence_before_the_one_with_the_number() {
    for (text, expected) in [
        ("We made an authentication code for you. It is 467266.\n", "467266"),
        ("We made an authentication code for you. It is\n467266\n", "467266"),
        (
            "We made an authentication code for you.\nHere it is: 467266\n",
            "467266",
        ),
        ("We made an authentication code for you. 467266.\n", "467266"),
        (
            "We made an authentication code for you. It is\n467266 for ten minutes\n",
            "467266",
        ),
        (
            "We made an authentication code for you. The room is\n467266 on the map\n",
            "none",
        ),
        ("Wir haben einen Einmalcode erstellt. Er lautet 467266.\n", "467266"),
        ("Voici un code de vérification. C'est le 467266.\n", "467266"),
        ("Hay un código de verificación para usted. Es 467266.\n", "467266"),
        (
            "We made an authentication code for you. Room 467266 is yours.\n",
            "none",
        ),
        ("We made an authentication code for you. The room is 467266.\n", "none"),
        ("We made something for you. It is 467266. The code is yours.\n", "none"),
        ("There is an authentication code. Thanks. It is 467266.\n", "none"),
    ] {
        assert_eq!(in_text(text), expected, "{text}");
    }
}

#[test]
fn a_full_stop_may_belong_to_an_abbreviation() {
    for (text, expected) in [
        (
            "Your authentication code for Arlo Technologies Inc. is 467266\n",
            "467266",
        ),
        (
            "Der Authentifizierungscode für Arlo bzw. die Kameras lautet 467266\n",
            "467266",
        ),
        ("467266 is for Arlo Inc. only, as a verification code\n", "467266"),
        ("You got a discount from Arlo Inc. Your code is 467266\n", "467266"),
        ("You got a discount from Arlo Inc. 467266 is your code\n", "467266"),
        ("You got a discount from Arlo. “Your code” is 467266\n", "467266"),
        ("You got a discount! your code is 467266\n", "467266"),
        ("您有优惠. 验证码是467266\n", "467266"),
        ("Your code is 467266. order something soon.\n", "467266"),
        ("You got a discount from Arlo inc. with the code 467266\n", "none"),
    ] {
        assert_eq!(in_text(text), expected, "{text}");
    }
}

#[test]
fn a_sentence_with_its_number_names_no_other() {
    for (text, expected) in [
        ("Your authentication code is 467266.\n111222\n", "467266"),
        (
            "Your authentication code is 467266.\n\nMG Road, Bengaluru\n111222\n",
            "467266",
        ),
        ("Your authentication code: 467266\nBengaluru\n111222\n", "467266"),
        ("467266 is your authentication code\n111222\n", "467266"),
        ("467266 ist Ihr Einmalcode.\n\n111222 Berlin\n", "467266"),
        ("Login code\n\nYour login code is 467266.\n\n111222\n", "467266"),
        ("Your authentication code: 467266\nAccount:\n111222\n", "467266"),
        // Here the number belongs to the name of the other.
        (
            "Your authentication code for order number 111222 is\n\n467266 for ten minutes\n",
            "467266",
        ),
        (
            "Your authentication code for order number 111222 is below.\n\n467266 for ten minutes\n",
            "467266",
        ),
        ("Your authentication code for 111222:\n467266\n", "467266"),
        ("Your authentication code for request 111222\n467266\n", "467266"),
        ("Your authentication codes:\n467266\n111222\n", "conflict"),
    ] {
        assert_eq!(in_text(text), expected, "{text}");
    }
}

#[test]
fn a_sentence_about_a_code_with_its_number_names_no_other() {
    for (text, expected) in [
        ("Your code is 467266.\n\nNever share this code.\n\n111222\n", "467266"),
        ("Your code is 467266.\n\nNever share this code:\n\n111222\n", "111222"),
        ("Your login code is 467266.\n\nKeep this code.\n\n111222\n", "467266"),
        // The sentence says more than the one with the number.
        ("Your code is 467266.\n\nHere is a login code.\n\n111222\n", "conflict"),
        ("Your code:\n467266\n\nHere is a login code.\n\n111222\n", "467266"),
        // The first of the two is below.
        (
            "Keep this login code.\n\n111222\n\nYour login code is 467266.\n",
            "conflict",
        ),
        (
            "Keep this login code.\n\n111222\n\nYour login code:\n\n467266\n",
            "467266",
        ),
        // A sentence below a number.
        ("Your code is 467266.\n\n111222\n\nNever share this code.\n", "467266"),
        ("Your code is 467266.\n\n111222\n\nis a code too\n", "conflict"),
        // Words beside the number.
        (
            "Your code is 467266.\n\nNever share this code.\n\n111222 Bengaluru\n",
            "467266",
        ),
        // No number was joined to its code before.
        ("A code from Paris 111222.\n\nKeep this code.\n\n467266\n", "467266"),
    ] {
        assert_eq!(in_text(text), expected, "{text}");
    }
}

#[test]
fn a_word_for_a_code_behind_another_number() {
    for (text, expected) in [
        ("Case number 467266: enter your login code\n", "none"),
        ("Case number 467266, the code is yours\n", "none"),
        ("Order number 467266: enter the code\n", "none"),
        ("Your order 467266 was sent, so sign in with your code\n", "none"),
        ("A discount in shop 467266: sign in with your code\n", "none"),
        ("Account 467266: enter your login code\n", "none"),
        ("Account robin@example.net 467266 was made with a login code\n", "none"),
        ("Account robin@example.net 467266, made with a login code\n", "467266"),
        ("Hello 467266 was made with a login code\n", "none"),
        ("Hello 467266, made with a login code\n", "467266"),
        ("Hello 467266, made with a login code. Your code: 111222\n", "111222"),
    ] {
        assert_eq!(in_text(text), expected, "{text}");
    }
}

#[test]
fn a_line_within_a_sentence_is_no_code() {
    let mail = |above: &str, between: &str, number: &str, below: &str| {
        let text = format!("{above}\n{between}{number}\n{below}\n\nThis is for you and the others with the page.\n");
        found("Subject: Code\r\n", &text)
    };
    let above = "The visitors of your page were";
    let below = "in the last week of this year.";
    for (above, between, number, below, expected) in [
        (above, "", "467266", below, "none"),
        (above, "\n", "467266", below, "467266"),
        (above, "", "467266\n", below, "467266"),
        ("They were", "", "467266", below, "467266"),
        ("The visitors of your Page", "", "467266", below, "none"),
        ("The visitors of your PAGE", "", "467266", below, "467266"),
        ("The visitors of your page,", "", "467266", below, "none"),
        (above, "", "467266", "In the last week of this year.", "467266"),
    ] {
        assert_eq!(
            mail(above, between, number, below),
            expected,
            "{above} {between}{number} {below}"
        );
    }
}

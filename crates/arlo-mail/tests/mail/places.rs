//! Which number of a mail is the code, by its place and the words around it.

use arlo_mail::limits::MAX_NUMBERS;
use arlo_mail::{Content, Senders, read};

/// What is found in a mail: the code, `conflict` or `none`.
fn found(head: &str, body: &str) -> String {
    let raw = format!("From: do_not_reply@arlo.com\r\n{head}\r\n{body}");
    match read(raw.as_bytes(), &Senders::default()).unwrap().content {
        Content::Code(code) => code.expose().to_owned(),
        Content::ConflictingCodes => "conflict".to_owned(),
        Content::NoCode => "none".to_owned(),
        content => format!("{content:?}"),
    }
}

fn in_text(text: &str) -> String {
    found("Content-Type: text/plain; charset=utf-8\r\n", text)
}

fn in_page(page: &str) -> String {
    found("Content-Type: text/html; charset=utf-8\r\n", page)
}

#[test]
fn the_words_above_and_beside_a_number() {
    for (text, expected) in [
        // The text before the last names the code, the last one mentions something else.
        ("Your verification code\n\nFor your order\n\n467266\n", "467266"),
        ("Hello\n\nFor your order\n\n467266\n", "none"),
        // A whole sentence is no label.
        ("Ditt lösenord är säkert.\n\n467266\n", "467266"),
        ("Ditt lösenord\n\n467266\n", "none"),
        // Words before a number in its line are nearer than the line above.
        ("Your login code\n\nRoom 467266 is yours\n", "none"),
        ("Your login code\n\n467266 is yours\n", "467266"),
        ("Hej\n\n: 467266 tack\n", "467266"),
        ("Hej\n\n- 467266 tack\n", "none"),
        ("Hej\n\n467266で\n", "none"),
        // So are words above that say nothing, and those of an account.
        ("Your login code\n\nHello\n\n467266 is yours\n", "none"),
        ("Hello\n\nYour account\n\n467266 is yours\n", "none"),
        ("Order number\n\n467266\n\nUse this code to sign in.\n", "none"),
        // What is in brackets is a unit if it is short.
        ("Hej: 467266 (gäller i tio minuter)\n", "467266"),
        ("Hej: 467266 (10 min)\n", "467266"),
        ("Hej: 467266 (stycken)\n", "none"),
        // So is one word in the next line.
        ("Hej: 467266\nstycken\n", "none"),
        ("Hej: 467266\ntack till dig\n", "467266"),
        ("Hej: 467266\n\nTack\n", "467266"),
        // Another sentence is about something else.
        ("You got a discount. Your code is 467266\n", "467266"),
        ("You got a discount! 467266 is your code\n", "467266"),
        ("クーポンです。コードは467266です。\n", "467266"),
        ("クーポンです。467266 コード\n", "467266"),
        ("クーポンコードは467266です。\n", "none"),
        ("You got a v.discount code 467266\n", "none"),
        // A number that is divided unevenly counts if a word calls it a code.
        ("Your code: 46 7266 thanks\n", "467266"),
        ("46 7266 is your code\n", "none"),
        ("467 266 is your code\n", "467266"),
        ("# 467266 is your code\n", "none"),
        // A duration beside the number is no part of it.
        ("Your code: 467266 (10 minutes)\n", "467266"),
        ("Ihr Code: 467266 – 15 Minuten\n", "467266"),
        ("Votre code\n\n467266 / 10 min\n", "467266"),
        ("Your code is\n\n# 467266\n", "467266"),
        // Somebody asked for a new password if the sentence before is a question about one.
        ("Any questions? You asked for this code:\n467266\n", "467266"),
        ("Forgot your password? You asked for this code:\n467266\n", "none"),
        // The number goes on with the address above it.
        ("Klicka https://a.example/?x=\n467266\n", "none"),
        ("Klicka https://a.example/x\n467266\n", "467266"),
        // Digits in lines of their own.
        ("Hej\n4\n6\n7\n2\n6\n6\nHej\n", "467266"),
        ("Hej\n4\n6\n7\n2\n6\n6\n1\nHej\n", "none"),
    ] {
        assert_eq!(in_text(text), expected, "{text}");
    }
}

#[test]
fn a_code_for_something_else_does_not_compete() {
    for (text, expected) in [
        (
            "Your authentication code is 467266.\n\nSupport code:\n111222\n",
            "467266",
        ),
        (
            "Support code:\n111222\n\nYour authentication code is 467266.\n",
            "467266",
        ),
        ("Use 467266 to sign in to Arlo.\n\nSite code\n\n111222\n", "467266"),
        (
            "467266\n\nEnter this code to log in.\n\nDealer code:\n111222\n",
            "467266",
        ),
        (
            "Your one-time code is 467266. Arlo, MG Road, Bengaluru, PIN 111222\n",
            "467266",
        ),
        ("Your one-time code is 467266. Reference code: 111222\n", "467266"),
        ("Ihr Einmalcode lautet 467266.\n\nProduktcode:\n111222\n", "467266"),
        (
            "Votre code de vérification est 467266.\n\nCode produit :\n111222\n",
            "467266",
        ),
        (
            "Su código de autenticación es 467266.\n\nCódigo de soporte:\n111222\n",
            "467266",
        ),
        ("您的验证码是467266。\n\n产品代码\n\n111222\n", "467266"),
        // Two of one kind are a conflict.
        ("Your login code:\n467266\n\nVerification code:\n111222\n", "conflict"),
        ("Your code:\n467266\n\nHis code:\n111222\n", "conflict"),
        // A code with a name of its own is none.
        ("Your code:\n467266\n\nSupport code:\n111222\n", "467266"),
        ("Support code:\n111222\n", "none"),
        // A code for signing in is one whatever else is called a code.
        (
            "467266 is your authentication code.\n\nThe code of the camera is 111222.\n",
            "467266",
        ),
        // A text about signing in that mentions no code does not make its number one.
        ("Your code:\n\n467266\n\nYou can also log in as 111222.\n", "467266"),
        ("Ihr Code:\n\n467266\n\nAnmeldung mit Gerät 111222.\n", "467266"),
        // Nor does the code make one of a number with another name.
        (
            "Your code:\n\n467266\n\nCamera 111222 asked for a verification code.\n",
            "467266",
        ),
    ] {
        assert_eq!(in_text(text), expected, "{text}");
    }
    for (page, expected) in [
        (
            "<p>Authentication code for your cameras</p><p>467266</p><p>Product code</p><p>111222</p>",
            "467266",
        ),
        (
            "<p>Product code</p><h1>111222</h1><p>Your verification code is <b>467266</b>.</p>",
            "467266",
        ),
        ("<p>Product code</p><p>467266</p><p>Site code</p><p>111222</p>", "none"),
    ] {
        assert_eq!(in_page(page), expected, "{page}");
    }
}

#[test]
fn an_account_between_a_code_and_its_name() {
    for (text, expected) in [
        (
            "Here is your one-time authentication code for your Arlo\naccount:\n\n467266\n",
            "467266",
        ),
        (
            "Here is your verification code for this\naccount number:\n\n467266\n",
            "none",
        ),
        (
            "Voici le code d'authentification de\nvotre compte Arlo :\n467266\n",
            "467266",
        ),
        (
            "Hier ist Ihr Einmalcode für die Anmeldung\nbei Ihrem Arlo-Konto:\n467266\n",
            "467266",
        ),
        ("Su código de verificación para\nsu cuenta de Arlo:\n467266\n", "467266"),
        ("Your Arlo account\n\n467266\n\nEnter this code to sign in.\n", "467266"),
        (
            "Ihr Arlo-Konto\n\n467266\n\nMit diesem Code melden Sie sich an: Anmeldung.\n",
            "467266",
        ),
        (
            "Votre compte Arlo\n\n467266\n\nSaisissez ce code de vérification.\n",
            "467266",
        ),
        // The account has its value already.
        ("Authentication code\nAccount: robin@example.net\n467266\n", "467266"),
        ("Code\nKonto: robin@example.net\n467266\n", "467266"),
        (
            "Authentication code\nAccount: robin@example.net\n467266 (for you)\n",
            "467266",
        ),
        (
            "Your login code for the camera with the serial 4R0183H:\n467266\n",
            "467266",
        ),
        ("Votre code de connexion, dossier 4R0183H :\n467266\n", "467266"),
        ("Account robin@example.net: 467266 is your login code.\n", "467266"),
        // The number of an account.
        ("Your code is here.\n\nAccount number:\n467266\n", "none"),
        ("Your code is here.\n\nAccount:\n467266\n", "none"),
        ("Kontonummer:\n467266\n\nDer Code ist da.\n", "none"),
        ("Your authentication code was used.\nAccount:\n467266\n", "none"),
        ("Account:\n467266\n\nSign in to see your bill. Keep the code.\n", "none"),
        ("Account: robin@example.net\n467266\n\nA code of yours.\n", "none"),
        ("Account, 10 to 12 digits:\n467266\n\nA code of yours.\n", "none"),
        ("Account robin@example.net: 467266. A code of yours.\n", "none"),
        (
            "Your authentication code is 467266.\nAccount 111222 is yours.\n",
            "467266",
        ),
    ] {
        assert_eq!(in_text(text), expected, "{text}");
    }
    for (page, expected) in [
        (
            "<table><tr><td>Authentication code<td>Account<tr><td>467266<td>111222</table>",
            "467266",
        ),
        (
            "<table><tr><td>Login code<td>467266<tr><td>Account<td>111222</table>",
            "467266",
        ),
        (
            "<h1>Your Arlo account</h1><p>467266</p><p>Enter this code to sign in.",
            "467266",
        ),
        (
            "<h1>Your Arlo account</h1><p>467266</p><p>The code is in the letter.",
            "none",
        ),
    ] {
        assert_eq!(in_page(page), expected, "{page}");
    }
}

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
fn numbers_in_the_cells_of_a_row() {
    let dashes = |count: usize| format!("<td>467<td>{}<td>266", "-".repeat(count));
    for (cells, expected) in [
        ("<td>467<td>266", "467266"),
        ("<td>467<td>-<td>266", "467266"),
        ("<td>467<td>26<td>6", "none"),
        ("<td>a4<td>6<td>7<td>2<td>6<td>6", "none"),
        ("<td>$4<td>6<td>7<td>2<td>6<td>6", "none"),
        ("<td>4672<td>66", "none"),
        ("<td>467<tr><td>266", "none"),
        (&dashes(32), "467266"),
        (&dashes(33), "none"),
        // A number beside another cell is less likely than one that is alone.
        ("<td>467266<td>hej</table><p>111222<table>", "111222"),
        ("<td>hej<td>467266</table><p>111222<table>", "111222"),
    ] {
        assert_eq!(
            in_page(&format!("<p>Hej<table><tr>{cells}</table>")),
            expected,
            "{cells}"
        );
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

#[test]
fn the_subject_says_what_a_mail_is_about() {
    let of = |subject: &str| found(&format!("Subject: {subject}\r\n"), "Your code is\r\n\r\n467266\r\n");
    assert_eq!(of("Hello"), "467266");
    assert_eq!(of("Your promo code"), "none");
    assert_eq!(of("Sale"), "none");
    assert_eq!(of("Sale: Hello"), "467266");
    // What a gateway adds in brackets does not count, unless the bracket is never closed.
    assert_eq!(of("[promo code] Hello"), "467266");
    assert_eq!(of("[Your promo code] Hello"), "467266");
    assert_eq!(of("[Your promo code"), "none");
}

#[test]
fn so_much_of_a_mail_is_read_to_learn_its_language() {
    // A number without a word near it may be the code if the text that is read mentions a code.
    let mail = |sample: usize| {
        let words = "This is for you and the others with the page. ".repeat(100);
        // Each line counts with a blank before it.
        let line = words[..4000].to_owned() + &"x".repeat(sample - " 467266 ".len() - 4000);
        in_text(&format!("467266\n\n{line}\n\nAll codes\n"))
    };
    assert_eq!(mail(4096), "467266");
    assert_eq!(mail(4097), "none");
}

#[test]
fn so_many_numbers_are_looked_at() {
    let mail = |before: usize| {
        let orders = "Order number: 111222\n".repeat(before);
        in_text(&format!("{orders}Your code is: 467266\n"))
    };
    assert_eq!(mail(MAX_NUMBERS - 1), "467266");
    assert_eq!(mail(MAX_NUMBERS), "none");
}

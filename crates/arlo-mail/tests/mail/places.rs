//! Which number of a mail is the code, by its place and the words around it.

use arlo_mail::limits::MAX_NUMBERS;

use crate::found::{found, in_page, in_text};

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
fn a_number_in_a_table_has_the_name_of_its_row_or_column() {
    let row = |cell: &str, columns: usize| format!("<tr>{}", format!("<td>{cell}").repeat(columns));
    let table = |columns: usize, rows: usize| {
        let heads = format!("<tr><td>Device{}<td>Code", "<td>Time".repeat(columns - 2));
        let numbers = format!("<tr><td>111222{}<td>467266", "<td>10:05".repeat(columns - 2));
        format!("<table>{heads}{}{numbers}</table>", row("-", columns).repeat(rows))
    };
    for (page, expected) in [
        (table(2, 0), "467266"),
        (table(12, 0), "467266"),
        // What is longer is no table, and the cell before the first number is the last of the row above.
        (table(13, 0), "111222"),
        (table(2, 15), "467266"),
        (table(2, 16), "conflict"),
        // The cell to the left says more than the head.
        (
            "<table><tr><td>Login code<td>Door<tr><td>Support code<td>467266</table>".to_owned(),
            "none",
        ),
        (
            "<table><tr><td>Device<td>Login code<tr><td>Front door<td>467266</table>".to_owned(),
            "467266",
        ),
        // Other rows have other heads.
        (
            "<table><tr><td>A<td>B<td>Code</table><table><tr><td>111222<td>467266</table>".to_owned(),
            "conflict",
        ),
    ] {
        assert_eq!(in_page(&page), expected, "{page}");
    }
}

#[test]
fn a_name_before_a_number_is_nearer_than_a_title() {
    for (text, expected) in [
        ("Your login code\n\nCamera\t467266\n", "none"),
        ("Your login code\n\nCamera at the back\t467266\n", "467266"),
        ("Your login code\n\nThe camera in it\t467266\n", "467266"),
        ("Your login code\n\nCamera back door\t467266\n", "none"),
        ("Your login code\n\nCamera:\t467266\n", "none"),
        ("Your login code\n\nSeen at 10:05\t467266\n", "467266"),
        ("Your login code\n\nCamera.\t467266\n", "467266"),
        // In an unknown language the name may be the word for a code.
        ("Hej\tx\nNyckel\t467266\n", "467266"),
        // A line above may be a greeting, so that the number counts if there is no better one.
        ("Your login code\n\nRobin\n\n467266\n", "467266"),
        ("Your login code\n\nRobin\n\n467266\n\nHis code: 111222\n", "111222"),
        ("Your login code\n\nRobin.\n\n467266\n\nHis code: 111222\n", "467266"),
        ("Your login code\n\nCamera: 467266\n", "none"),
        ("Your login code\n\nFor Robin and you: 467266\n", "467266"),
    ] {
        assert_eq!(in_text(text), expected, "{text}");
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

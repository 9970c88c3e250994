use super::*;

#[test]
fn one_number_of_six_digits_is_the_code() {
    for text in [
        "Your Arlo one-time authentication code is 467266.",
        "467266",
        "467266 is your Arlo code. It expires in 5 minutes. Call 555-1234.",
        "Ihr einmaliger Arlo-Code lautet: 467266. Gültig bis 12:30.",
        "Votre code d’authentification Arlo est « 467266 ».",
        "Arlo認証コードは467266です。",
        "您的 Arlo 验证码是４６７２６６，5分钟内有效。",
        "Arlo 인증번호 [467266]를 입력하세요",
        "رمز المصادقة الخاص بك هو 467266.",
        "Code: 467266\n\n@arlo.com #467266",
        "(467266)",
        "code=467266",
        "467266 https://arlo.example/123456",
    ] {
        assert_eq!(code_in_text(text).unwrap().expose(), "467266", "{text}");
    }
    for text in [
        "您的验证码是467266,10分钟内有效。",
        "验证码(467266)15分钟内有效。",
        "認証コードは467・266です。",
        "Doğrulama kodunuz 467266'dir.",
        "Vahvistuskoodisi on 467266:n.",
        "Az ellenőrző kód a 467266-os.",
    ] {
        assert_eq!(code_in_text(text).unwrap().expose(), "467266", "{text}");
    }
    for text in [
        "Arlo authentication code 467 266",
        "Arlo authentication code 467\u{a0}266.",
        "467-266 is your code",
        "Ihr Code: 467 – 266. Gültig bis 12:30",
        "code 467·266, valid 5 minutes",
        "46 72 66",
        "4 6 7 2 6 6",
        "467 266\n\n@arlo.com #467266",
        "467266 is your Arlo code. Questions? Call 555-123.",
    ] {
        assert_eq!(code_in_text(text).unwrap().expose(), "467266", "{text}");
    }
    // How long it is valid is no part of it.
    for text in [
        "467 266 - 10 minutes",
        "Arlo code 467-266 – 10 min",
        "467 266 10-minute code",
        "46 72 66 · 5 minutos",
        "467 266 — 15 Minuten gültig",
        "467 266 - 120 secondes",
        "467 266 - 1 heure",
        "467 266 - 24 timer",
        "467 266 - 10 minuuttia",
        "467 266 - 10 мин",
        "467 266 - 10 dakika",
        "467 266 - 10 λεπτά",
        "467 266 - 10 דקות",
        "467 266 - 10 دقائق",
        "467 266 - 10 मिनट",
        "467 266 - 10 นาที",
        "467 266 - 1 ชั่วโมง",
        "467 266 - 10 min. Arlo",
        "467 266 - 10 phút",
        "467 266 - 10分間有効",
        "467 266 - 10分钟",
        "467 266 - 10분",
    ] {
        assert_eq!(code_in_text(text).unwrap().expose(), "467266", "{text}");
    }
    assert_eq!(code_in_text("code 012345.").unwrap().expose(), "012345");
}

#[test]
fn nothing_is_guessed() {
    for text in [
        "",
        "Your parcel is on its way",
        "12345 or 1234567",
        "467266 or 123456",
        "call 555-123456",
        "+123456",
        "1.467266",
        "467266,50",
        "467266,10 minutes",
        "467266,10minutes",
        "467266,1000分",
        "467.266",
        "1 467 266",
        "467 266 1",
        "467 266 - 22",
        "467 266 - 22 Durchwahl",
        "467 266 - 22 Fairview Road",
        "467 266-10 minutes",
        "467 266–10 minutes",
        "467 266 - 4000 minutes",
        "467 266 - 10 minutes, 111 222",
        "555 467 266 - 10 minutes",
        "Tel. 467 266 - 10 minutes",
        "467 266 or 111 222",
        "call 555-123",
        "Tel.: 467 266",
        "+1 467 266",
        "(040) 467 266",
        "0800 467 266",
        "21-11-26",
        "467-2667",
        "467 266.50",
        "ref467 266",
        "467 266x",
        "https://arlo.example/467-266",
        "ref467266",
        "467266x",
        "12:467 266",
        "1/467 266",
        "order_467266",
        "https://arlo.example/467266",
        "1234567890123456",
    ] {
        assert_eq!(code_in_text(text), None, "{text}");
    }
}

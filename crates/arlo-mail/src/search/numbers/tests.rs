use super::*;

fn found(line: &str) -> Vec<String> {
    six_digits(line).map(|number| number.code.expose().to_owned()).collect()
}

#[test]
fn six_digits_by_themselves() {
    for line in [
        "467266",
        "(467266)",
        "code:467266",
        "467 266",
        "467-266",
        "467 - 266",
        "46 72 66",
        "4 6 7 2 6 6",
        "4-6-7-2-6-6",
        "467·266",
        "467 — 266",
        "コードは467266です",
        "467266.",
        "467266.Never",
        "467266, please",
        "467266 15 minutes",
        "467266 10-minute code",
        "467266 (10 minutes)",
        "467266 (10-minute code)",
        "467266 - 10 min",
        "467266 — 15 Minuten",
        "467266 / 10 min",
        "467266 · 5 minutos",
        "467 266 (10 minutes)",
        "467-266 - 10 minutes",
        "467266 Sekundenschnell",
        "“467266”",
        "*467266*",
        "_467266_",
        "__467266__",
        "ל-467266",
        "46 7266",
    ] {
        assert_eq!(found(line), ["467266"], "{line}");
    }
    // Beside an address, and not in it.
    for line in [
        "https://a.example 467266",
        "467266 https://a.example",
        "www.a.example 467266",
        "467266 www.a.example",
        "a@b.example 467266",
        "467266 a@b.example",
        "and/or(467266)",
        "a.b(467266)",
    ] {
        assert_eq!(found(line), ["467266"], "{line}");
    }
    assert_eq!(
        found("467266 or https://a.example/(555666) or 111222 or a@b.example!333444 or 777888"),
        ["467266", "111222", "777888"]
    );
    assert_eq!(found("467266 / 111222"), Vec::<String>::new());
    assert!(six_digits("# 467266").all(|number| number.marked));
    assert!(six_digits("order # 467266").next().is_none());
    assert_eq!(found("467266 or 111222"), ["467266", "111222"]);
}

#[test]
fn what_may_touch_a_code() {
    for line in [
        "467266'dir",
        "467266’i girin",
        "467266:n.",
        "467266:ssa",
        "467266-os",
        "467266-nak.",
        "467•266",
        "467 • 266",
        "467・266",
        "467∙266",
        "467266 (123 minutes)",
        "467266 - 120 seconds",
        "467266,10分钟",
        "467266,120秒",
        "(467266)15分",
    ] {
        assert_eq!(found(line), ["467266"], "{line}");
    }
}

#[test]
fn six_digits_of_something_else() {
    for line in [
        "46726",
        "4672661",
        "467266 1",
        "1 467 266",
        "467,266",
        "467.266",
        "#467266",
        "Order # 467266",
        "####### 467266",
        "#467266",
        "467266 MB",
        "467266 KiB used",
        "467266 Mbps",
        "467266 kWh.",
        "467266 Minuten",
        "467266 Sekunden",
        "467266 B",
        "467266 МБ",
        "467266km",
        "467266A",
        "467266½",
        "467266€",
        "467266°",
        "467266_1",
        "IMG_467266_",
        "_467266_1",
        "467266 1500 Punkte",
        "$467266",
        "467266 €",
        "467266%",
        "+467266",
        "0151 467266",
        "467266-22",
        "467266-22 Minuten",
        "467266 (22)",
        "467266 - 22",
        "467266 / 111222 min",
        "467266 (1234 minutes)",
        "467266,10 minutes",
        "467266-bit",
        "467266-asy",
        "467266:nnnnn",
        "467266'ABC",
        "467266'dir-x",
        "467266-as-x",
        "(467) 266 - 22 Durchwahl",
        "0151 467266 - 22 Durchwahl",
        "21-11-26",
        "21.11.26",
        "21/11/26",
        "10:15:30",
        "A467266",
        "467266B",
        "IMG_467266",
        "467266.pdf",
        "v1.467266",
        "x@467266",
        "467266@x.example",
        "https://a.example/b,467266",
        "www.a.example?467266",
        "№ 467266",
        "467266/7",
        "AB-467266",
        "467266-AB",
        "467266 px",
        "4 67 266",
        "467 26-6",
    ] {
        assert!(
            found(line).is_empty() || found(line) == ["467266"] && six_digits(line).all(|n| n.odd),
            "{line}"
        );
    }
}

#[test]
fn six_digits_of_an_address() {
    for line in [
        "https://a.example/(467266)",
        "https://a.example/b(467266)c",
        "www.a.example!467266",
        "a@b.example!467266",
        "(467266)a@b.example",
        "(467266)https://a.example",
        "(467266)www.a.example",
        "https://例え.jp/試験(467266)",
        "робин@пример.рф!467266",
        "https://a.example/é(467266)",
        "467266@例え.jp",
    ] {
        assert_eq!(found(line), Vec::<String>::new(), "{line}");
    }
    // Here the address ends before the number, or begins after it.
    for line in [
        "尊敬的robin@example.net，验证码为467266",
        "robin@example.net様のコードは467266です",
        "请在https://my.arlo.com输入验证码467266。",
        "验证码467266已发送至robin@example.net",
        "コード467266（www.arlo.com）",
        "467266、https://my.arlo.com/",
        "https://例え.jp、467266",
        "467266<https://my.arlo.com/>",
        "<https://my.arlo.com/>467266",
        "[467266](https://my.arlo.com/)",
        "รหัสของrobin@example.netคือ467266",
    ] {
        assert_eq!(found(line), ["467266"], "{line}");
    }
}

//! What each pass over a mail counts. The limit of the steps protects only as far as the passes count what they do.

use arlo_mail::limits::{MAX_OPEN_ELEMENTS, MAX_STEPS};
use arlo_mail::testing::read_counted;
use arlo_mail::{Content, Senders};

const FROM: &str = "From: do_not_reply@arlo.com\r\n";
const GMAIL: &str = "From: forwarding-noreply@google.com\r\n";
const PAGE: &str = "From: do_not_reply@arlo.com\r\nContent-Type: text/html\r\n\r\n";

#[test]
fn each_pass_counts_what_it_looks_at() {
    let text = "this is a text of some words ".repeat(1000);
    let part = format!("--b\r\nContent-Type: image/png\r\n\r\n{text}\r\n");
    let header = format!("--b\r\nContent-Type: image/png\r\nX: {text}\r\n\r\n");
    let original =
        format!("--b\r\nContent-Type: text/plain; name=a.eml\r\n\r\nFrom: a@b.example\r\nX: {text}\r\n\r\n{text}\r\n");
    let address = "a@b.example, ".repeat(30);
    let deep = "<div>".repeat(MAX_OPEN_ELEMENTS);
    let rules = ".a{color:red;display:block}b i{color:red}".repeat(100);
    for (name, raw, expected) in [
        ("a text", format!("{FROM}\r\n{text}"), 167_135),
        (
            "a text with a number alone",
            format!("{FROM}\r\n467266\r\n\r\n{text}"),
            146_871,
        ),
        (
            "a text with a number among words",
            format!("{FROM}\r\n{} 467266 {text}", &text[..200]),
            198_422,
        ),
        (
            "numbers in a text",
            format!("{FROM}\r\n{}", format!("{} 467266 ", &text[..400]).repeat(20)),
            92_674,
        ),
        (
            "numbers beside others",
            format!(
                "{FROM}\r\n{}",
                format!("{} 111222 and door (467266). ", &text[..100]).repeat(50)
            ),
            105_174,
        ),
        ("Gmail's question", format!("{GMAIL}\r\na@b.example {text}"), 225_301),
        (
            "numbers in Gmail's question",
            format!("{GMAIL}\r\n{}", format!("{} 12345678 ", &text[..200]).repeat(50)),
            139_547,
        ),
        (
            "a subject",
            format!("{FROM}Subject: {}\r\n\r\nx", &text[..4000]),
            24_164,
        ),
        ("addresses", format!("{FROM}To: {address}x\r\n\r\nx"), 2_646),
        ("a header", format!("{FROM}X: {}\r\n\r\nx", &text[..10_000]), 20_152),
        (
            "a multipart",
            format!("{FROM}Content-Type: multipart/mixed; boundary=b\r\n\r\n{part}--b--"),
            43_807,
        ),
        (
            "a part with a header",
            format!("{FROM}Content-Type: multipart/mixed; boundary=b\r\n\r\n{header}--b--"),
            72_817,
        ),
        (
            "a text that may be a mail",
            format!("{FROM}Content-Type: multipart/mixed; boundary=b\r\n\r\n{original}--b--"),
            450_549,
        ),
        ("a page", format!("{PAGE}{text}"), 225_185),
        (
            "elements in many others",
            format!("{PAGE}{deep}{}", "<i></i>".repeat(1000)),
            117_898,
        ),
        ("a sheet", format!("{PAGE}<style>{text}</style>"), 290_276),
        (
            "the tags of sheets",
            format!("{PAGE}{}", "<style media='screen and (color)'></style>".repeat(500)),
            194_186,
        ),
        (
            "custom properties",
            format!("{PAGE}<style>{}</style>", "a{--b:c}".repeat(1000)),
            112_304,
        ),
        (
            "what stands for variables",
            format!("{PAGE}{}", "<p style='color:var(--a,var(--b,red))'>x</p>".repeat(100)),
            30_986,
        ),
        (
            "rules for no element",
            format!("{PAGE}<style>{rules}</style>{}", "<p>x</p>".repeat(100)),
            46_276,
        ),
        (
            "rules for a class",
            format!("{PAGE}<style>{rules}</style>{}", "<p class=a>x</p>".repeat(100)),
            201_104,
        ),
        (
            "rules for elements in others",
            format!("{PAGE}<style>{rules}</style>{}", "<i>x</i>".repeat(100)),
            166_276,
        ),
        (
            "formatting around blocks",
            format!("{PAGE}{}", "<b><div></b>".repeat(100)),
            9_322,
        ),
    ] {
        let steps = read_counted(raw.as_bytes(), &Senders::default()).1;
        // A hundredth more or less is no other pass.
        assert!(steps.abs_diff(expected) <= expected / 100, "{name}: {steps}");
    }
}

#[test]
fn a_page_with_too_many_steps_is_not_read_to_its_end() {
    let rules = "i{color:red}".repeat(1000);
    let page = format!("{PAGE}<style>{rules}</style>{}", "<i></i>".repeat(30_000));
    let (mail, steps) = read_counted(page.as_bytes(), &Senders::default());
    assert_eq!(mail.unwrap().content, Content::TooComplex);
    assert!(steps < MAX_STEPS + 10_000, "{steps}");
}

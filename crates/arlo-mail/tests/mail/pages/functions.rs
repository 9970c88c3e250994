//! Functions in values: calculated lengths, shapes, transformations, `var()`.

use super::{STANDARD, hidden, seen, shown};

/// Whether the text of a paragraph with each of these `style` attributes is hidden.
fn each(styles: &[&str], is_hidden: bool) {
    for style in styles {
        let page = format!("{STANDARD}<p style=\"{style}\">467266");
        assert_eq!(seen(&page).is_empty(), is_hidden, "{style}");
    }
}

#[test]
fn calculated_lengths() {
    each(
        &[
            "font-size:clamp(12px,2vw,20px)",
            "font-size:clamp(1rem,2.5vw,2rem)",
            "font-size:clamp(100%,2vw,24px)",
            "font-size:max(1px,14px)",
            "font-size:min(20px,2em)",
            "font-size:calc(1rem + .2vw)",
            "font-size:calc(14px * 1.2)",
            "font-size:calc((1em + 2px)/2)",
            "font-size:calc(14px / 0)",
            "font-size:calc(14px * (1 / 0))",
            "font-size:0;font-size:calc(100% - 2px)",
            "font-size:calc(7px * (1 + 1))",
            "font-size:calc(7px * (2 - 1))",
            "font-size:max(0px,14px,1px)",
            // Functions that are not calculated.
            "font-size:hypot(0px,14px)",
            "font-size:calc(14px * cos(0))",
            "width:fit-content(0px);overflow:hidden",
            // Too many parentheses inside others.
            "font-size:calc((((((0px))))))",
            "max-height:min(100%,600px);overflow:hidden",
            "max-height:min(0px,100%);overflow:hidden",
            "width:min(100%,600px);overflow:hidden",
            "height:calc(100% - 20px);overflow:hidden",
            // A percentage of a height that is not known is no height, not even one of nothing.
            "height:calc(0% + 0%);overflow:hidden",
            "height:calc(0% * 2);overflow:hidden",
            "width:calc(100vw - 20px);overflow:hidden",
            "margin-left:calc(-1 * 10px)",
            "text-indent:calc(1px - 20px)",
        ],
        false,
    );
    each(
        &[
            "font-size:clamp(0px,0px,1px)",
            "font-size:clamp(0px,9px,1px)",
            "font-size:min(0px,14px)",
            "font-size:calc(0px * 14)",
            "font-size:calc(14 * 0px)",
            "font-size:calc(1px - 20px)",
            "margin-left:calc(0px - 9999px)",
            "text-indent:calc(-1 * 9999px)",
            "position:absolute;left:calc(0px - 9999px)",
            "position:absolute;left:calc(-100vw - 100px)",
            "position:absolute;top:calc(-1 * (900px + 99px))",
            "position:absolute;left:calc(2px - 99em)",
            "max-height:calc(10px - 10px);overflow:hidden",
            "height:clamp(0px,0px,0px);overflow:hidden",
            "font-size:calc(14px * (2 - 2))",
            "font-size:calc(14px * (1 * .1))",
            "font-size:calc(14px * (1 / 10))",
            "font-size:calc(14px / 10)",
            "font-size:calc(0px / 2)",
            "font-size:calc(14px * min(1,.1))",
            "font-size:calc(14px * max(.1,.05))",
            "font-size:calc(((((0px)))))",
            "font-size:calc(min(0px,14px) * 2)",
            "font-size:calc(1em + 1px - 100%)",
            "font-size:calc(1em - 1em + 1px)",
            "font-size:calc(1rem - 15px)",
            "font-size:calc((1em - 15px) * 2)",
            "font-size:calc((10% + 1%) * 1)",
            "width:min(0%,50%);overflow:hidden",
            "width:calc(10% - 10%);overflow:hidden",
            // Nothing is divided by zero, and the declaration counts for nothing.
            "font-size:0;font-size:calc(14px / 0)",
            "font-size:0;font-size:calc(14px * (1 / 0))",
        ],
        true,
    );
    shown(&[
        "<div style='font-size:0'><p style='font-size:clamp(14px,2vw,20px)'>467266",
        "<div style='font-size:0'><p style='font-size:calc(1em + 9px)'>467266",
    ]);
    hidden(&["<div style='font-size:0'><p style='font-size:calc(1em + 1px)'>467266"]);
}

#[test]
fn shapes_that_clip() {
    each(
        &[
            "clip-path:inset(0)",
            "clip-path:inset(50% 0 0 0)",
            "clip-path:inset(1px 2px)",
            "clip-path:polygon(0 0,100% 0,100% 100%,0 100%)",
            "clip-path:polygon(0 0,100% 0,0 9px)",
            "clip-path:circle(50% at 0 0)",
            "clip-path:xywh(0 0 100% 100%)",
            "clip-path:rect(0 100% 100% 0)",
            "clip-path:rect(0 auto auto 0)",
            "clip-path:polygon(0 0,.1% 0,0 100%)",
            "clip-path:circle(calc(1px + 1%))",
            "clip-path:rect(0 calc(1em + 1px) 9px calc(2em - 99px))",
            "clip-path:url(#x)",
            "clip-path:none",
        ],
        false,
    );
    each(
        &[
            "clip-path:inset(0 100% 0 0)",
            "clip-path:inset(0 0 100%)",
            "clip-path:inset(60% 0 40% 0)",
            "clip-path:inset(50% round 4px)",
            "clip-path:inset(9999px)",
            "clip-path:inset(calc(50% + 1px))",
            "clip-path:polygon(0 0,0 0,0 0)",
            "clip-path:polygon(0 0,100% 100%)",
            "clip-path:polygon(evenodd,0 0,0 10px,0 20px)",
            "clip-path:polygon(10px 0,10px 10px,10px 20px)",
            "clip-path:circle(calc(1em - 1em))",
            "clip-path:inset(calc(400px + 500px) 0)",
            "clip-path:rect(0 calc(1em + 1px) 9px calc(1em + 2px))",
            "clip-path:circle(0 at 50% 50%)",
            "clip-path:ellipse(10px 0)",
            "clip-path:xywh(0 0 0 10px)",
            "clip-path:rect(0 0 0 0)",
            "clip-path:rect(10px 100% 10px 0)",
            "-webkit-clip-path:inset(100%)",
        ],
        true,
    );
    // So many arguments are read. A corner beyond them may be anywhere.
    let line = |corners: usize| {
        let corners = vec!["0 0"; corners].join(",");
        format!("clip-path:polygon(evenodd,{corners})")
    };
    each(&[&line(21)], true);
    each(&[&line(22)], false);
}

#[test]
fn transformations() {
    each(
        &[
            "transform:scale(.9)",
            "transform:scale(1.5,.8)",
            "transform:scaleX(-1)",
            "transform:matrix(1,0,0,1,0,0)",
            "transform:matrix(0,1,-1,0,0,0)",
            "transform:translate(-50%)",
            "transform:rotateX(30deg)",
            "transform:none",
            "scale:1.2",
            "scale:none",
            "translate:10px 20px",
            "display:inline;transform:scale(0)",
            "font-size:100px;transform:matrix(.1,0,0,.1,0,0)",
            // Three numbers at most.
            "scale:0 0 0 0",
        ],
        false,
    );
    each(
        &[
            "transform:scale(.001)",
            "transform:scale(.1)",
            "transform:scaleY(.01)",
            "transform:scale3d(0,0,0)",
            "transform:scale(.3) scale(.3)",
            "transform:matrix(0,0,0,0,0,0)",
            "transform:matrix(1,1,1,1,0,0)",
            "transform:matrix(.001,0,0,.001,0,0)",
            "transform:matrix(1,0,0,1,-9999,0)",
            "transform:rotateX(90deg)",
            "transform:rotateY(.25turn)",
            "transform:rotateY(100grad)",
            "transform:translateX(-9999%)",
            "transform:translate3d(-9999px,0,0)",
            "transform:translateX(calc(0px - 9999px))",
            "-webkit-transform:scale(0)",
            "scale:0",
            "scale:1 0",
            "translate:0 -9999px",
        ],
        true,
    );
    hidden(&["<div style='transform:scale(.3)'><p style='transform:scale(.3)'>467266"]);
    shown(&["<div style='transform:scale(.1)'><p style='font-size:200px'>467266"]);
}

#[test]
fn what_stands_for_a_variable() {
    each(
        &[
            "font-size:var(--s,16px)",
            "font-size:calc(var(--s,2px)*8)",
            "color:var(--c,#333)",
            "display:none;display:var(--d)",
            "display:var(--d,none)x",
            "display:var(--d,block",
            "font-size:var(--s,0);font-size:14px",
        ],
        false,
    );
    each(
        &[
            "display:var(--d,none)",
            "font-size:var(--s,0)",
            "font-size:VAR(--s, 0px )",
            "font-size:var(--a,var(--b,0px))",
            "color:rgb(var(--r,255),255,255)",
            "font-size:var(--s,0)!important;font-size:14px",
            // The names of other functions end in the same letters.
            "font:var(--s,0) 'myvar('",
            "font:var(--s,0) 'my-var('",
        ],
        true,
    );
    for (sheet, is_hidden) in [
        (":root{--d:none}p{display:var(--d)}", true),
        (":root{--d:block}p{display:none;display:var(--d,none)}", false),
        ("p{font-size:var(--s,16px)}div{font-size:0}", false),
        ("p{display:var(--d)}:root{--d:none}", true),
        (":root{--b:var(--a);--a:none}p{display:var(--b)}", true),
        (":root{--a:var(--a)}p{display:var(--a,none)}", true),
        (
            ":root{--d:block}@media print{:root{--d:none}}p{display:var(--d,none)}",
            false,
        ),
        (":root{--s:0px}p{font-size:var(--s,clamp(12px,2vw,20px))}", true),
        // The block of a rule may have rules in it, and they end where their own blocks end.
        (":root{b:hover{color:red}--d:none}p{display:var(--d)}", true),
        (":root{&:hover{color:red}--d:none}p{display:var(--d)}", true),
        // Two values are not followed.
        (".a{--d:block}.b{--d:none}p{display:var(--d,none)}", true),
        (".a{--d:none}.b{--d:none}p{display:var(--d,block)}", true),
    ] {
        let page = format!("{STANDARD}<style>{sheet}</style><div><p>467266");
        assert_eq!(seen(&page).is_empty(), is_hidden, "{sheet}");
    }
    // So many stand for each other.
    let chain = |count: usize| {
        let links: String = (1..count).map(|at| format!("--v{at}-:var(--v{}-);", at - 1)).collect();
        seen(&format!(
            "{STANDARD}<style>b{{--v0-:none;{links}}}p{{display:var(--v{}-)}}</style><p>467266",
            count - 1
        ))
    };
    assert_eq!(chain(8), "");
    assert_eq!(chain(9), "467266");
}

"""Pages made at random from the means by which mails hide text. The same seed gives the same page.

Two cases that need a layout are left out: a box whose lines have no height, and one whose border or padding leaves some
pixels of its text.
"""

import random

BLOCKS = "div div div p ul section nav center h1 h2 table".split()
INLINES = "span span b font a small big em x-y".split()
# What may be inside each element that is no plain block, and whether its end tag may be left out.
WITHIN = {"ul": ["li"], "table": ["tr", "tr", "tbody", "thead"], "tbody": ["tr"], "thead": ["tr"], "tr": ["td"]}
NEEDS_NO_END = {"li", "td", "tr", "tbody", "thead"}
STYLES = """display:none display:block display:inline visibility:hidden visibility:visible visibility:inherit opacity:0 opacity:.5
opacity:1 font-size:0 font-size:0px font-size:1px font-size:14px font-size:2em font-size:200% font-size:medium font-size:smaller
font-size:1rem font-size:inherit font-size:initial font:0/0_a font:bold_14px/1.2_Arial color:#fff color:white color:#000 color:red
color:inherit color:transparent color:rgba(255,255,255,1) color:hsl(0,0%,100%) color:currentcolor background:#fff background:#000
background-color:white background-color:black background:#123_url(x.png) background:transparent max-height:0 max-height:0;overflow:hidden
height:0;overflow:hidden height:0 width:0;overflow:hidden overflow:hidden position:absolute;left:-9999px left:-9999px
position:absolute;clip:rect(0,0,0,0) clip-path:inset(100%) mso-hide:all display:none!important
display:block!important color:#fff!important font-size:14px!important font-size:12pt margin:0 float:left
position:relative transform:scale(0) font-size:bogus color:#12 visibility:bogus display:inline-block text-align:center
font-size:clamp(12px,2vw,20px) font-size:calc(1px_-_20px) font-size:var(--x,14px) display:var(--x,none) color:var(--x,#000)
position:absolute;left:calc(0px_-_9999px) transform:scale(.001) clip-path:inset(0_100%_0_0)
-webkit-text-fill-color:transparent -webkit-text-stroke:1px_#000 -webkit-text-stroke:0_#000 text-shadow:0_0_1px_#123
text-shadow:1px_1px_transparent background:linear-gradient(#036,#036);-webkit-background-clip:text;color:transparent
background:#036;background-clip:text;color:transparent background-clip:text background-clip:border-box""".split()
SELECTORS = """.a .b .c #i div p span td .a_.b .a_>_.b div.a table_td .a,.c p_span *.b .a.b nav .c_.c h1 .a:hover,.b .c:-moz-focus,.a
.b::-webkit-x,.c .a:foo,div .b!,span p_>,.b .b,,.c""".split()
AROUND = ["...", "...", "...", "@supports (display:grid){...}", "@supports not (display:grid){...}", "@layer a{...}", "@layer b{...}"]
ATTRIBUTES = ["bgcolor=#000000", "bgcolor=white", "hidden", "color=white", 'color="#ffffff"', "size=1", "size=5"]


def styles(chance: random.Random, most: int) -> str:
    count = chance.randint(0, most)
    return ";".join(chance.choice(STYLES) for _ in range(count)).replace("_", " ")


def page(seed: int) -> str:
    chance = random.Random(seed)
    written = []

    def number() -> None:
        written.append(f" {chance.randint(100000, 999999)} ")

    def element(tag: str, depth: int) -> None:
        attributes = [f'class="{chance.choice(["a", "b", "c", "a b", "B"])}"'] if chance.random() < 0.5 else []
        if chance.random() < 0.1:
            attributes.append("id=i")
        if chance.random() < 0.15:
            attributes.append(chance.choice(ATTRIBUTES))
        if chance.random() < 0.5:
            attributes.append(f'style="{styles(chance, 2)}"')
        written.append(f"<{' '.join([tag, *attributes])}>")
        for _ in range(chance.randint(1, 3)):
            if tag in WITHIN:
                element(chance.choice(WITHIN[tag]), depth + 1)
            elif depth < 7 and chance.random() < 0.6:
                # Nothing but text and its formatting stands in these.
                tags = INLINES if tag in INLINES or tag in ("p", "h1", "h2") else [*BLOCKS, *INLINES]
                element(chance.choice([other for other in tags if other != "a" or tag not in INLINES]), depth + 1)
            else:
                number()
        if tag not in NEEDS_NO_END or chance.random() < 0.5:
            written.append(f"</{tag}>")

    if chance.random() < 0.7:
        written.append("<!DOCTYPE html>")
    written.append("<html><head>")
    if chance.random() < 0.6:
        rules = (f"{chance.choice(SELECTORS)}{{{styles(chance, 2)}}}".replace("_", " ") for _ in range(chance.randint(1, 5)))
        rules = (chance.choice(AROUND).replace("...", rule) for rule in rules)
        written.append(f"<style>{''.join(rules)}</style>")
    written.append("</head><body>")
    for _ in range(3):
        element(chance.choice(BLOCKS), 0)
        number()
    return "".join(written)

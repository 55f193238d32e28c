"""Addresses in style sheets: all of them are replaced, and nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.single_file_css import NOTHING, STATES, UrlKind, decode, rewrite, unescape

PICTURE, IMPORT, DESCRIPTOR = UrlKind.PICTURE, UrlKind.IMPORT, UrlKind.DESCRIPTOR


def seen(css: str) -> list[tuple[str, UrlKind]]:
    found: list[tuple[str, UrlKind]] = []

    def note(url: str, kind: UrlKind) -> str:
        found.append((url, kind))
        return "X"

    rewrite(css, note)
    return found


@pytest.mark.parametrize(
    ("css", "address", "rewritten"),
    [
        ("a{b:url(p.png)}", "p.png", 'a{b:url("X")}'),
        ("a{b:url( 'p q.png' ) no-repeat}", "p q.png", 'a{b:url("X") no-repeat}'),
        ('a{b:URL("p.png")}', "p.png", 'a{b:url("X")}'),
        (r"a{b:u\72 l(p.png)}", "p.png", 'a{b:url("X")}'),
        (r"a{b:\75\52\6c(p.png)}", "p.png", 'a{b:url("X")}'),
        (r"a{b:url(p\29 q.png)}", "p)q.png", 'a{b:url("X")}'),
        (r'a{b:url("p\"q")}', 'p"q', 'a{b:url("X")}'),
        ('a{b:url("p.png" crossorigin(anonymous))}', "p.png", 'a{b:url("X" crossorigin(anonymous))}'),
        ("a{b:url(\n\tp.png\n)}", "p.png", 'a{b:url("X")}'),
        ("a{b:url(p.png", "p.png", 'a{b:url("X")'),
        ("a{b:url('p.png", "p.png", 'a{b:url("X")'),
        ("a{--x:url(p.png)}", "p.png", 'a{--x:url("X")}'),
        ("a{b:image-set('p.png' 1x, type('image/png'))}", "p.png", "a{b:image-set(\"X\" 1x, type('image/png'))}"),
        ('a{b:-webkit-image-set(url(p.png) 2x)}', "p.png", 'a{b:-webkit-image-set(url("X") 2x)}'),
    ],
)  # fmt: skip
def test_pictures(css: str, address: str, rewritten: str) -> None:
    assert seen(css) == [(address, PICTURE)]
    assert rewrite(css, lambda *_: "X") == rewritten


@pytest.mark.parametrize(
    ("css", "rewritten"),
    [
        ("@import 'a.css';", '@import "X";'),
        ("@IMPORT url(a.css) layer(x) supports(a: b) screen;", '@IMPORT url("X") layer(x) supports(a: b) screen;'),
        ("@import/**/\"a.css\" screen;", '@import/**/"X" screen;'),
        (r"@\69mport 'a.css';", r'@\69mport "X";'),
    ],
)  # fmt: skip
def test_imports(css: str, rewritten: str) -> None:
    assert seen(css) == [("a.css", IMPORT)]
    assert rewrite(css, lambda *_: "X") == rewritten


def test_fonts_are_told_from_pictures() -> None:
    css = "@font-face{src:local('b'),url(c) format('woff2')} d{e:url(f)} @media x{@font-face{src:url(g)}}"
    assert seen(css) == [("c", DESCRIPTOR), ("f", PICTURE), ("g", DESCRIPTOR)]


@pytest.mark.parametrize(
    "css",
    [
        "/* url(a.png) @import 'b'; */",
        "a{content:'url(b.png)'}",
        'a{content:"\\"url(b.png)"}',
        "a[href='http://b']{c:d}",
        "a{fill:url(#gradient)}",
        '@namespace svg url("http://www.w3.org/2000/svg");',
        "@charset 'utf-8';",
        "a{b:curl(d.png)}",
        "a{b:url()}",
        "a{--x:defined}",
        "a{--x:defined;--y-\\:z:defined}",
        ".a\\:defined{b:c}",
        "#url{b:c}",
        "@font-feature-values 'x'{}",
    ],
)
def test_what_is_no_address_stays(css: str) -> None:
    assert rewrite(css, lambda *_: pytest.fail("taken for an address")) == css


def test_a_wrong_address_is_emptied() -> None:
    assert rewrite("a{b:url(http://c d);e:f}", lambda *_: "X") == "a{b:url(();e:f}"


def test_custom_elements_count_as_defined() -> None:
    assert (
        rewrite("x-a:not(:defined){display:none}", lambda *_: "X") == f"x-a:not({STATES[':defined']}){{display:none}}"
    )


def test_a_replacement_cannot_break_out() -> None:
    assert rewrite("a{b:url(c)}", lambda *_: 'x"){}\n\\') == 'a{b:url("x\\22 ){}\\a \\5c ")}'


@pytest.mark.parametrize(
    ("css", "rewritten"),
    [
        ("a{--s:'http://l/'}", 'a{--s:"X"}'),
        ("--s:'http://l/'", '--s:"X"'),
        (r"a{\2d-s:'\68ttp://l/'}", r'a{\2d-s:"X"}'),
        ("a{--s:1px '//l/' b}", 'a{--s:1px "X" b}'),
        (r"a{--s:'\5c\5cl/'}", 'a{--s:"X"}'),
        ("a{--s:'ht\\\ntp://l/'}", 'a{--s:"X"}'),
        ("a{b:image-set(var(--no, 'p.png') 1x)}", 'a{b:image-set(var(--no, "X") 1x)}'),
        ("a{b:src(if(style(--c): 'p.png'; else: 'q.png'))}", 'a{b:src(if(style(--c): "X"; else: "X"))}'),
        ("a{b:--f('http://l/')}", 'a{b:--f("X")}'),
        ("@property --p{syntax:'*';initial-value:'http://l/'}", "@property --p{syntax:'*';initial-value:\"X\"}"),
        ("@function --f(--a:'http://l/'){result:'http://l/'}", '@function --f(--a:"X"){result:"X"}'),
    ],
)  # fmt: skip
def test_strings_that_become_addresses_elsewhere(css: str, rewritten: str) -> None:
    assert rewrite(css, lambda *_: "X") == rewritten


@pytest.mark.parametrize(
    "css",
    ["a{content:'http://kept/'}", "a[href='http://kept/']{b:c}", "a{--s:'words'}", "a{--s:'p.png'}", "a{--s:1;content:'http://kept/'}",
     "a{--s:b}a{content:'//kept'}", "a{src:image-set(u 1x type('x://y'))}"],
)  # fmt: skip
def test_strings_that_stay_words(css: str) -> None:
    assert rewrite(css, lambda *_: "X") == css


def test_a_shared_value_stands_without_url() -> None:
    assert rewrite("a{b:url(c) no-repeat}", lambda *_: "var(--d)") == "a{b:var(--d) no-repeat}"


@pytest.mark.parametrize(
    ("body", "declared", "fallback", "text"),
    [
        ("\ufeffé".encode(), "latin1", "gbk", "é"),
        ("é".encode("latin-1"), "iso-8859-1", "utf-8", "é"),
        ('@charset "gbk";汉'.encode("gbk"), "", "utf-8", '@charset "gbk";汉'),
        ("汉".encode("gb18030"), "", "gb2312", "汉"),
        (b"a", "no such thing", "", "a"),
        (b"\xff", "utf-8", "", "\ufffd"),
    ],
)
def test_charsets(body: bytes, declared: str, fallback: str, text: str) -> None:
    assert decode(body, declared, fallback) == text


# Style sheets are put together from pieces of which it is known whether they hold an address.

LIVE = "http://live.test/"
spaces = st.sampled_from(["", " ", "\n\t", "/**/", " /* url(http://kept.test/) */ "])
tight_spaces = st.sampled_from(["", " ", "\n", "\t "])


@st.composite
def escaped(draw: st.DrawFn, text: str) -> str:
    """The text with some of its characters written as CSS escapes."""
    pieces = []
    for character in text:
        way = draw(st.integers(0, 9))
        if way == 0:
            pieces.append(f"\\{ord(character):x} ")
        elif way == 1:
            pieces.append(f"\\{ord(character):06X}")
        elif way == 2 and character not in "0123456789abcdefABCDEF":
            pieces.append("\\" + character)
        else:
            pieces.append(character.upper() if draw(st.booleans()) else character)
    return "".join(pieces)


@st.composite
def addresses(draw: st.DrawFn) -> str:
    quote = draw(st.sampled_from(["", "'", '"']))
    address = LIVE + draw(st.text("abc.-_~/?=&%;:@!", max_size=8))
    space = draw(tight_spaces)
    end = draw(tight_spaces)
    return f"{draw(escaped('url'))}({space}{quote}{draw(escaped(address))}{quote}{end})"


others = st.one_of(
    st.sampled_from(["url(#here)", "'kept.test/'", '"}{;(url("', "rgb(1,2)", "\\75 z", "calc(1px)", "url()"]),
    st.text("abcß汉-_0123456789", min_size=1, max_size=8),
)  # fmt: skip


@st.composite
def style_sheets(draw: st.DrawFn) -> tuple[str, str, int]:
    """A style sheet, the same with `url("data:,")` in place of every address, and how many there are."""
    css, expected, count = "", "", 0
    for _ in range(draw(st.integers(0, 6))):
        rule = draw(st.sampled_from(["a{b:", "@media x{a{--c:", "@font-face{src:", "a{background:x,"]))
        css += rule
        expected += rule
        for _ in range(draw(st.integers(1, 4))):
            space = draw(spaces) or " "
            if draw(st.booleans()):
                css += space + draw(addresses())
                expected += f'{space}url("{NOTHING}")'
                count += 1
            else:
                other = space + draw(others)
                css += other
                expected += other
        end = "}}" if rule.startswith("@media") else "}"
        css, expected = css + end, expected + end
    return css, expected, count


@given(style_sheets())
def test_every_address_goes_and_everything_else_stays(sheet: tuple[str, str, int]) -> None:
    css, expected, count = sheet
    urls: list[str] = []

    def note(url: str, _: UrlKind) -> str:
        urls.append(url.lower())
        return NOTHING

    assert rewrite(css, note) == expected
    assert len(urls) == count
    assert all(url.startswith(LIVE) for url in urls)


@given(st.text("url(i)@mport\"'\\/*{};: \n#a1-é\0", max_size=60))
def test_anything_at_all_is_taken_and_twice_is_once(css: str) -> None:
    once = rewrite(css, lambda *_: NOTHING)
    assert rewrite(once, lambda *_: NOTHING) == once


@given(st.text(max_size=30))
def test_plain_text_needs_no_unescaping(text: str) -> None:
    plain = text.replace("\\", "")
    assert unescape(plain) == plain
    written = "".join(f"\\{ord(c):x} " for c in plain if c != "\0" and not "\ud800" <= c <= "\udfff")
    assert unescape(written) == "".join(c for c in plain if c != "\0")

"""Articles in the shapes that sites give them, in English and in Chinese: all of it is extracted, and little else."""

from __future__ import annotations

import pytest

from capture.text import article

URL = "https://example.org/harbour"
ENGLISH = (
    "The harbour was quiet that morning, and the boats lay still in the grey light before dawn.",
    "Ida came down the steps with a lamp in her hand, and nobody saw her but the gulls.",
    "By noon the wind had turned, and the first sails were seen beyond the mole.",
    "What they brought was not fish but a letter, and it was addressed to no one.",
    "In the evening the whole town stood on the quay and listened to it being read.",
)
CHINESE = (
    "港口的清晨很安静，灰色的晨光里船只一动不动，人们还没有醒来。",
    "艾达提着灯走下石阶，除了海鸥没有人看见她的身影。",
    "到了中午，风向变了，防波堤外出现了第一批船帆。",
    "他们带来的不是鱼，而是一封没有收件人的信。",
    "傍晚时分，全镇的人站在码头上，听那封信被读出来。",
)
NAVIGATION = "<nav><a href=/a>MENU Home</a> <a href=/b>News</a> <a href=/c>Sport</a></nav>"
FOOTER = "<footer>IMPRINT © Privacy Contact</footer>"
ASIDE = "<aside><h3>MOST READ</h3><ul><li><a href=/1>One</a><li><a href=/2>Two</a></ul></aside>"
NOISE = ("MENU", "IMPRINT", "MOST READ", "COMMENT")


def each(lines: tuple[str, ...], around: str = "<p>{}</p>") -> str:
    return "".join(around.format(line) for line in lines * 4)


def semantic(lines: tuple[str, ...]) -> str:
    return f"<main><article><h1>The harbour</h1>{each(lines)}</article></main>{ASIDE}"


def divs(lines: tuple[str, ...]) -> str:
    return f"<div class=content><div class=title>The harbour</div>{each(lines, '<div class=p>{}</div>')}</div>"


def breaks(lines: tuple[str, ...]) -> str:
    return f"<div class=post><h1>The harbour</h1>{'<br><br>'.join(lines * 4)}</div>"


def table(lines: tuple[str, ...]) -> str:
    return f"<table><tr><td>{ASIDE}<td><font size=4><b>The harbour</b></font>{each(lines)}</table>"


def sections(lines: tuple[str, ...]) -> str:
    return f"<main>{each(lines, '<section><p>{}</p></section>')}</main>"


def listed(lines: tuple[str, ...]) -> str:
    return f"<main><h1>The harbour</h1><p>{lines[0]}</p><ul>{each(lines, '<li>{}</li>')}</ul></main>"


def application(lines: tuple[str, ...]) -> str:
    inside = each(lines, "<div class=css-5><span class=css-6>{}</span></div>")
    return f"<div id=root><div class=css-1><h1 class=css-4>The harbour</h1>{inside}</div></div>"


def commented(lines: tuple[str, ...]) -> str:
    comments = "<div class=comment><b>Ben</b><p>COMMENT I think so too, thank you for it.</p></div>" * 5
    return f"<article><h1>The harbour</h1>{each(lines)}</article><section class=comments>{comments}</section>"


def forum(lines: tuple[str, ...]) -> str:
    post = "<div class=post><div class=user>Ada</div><div class=message>{} {} {}</div></div>"
    return "".join(post.format(line, lines[n - 1], lines[n - 2]) for n, line in enumerate(lines))


def short(lines: tuple[str, ...]) -> str:
    return f"<h1>The harbour</h1>{''.join(f'<p>{line}</p>' for line in lines)}"


def quoted(lines: tuple[str, ...]) -> str:
    return f"<article><h1>The harbour</h1>{each(lines)}<blockquote>{lines[0]}</blockquote></article>"


def technical(lines: tuple[str, ...]) -> str:
    more = "<pre><code>def main():\n    return 1\n</code></pre><table><tr><th>left<th>right<tr><td>1<td>2</table>"
    return f"<article><h1>The harbour</h1>{each(lines)}{more}{each(lines)}</article>"


SHAPES = (
    semantic, divs, breaks, table, sections, listed, application, commented, forum, short, quoted, technical,
)  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("lines", [ENGLISH, CHINESE], ids=["en", "zh"])
async def test_every_sentence_is_there_and_nothing_of_the_site(shape: object, lines: tuple[str, ...]) -> None:
    body = shape(lines)  # type: ignore[operator]
    html = f"<!doctype html><html><title>The harbour</title><body>{NAVIGATION}{body}{FOOTER}"
    text = await article(html, URL, "The harbour", "\n".join(lines * 4))
    assert [line for line in lines if line not in text] == []
    assert [noise for noise in NOISE if noise in text] == []
    assert text.startswith("# The harbour\n")
    assert text.count("# The harbour") == 1


@pytest.mark.parametrize("lines", [ENGLISH, CHINESE], ids=["en", "zh"])
async def test_code_tables_and_quotations_stay_what_they_are(lines: tuple[str, ...]) -> None:
    text = await article(f"<body>{technical(lines)}{quoted(lines)}", URL, "The harbour", "")
    assert "def main():\n    return 1" in text
    assert "| left | right |" in text


async def test_the_language_stands_beside_the_address() -> None:
    text = await article(f"<body>{semantic(CHINESE)}", URL, "港口", "", "艾达", "zh-CN")
    assert text.startswith(f"# The harbour\n\n艾达\n\n<{URL}> · zh-CN\n\n")

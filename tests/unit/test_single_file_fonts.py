"""One font file under several weights is written once, and only where nothing else tells the rules apart."""

from __future__ import annotations

import pytest

from capture.single_file_fonts import merged

A = "@font-face{font-family:F;src:url(a.woff2) format('woff2')"


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        (
            f"{A};font-weight:400}} p{{}} {A};font-weight:700}}",
            "@font-face{font-family:F;src:url(a.woff2) format('woff2');font-weight:400 700} p{} ",
        ),
        (f"{A}}}{A};font-weight:bold}}{A};font-weight:300}}", f"{A};font-weight:300 700}}"),
        (f"{A};font-weight:100 400}}{A};font-weight:500 900;}}", f"{A};font-weight:100 900}}"),
        (f"{A}}}{A}}}", f"{A};font-weight:400}}"),
        (
            "@font-face { font-weight : 400 ; src:url(\"data:font/ttf;base64,AA==\");font-family:'F;x' }\n"
            "@font-face { src:url(\"data:font/ttf;base64,AA==\"); font-family:'F;x'; font-weight: 500 }",
            "@font-face{font-family:'F;x';src:url(\"data:font/ttf;base64,AA==\");font-weight:400 500}\n",
        ),
    ],
)
def test_the_same_file_under_several_weights_becomes_a_range(css: str, expected: str) -> None:
    assert merged(css) == expected


@pytest.mark.parametrize(
    "css",
    [
        f"{A};font-weight:400}}{A};font-weight:700;font-style:italic}}",
        f"{A};font-weight:400;unicode-range:U+0-FF}}{A};font-weight:700;unicode-range:U+100-1FF}}",
        f"{A};font-weight:400}}@media print{{{A};font-weight:700}}}}",
        f"{A};font-weight:400}}{A};font-weight:var(--w)}}",
        "@font-face{font-family:F;src:url(a.eot);src:url(a.woff)}@font-face{font-family:F;src:url(a.eot);src:url(a.woff)}",
        "@font-face{font-family:F;src:url(a) /* ; */;}@font-face{font-family:F;src:url(a) /* ; */;}",
        f"/* {A}}} */ {A}}}",
        "@font-face{}@font-face{}",
        "p{}",
        "",
    ],
)
def test_everything_else_stays(css: str) -> None:
    assert merged(css) == css

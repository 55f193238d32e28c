"""Style sheets mean an element under its own name and under ours, and weigh the same."""

from __future__ import annotations

import pytest

from capture.single_file_names import looks, meaning_both, meanings


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        ("p{x:y}", ":is(p,hashkeep-p){x:y}"),
        ("P > a, div p::before{}", ":is(p,hashkeep-p) > a, div :is(p,hashkeep-p)::before{}"),
        ("p.p#p[p=p]:p{}", ":is(p,hashkeep-p).p#p[p=p]:p{}"),
        (":not(p, .p):is(div > p){}", ":not(:is(p,hashkeep-p), .p):is(div > :is(p,hashkeep-p)){}"),
        (":lang(p)::part(p){}", ":lang(p)::part(p){}"),
        ("svg|p, .a\\p, --p{}", "svg|p, .a\\p, --p{}"),
        ("@media p { p { p: p } }", "@media p { :is(p,hashkeep-p) { p: p } }"),
        ("@scope (p) to (.p) { img {} }", "@scope (:is(p,hashkeep-p)) to (.p) { img {} }"),
        ("@keyframes p { from { p: p } }", "@keyframes p { from { p: p } }"),
        ("@font-face { font-family: p }", "@font-face { font-family: p }"),
        ("a { color: p; & p { b: c } }", "a { color: p; & :is(p,hashkeep-p) { b: c } }"),
        ("/* p { */ p { /* p } */ } p{}", "/* p { */ :is(p,hashkeep-p) { /* p } */ } :is(p,hashkeep-p){}"),
        ('[a="p{"] p { content: "} p {" }', '[a="p{"] :is(p,hashkeep-p) { content: "} p {" }'),
        ("pp p-p _p p1 { }", "pp p-p _p p1 { }"),
        ("p", "p"),
        ("", ""),
    ],
)
def test_selectors_mean_both_names(css: str, expected: str) -> None:
    assert meaning_both(css, meanings(["p"], [])) == expected


def test_without_such_elements_nothing_changes() -> None:
    assert meaning_both("p{a:b}", {}) == "p{a:b}"


def test_our_names_look_as_the_browsers_do_and_weigh_nothing() -> None:
    assert looks(["p", "tr"]) == (
        ":where(hashkeep-p){display:block;margin-block:1em}"
        ":where(hashkeep-tr){display:table-row;vertical-align:inherit}"
    )
    assert "a[href]" in looks(["a"])
    assert looks([]) == ""


def test_what_stands_for_something_else_is_meant_by_its_rules_and_not_by_those_of_what_it_is() -> None:
    names = meanings([], ["canvas img", "object img", "xmp pre"])
    assert meaning_both("canvas{a:b} div > img.x{c:d}", names) == (
        ":is(canvas,:where([data-hashkeep=canvas])){a:b} "
        "div > img:not(:where([data-hashkeep=canvas],[data-hashkeep=object])).x{c:d}"
    )

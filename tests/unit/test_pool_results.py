"""What a worker says is checked, cleaned and explained before anybody believes it."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.egress_accounts import EgressReport, FailureCode, Spent
from capture.pool_results import BadResult, checked_result, clean_text, explained, listed_on_the_way, refused
from capture.records import CaptureError, CaptureOptions, CaptureRequest, CaptureResult, Verdict


def request(scratch: Path, url: str = "https://a.example/") -> CaptureRequest:
    return CaptureRequest(
        capture_id="1", url=url, scratch=scratch, deadline_s=1, options=CaptureOptions(chromium_path="x")
    )


def said(**fields: Any) -> dict[str, Any]:
    return {"url": "https://a.example/", "verdict": "ok", **fields}


def file_said(path: str = "page.html", **fields: Any) -> dict[str, Any]:
    return {"kind": "html", "path": path, "media_type": "text/html", "size_bytes": 1, **fields}


def report(*failures: tuple[str, FailureCode], **fields: Any) -> EgressReport:
    return EgressReport(failures=MappingProxyType(dict(failures)), **fields)


def unreachable(
    code: str = "connection_lost", url: str = "https://a.example/", final_url: str | None = None
) -> CaptureResult:
    return CaptureResult(
        url=url, final_url=final_url, verdict=Verdict.UNREACHABLE, error=CaptureError(code=code, message="ERR_X")
    )


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("A title", "A title"),
        ("  two\n\tlines \r\n", "two lines"),
        ("\x00nul\x1b[31mred", "nul [31mred"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("\u2066a\u2069\u200f", "a"),
        ("汉字 👩‍👩‍👧 é", "汉字 👩‍👩‍👧 é"),
        ("half \ud83d of one", "half of one"),
        ("\u2028\x85", None),
        ("", None),
        (None, None),
    ],
)
def test_a_text_becomes_one_harmless_line(raw: str | None, clean: str | None) -> None:
    assert clean_text(raw, 100) == clean


@given(st.text(), st.integers(1, 50))
def test_no_text_is_longer_than_its_limit_or_more_than_one_line(raw: str, limit: int) -> None:
    clean = clean_text(raw, limit)
    assert clean is None or (0 < len(clean) <= limit and "\n" not in clean)
    assert clean_text(clean, limit) == clean


def test_every_field_that_a_page_can_write_is_checked(tmp_path: Path) -> None:
    result = checked_result(
        said(
            url="https://other.example/", final_url="javascript:alert(1)", http_status=7, title="t" * 400,
            lang="en\n<b>", description="d" * 2000, media_type="text/html; charset=x", notes=["fine:3", "NOT FINE"],
            site_name="s" * 300, author="a\u202eb", published="<b>", image_url="data:image/png,x", icon_url="x y",
            canonical_url="javascript:1", requests=-5, error={"code": "Bad Code", "message": "a\nb\u202e"},
            timings_s={f"step{n}": 1.0 for n in range(100)},
            redirects=[{"url": "file:///x"}, *({"url": f"http://a.example/{n}", "status": 9} for n in range(90))],
        ),
        request(tmp_path),
        tmp_path,
    )  # fmt: skip
    assert result.url == "https://a.example/"
    assert result.final_url is None
    assert result.http_status is None
    assert result.title == "t" * 300
    assert result.lang is None
    assert result.description == "d" * 1000
    assert result.media_type is None
    assert (result.site_name, result.author) == ("s" * 200, "ab")
    assert (result.published, result.image_url, result.icon_url, result.canonical_url) == (None,) * 4
    assert result.notes == ("fine:3",)
    assert result.requests == 0
    assert result.error == CaptureError(code="unknown", message="a b")
    assert len(result.timings_s) == 40
    assert [step.url for step in result.redirects] == [f"http://a.example/{n}" for n in range(49)]
    assert {step.status for step in result.redirects} == {None}


def test_what_is_right_stays_as_it_is(tmp_path: Path) -> None:
    result = checked_result(
        said(final_url="https://a.example/b?c", http_status=200, title="T", lang="zh-Hans", media_type="text/html"),
        request(tmp_path),
        tmp_path,
    )
    assert (result.final_url, result.http_status, result.lang) == ("https://a.example/b?c", 200, "zh-Hans")
    assert (result.title, result.media_type) == ("T", "text/html")


@pytest.mark.parametrize(
    "answer",
    [
        None, [], "ok", {}, {"url": "u"}, said(verdict="splendid"), said(surprise=1), said(title=5),
        said(artifacts=[file_said(kind="rootkit")]), said(artifacts=[file_said(size_bytes=-1)]),
        said(artifacts=[file_said("missing.html")]), said(visible_text_path="../../etc/passwd"),
        said(artifacts=[file_said("page.html"), file_said("page.html")]), said(artifacts=[file_said("a/b.html")]),
        said(artifacts=[file_said("/etc/passwd")]), said(artifacts=[file_said(".hidden")]),
        said(artifacts=[file_said("nul\x00")]), said(artifacts=[file_said("")]), said(artifacts=[file_said("..")]),
    ],
)  # fmt: skip
def test_what_is_no_result_is_refused(tmp_path: Path, answer: Any) -> None:
    (tmp_path / "page.html").write_text("x")
    with pytest.raises(BadResult):
        checked_result(answer, request(tmp_path), tmp_path)


def test_the_size_and_type_of_a_file_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("12345")
    result = checked_result(said(artifacts=[file_said(media_type="text/html\r\nX: y")]), request(tmp_path), tmp_path)
    assert (result.artifacts[0].size_bytes, result.artifacts[0].media_type) == (5, "application/octet-stream")


@pytest.mark.parametrize(
    ("result", "failures", "verdict", "code"),
    [
        (unreachable(), [("a.example", "private_address")], "refused", "private_address"),
        (unreachable(), [("a.example", "no_such_host")], "unreachable", "no_such_host"),
        (unreachable("no_answer"), [("a.example", "connection_refused")], "unreachable", "connection_refused"),
        (unreachable(url="https://A.example.:8443/x"), [("a.example", "no_answer")], "unreachable", "no_answer"),
        (unreachable(url="https://u:p@0x7f.1:8443/"), [("127.0.0.1", "no_answer")], "unreachable", "no_answer"),
        (unreachable(url="http://[::1]:80/"), [("::1", "private_address")], "refused", "private_address"),
        # A redirect led elsewhere: what failed last is what ended it.
        (unreachable(), [("ad.example", "no_answer"), ("10.0.0.1", "private_address")], "refused", "private_address"),
        # The page's own host counts before any other.
        (unreachable(), [("a.example", "no_answer"), ("10.0.0.1", "private_address")], "unreachable", "no_answer"),
        (
            unreachable(final_url="http://b.example/"),
            [("a.example", "no_answer"), ("b.example", "private_address"), ("c.example", "no_answer")],
            "refused", "private_address",
        ),
        # What only the browser can know stays.
        (unreachable("tls"), [("a.example", "no_answer")], "unreachable", "tls"),
        (unreachable("too_many_redirects"), [], "unreachable", "too_many_redirects"),
        (unreachable(), [], "unreachable", "connection_lost"),
    ],
)  # fmt: skip
def test_the_proxy_knows_why(
    result: CaptureResult, failures: list[tuple[str, FailureCode]], verdict: str, code: str
) -> None:
    told = explained(result, report(*failures))
    assert told.error
    assert (told.verdict.value, told.error.code) == (verdict, code)


def test_a_page_that_was_kept_stays_kept_whatever_else_was_refused() -> None:
    kept = CaptureResult(url="https://a.example/", verdict=Verdict.OK)
    told = explained(kept, report(("10.0.0.1", "private_address"), denied=3, bytes_down=77))
    assert (told.verdict, told.error, told.denied, told.bytes_down) == (Verdict.OK, None, 3, 77)


def test_a_page_beyond_the_budget_is_too_large() -> None:
    told = explained(unreachable(), report(spent="bytes_down", bytes_down=50))
    assert told.verdict is Verdict.TOO_LARGE
    assert told.notes == ("budget:bytes_down",)


@pytest.mark.parametrize("spent", get_args(Spent))
def test_what_was_kept_before_a_budget_ended_stays_with_a_note(spent: Spent) -> None:
    kept = CaptureResult(url="https://a.example/", verdict=Verdict.OK, notes=("unsettled",))
    told = explained(kept, report(spent=spent))
    assert (told.verdict, told.error, told.notes) == (Verdict.OK, None, ("unsettled", f"budget:{spent}"))


def test_listed_hosts_are_noted_apart_from_denied_ones() -> None:
    kept = CaptureResult(url="https://a.example/", verdict=Verdict.OK)
    told = explained(kept, report(("ads.example", "listed"), listed=7, denied=2))
    assert (told.denied, told.notes, told.verdict) == (2, ("blocklist:7",), Verdict.OK)


@pytest.mark.parametrize(
    ("result", "failures", "host"),
    [
        (unreachable(), [("a.example", "listed")], "a.example"),
        (unreachable(), [("clicks.example", "listed")], "clicks.example"),
        (unreachable(), [("a.example", "no_answer"), ("clicks.example", "listed")], None),
        (unreachable("tls"), [("a.example", "listed")], None),
        (CaptureResult(url="https://a.example/", verdict=Verdict.OK), [("a.example", "listed")], None),
    ],
)
def test_the_host_of_a_list_at_which_a_link_ended(
    result: CaptureResult, failures: list[tuple[str, FailureCode]], host: str | None
) -> None:
    assert listed_on_the_way(result, report(*failures)) == host


@pytest.mark.parametrize("code", [code for code in get_args(FailureCode) if code.startswith(("next_hop", "no_lookup"))])
def test_whoever_runs_it_is_told_which_setting_it_is(code: FailureCode) -> None:
    told = explained(unreachable(), report(("a.example", code)))
    assert told.error
    assert (told.verdict, told.error.code) == (Verdict.UNREACHABLE, code)
    assert "EGRESS_PROXY" in told.error.message


@pytest.mark.parametrize(
    ("why", "code"),
    [("private_address", "private_address"), ("bad_scheme", "bad_address"), ("too_long", "bad_address")],
)
def test_a_refusal_is_a_result(why: str, code: str) -> None:
    told = refused("x", why)
    assert told.verdict is Verdict.REFUSED
    assert told.error
    assert told.error.code == code
    assert told.error.message

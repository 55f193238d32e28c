"""What a worker says, before it is believed: it has opened hostile pages and may be one of them by now."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from capture.address import MAX_URL_CHARACTERS, canonical_host
from capture.egress_accounts import EgressReport
from capture.pool_folder import BadFile, take
from capture.records import Artifact, CaptureError, CaptureRequest, CaptureResult, Redirect, Verdict

MAX_TITLE_CHARACTERS = 300
MAX_DESCRIPTION_CHARACTERS = 1000
MAX_MESSAGE_CHARACTERS = 500
MAX_NAME_CHARACTERS = 200
MAX_DATE_CHARACTERS = 40
MAX_NOTES = 50
MAX_REDIRECTS = 50
MAX_TIMINGS = 40

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufff9-\ufffb\ud800-\udfff]+")
_BIDI = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that turn what follows round: a title could make the words behind it read as something else."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}")
_NOTE = re.compile(r"[a-z0-9_.:-]{1,80}")
_URL = re.compile(r"https?://[^\s\x00-\x20]+", re.IGNORECASE)
_DATE = re.compile(r"\d{4}[0-9T :.,Z+-]*")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")

_NETWORK_CODES = frozenset({"connection_lost", "connection_refused", "no_answer", "no_such_host"})
"""What a browser says of a proxy that gives it nothing; the proxy knows why."""


class BadResult(Exception):
    """The worker's answer is no result of the capture that was asked for."""


def clean_text(text: str | None, limit: int) -> str | None:
    """One line without control and direction marks, at most `limit` characters; None if nothing is left."""
    if text is None:
        return None
    cleaned = " ".join(_BIDI.sub("", _CONTROL.sub(" ", text)).split())
    return cleaned[:limit].rstrip() or None


def checked_result(answer: Any, request: CaptureRequest, lent: Path) -> CaptureResult:
    """The result in a worker's answer, with every text cleaned and every file moved from `lent` and looked at.

    `request` is the caller's own, with the folder that the files come to. Raises BadResult, or OSError if the files
    cannot be moved.
    """
    try:
        result = CaptureResult.model_validate(answer)
    except ValidationError as error:
        raise BadResult(f"{error.error_count()} fields are wrong") from None
    kinds = [artifact.kind for artifact in result.artifacts]
    if len(kinds) != len(set(kinds)):
        raise BadResult("an artifact comes twice")
    return result.model_copy(
        update={
            "url": request.url,
            "final_url": _matching(_URL, result.final_url, MAX_URL_CHARACTERS),
            "redirects": _checked_redirects(result.redirects),
            "http_status": _checked_status(result.http_status),
            "title": clean_text(result.title, MAX_TITLE_CHARACTERS),
            "lang": _matching(_LANGUAGE, result.lang, 35),
            "description": clean_text(result.description, MAX_DESCRIPTION_CHARACTERS),
            "site_name": clean_text(result.site_name, MAX_NAME_CHARACTERS),
            "author": clean_text(result.author, MAX_NAME_CHARACTERS),
            "published": _matching(_DATE, result.published, MAX_DATE_CHARACTERS),
            "image_url": _matching(_URL, result.image_url, MAX_URL_CHARACTERS),
            "icon_url": _matching(_URL, result.icon_url, MAX_URL_CHARACTERS),
            "canonical_url": _matching(_URL, result.canonical_url, MAX_URL_CHARACTERS),
            "media_type": _matching(_MEDIA_TYPE, result.media_type, 200),
            "artifacts": tuple(_checked_artifact(each, lent, request.scratch) for each in result.artifacts),
            "visible_text_path": _checked_text_path(result.visible_text_path, lent, request.scratch),
            "error": _checked_error(result.error),
            "notes": tuple(note for note in result.notes if _NOTE.fullmatch(note))[:MAX_NOTES],
            "timings_s": dict(list(result.timings_s.items())[:MAX_TIMINGS]),
            "requests": max(result.requests, 0),
        }
    )


def _matching(pattern: re.Pattern[str], text: str | None, limit: int) -> str | None:
    return text if text and len(text) <= limit and pattern.fullmatch(text) else None


def _checked_status(status: int | None) -> int | None:
    return status if status is not None and 100 <= status <= 599 else None


def _checked_redirects(redirects: tuple[Redirect, ...]) -> tuple[Redirect, ...]:
    """Without those whose address is none."""
    return tuple(
        Redirect(url=step.url, status=_checked_status(step.status))
        for step in redirects[:MAX_REDIRECTS]
        if _matching(_URL, step.url, MAX_URL_CHARACTERS)
    )


def _checked_artifact(artifact: Artifact, lent: Path, scratch: Path) -> Artifact:
    media_type = _matching(_MEDIA_TYPE, artifact.media_type, 200) or "application/octet-stream"
    size = _taken_bytes(artifact.path, lent, scratch)
    return artifact.model_copy(update={"size_bytes": size, "media_type": media_type})


def _checked_text_path(name: str | None, lent: Path, scratch: Path) -> str | None:
    if name is not None:
        _taken_bytes(name, lent, scratch)
    return name


def _taken_bytes(name: str, lent: Path, scratch: Path) -> int:
    if not _FILE_NAME.fullmatch(name):
        raise BadResult("a file has a name that no engine gives")
    try:
        return take(name, lent, scratch)
    except BadFile as bad:
        raise BadResult(str(bad)) from None


def _checked_error(error: CaptureError | None) -> CaptureError | None:
    if error is None:
        return None
    code = error.code if re.fullmatch(r"[a-z_]{1,40}", error.code) else "unknown"
    return CaptureError(code=code, message=clean_text(error.message, MAX_MESSAGE_CHARACTERS) or "")


def explained(result: CaptureResult, report: EgressReport) -> CaptureResult:
    """The result with the proxy's accounts, and with the proxy's reason where the page could not be fetched.

    The browser sees a connection that comes to nothing, whatever the reason. The proxy knows it of every host: that of
    the page counts, or, if a redirect led elsewhere, the one that failed last.
    """
    notes = result.notes + ((f"budget:{report.spent}",) if report.spent else ())
    notes += (f"blocklist:{report.listed}",) if report.listed else ()
    result = result.model_copy(
        update={"bytes_down": report.bytes_down, "denied": report.denied, "notes": notes[:MAX_NOTES]}
    )
    if result.verdict is not Verdict.UNREACHABLE or (result.error and result.error.code not in _NETWORK_CODES):
        return result
    if report.spent == "bytes_down":
        error = CaptureError(code="too_large", message=f"more than {report.bytes_down} bytes came")
        return result.model_copy(update={"verdict": Verdict.TOO_LARGE, "error": error})
    host = _failed_host(result, report)
    if host is None:
        return result
    code = report.failures[host]
    verdict = Verdict.REFUSED if code == "private_address" else Verdict.UNREACHABLE
    message = f"{host}: {code}{_HINTS.get(code, '')}"
    return result.model_copy(update={"verdict": verdict, "error": CaptureError(code=code, message=message)})


def listed_on_the_way(result: CaptureResult, report: EgressReport) -> str | None:
    """The host of the blocklist at which the way to the page ended, if that is what ended it."""
    if result.verdict is not Verdict.UNREACHABLE or (result.error and result.error.code not in _NETWORK_CODES):
        return None
    host = _failed_host(result, report)
    return host if host is not None and report.failures[host] == "listed" else None


def _failed_host(result: CaptureResult, report: EgressReport) -> str | None:
    for url in (result.final_url, result.url):
        host = host_of(url or "")
        if host in report.failures:
            return host
    return next(reversed(tuple(report.failures)), None)


def host_of(url: str) -> str | None:
    """The host of an address in its canonical form; None if it has none."""
    authority = re.split(r"[/\\?#]", url.partition("://")[2], maxsplit=1)[0].rpartition("@")[2]
    return canonical_host(re.sub(r":\d*$", "", authority))


def refused(url: str, why: str) -> CaptureResult:
    """The result for an address that is not opened at all, by what `AddressRule.refusal` says of it."""
    code = "private_address" if why == "private_address" else "bad_address"
    return CaptureResult(url=url, verdict=Verdict.REFUSED, error=CaptureError(code=code, message=_SENTENCES[why]))


_SENTENCES = {
    "bad_scheme": "only http and https addresses can be captured",
    "bad_address": "this is no web address",
    "private_address": "this is no public address; EGRESS_ALLOW can open it",
    "too_long": f"the address has more than {MAX_URL_CHARACTERS} characters",
}

_HINTS = {
    "listed": " (on a list of EGRESS_BLOCKLIST)",
    "no_lookup": " (no name server answered; names are looked up on this machine, also where EGRESS_PROXY leads out)",
    "next_hop_silent": " (EGRESS_PROXY does not answer, or is no such proxy)",
    "next_hop_login": " (EGRESS_PROXY does not accept the user and the password, or wants some)",
    "next_hop_refused": " (EGRESS_PROXY refuses it; if it wants names: EGRESS_PROXY_GETS=names)",
}
"""For whoever runs Hashkeep; people in a chat read the locale's sentence."""

"""How a capture ended, in words, and whether trying again makes sense."""

from __future__ import annotations

from bot.markup import Line, Piece, clean, cut, phrase
from bot.words import Words
from capture.records import Verdict
from storage.records import CaptureView

GOOD = frozenset({Verdict.OK.value, Verdict.NOT_HTML.value})
_HOPELESS = frozenset({Verdict.LOGIN.value, Verdict.REFUSED.value, Verdict.TOO_LARGE.value})
NETWORK_CODES = (
    "no_such_host", "no_lookup", "no_answer", "connection_refused", "connection_lost", "tls", "too_many_redirects",
    "no_content", "damaged", "bad_address", "listed", "next_hop_silent", "next_hop_login", "next_hop_refused",
)  # fmt: skip
"""Errors of a page that could not be reached, each with a sentence of its own."""

NOT_REACHED = frozenset({Verdict.UNREACHABLE.value, Verdict.BLANK.value, Verdict.REFUSED.value})
"""Verdicts that these errors explain."""
NOT_HAD = frozenset(
    verdict.value for verdict in (Verdict.HTTP_ERROR, Verdict.BLOCKED, Verdict.LOGIN, Verdict.UNREACHABLE)
)
"""Verdicts after which somebody else's copy may help."""
NO_ANSWER_S = 3.0
"""From here on it is worth telling how long there was no answer."""
USUAL_LIMIT_MB = 50
NO_PICTURE = frozenset({"screenshot_timeout", "screenshot_failed"})
LOST_KINDS = ("image", "media", "font", "stylesheet", "script", "frame", "data")
"""What may be named as not kept; the notes are those of capture.outcome."""

MEDIA_TYPES = {"application/pdf": "pdf", "application/zip": "zip", "application/epub+zip": "book"} | {
    f"application/vnd.{name}": "document"
    for name in (
        "openxmlformats-officedocument.wordprocessingml.document", "openxmlformats-officedocument.spreadsheetml.sheet",
        "openxmlformats-officedocument.presentationml.presentation", "oasis.opendocument.text",
        "oasis.opendocument.spreadsheet", "oasis.opendocument.presentation",
    )
}  # fmt: skip
MEDIA_FAMILIES = ("image", "audio", "video", "text")


def sentence(capture: CaptureView, host: str, words: Words) -> Line:
    """What is to be said of the capture; empty when all is well."""
    key = _key(capture)
    if key is None:
        return ()
    if key == "http_error" and capture.artifact("preview"):
        key = "http_error_shows"
    return phrase(words[f"whole.{key}"], **_values(capture, host, words))


def short(capture: CaptureView, words: Words) -> str:
    """The same in two or three words, for a line of a list; empty when all is well."""
    key = _key(capture)
    if key is None:
        return ""
    return "".join(piece.text for piece in phrase(words[f"short.{key}"], **_values(capture, "", words)))


def missing(capture: CaptureView, words: Words) -> list[Line]:
    """What a copy lacks that is otherwise good: a line each, mostly none."""
    if capture.verdict not in GOOD:
        return []
    lines = [phrase(words["partial.cut_off"])] if "cut_off" in capture.notes else []
    if capture.verdict == Verdict.OK.value and NO_PICTURE.intersection(capture.notes):
        lines.append(phrase(words["partial.no_picture"]))
    lost = dict(found for note in capture.notes if (found := _lost(note)))
    if lost:
        comma = words["row.comma"]
        what = comma.join(words.count(f"lost_{kind}", lost[kind]) for kind in LOST_KINDS if kind in lost)
        lines.append(phrase(words["partial.not_kept"], what=what))
    return lines


def _lost(note: str) -> tuple[str, int] | None:
    name, _, rest = note.partition(":")
    kind, _, number = rest.partition(":")
    return (kind, int(number)) if name == "not_kept" and kind in LOST_KINDS and number.isdecimal() else None


def try_again(capture: CaptureView) -> bool:
    """True when another capture may go better, or may show something new."""
    if capture.verdict == Verdict.HTTP_ERROR.value:
        return capture.http_status is None or capture.http_status >= 500
    return capture.verdict not in _HOPELESS


def _key(capture: CaptureView) -> str | None:
    verdict = capture.verdict or Verdict.CRASHED.value
    if verdict == Verdict.OK.value:
        return None
    if verdict in NOT_REACHED and capture.error_code in NETWORK_CODES:
        slow = capture.error_code == "no_answer" and (capture.elapsed_s or 0) >= NO_ANSWER_S
        return "no_answer_within" if slow else capture.error_code
    if verdict == Verdict.CRASHED.value and capture.error_code == "memory":
        return "memory"
    if verdict in (Verdict.TIMEOUT.value, Verdict.TOO_LARGE.value) and not capture.artifacts:
        return f"{verdict}_nothing"
    return verdict if f"whole.{verdict}" in _known() else Verdict.CRASHED.value


def _known() -> frozenset[str]:
    return frozenset(f"whole.{verdict.value}" for verdict in Verdict)


def _values(capture: CaptureView, host: str, words: Words) -> dict[str, str | int | Piece]:
    original = capture.artifact("original")
    size_bytes = original.blob.size_bytes if original else 0
    return {
        "host": Piece(cut(clean(host), 100)),
        "status": _status(capture.http_status, words),
        "seconds": max(1, round(capture.elapsed_s or 0)),
        "limit": _limit_mb(capture),
        "type": words[f"type.{media_type_key(capture.media_type)}"],
        "size": size_text(size_bytes),
    }


def _limit_mb(capture: CaptureView) -> int:
    found = next((note.partition(":")[2] for note in capture.notes if note.startswith("limit_mb:")), "")
    return int(found) if found.isdecimal() else USUAL_LIMIT_MB


def _status(status: int | None, words: Words) -> str:
    key = f"http.{status}"
    if key not in words:
        return str(status or "?")
    return words["card.status"].format(status=status, name=words[key])


def media_type_key(media_type: str | None) -> str:
    """The key of a media type's name: `pdf`, `image`, …, `other`."""
    media_type = media_type or ""
    family = media_type.split("/")[0]
    return MEDIA_TYPES.get(media_type) or (family if family in MEDIA_FAMILIES else "other")


def size_text(size_bytes: int) -> str:
    """`640 KB`, `1.9 MB`: decimal, as phones count."""
    if size_bytes < 999_500:
        return f"{max(1, round(size_bytes / 1000))} KB"
    return f"{size_bytes / 1_000_000:.1f} MB"

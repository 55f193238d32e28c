"""What to say of a capture whose steps have run."""

from __future__ import annotations

from collections import Counter

from capture import verdict, wacz
from capture.artifacts import date_of, name_of, title_of
from capture.consent import WALL_NOTE
from capture.recorder import Exchange
from capture.recording import without_fragment
from capture.records import ArtifactKind, CaptureError, CaptureResult, Redirect, Verdict
from capture.state import Run
from capture.text import MAX_DESCRIPTION_CHARACTERS, language, one_line
from capture.verdict import Seen
from capture.verdict_login import asks_over_page

CHROMIUMS_OWN = "chrome-error:"
"""Address of the page that Chromium shows in place of one that failed."""


NO_CONTENT = Verdict.BLANK, CaptureError(code="no_content", message="the server answered, and sent nothing")


def main_exchange(run: Run) -> Exchange | None:
    """The answer that became the page. Popups and files that the page offered were documents too."""
    if not run.recording:
        return None
    url = str(run.look.get("url", ""))
    if url.startswith(CHROMIUMS_OWN):
        return next((e for e in reversed(run.recording.exchanges) if e.main_document and e.failed), None)
    # A redirect that leads nowhere is a page like any other.
    last = {e.request_id: e for e in run.recording.exchanges if e.main_document}
    documents = [e for e in last.values() if e.status is not None or e.failed]
    for wanted in (url, *reversed(run.visited), run.answer_url):
        found = [e for e in documents if e.url == without_fragment(wanted)]
        if found:
            return found[-1]
    return documents[0] if documents else None


def sent_nothing(run: Run, main: Exchange | None) -> bool:
    """Whether the answer was a success, and empty."""
    if main is None or main.failed or main.truncated or (main.status or 500) >= 400:
        return False
    return run.download_bytes == 0 if run.downloading else main.body == b""


def lost_page(run: Run) -> bool:
    """Whether the page's own document was too large to be kept; what it showed may be there."""
    return run.recording is not None and any(kind == "Page" for kind, _ in run.recording.missing_types)


def redirects_of(run: Run) -> tuple[Redirect, ...]:
    """Every address on the way to the page, whoever sent it on: the server, a script, a refresh."""
    main = main_exchange(run)
    if not run.recording or not main:
        return ()
    documents = [e for e in run.recording.exchanges if e.main_document]
    way: list[Exchange] = []
    for url in [*run.visited, main.url]:
        arrived = next((e for e in reversed(documents) if e.url == without_fragment(url)), None)
        if arrived and arrived not in way:
            way += [e for e in documents if e.request_id == arrived.request_id and e not in way]
    before = way[: way.index(main)] if main in way else []
    return tuple(Redirect(url=e.url, status=e.status) for e in before)


def archived_page(run: Run) -> wacz.Page | None:
    """How the archive presents the page; None if nothing came that is worth one."""
    main = main_exchange(run)
    nothing_sent = run.failure == NO_CONTENT
    if not main or main.status is None or run.kept.too_large or run.shows_nothing:
        return None
    if run.failure and not nothing_sent:
        return None
    ended, _ = _verdict(run, main)
    facts = [("verdict", ended.value), ("language", _language(run) or "")]
    facts += [("redirect", f"{step.status or '-'} {step.url}") for step in redirects_of(run)]
    return wacz.Page(
        url=_replayed_from(run, main),
        title=_title(run) or "",
        captured_at=main.started_at,
        text=run.kept.visible,
        requested_url=run.request.url,
        facts=tuple(fact for fact in facts if fact[1]),
    )


def _replayed_from(run: Run, main: Exchange) -> str:
    """The address with which a replay begins: one that was answered, never one that only a script has made up.

    After `pushState` the bar shows an address that nobody asked for, and the answer to a form needs its form.
    """
    if main.method != "GET":
        return run.request.url
    shown = str(run.look.get("url", ""))
    same = next((url for url in (shown, run.request.url) if without_fragment(url) == main.url), main.url)
    return main.url + same[len(main.url) :]


def _title(run: Run) -> str | None:
    return run.kept.title or title_of(run.look, run.facts)


def _language(run: Run) -> str | None:
    return language(_said(run, "lang", "language"), run.kept.visible or "".join(run.frames))


def _said(run: Run, look: str, fact: str) -> str:
    """What the page's head says, else its linked data."""
    return str(run.look.get(look) or run.facts.get(fact) or "")


def result_of(run: Run) -> CaptureResult:
    """The record of a capture, from whatever its steps have found."""
    main = main_exchange(run)
    ended, error = _verdict(run, main)
    kept = run.kept
    url = str(run.look.get("url", ""))
    if not url.startswith("http"):
        url = main.url if main else ""
    return CaptureResult(
        url=run.request.url,
        final_url=url or None,
        redirects=redirects_of(run),
        http_status=main.status if main else None,
        verdict=ended,
        title=_title(run),
        lang=_language(run),
        description=one_line(_said(run, "description", "description"), MAX_DESCRIPTION_CHARACTERS),
        site_name=name_of(run.facts, "site_name"),
        author=name_of(run.facts, "author"),
        published=date_of(run.facts),
        image_url=run.facts.get("image_url") or None,
        icon_url=run.facts.get("icon_url") or None,
        canonical_url=run.facts.get("canonical_url") or None,
        media_type=kept.media_type or (main.media_type if main else None) or run.look.get("type") or None,
        artifacts=tuple(kept.artifacts),
        visible_text_path=kept.visible_path,
        error=error,
        notes=_notes(run, main, ended),
        timings_s=run.timings_s,
        requests=run.recording.requests if run.recording else 0,
        bytes_down=run.recording.bytes_down if run.recording else 0,
    )


def _notes(run: Run, main: Exchange | None, ended: Verdict) -> tuple[str, ...]:
    said = [*run.notes, *run.kept.notes, *_of_document(run, main), *_not_kept(run), *_limit(run, ended)]
    return tuple(dict.fromkeys([*said, *_over(run, main, ended)]))


def _of_document(run: Run, main: Exchange | None) -> list[str]:
    """What is to be noted of a page whose document did not come whole."""
    broken = main is not None and run.is_page and not run.lost and (main.failed or main.truncated)
    return ["cut_off"] if broken and not run.shows_nothing else []


_KINDS = {
    "Image": "image", "Media": "media", "Font": "font", "Stylesheet": "stylesheet", "Script": "script",
    "Document": "frame", "XHR": "data", "Fetch": "data", "Uncounted": "uncounted", "Page": "page",
    "Unfinished": "page",
}  # fmt: skip


def _not_kept(run: Run) -> list[str]:
    """Of which kinds of resources some were loaded and could not be kept, and how many: `not_kept:image:3`."""
    counts: Counter[str] = Counter()
    for resource_type, count in run.recording.missing_types if run.recording else ():
        counts[_KINDS.get(resource_type, "other")] += count
    return [f"not_kept:{kind}:{count}" for kind, count in counts.items() if kind != "page"]


def _limit(run: Run, ended: Verdict) -> list[str]:
    return [f"limit_mb:{run.request.options.max_original_bytes // 1_000_000}"] if ended is Verdict.TOO_LARGE else []


def _over(run: Run, main: Exchange | None, ended: Verdict) -> list[str]:
    """A page that was kept, under a layer that asks to sign in."""
    return ["login_over_page"] if ended is Verdict.OK and asks_over_page(_seen(run, main)) else []


def _verdict(run: Run, main: Exchange | None) -> tuple[Verdict, CaptureError | None]:
    if run.lost:
        return Verdict.CRASHED, CaptureError(code="browser_crashed", message="the page or the browser went away")
    if run.failure:
        return run.failure
    if str(run.look.get("url", "")).startswith(CHROMIUMS_OWN):
        return verdict.of_net_error(main.failed or "" if main else "")
    if sent_nothing(run, main):
        return NO_CONTENT
    if main and main.failed and run.shows_nothing:
        return verdict.of_net_error(main.failed)
    if run.kept.too_large:
        return Verdict.TOO_LARGE, CaptureError(code="too_large", message=main.media_type if main else "")
    if not run.look and not run.downloading:
        return Verdict.TIMEOUT, _DEADLINE
    status = main.status if main else None
    if not run.is_page and (status is None or status < 400):
        if any(artifact.kind is not ArtifactKind.WACZ for artifact in run.kept.artifacts):
            return Verdict.NOT_HTML, None
        return verdict.of_net_error(main.failed) if main and main.failed else (Verdict.TIMEOUT, _DEADLINE)
    return verdict.judge(_seen(run, main))


_DEADLINE = CaptureError(code="deadline", message="the time was over before the page was there")


def _seen(run: Run, main: Exchange | None) -> Seen:
    look = run.look
    return Seen(
        url=look.get("url") or run.request.url,
        asked_url=run.request.url,
        http_status=main.status if main else None,
        title=look.get("title", ""),
        text=look.get("text", ""),
        text_length=look.get("text_length", 0),
        elements=look.get("elements", 0),
        pictures=look.get("pictures", 0),
        passwords=look.get("passwords", 0),
        buttons=tuple(look.get("buttons", ())),
        layer_text=look.get("layer_text", ""),
        layer_share=look.get("layer_share", 0.0),
        frame_urls=tuple(run.frame_urls),
        frames_text_length=sum(map(len, run.frames[1:])),
        flat=run.shot.flat if run.shot else None,
        out_of_time=run.out_of_time,
        headers=main.response_headers if main else (),
        notice_alone=WALL_NOTE in run.notes if "consent" in run.timings_s and _answers(run) else None,
    )


def _answers(run: Run) -> bool:
    """Whether notices were looked for at all."""
    return run.request.options.consent == "answer" and not any(note in run.notes for note in _NOT_LOOKED)


_NOT_LOOKED = ("consent_timeout", "consent_failed", "scripts_stopped")

"""The buttons below a card, and the files that they offer. Pure."""

from __future__ import annotations

from bot import verdicts
from bot.callbacks import FILE_KINDS, CardAct, CardPress, FilePress, SuggestedPress, VersionPress
from bot.card_lines import Setting, title_of
from bot.filenames import file_name
from bot.markup import (
    clean,
    cut,
    linkable,
)
from bot.shapes import Attachment, Button, Keyboard, in_rows
from storage.records import CaptureView, LinkView

NUMBERS_A_ROW = 5
ACTS_A_ROW = 3
MAX_SUGGESTION = 24
ALL_FILES = "files"
"""In the place of a file's kind: asks which ones there are."""


def card_keyboard(card_id: int, private: bool, link: LinkView, setting: Setting) -> Keyboard:
    """The buttons below a finished card of one link."""
    words, capture = setting.words, link.capture
    assert capture is not None
    files: list[Button] = []
    kinds = offered(capture, setting.makes_pdfs)
    main = "html" if "html" in kinds else "original" if "original" in kinds else None
    if main:
        files.append(_file_button(link, main, private, setting))
    if set(kinds) - {main}:
        files.append(Button(words["button.files"], CardPress("files", link.link_id, card_id)))
    acts = []
    if verdicts.try_again(capture):
        label = words["button.again" if capture.verdict in verdicts.GOOD else "button.try_again"]
        acts.append(Button(label, CardPress("again", link.link_id, card_id)))
    if link.captures_count > 1:
        acts.append(Button(words["button.versions"], VersionPress(link.link_id, card_id)))
    acts.append(Button(words["button.edit"], CardPress("edit", link.link_id, card_id)))
    acts.append(Button(words["button.delete"], CardPress("delete", link.link_id, card_id)))
    half = 2 if len(acts) > ACTS_A_ROW else len(acts)
    elsewhere = (Button(words["button.elsewhere"], url=copy),) if (copy := _copy_elsewhere(link, capture)) else ()
    offers = [
        Button(f"+ {cut(clean(f'#{name}'), MAX_SUGGESTION)}", SuggestedPress(link.link_id, card_id, tag_id))
        for tag_id, name in link.suggestions
    ]
    return tuple(tuple(row) for row in (offers, files, elsewhere, acts[:half], acts[half:]) if row)


def bare_keyboard(card_id: int, link: LinkView, setting: Setting) -> Keyboard:
    """The buttons below a card whose page was not captured."""
    words = setting.words
    return (
        (
            Button(words["button.capture"], CardPress("again", link.link_id, card_id)),
            Button(words["button.edit"], CardPress("edit", link.link_id, card_id)),
            Button(words["button.delete"], CardPress("delete", link.link_id, card_id)),
        ),
    )


def edit_keyboard(card_id: int, link: LinkView, setting: Setting) -> Keyboard:
    """The buttons that `Edit ▾` puts in the place of the card's own: each asks for what no button can hold."""
    words = setting.words
    acts: tuple[CardAct, ...] = ("note", "title", "tags")
    asks = tuple(Button(words[f"button.{act}"], CardPress(act, link.link_id, card_id)) for act in acts)
    return (asks, (Button(words["button.back"], CardPress("card", link.link_id, card_id)),))


def _copy_elsewhere(link: LinkView, capture: CaptureView) -> str | None:
    """Where the Internet Archive shows its newest copy, if it has one: for a page that could not be had."""
    href = linkable(link.url) if capture.verdict in verdicts.NOT_HAD else None
    return f"https://web.archive.org/web/{href}" if href else None


def files_keyboard(card_id: int, private: bool, link: LinkView, setting: Setting) -> Keyboard:
    """The buttons that `Files ▾` puts in the place of the card's own: what exists, and the way back."""
    words = setting.words
    kinds = (kind for kind in offered(link.capture, setting.makes_pdfs) if kind != "html")
    buttons = [_file_button(link, kind, private, setting) for kind in kinds]
    back = Button(words["button.back"], CardPress("card", link.link_id, card_id))
    return (*in_rows(buttons, 2), (back,))


def offered(capture: CaptureView | None, makes_pdfs: bool) -> list[str]:
    """The kinds of files that somebody can have of a capture."""
    if capture is None:
        return []
    can_print = makes_pdfs and capture.artifact("html") is not None
    return [kind for kind in FILE_KINDS if capture.artifact(kind) or (kind == "pdf" and can_print)]


def _file_button(link: LinkView, kind: str, private: bool, setting: Setting) -> Button:
    label = setting.words[f"button.{kind}"]
    version = link.capture.capture_id if link.pinned and link.capture else None
    if private:
        return Button(label, FilePress(link.link_id, kind, version))
    return Button(label, url=file_link(link.link_id, kind, version, setting))


def file_link(link_id: int, kind: str, version: int | None, setting: Setting) -> str:
    """Where the private chat gives a file of a link; of one certain capture where that is named."""
    parameter = f"{kind}-{link_id}" + (f"-{version}" if version else "")
    return f"https://t.me/{setting.bot_username}?start={parameter}"


def files_link(link_id: int, version: int | None, setting: Setting) -> str:
    """Where the private chat offers all files of a link."""
    return file_link(link_id, ALL_FILES, version, setting)


def offers_keyboard(link: LinkView, setting: Setting) -> Keyboard:
    """The files of a link of another chat, each by the way on which it is asked whether somebody may have it."""
    buttons = [_file_button(link, kind, False, setting) for kind in offered(link.capture, setting.makes_pdfs)]
    return in_rows(buttons, 2)


def attachment_of(link: LinkView, kind: str) -> Attachment | None:
    """The file of that kind of the link's capture with a name for people; None when there is none."""
    artifact = link.capture.artifact(kind) if link.capture else None
    if artifact is None:
        return None
    return Attachment(link.link_id, artifact, file_name(title_of(link), kind, artifact.media_type, link.url))

"""What a card looks like, from plain data: text, buttons, pictures. Pure; the formats are those of the manual.

Telegram's limits hold for everything that is made here: see bot.markup.fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bot import verdicts
from bot.callbacks import AllPress, CardPress, ShowPress
from bot.card_buttons import NUMBERS_A_ROW, attachment_of, bare_keyboard, card_keyboard
from bot.card_lines import Setting, date_text, host_piece, note_line, note_lines, tag_line, title_of
from bot.markup import (
    CAPTION_UNITS,
    TEXT_UNITS,
    Line,
    Piece,
    fit,
    inert,
    joined,
    linkable,
    phrase,
    title_piece,
    to_html,
)
from bot.shapes import Button, CardShape, Keyboard, Picture, in_rows
from bot.words import Words
from storage.records import AlbumPicture, ArtifactView, CaptureView, CardView, LinkView

WORDS_CHARACTERS = 120
MAX_ALBUM = 10


def render(card: CardView, setting: Setting) -> CardShape:
    """The card as it should look now."""
    if len(card.links) == 1 and not card.album_sent:
        return _single(card, card.links[0], setting)
    return _several(card, setting)


def is_trouble(card: CardView) -> bool:
    """Whether a chat that wants quiet hears of the card: it stands there already, or something went wrong."""
    ended = [link.capture for link in card.links if link.capture and link.capture.state == "ended"]
    wrong = any(capture.verdict not in verdicts.GOOD for capture in ended)
    return card.sent_message_id is not None or bool(card.notes) or wrong


def _single(card: CardView, link: LinkView, setting: Setting) -> CardShape:
    words, capture = setting.words, link.capture
    if link.deleted_by is not None:
        undo = Button(words["button.undo"], CardPress("undo", link.link_id, card.card_id))
        line = phrase(words["card.deleted"], name=inert(link.deleted_by))
        return CardShape(to_html([line]), ((undo,),), blank_photo=card.sent_form == "photo")
    notes = note_lines(card.notes, words)
    if capture is None:
        return _bare(card, link, notes, setting)
    if capture.state != "ended":
        return _waiting(card, link, notes, words)
    preview = capture.artifact("preview")
    lines = [*_head(link, capture, setting), note_line(link), tag_line(link.tags), *notes]
    has_photo = preview is not None or card.sent_form == "photo"
    text = to_html(fit([line for line in lines if line], CAPTION_UNITS if has_photo else TEXT_UNITS))
    attachment = None
    if (card.chat_kind == "private" or card.pages_below) and not card.documents_sent and not link.pinned:
        attachment = attachment_of(link, "html") or attachment_of(link, "original")
    return CardShape(
        text,
        card_keyboard(card.card_id, card.chat_kind == "private", link, setting),
        photo=preview,
        blank_photo=preview is None and card.sent_form == "photo",
        attachment=attachment,
    )


def _bare(card: CardView, link: LinkView, notes: list[Line], setting: Setting) -> CardShape:
    """A link whose page was not captured: its host never is here, or it came by an import without captures."""
    words = setting.words
    title: Line = (title_piece(link.title or link.url, link.url, bold=True),)
    facts = phrase(words["card.bare"], host=host_piece(link.host), number=link.number)
    lines = [title, facts, note_line(link), tag_line(link.tags), *notes]
    is_photo = card.sent_form == "photo"
    text = to_html(fit([line for line in lines if line], CAPTION_UNITS if is_photo else TEXT_UNITS))
    return CardShape(text, bare_keyboard(card.card_id, link, setting), blank_photo=is_photo)


def _waiting(card: CardView, link: LinkView, notes: list[Line], words: Words) -> CardShape:
    """The status card. A photo that is there already stays while its page is captured again."""
    if card.sent_form == "photo" and link.title:
        lines: list[Line] = [(title_piece(link.title, link.url, bold=True),), phrase(words["card.again"])]
        return CardShape(to_html(fit([*lines, tag_line(link.tags), *notes], CAPTION_UNITS)))
    template = words["card.keeping_after"] if link.waiting_before else words["card.keeping"]
    lines = [phrase(template, host=host_piece(link.host), n=link.waiting_before), *notes]
    return CardShape(to_html(fit(lines, CAPTION_UNITS if card.sent_form == "photo" else TEXT_UNITS)))


def _head(link: LinkView, capture: CaptureView, setting: Setting) -> list[Line]:
    """Title, what is to be said about it, and the line of facts; or only a sentence when nothing could be kept."""
    words = setting.words
    sentence = verdicts.sentence(capture, link.host, words)
    if sentence and not capture.artifacts:
        return [sentence]
    lines: list[Line] = [(title_piece(title_of(link), link.url, bold=True),)]
    if link.pinned:
        date = date_text(capture.ended_at or capture.requested_at, setting.now, words)
        lines.append(phrase(words["card.version"], date=date))
    elif link.repost:
        lines.append(_kept_since(link, setting))
        if said := _own_words(link):
            lines.append(phrase(words["card.first_words"], words=inert(said, WORDS_CHARACTERS)))
    elif link.captures_count > 1:
        date = date_text(link.first_shared_at, setting.now, words)
        lines.append(phrase(words["card.captures"], captures=words.count("captures", link.captures_count), date=date))
    if link.source:
        lines.append(phrase(words["card.source"], source=inert(link.source)))
    if link.same_as:
        lines.append(phrase(words["card.same_as"], number=link.same_as))
    if sentence:
        lines.append(sentence)
    lines += verdicts.missing(capture, words)
    if capture.given_by is not None:
        date = date_text(capture.ended_at or capture.requested_at, setting.now, words)
        key = "card.given" if capture.given_by else "card.given_by_somebody"
        lines.append(phrase(words[key], name=inert(capture.given_by), date=date))
    if link.tried:
        lines.append(_tried(link.tried, capture, setting))
    lines.append(_facts(link, capture))
    return lines


def _tried(tried: CaptureView, shown: CaptureView, setting: Setting) -> Line:
    """That the card's own capture came to nothing, and that an older one is shown."""
    words = setting.words
    date = date_text(shown.ended_at or shown.requested_at, setting.now, words)
    return phrase(words["card.tried_again"], what=verdicts.short(tried, words), date=date)


def _kept_since(link: LinkView, setting: Setting) -> Line:
    words = setting.words
    return phrase(
        words["card.kept_since"],
        date=date_text(link.first_shared_at, setting.now, words),
        name=inert(link.first_shared_by),
        captures=words.count("captures", max(1, link.captures_count)),
    )


def _own_words(link: LinkView) -> str:
    """What was written around the link when it was first shared, without addresses and tags."""
    return " ".join(re.sub(r"(?i)\bhttps?://\S+|[#＃]\S+", " ", link.first_words.replace(link.url, " ")).split())


def _facts(link: LinkView, capture: CaptureView) -> Line:
    # With the page's own address: Telegram would make a link to the site's front page of the bare host.
    pieces = [replace(host_piece(link.host), href=linkable(link.url))]
    picture = capture.artifact("screenshot")
    if picture and picture.width_px and picture.height_px:
        pieces.append(Piece(f"{picture.width_px}×{picture.height_px}"))
    pieces.append(
        Piece(verdicts.size_text(sum({a.blob.sha256: a.blob.size_bytes for a in capture.artifacts}.values())))
    )
    pieces.append(Piece(str(link.number)))
    return joined(pieces, " · ")


def _several(card: CardView, setting: Setting) -> CardShape:
    """A line for each link; the album below when all have ended."""
    words = setting.words
    lines: list[Line] = [_row(link, words) for link in card.links]
    living = [link for link in card.links if link.deleted_by is None]
    common = tuple(tag for tag in living[0].tags if all(tag in link.tags for link in living)) if living else ()
    lines += [line for line in (tag_line(common), *note_lines(card.notes, words)) if line]
    is_photo = card.sent_form == "photo"
    text = to_html(fit(lines, CAPTION_UNITS if is_photo else TEXT_UNITS))
    changed = tuple(_changed(card, words))
    if any(_pending(link) for link in card.links):
        return CardShape(text, photo=_first_preview(card) if is_photo else None, changed=changed)
    first = _first_preview(card) if is_photo else None
    return CardShape(
        text,
        _several_keyboard(card, words),
        photo=first,
        blank_photo=is_photo and first is None,
        album=() if card.album_sent else _album(card, words),
        changed=changed,
    )


def _several_keyboard(card: CardView, words: Words) -> Keyboard:
    """A number for each link that has something to show, which opens its own card; for the others what can be done."""
    living = [link for link in card.links if link.deleted_by is None]
    numbers = [
        Button(str(link.number), ShowPress(link.number))
        for link in living
        if link.capture is None or link.capture.artifacts
    ]
    acts: list[Button] = []
    if any(may_try_again(link) for link in living):
        acts.append(Button(words["button.try_again"], AllPress("again", card.card_id)))
    if living and not numbers:
        acts.append(Button(words["button.delete"], AllPress("delete", card.card_id)))
    if card.links and not living:
        acts.append(Button(words["button.undo"], AllPress("undo", card.card_id)))
    return (*in_rows(numbers, NUMBERS_A_ROW), *((tuple(acts),) if acts else ()))


def may_try_again(link: LinkView) -> bool:
    """Whether nothing could be kept of a link's page, and another try may go better."""
    capture = link.capture
    if link.deleted_by is not None or capture is None or capture.state != "ended":
        return False
    return not capture.artifacts and verdicts.try_again(capture)


def _pending(link: LinkView) -> bool:
    return link.deleted_by is None and link.capture is not None and link.capture.state != "ended"


def _first_preview(card: CardView) -> ArtifactView | None:
    return next((preview for link in card.links if (preview := _preview(link))), None)


def _preview(link: LinkView) -> ArtifactView | None:
    return link.capture.artifact("preview") if link.capture and link.deleted_by is None else None


def _album(card: CardView, words: Words) -> tuple[Picture, ...]:
    return tuple(_picture(link, words) for link in card.links if _preview(link))[:MAX_ALBUM]


def _picture(link: LinkView, words: Words) -> Picture:
    return Picture(link.link_id, _preview(link), to_html(fit([_row(link, words)], CAPTION_UNITS)))


def _changed(card: CardView, words: Words) -> Iterator[tuple[AlbumPicture, Picture]]:
    """Pictures below the card that are not as they should be: of a deleted link nothing is to be seen any more."""
    links = {link.link_id: link for link in card.links}
    for shown in card.pictures:
        link = links.get(shown.link_id)
        if link is None or (_preview(link) is None and link.deleted_by is None) or _pending(link):
            continue
        picture = _picture(link, words)
        if picture.digest != shown.shown:
            yield shown, picture


def _row(link: LinkView, words: Words) -> Line:
    capture = link.capture
    if link.deleted_by is not None:
        return phrase(words["row.nothing"], host=host_piece(link.host), what=words["card.line_deleted"])
    if capture is None:
        return phrase(words["row.kept"], title=title_piece(link.title or link.url, link.url), number=link.number)
    if capture.state != "ended":
        return phrase(words["row.waiting"], host=host_piece(link.host))
    what = verdicts.short(capture, words)
    if what and not capture.artifacts:
        return phrase(words["row.nothing"], host=host_piece(link.host), what=what)
    title = title_piece(title_of(link), link.url)
    key = "row.kept" if not what else "row.refused" if capture.verdict == "http_error" else "row.kept_but"
    return phrase(words[key], title=title, what=what, number=link.number)

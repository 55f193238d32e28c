"""What the owners read: who asks, who is in, and figures. Pure."""

from __future__ import annotations

from datetime import datetime

from bot.callbacks import DoorPress
from bot.card_lines import date_text
from bot.lists import Answer
from bot.markup import TEXT_UNITS, Line, Piece, fit, inert, phrase, to_html
from bot.shapes import Button, Keyboard, in_rows
from bot.upkeep_texts import duration
from bot.words import Words
from storage.askings import Guest, Wish
from storage.numbers import Numbers
from storage.records import Page

NAME_CHARACTERS = 60
ROW = 4


def asks(wish: Wish, person: str, words: Words) -> Answer:
    """That somebody, or a group, would like to be let in, with the three buttons."""
    key = "admin.asks" if wish.chat_id > 0 else "admin.group_asks"
    buttons = tuple(
        Button(words[f"button.{action}"], DoorPress(action, wish.chat_id)) for action in ("allow", "later", "block")
    )
    text = phrase(words[key], name=_name(wish.name), person=_name(person), id=str(wish.chat_id))
    return Answer(to_html([text]), (buttons,))


def decided(wish: Wish, action: str, words: Words) -> Answer:
    """What was decided, with the way to change it."""
    keyboard: Keyboard = ()
    if action == "allow":
        keyboard = ((Button(words["button.withdraw"], DoorPress("withdraw", wish.chat_id)),),)
    elif action == "later":
        keyboard = ((Button(words["button.allow"], DoorPress("allow", wish.chat_id)),),)
    return Answer(to_html([phrase(words[f"admin.done_{action}"], name=_name(wish.name))]), keyboard)


def withdrawn(chat_id: int, name: str, words: Words) -> Answer:
    """That somebody is no longer served; what they kept stays."""
    back = Button(words["button.allow"], DoorPress("allow", chat_id))
    return Answer(to_html([phrase(words["admin.withdrawn"], name=_name(name))]), ((back,),))


def numbers(found: Numbers, words: Words) -> Answer:
    """`/admin`: the figures, and the ways to the lists."""
    lines: list[Line] = [
        phrase(
            words["admin.kept"],
            archives=words.count("archives", found.archives),
            links=words.count("links", found.links),
            size=f"{found.bytes / 1e6:,.0f}",
        ),
        phrase(
            words["admin.today"],
            captured=words.count("pages", found.captured_today),
            failed=sum(n for _, n in found.failures),
        ),
    ]
    if found.failures:
        named = " · ".join(f"{words[f'failure.{verdict}']} {n}" for verdict, n in found.failures[:8])
        lines.append(phrase(words["admin.failures"], failures=named))
    lines.append(phrase(words["admin.queue"], running=found.running, waiting=found.waiting))
    if found.waiting > found.idle:
        lines.append(phrase(words["admin.longest"], age=duration(found.oldest_wait_s, words)))
    if found.undelivered:
        lines.append(phrase(words["admin.undelivered"], n=found.undelivered))
    lines.append(phrase(words["admin.people"], guests=found.guests, asking=found.asking, blocked=found.blocked))
    lines += [(), phrase(words["usage.admin"])]
    buttons = (
        Button(words["button.guests"], DoorPress("guests", 1)),
        Button(words["button.blocked"], DoorPress("blocked", 1)),
        Button(words["button.refresh"], DoorPress("numbers")),
    )
    return Answer(to_html(lines), (buttons,))


def listed(which: str, page: Page[Guest], words: Words, now: datetime) -> Answer:
    """Who was let in, or may not ask again, each with a button that ends it."""
    lines: list[Line] = [phrase(words[f"admin.{which}"], n=page.total)]
    buttons = []
    undo = "withdraw" if which == "guests" else "unblock"
    for n, guest in enumerate(page.rows, start=1):
        date = date_text(guest.since, now, words)
        lines.append(phrase(words["admin.row"], n=n, name=_name(guest.name), id=str(guest.chat_id), date=date))
        action = DoorPress("withdraw" if undo == "withdraw" else "unblock", guest.chat_id)
        buttons.append(Button(f"{words[f'button.{undo}']} {n}", action))
    rows = in_rows(buttons, ROW)
    turn = [Button(words["button.numbers"], DoorPress("numbers"))]
    if page.page > 1:
        turn.insert(0, Button("‹", DoorPress("guests" if which == "guests" else "blocked", page.page - 1)))
    if page.page < page.pages:
        turn.append(Button("›", DoorPress("guests" if which == "guests" else "blocked", page.page + 1)))
    return Answer(to_html(fit(lines, TEXT_UNITS)), (*rows, tuple(turn)))


def quota(name: str, links: int, megabytes: int, words: Words) -> Answer:
    """What an archive may take from now on."""
    return Answer(to_html([phrase(words["admin.quota"], name=_name(name), links=links, size=megabytes)]))


def _name(name: str) -> Piece:
    return inert(name, NAME_CHARACTERS)

"""What the answers of upkeep look like. Pure, like bot.lists."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from bot import lists
from bot.callbacks import RulePress
from bot.card_buttons import NUMBERS_A_ROW
from bot.card_lines import host_piece
from bot.lists import Answer
from bot.markup import TEXT_UNITS, Line, Piece, fit, inert, joined, phrase, tag_piece, to_html
from bot.permissions import Deed
from bot.shapes import Button, in_rows
from bot.words import Words
from storage.branches import Branch
from storage.deeds import DeedView
from storage.rules import RuleView
from storage.waiting import Waiting

MAX_RULE_BUTTONS = 20


def rename_question(branch: Branch, target: str, new: str, kind: Deed, joins: bool, words: Words) -> Answer:
    """Asks before a tag gets another name or is merged; says so when the name is another tag's already."""
    key = "ask.merge" if kind == "merge" and joins else "ask.rename_joins" if joins else "ask.rename"
    other = tag_piece(target if joins else new)
    links = words.count("links", branch.count)
    line = phrase(words[key], old=tag_piece(branch.name), new=other, links=links)
    if branch.below:
        line = (*line, Piece(words["row.space"]), Piece(words.count("below", branch.below)))
    return Answer(to_html(fit([line], TEXT_UNITS)))


def rules_list(rules: list[RuleView], words: Words) -> Answer:
    """The rules, a line each, with a button for each to remove it."""
    if not rules:
        return lists.plain(words["rule.none"])
    lines: list[Line] = [phrase(words["rule.title"])]
    lines += [(Piece(f"{rule.number} "), *rule_line(rule, words)) for rule in rules]
    lines.append(phrase(words["rule.how_to_remove"], number=rules[0].number))
    buttons = [Button(f"✕ {rule.number}", RulePress("drop", rule.rule_id)) for rule in rules[:MAX_RULE_BUTTONS]]
    rows = in_rows(buttons, NUMBERS_A_ROW)
    return Answer(to_html(fit(lines, TEXT_UNITS)), rows)


def rule_line(rule: RuleView, words: Words) -> Line:
    """`github.com → #code`."""
    what = host_piece(rule.host) if rule.host else inert(f"“{rule.words}”", 80)
    what = Piece(what.text, code=rule.host is not None or what.code)
    return phrase(words["rule.line"], what=what, tags=joined(map(tag_piece, rule.tags), " "))


def rule_made(rule: RuleView, old_links: int, words: Words) -> Answer:
    """That a rule holds from now on, with a button for the links that are there already."""
    lines: list[Line] = [phrase(words["rule.made"], number=rule.number, rule=rule_line(rule, words))]
    if not old_links:
        return Answer(to_html(lines))
    lines.append(phrase(words["rule.fits_old"], links=words.count("links", old_links)))
    return Answer(to_html(lines), ((Button(words["button.rule_old"], RulePress("old", rule.rule_id)),),))


def undone(deed: DeedView, words: Words) -> Answer:
    """What a link has again: its note, its title, or its tags."""
    number = deed.said[0]
    if deed.kind == "tags":
        # What it put on is off again, and the other way round.
        on, off = (joined(map(tag_piece, cast("list[str]", deed.payload[name])), " ") for name in ("off", "on"))
        key = "undone.tags" if on and off else "undone.tags_on" if on else "undone.tags_off"
        return Answer(to_html(fit([phrase(words[key], number=number, on=on, off=off)], TEXT_UNITS)))
    old = cast("str | None", deed.payload["old"])
    key = f"undone.{deed.kind}" if old else f"undone.no_{deed.kind}"
    return lists.plain(words[key], number=number, words=inert(old or "", 200))


def queue(here: Waiting, words: Words, now: datetime) -> Answer:
    """What is being captured and what waits, the first of it by name."""
    if not here.queued and not here.running:
        key = "queue.empty_here" if here.elsewhere else "queue.empty"
        return lists.plain(words[key], n=here.elsewhere)
    lines: list[Line] = [phrase(words["queue.title"], running=here.running, queued=here.queued)]
    for link in here.first:
        key = "queue.running" if link.running else "queue.waiting"
        age = duration((now - link.since).total_seconds(), words)
        lines.append(phrase(words[key], host=host_piece(link.host), number=link.number, age=age))
    if len(here.first) < here.queued + here.running:
        lines.append(phrase(words["queue.more"], n=here.queued + here.running - len(here.first)))
    if here.elsewhere:
        lines.append(phrase(words["queue.elsewhere"], n=here.elsewhere))
    return Answer(to_html(fit(lines, TEXT_UNITS)))


def duration(seconds: float, words: Words) -> str:
    """`40 s`, `3 min`, `2 h`: how long something has waited."""
    whole = max(0, round(seconds))
    if whole < 90:
        return words["queue.seconds"].format(n=whole)
    if whole < 90 * 60:
        return words["queue.minutes"].format(n=round(whole / 60))
    return words["queue.hours"].format(n=round(whole / 3600))

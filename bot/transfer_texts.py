"""What imports and exports say."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.callbacks import TransferPress, UndoPress
from bot.card_lines import date_text
from bot.lists import Answer
from bot.markup import TEXT_UNITS, Line, Piece, fit, inert, phrase, to_html
from bot.shapes import Button, Keyboard
from bot.verdicts import size_text
from bot.words import Words
from storage.transfers import TransferView
from storage.transfers_staging import Staged, summary_of

FAILURES = {
    "unknown": "import.unknown",
    "broken": "import.broken",
    "too_new": "import.too_new",
    "too_large": "import.too_large",
    "bomb": "import.bomb",
    "encrypted": "import.encrypted",
    "several_chats": "import.several_chats",
    "no_such_chat": "import.several_chats",
    "too_big": "import.too_big",
    "gone": "import.gone",
    "storage": "import.storage",
    "nothing": "import.nothing",
}
"""The sentence for each code with which an import fails."""

COPY_FAILURES = {
    "wrong_type": "copy.wrong_type",
    "unreadable": "copy.unreadable",
    "too_big": "copy.too_big",
    "gone": "copy.gone",
    "nobody": "copy.nobody",
}

KIND_LABELS = (("json", "JSON"), ("csv", "CSV"), ("bookmarks", "HTML"), ("zip", "ZIP"))


def answer(*lines: Line, keyboard: Keyboard = ()) -> Answer:
    """Lines as a message."""
    return Answer(to_html(fit(lines, TEXT_UNITS)), keyboard)


def formats(count: int, own: bool, words: Words) -> Answer:
    """Asks which kind of file it shall be."""
    links = words.count("links", count)
    key = "export.choose_own" if own else "export.choose"
    row = tuple(Button(label, TransferPress("export", form)) for form, label in KIND_LABELS)
    return answer(phrase(words[key], links=links), phrase(words["export.kinds"]), keyboard=(row,))


def working(view: TransferView, done: int, words: Words) -> Answer:
    """How far it is, with a button to stop it."""
    stop: Keyboard = ((Button(words["button.stop"], TransferPress("stop", str(view.transfer_id))),),)
    if view.state == "reading":
        line = phrase(words["import.reading"], name=_name(view))
    else:
        key = "export.working" if view.kind == "export" else "import.working"
        line = phrase(words[key], done=done, total=view.total)
    return answer(line, keyboard=stop)


def question(view: TransferView, new: int, words: Words) -> Answer:
    """The summary of a file, and whether it shall be imported."""
    staged = summary_of(view.payload["summary"])
    lines = [
        (*phrase("{name}", name=_name(view)), Piece(": "), *_counts(staged, words)),
        phrase(words.count("new_here", new) if new else words["import.none_new"]),
    ]
    if staged.left_out:
        lines.append(phrase(words.count("left_out", staged.left_out)))
    yes = Button(words["button.yes_import"], TransferPress("yes", str(view.transfer_id)))
    no = Button(words["button.cancel"], TransferPress("no", str(view.transfer_id)))
    return answer(*lines, keyboard=((yes, no),))


def _counts(staged: Staged, words: Words) -> Line:
    """`412 links, 37 tags, 3 Nov 2019 – 4 May 2024`."""
    facts = [words.count("links", staged.links)]
    if staged.tags:
        facts.append(words.count("tags_counted", staged.tags))
    if staged.first and staged.last:
        now = datetime.now(UTC)
        first, last = date_text(staged.first, now, words), date_text(staged.last, now, words)
        facts.append(first if first == last else f"{first} – {last}")
    return (Piece(words["row.comma"].join(facts)),)


def ended(view: TransferView, words: Words) -> Answer:
    """What became of it."""
    if view.state == "failed":
        return _failed(view, words)
    if view.state == "stopped":
        return answer(_stopped(view, words), keyboard=_undo(view, words))
    return _exported(view, words) if view.kind == "export" else _imported(view, words)


def _failed(view: TransferView, words: Words) -> Answer:
    if view.kind == "export":
        if view.error == "too_large":
            size = size_text(int(view.payload.get("size_bytes", 0)))
            return answer(phrase(words["export.too_large"], size=size), _command(view, words))
        return answer(phrase(words["export.failed"]))
    if view.kind == "copy":
        return answer(phrase(words[COPY_FAILURES.get(view.error or "", "copy.storage")], name=_name(view)))
    key = FAILURES.get(view.error or "", "import.storage")
    lines = [phrase(words[key], name=_name(view))]
    if key == "import.several_chats":
        lines.append(phrase("{chats}", chats=inert(str(view.payload.get("detail", "")), 300)))
    if key == "import.too_big":
        lines.append(_command(view, words))
    return answer(*lines)


def _stopped(view: TransferView, words: Words) -> Line:
    if view.kind == "export":
        return phrase(words["export.stopped"])
    if not view.done:
        return phrase(words["import.cancelled"])
    return phrase(words["import.stopped"], done=view.done, total=view.total)


def _imported(view: TransferView, words: Words) -> Answer:
    new, known = int(view.payload.get("new", 0)), int(view.payload.get("known", 0))
    key = "import.done" if known else "import.done_new"
    lines = [phrase(words[key], new=words.count("links", new), known=known)]
    if view.payload.get("full"):
        lines.append(phrase(words["import.full"]))
    elif new and view.payload.get("capture", True):
        lines.append(phrase(words["import.captures"]))
    return answer(*lines, keyboard=_undo(view, words))


def _undo(view: TransferView, words: Words) -> Keyboard:
    """The way back from an import that has made links."""
    deed_id = view.payload.get("deed")
    return ((Button(words["button.undo"], UndoPress(int(deed_id))),),) if deed_id else ()


def _exported(view: TransferView, words: Words) -> Answer:
    files = list(view.payload.get("files", []))
    links, size = words.count("links", view.done), size_text(sum(int(file["size_bytes"]) for file in files))
    key = "export.done" if len(files) == 1 else "export.done_parts"
    lines = [phrase(words[key], links=links, size=size, n=len(files))]
    if left_out := int(view.payload.get("left_out", 0)):
        lines += [phrase(words.count("too_large_files", left_out)), _command(view, words)]
    if damaged := int(view.payload.get("damaged", 0)):
        lines.append(phrase(words.count("damaged_files", damaged)))
    return answer(*lines)


def _command(view: TransferView, words: Words) -> Line:
    """What whoever runs the bot can do."""
    if view.kind == "export":
        text = f"hashkeep export --chat {view.of_chat_id} --format {view.format}"
    else:
        text = f"hashkeep import FILE --chat {view.of_chat_id}"
    return phrase(words["export.command"], command=Piece(text, code=True))


def _name(view: TransferView) -> Piece:
    return inert(str(view.payload.get("file_name") or "?"), 60)

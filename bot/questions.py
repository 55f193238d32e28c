"""Asks back before something is done to many links, does it upon a yes, and takes it back upon an undo."""

from __future__ import annotations

from telegram import CallbackQuery, Chat, Message

from bot import lists, upkeep_texts
from bot.access import MembershipUnknown
from bot.callbacks import QuestionPress, UndoPress
from bot.desk import Desk
from bot.lists import Answer
from bot.markup import Piece, inert, tag_piece
from bot.permissions import Deed
from bot.rights import Actor, by, presser
from bot.shapes import Button
from bot.words import Words
from storage import archive, confirming, deeds, questions, undoing
from storage.deeds import DeedView
from storage.questions import AskedBack
from storage.upkeep import Done

_RIGHT: dict[str, Deed] = {"rename": "rename", "merge": "merge", "untag": "untag", "rule": "rule_on_old"}
_OUTCOMES = {"already": "undo.already", "late": "undo.late", "blocked": "undo.blocked", "changed": "undo.changed"}
_OF_LINKS: dict[str, Deed] = {"note": "note", "title": "title", "tags": "tag"}


class Questions:
    """Questions with their two buttons, and the undo of what was done."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def ask(
        self,
        message: Message,
        actor: Actor,
        kind: str,
        payload: dict[str, object],
        answer: Answer,
        texts: Words,
    ) -> None:
        """Sends the question with a button named by what it does, and Cancel.

        `texts` are the asker's: the message may be the bot's own, below which they pressed.
        """
        question_id = await questions.ask(message.chat_id, kind, payload, actor.id)
        yes = Button(texts[f"button.yes_{kind}"], QuestionPress(question_id, yes=True))
        no = Button(texts["button.cancel"], QuestionPress(question_id, yes=False))
        await self._desk.reply(message, Answer(answer.text, ((yes, no),)))

    async def press(self, query: CallbackQuery, chat: Chat, press: QuestionPress, texts: Words) -> None:
        """Somebody answers a question: it counts if they may, and once."""
        asked = await questions.find(chat.id, press.question_id)
        if asked is None:
            self._desk.alert(query, texts["answer.expired"])
            return
        try:
            may = await self._may_answer(chat, presser(query.from_user), asked)
        except MembershipUnknown:
            self._desk.alert(query, texts["answer.telegram_away"])
            return
        if not may:
            self._desk.alert(query, texts["answer.not_yours" if asked.kind == "forget" else "answer.admins_only"])
        elif not press.yes:
            if await questions.settle(chat.id, press.question_id, "no"):
                self._desk.edit(query, lists.plain(texts["ask.cancelled"]))
            self._desk.answer(query)
        elif confirmed := await confirming.confirm(chat.id, press.question_id, by(presser(query.from_user))):
            self._desk.answer(query)
            self._desk.edit(query, self.done(confirmed.kind, confirmed.done, texts))
        else:
            self._desk.alert(query, texts["answer.decided"])

    async def _may_answer(self, chat: Chat, actor: Actor, asked: AskedBack) -> bool:
        if asked.kind == "forget":
            return actor.id == asked.person_id and await self._desk.rights.may("forget", chat, actor)
        return await self._desk.rights.may(_RIGHT[asked.kind], chat, actor)

    def done(self, kind: str, done: Done | None, texts: Words) -> Answer:
        """What was done, with the way back."""
        if done is None:
            return lists.plain(texts["ask.nothing_left"])
        names = (done.name, done.other)
        text = lists.plain(texts[f"done.{kind}"], **_values(kind, names, texts.count("links", done.count)))
        return Answer(text.text, ((self.undo_button(done.deed_id, texts),),))

    def undo_button(self, deed_id: int, texts: Words) -> Button:
        """The way back from a deed."""
        return Button(texts["button.undo"], UndoPress(deed_id))

    async def take_back(self, query: CallbackQuery, chat: Chat, press: UndoPress, texts: Words) -> None:
        """Undo was pressed below something done."""
        deed = await deeds.find(chat.id, press.deed_id)
        if deed is None:
            self._desk.alert(query, texts["answer.expired"])
            return
        try:
            may = await self.may_undo(chat, presser(query.from_user), deed)
        except MembershipUnknown:
            self._desk.alert(query, texts["answer.telegram_away"])
            return
        if not may:
            self._desk.alert(query, texts["answer.forgot_refused" if deed.kind == "forget" else "answer.undo_refused"])
            return
        outcome = await undoing.undo(chat.id, deed.deed_id)
        if outcome == "undone":
            self._desk.answer(query)
            self._desk.edit(query, self.undone(deed, texts))
        else:
            self._desk.alert(query, texts[_OUTCOMES.get(outcome or "", "answer.expired")].format(number=_first(deed)))

    async def may_undo(self, chat: Chat, actor: Actor, deed: DeedView) -> bool:
        """Whether somebody may take it back: what a person withdrew of their own, nobody else brings back."""
        if deed.kind == "forget":
            return deed.person_id == actor.id
        if deed.kind == "import":
            return await self._desk.rights.may("import", chat, actor)
        if deed.kind in _OF_LINKS:
            # In a channel all write as the channel, and press as themselves.
            is_own = deed.person_id == actor.id or chat.type == Chat.CHANNEL
            return is_own and await self._desk.rights.may(_OF_LINKS[deed.kind], chat, actor)
        if deed.kind != "delete":
            return await self._desk.rights.may("undo", chat, actor)
        if deed.person_id == actor.id:
            return True
        for link_id in deed.link_ids:
            link = await archive.link(chat.id, link_id)
            if link is None or not await self._desk.rights.may("undo_delete", chat, actor, link):
                return False
        return bool(deed.link_ids)

    async def undo_latest(self, message: Message, actor: Actor, texts: Words) -> Answer:
        """`/undo`: the last thing that this person did here or, if there is none, that they may take back of others."""
        own = await deeds.latest_of(message.chat_id, actor.id)
        for deed in (*([own] if own else ()), *await deeds.latest(message.chat_id)):
            if await self.may_undo(message.chat, actor, deed):
                outcome = await undoing.undo(message.chat_id, deed.deed_id)
                if outcome == "undone":
                    return self.undone(deed, texts)
                return lists.plain(texts[_OUTCOMES.get(outcome or "", "undo.none")], number=_first(deed))
        return lists.plain(texts["undo.none"])

    def undone(self, deed: DeedView, texts: Words) -> Answer:
        """That something was taken back, by name."""
        if deed.kind in _OF_LINKS:
            return upkeep_texts.undone(deed, texts)
        links = texts.count("links", int(deed.said[0])) if deed.kind == "import" else ""
        return lists.plain(texts[f"undone.{deed.kind}"], **_values(deed.kind, (*deed.said, "", ""), links))


def _first(deed: DeedView) -> str:
    """The tag or number that it was about."""
    return next(iter(deed.said), "")


def _values(kind: str, names: tuple[str, ...], links: str) -> dict[str, str | Piece]:
    """What the sentences about a deed name: tags as tags, numbers as they are."""
    plain = kind in ("rule", "delete", "forget", "import")
    old, new = (inert(name) if plain else tag_piece(name) for name in names[:2])
    return {"old": old, "new": new, "links": links}

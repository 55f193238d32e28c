"""What the bot asks back before it does something to many links: answered once, whoever presses, however often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from storage import clock
from storage.database import reading, writing_in_chat
from storage.models import Archive, Question


@dataclass(frozen=True)
class AskedBack:
    """A question as it was asked."""

    question_id: int
    chat_id: int
    archive_id: int
    kind: str
    payload: dict[str, object]
    person_id: int | None
    """Who wanted it."""
    is_open: bool


@writing_in_chat
async def ask(chat_id: int, kind: str, payload: dict[str, object], person_id: int | None) -> int:
    """Notes a question about the chat's archive, which must exist, and gives its id."""
    archive = await Archive.get(chat_id=chat_id)
    question = await Question.create(
        archive_id=archive.id, kind=kind, payload=payload, person_id=person_id, asked_at=clock.now()
    )
    return int(question.id)


@reading
async def find(chat_id: int, question_id: int) -> AskedBack | None:
    """A question of the chat; None for other chats' ids."""
    question = await Question.get_or_none(id=question_id, archive__chat_id=chat_id)
    return _view(question, chat_id) if question else None


@writing_in_chat
async def settle(chat_id: int, question_id: int, answer: Literal["yes", "no"]) -> AskedBack | None:
    """Answers an open question and gives it; None when it is answered already, or another chat's.

    Called inside the transaction of what is done upon a yes, so that both happen or none.
    """
    question = await Question.get_or_none(id=question_id, archive__chat_id=chat_id)
    if question is None or not await Question.filter(id=question_id, state="open").update(state=answer):
        return None
    return _view(question, chat_id)


def _view(question: Question, chat_id: int) -> AskedBack:
    return AskedBack(
        question_id=question.id,
        chat_id=chat_id,
        archive_id=question.archive_id,
        kind=question.kind,
        payload=question.payload,
        person_id=question.person_id,
        is_open=question.state == "open",
    )

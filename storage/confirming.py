"""Upon a yes: the question is answered and its deed done in one transaction, so that both happen, once, or none."""

from __future__ import annotations

from dataclasses import dataclass

from storage import forgetting, questions, rules, signals, upkeep
from storage.database import writing_in_chat
from storage.deeds import Actor
from storage.questions import AskedBack
from storage.upkeep import Done


@dataclass(frozen=True)
class Confirmed:
    """A question that was answered with yes, and what came of it."""

    kind: str
    done: Done | None
    """None when there was nothing left to do: a tag that is gone, a rule that was removed."""


async def confirm(chat_id: int, question_id: int, by: Actor) -> Confirmed | None:
    """Does what the question was about; None when somebody has answered it before."""
    confirmed = await _confirm(chat_id, question_id, by)
    signals.outbox.set()
    return confirmed


@writing_in_chat
async def _confirm(chat_id: int, question_id: int, by: Actor) -> Confirmed | None:
    asked = await questions.settle(chat_id, question_id, "yes")
    return Confirmed(asked.kind, await _do(asked, by)) if asked else None


async def _do(asked: AskedBack, by: Actor) -> Done | None:
    def text(name: str) -> str:
        return str(asked.payload.get(name) or "")

    match asked.kind:
        case "rename" | "merge" as kind:
            return await upkeep.rename(asked.chat_id, text("old"), text("new"), by, kind)
        case "untag":
            return await upkeep.untag(asked.chat_id, text("old"), by)
        case "rule":
            return await rules.apply_to_old(asked.chat_id, int(text("rule") or 0), by)
        case "forget":
            return await forgetting.forget(asked.chat_id, by)
    raise ValueError(asked.kind)

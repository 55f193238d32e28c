"""`@bot words` in any chat: the query, the results, the message that the chosen one becomes."""

from __future__ import annotations

from playground.bot_api import BotApi
from playground.formatting import format_text, message_text
from playground.keyboards import inline_keyboard
from playground.people import NotThere, Refused, chat_of, person_of
from playground.records import Chat, Json, Message
from playground.seed import GENERAL_TOPIC
from playground.telling import sender_of, tell_bot
from playground.world import text_content

_QUERY_LENGTH = 256


def ask(api: BotApi, person: Json, chat: Chat, query: str, offset: str) -> str:
    """Asks the bot and gives the question's id."""
    question = api.answers.ask()
    kind = "sender" if chat.id == person["id"] else chat.type
    content = {
        "id": question,
        "from": person,
        "query": query[:_QUERY_LENGTH],
        "offset": offset,
        "chat_type": kind,
    }
    api.world.updates.add("inline_query", content)
    return question


def result_of(api: BotApi, question: str, result_id: str) -> Json:
    """A result that the bot offered; `NotThere`."""
    answer = api.answers.given(question) or {}
    for result in answer.get("results", []):
        if result["id"] == result_id:
            return dict(result)
    raise NotThere("There is no such result.")


def choose(api: BotApi, chat_id: int, person: int, result: Json, thread: int | None) -> Message:
    """Sends the chosen result into the chat, via the bot."""
    world = api.world
    chat = chat_of(world, chat_id)
    person_of(world, person)
    if person not in chat.members:
        raise Refused("Only members can write here.")
    content = _content(api, result)
    markup = inline_keyboard(result.get("reply_markup"))
    if markup:
        content["reply_markup"] = markup
    content["via_bot"] = world.bot_user()
    topic = thread if chat.is_forum and thread != GENERAL_TOPIC else None
    message = world.add(chat, sender_of(world, chat, person), content, thread=topic)
    chosen = {"result_id": result["id"], "from": world.user(person), "query": ""}
    world.updates.add("chosen_inline_result", chosen)
    tell_bot(world, message)
    return message


def _content(api: BotApi, result: Json) -> Json:
    """A text, or a photo or document that is on the server already."""
    wanted = result.get("input_message_content", {})
    user = api.world.user
    if "message_text" in wanted:
        formatted = format_text(wanted["message_text"], wanted.get("parse_mode"), wanted.get("entities"), user)
        return text_content(message_text(formatted))
    below = format_text(result.get("caption", ""), result.get("parse_mode"), result.get("caption_entities"), user)
    for kind in ("photo", "document"):
        file_id = result.get(f"{kind}_file_id")
        if file_id:
            file = api.world.files.again(file_id, kind)
            return {**api.world.files.shown(file), **text_content(below, as_caption=True)}
    raise Refused("The playground sends texts, and photos and documents by their file id.")

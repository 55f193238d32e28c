"""Inline keyboards: checked as the real server checks them."""

from __future__ import annotations

from playground.addresses import checked_link
from playground.errors import bad_request
from playground.records import Json

MAX_BUTTONS, MAX_IN_ROW = 100, 8
MAX_DATA_BYTES = 64
MAX_PLACEHOLDER = 64
_LABEL_FIELDS = {"text", "icon_custom_emoji_id", "style"}


def inline_keyboard(markup: Json | None) -> Json | None:
    """The keyboard as the message will show it; None for none. 400 for one that cannot be."""
    if not markup or "inline_keyboard" not in markup:
        return None  # reply keyboards change the person's keyboard, not the message
    rows = [[_button(button) for button in row] for row in markup["inline_keyboard"] if row]
    if sum(map(len, rows)) > MAX_BUTTONS or any(len(row) > MAX_IN_ROW for row in rows):
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": rows} if rows else None


def force_reply(markup: Json | None) -> Json | None:
    """What asks people to reply, for their apps: the message does not carry it. None for nothing of that kind."""
    if not markup or not markup.get("force_reply"):
        return None
    placeholder = markup.get("input_field_placeholder")
    if placeholder is not None and not 1 <= len(placeholder) <= MAX_PLACEHOLDER:
        raise bad_request("can't parse reply keyboard markup JSON object: input_field_placeholder has a wrong length")
    return markup


def _button(button: Json) -> Json:
    if not button["text"].strip():
        raise bad_request("inline keyboard button text must be non-empty")
    actions = set(button) - _LABEL_FIELDS
    if not actions:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad_request(f"inline keyboard button has several actions: {', '.join(sorted(actions))}")
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= MAX_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button and not checked_link(button["url"]):
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    return button


def buttons_of(body: Json) -> list[Json]:
    """All buttons below a message."""
    return [button for row in body.get("reply_markup", {}).get("inline_keyboard", []) for button in row]

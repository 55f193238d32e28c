"""Commands that keep the tags in order: `/rename`, `/merge`, `/untag`, `/rule`; tags by reply; `/forget`, `/queue`."""

from __future__ import annotations

from datetime import UTC, datetime

from telegram import CallbackQuery, Chat, Message, MessageEntity, Update
from telegram.ext import ContextTypes, filters

from bot import lists, names, upkeep_texts
from bot.access import MembershipUnknown
from bot.callbacks import ListPress, RulePress, carries
from bot.commands import argument
from bot.desk import Desk
from bot.finding import links_answer
from bot.lists import Answer, Asked
from bot.markup import Piece, tag_piece
from bot.names import NotUnderstood, RuleAsked, Tagging, TooMuch
from bot.permissions import Deed
from bot.questions import Questions
from bot.replied import is_ours, links_replied_to
from bot.rights import Actor, by, presser, writer
from bot.shapes import Button
from bot.words import Words
from storage import branches, forgetting, rules, upkeep, waiting
from storage.branches import Branch, is_below
from storage.tagging import shown_name
from storage.upkeep import TagFound

Context = ContextTypes.DEFAULT_TYPE
_LINKS: list[str | None] = [MessageEntity.URL, MessageEntity.TEXT_LINK]


class TagsAlone(filters.MessageFilter):
    """A message that holds nothing but tags to put on or to take off: mostly a reply."""

    def filter(self, message: Message) -> bool:
        """See names.tagging; a message with links is kept, not read as a reply."""
        linked = message.parse_entities(_LINKS) or message.parse_caption_entities(_LINKS)
        return not linked and names.tagging(message.text or message.caption or "") is not None


async def allowed(desk: Desk, message: Message, deed: Deed) -> Actor | None:
    """Who wrote the command, if they may do this here; otherwise they are told, by a sentence without buttons."""
    actor = writer(message)
    try:
        if actor and await desk.rights.may(deed, message.chat, actor):
            return actor
        if actor:
            await desk.say(message, await desk.rights.refusal(deed, message.chat))
    except MembershipUnknown:
        await desk.say(message, "answer.telegram_away")
    return None


async def not_understood(desk: Desk, message: Message, error: NotUnderstood, usage: str) -> None:
    """Says how the command goes, or that there was too much behind it."""
    if isinstance(error, TooMuch):
        await desk.say(message, error.key, max=error.most)
    else:
        await desk.say(message, usage)


class Upkeep:
    """The handlers."""

    def __init__(self, desk: Desk, questions: Questions) -> None:
        self._desk = desk
        self._questions = questions

    async def tag_reply(self, update: Update, context: Context) -> None:
        """`#x -#y` in reply to a card, or to a message that shared links."""
        message = update.effective_message
        wanted = names.tagging((message.text or message.caption or "") if message else "")
        if message is None or wanted is None:
            return
        links = await links_replied_to(message)
        if not links and await is_ours(message.reply_to_message):
            await self._desk.say(message, "answer.gone")
            return
        if not links:
            await self._which_link(message, wanted)
            return
        actor = await allowed(self._desk, message, "tag")
        if actor is None:
            return
        ids = [link.link_id for link in links]
        changed = await upkeep.retag(message.chat_id, ids, wanted.add, wanted.remove, by(actor))
        self._desk.react(message, "👌" if changed else "🤷")

    async def _which_link(self, message: Message, wanted: Tagging) -> None:
        """Tags that belong to no link we know: who plainly meant us is told how; people may talk in #tags."""
        private = message.chat.type == Chat.PRIVATE
        if message.chat.type == Chat.CHANNEL or not (private or wanted.remove):
            return
        texts = await self._desk.words_for(message.chat, message.from_user)
        name, minus = (wanted.remove[0], "-") if wanted.remove else (wanted.add[0], "")
        answer = lists.plain(texts["usage.which_link"], tags=Piece(f"{minus}{tag_piece(name).text}", code=True))
        press = ListPress("page", "tag", 1, lists.written(name))
        known = await upkeep.tag(message.chat_id, name)
        button = Button(lists.label_of(f"#{name}"), press)
        await self._desk.reply(message, Answer(answer.text, ((button,),) if known and carries(press) else ()))

    async def rename(self, update: Update, context: Context) -> None:
        """`/rename old new`."""
        await self._two_names(update, "rename")

    async def merge(self, update: Update, context: Context) -> None:
        """`/merge a into b`."""
        await self._two_names(update, "merge")

    async def _two_names(self, update: Update, kind: Deed) -> None:
        message = update.effective_message
        if message is None:
            return
        try:
            old, new = names.pair(argument(message))
        except NotUnderstood as error:
            await not_understood(self._desk, message, error, "usage.merge" if kind == "merge" else "usage.rename")
            return
        actor = await allowed(self._desk, message, kind)
        if actor is None:
            return
        tag, target = await upkeep.tag(message.chat_id, old), await upkeep.tag(message.chat_id, new)
        branch = await branches.branch(message.chat_id, old)
        if branch is None or not branch.count:
            await self._no_links(message, old)
            return
        if _is_same(kind, tag, target, branch, new):
            await self._desk.say(message, "list.same_tag", tag=tag_piece(branch.name))
            return
        is_other = tag is not None and target is not None and target.tag_id != tag.tag_id
        joins = is_other and target is not None and (kind == "merge" or target.count > 0)
        if is_below(target.name if joins and target else new, tag.name if tag else old):
            branch = Branch(branch.name, 0, tag.count if tag else 0)
        texts = await self._desk.words_for(message.chat, message.from_user)
        text = upkeep_texts.rename_question(branch, new if target is None else target.name, new, kind, joins, texts)
        payload: dict[str, object] = {"old": old, "new": new}
        await self._questions.ask(message, actor, "merge" if joins else "rename", payload, text, texts)

    async def _no_links(self, message: Message, name: str) -> None:
        """That no link has the tag, and which name may have been meant: as `/tag` says it."""
        texts = await self._desk.words_for(message.chat, message.from_user)
        asked = Asked("tag", lists.written(name))
        await self._desk.reply(message, await links_answer(message.chat_id, asked, 1, texts, None))

    async def untag(self, update: Update, context: Context) -> None:
        """`/untag name`."""
        message = update.effective_message
        if message is None:
            return
        try:
            name = names.single(argument(message))
        except NotUnderstood as error:
            await not_understood(self._desk, message, error, "usage.untag")
            return
        actor = await allowed(self._desk, message, "untag")
        if actor is None:
            return
        tag = await upkeep.tag(message.chat_id, name)
        if tag is None or not tag.count:
            await self._no_links(message, name)
            return
        texts = await self._desk.words_for(message.chat, message.from_user)
        links = texts.count("links", tag.count)
        text = lists.plain(texts["ask.untag"], old=tag_piece(tag.name), links=links)
        await self._questions.ask(message, actor, "untag", {"old": name}, text, texts)

    async def rule(self, update: Update, context: Context) -> None:
        """`/rule` lists; `/rule host:… #tag` and `/rule "words" #tag` make one; `/rule -3` removes it."""
        message = update.effective_message
        if message is None:
            return
        try:
            asked = names.rule(argument(message))
        except NotUnderstood as error:
            await not_understood(self._desk, message, error, "usage.rule")
            return
        texts = await self._desk.words_for(message.chat, message.from_user)
        if asked == RuleAsked():
            if await allowed(self._desk, message, "rule_list"):
                await self._desk.reply(message, upkeep_texts.rules_list(await rules.of_chat(message.chat_id), texts))
            return
        actor = await allowed(self._desk, message, "rule")
        if actor is None:
            return
        if asked.remove is not None:
            removed = await rules.remove(message.chat_id, asked.remove)
            key = "rule.removed" if removed else "rule.no_number"
            await self._desk.say(message, key, number=asked.remove)
        else:
            await self._make_rule(message, actor, asked, texts)

    async def _make_rule(self, message: Message, actor: Actor, asked: RuleAsked, texts: Words) -> None:
        await self._desk.ensure_archive(message)
        rule = await rules.add(message.chat_id, asked.host, asked.words, asked.tags, by(actor))
        if rule is None:
            await self._desk.say(message, "rule.too_many", max=rules.MAX_RULES)
            return
        old_links = await rules.count_old(message.chat_id, rule.rule_id)
        await self._desk.reply(message, upkeep_texts.rule_made(rule, old_links, texts))

    async def rule_press(self, query: CallbackQuery, chat: Chat, press: RulePress, texts: Words) -> None:
        """Removes a rule from the list, or asks whether it shall be applied to the links that are there."""
        message = query.message
        actor = presser(query.from_user)
        try:
            may = await self._desk.rights.may("rule" if press.action == "drop" else "rule_on_old", chat, actor)
        except MembershipUnknown:
            self._desk.alert(query, texts["answer.telegram_away"])
            return
        if not may or not isinstance(message, Message):
            self._desk.alert(query, texts["answer.admins_only"])
            return
        rule = await rules.find(chat.id, press.rule_id)
        if press.action == "drop":
            self._desk.answer(query)
            if rule is not None:
                await rules.remove(chat.id, rule.number)
            self._desk.edit(query, upkeep_texts.rules_list(await rules.of_chat(chat.id), texts))
        elif rule is None:
            self._desk.alert(query, texts["rule.gone"])
        else:
            self._desk.answer(query)
            links = texts.count("links", await rules.count_old(chat.id, rule.rule_id))
            text = lists.plain(texts["ask.rule"], number=rule.number, links=links)
            await self._questions.ask(message, actor, "rule", {"rule": rule.rule_id}, text, texts)

    async def forget(self, update: Update, context: Context) -> None:
        """`/forget`: all that the person shared here, to delete."""
        message = update.effective_message
        actor = await allowed(self._desk, message, "forget") if message else None
        if message is None or actor is None:
            return
        count = await forgetting.count(message.chat_id, actor.id)
        if not count:
            await self._desk.say(message, "forget.nothing")
            return
        texts = await self._desk.words_for(message.chat, message.from_user)
        text = lists.plain(texts["ask.forget"], links=texts.count("links", count))
        await self._questions.ask(message, actor, "forget", {}, text, texts)

    async def undo(self, update: Update, context: Context) -> None:
        """`/undo`: the way back from the last thing that was done."""
        message = update.effective_message
        actor = writer(message) if message else None
        if message is None or actor is None:
            return
        texts = await self._desk.words_for(message.chat, message.from_user)
        try:
            answer = await self._questions.undo_latest(message, actor, texts)
        except MembershipUnknown:
            answer = lists.plain(texts["answer.telegram_away"])
        await self._desk.reply(message, answer)

    async def queue(self, update: Update, context: Context) -> None:
        """`/queue`: what is waiting here, and how long."""
        message = update.effective_message
        if message is None or await allowed(self._desk, message, "queue") is None:
            return
        texts = await self._desk.words_for(message.chat, message.from_user)
        here = await waiting.of_chat(message.chat_id)
        await self._desk.reply(message, upkeep_texts.queue(here, texts, datetime.now(UTC)))


def _is_same(kind: Deed, tag: TagFound | None, target: TagFound | None, branch: Branch, new: str) -> bool:
    """Whether nothing would come of it. A rename may change the case of letters, or take an old name back."""
    if kind == "merge" and tag is not None and target is not None:
        return tag.tag_id == target.tag_id
    return shown_name(new) == branch.name

"""Recall and precision of `/search` over a fixed Chinese and English set."""

from __future__ import annotations

import re
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.corpus import QUESTIONS, SENTENCES, documents
from storage import archive, captures, database, search
from storage.captures import EndedCapture
from storage.queue.embedded import EmbeddedQueue
from storage.quotas import Quota
from storage.records import FoundLink, IncomingMessage

CHAT = 1001


@dataclass(frozen=True)
class Judged:
    """What one question found, and what it should have."""

    query: str
    found: frozenset[str]
    right: frozenset[str]

    @property
    def recall(self) -> float:
        """The part of what is right that was found."""
        return len(self.found & self.right) / len(self.right)

    @property
    def precision(self) -> float:
        """The part of what was found that is right."""
        return len(self.found & self.right) / len(self.found) if self.found else 1.0

    @property
    def language(self) -> str:
        """Of the question."""
        return "Chinese, Japanese" if re.search("[\u3040-\u9fff]", self.query) else "English and others"


async def judge() -> list[Judged]:
    """Keeps the set in the open database and asks every question."""
    subjects = await _keep()
    judged = []
    for query, answer in QUESTIONS:
        page = await search.search(CHAT, query, per_page=len(subjects))
        found = frozenset(row.url for row in page.rows)
        judged.append(Judged(query, found, frozenset(url for url, name in subjects.items() if name in answer)))
    return judged


async def _keep() -> dict[str, str]:
    """The subjects of the documents by their addresses."""
    queue, subjects = EmbeddedQueue(lease_s=60), {}
    for number, document in enumerate(documents(), 1):
        url = f"https://host{number}.example/"
        subjects[url] = document.subject
        link = FoundLink(url=url, key=url, host=f"host{number}.example")
        message = IncomingMessage(
            chat_id=CHAT, chat_kind="private", chat_title="Set", message_id=number, thread_id=None, sender_id=number,
            sender_name="Somebody", language="en", words=url, sent_at=datetime.now(UTC), links=(link,),
        )  # fmt: skip
        await archive.take_in(message, Quota(links_per_day=10_000, megabytes=1_000))
        (job,) = await queue.take(1)
        await captures.finish(job, EndedCapture("ok", title=document.title, text=document.text))
    return subjects


async def bench_quality() -> list[str]:
    """Gives the lines of a table, and the questions that were not answered wholly right."""
    with tempfile.TemporaryDirectory() as folder:
        await database.open_database("sqlite://", Path(folder))
        try:
            judged = await judge()
        finally:
            await database.close_database()
    by_language: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        by_language[one.language].append(one)
    lines = [
        f"| search: {len(SENTENCES)} subjects, {len(documents())} documents | questions | recall | precision |",
        "| --- | --- | --- | --- |",
        *(
            f"| {language} | {len(of)} | {sum(o.recall for o in of) / len(of):.3f} |"
            f" {sum(o.precision for o in of) / len(of):.3f} |"
            for language, of in by_language.items()
        ),
    ]
    wrong = [one for one in judged if one.found != one.right]
    return [*lines, *(f"{one.query}: recall {one.recall:.2f}, precision {one.precision:.2f}" for one in wrong)]

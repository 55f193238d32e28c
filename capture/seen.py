"""What a finished page showed: the evidence that verdicts are judged from."""

from __future__ import annotations

import re
from dataclasses import dataclass

WALL_TEXT = 1_200
"""Walls and login pages have fewer characters than this; an article about them has more."""

UNFINISHED = re.compile(
    r"(?i)\W*(loading|please wait|wait|one moment|initiali[sz]ing|加载中?|正在加载|载入中?|正在载入|请稍[候等]|读取中|"
    r"読み込み中|ロード中|로딩 ?중?|chargement|wird geladen|laden|cargando|caricamento|carregando|загрузка)"
    r"( \w+)?\W*(\d+ ?%)?\W*"
)
"""What pages call themselves until they are there."""


@dataclass(frozen=True)
class Seen:
    """What a page showed, as far as it came. Texts may be cut, lengths are true."""

    url: str
    """Where it ended."""
    asked_url: str
    http_status: int | None = 200
    title: str = ""
    text: str = ""
    """What a person reads in the main frame."""
    text_length: int = 0
    elements: int = 0
    pictures: int = 0
    """Images, canvases, videos and frames that are visible."""
    passwords: int = 0
    """Visible password fields."""
    buttons: tuple[str, ...] = ()
    layer_text: str = ""
    """Of the layer that floats over the middle of the window."""
    layer_share: float = 0.0
    frame_urls: tuple[str, ...] = ()
    frames_text_length: int = 0
    """Characters in the other frames."""
    flat: bool | None = None
    """The picture is of one colour; None: there is no picture."""
    out_of_time: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    """Of the document's answer."""
    notice_alone: bool | None = None
    """Whether a consent notice is all there is, as `consent.py` found; None: it did not look."""

    def header(self, name: str) -> str:
        """A header's value in lower case, "" if there is none."""
        return next((value.lower() for key, value in self.headers if key.lower() == name), "")

"""Pages of mixed weight, made from a seed so that every run measures the same.

`python -m bench.pages COUNT` serves them on loopback until its input ends, and prints their addresses as JSON.
"""

from __future__ import annotations

import io
import json
import random
import sys

from PIL import Image

from tests.harness import Site, running_site

_WORDS = [
    "archive",
    "page",
    "link",
    "tag",
    "fox",
    "river",
    "paper",
    "window",
    "light",
    "stone",
    "garden",
    "letter",
    "winter",
    "market",
    "island",
]
_HAN = "江南春色网页快照保存链接标签阅读离线山水城市夜晚花园书信冬天市场岛屿"


def _photo(chance: random.Random, width: int, height: int) -> bytes:
    small = Image.new("RGB", (16, 12))
    small.putdata([(chance.randrange(256), chance.randrange(256), chance.randrange(256)) for _ in range(192)])
    out = io.BytesIO()
    small.resize((width, height), Image.Resampling.BICUBIC).save(out, "JPEG", quality=85)
    return out.getvalue()


def _paragraphs(chance: random.Random, count: int, chinese: bool) -> str:
    if chinese:
        return "".join("<p>" + "".join(chance.choices(_HAN, k=120)) + "。</p>" for _ in range(count))
    return "".join("<p>" + " ".join(chance.choices(_WORDS, k=90)) + ".</p>" for _ in range(count))


def make_pages(site: Site, count: int = 10) -> list[str]:
    """Adds `count` pages to the site and gives their addresses."""
    urls = []
    for n in range(count):
        chance = random.Random(n)
        pictures = []
        for p in range((0, 3, 6, 12)[n % 4]):
            path = f"/bench/{n}/{p}.jpg"
            site.file(path, "image/jpeg", _photo(chance, 1000, 640))
            pictures.append(f"<img loading={'lazy' if p > 2 else 'eager'} width=1000 height=640 src={path}>")
        site.file(
            f"/bench/{n}/style.css", "text/css",
            b"body{max-width:1000px;margin:auto;font:18px/1.6 serif}p:nth-child(odd){color:#234}",
        )  # fmt: skip
        text = _paragraphs(chance, 12 + 6 * (n % 5), chinese=n % 3 == 2)
        body = f"<link rel=stylesheet href=/bench/{n}/style.css>{text}{''.join(pictures)}{text}"
        urls.append(site.page(f"/bench/{n}", f"Bench page {n}", body))
    return urls


if __name__ == "__main__":
    with running_site() as running:
        print(json.dumps(make_pages(running, int(sys.argv[1]))), flush=True)
        sys.stdin.read()

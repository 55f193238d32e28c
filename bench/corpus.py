"""320 small documents and 68 questions with their right answers, Chinese and English, to judge search by.

Each document has one subject, and words that nobody asks for around it, so that what a question should find is known.
What is right was decided by meaning. Words look alike on purpose: 照片 and 快照, cat and concatenate, 南京 in 西南京郊.
"""

from __future__ import annotations

from dataclasses import dataclass

SENTENCES = {
    # English: spelling, accents, prefixes, phrases
    "fox": "A red fox crossed the frozen field before dawn.",
    "foxes": "Foxes & their dens: how to read the tracks in snow.",
    "foxglove": "Foxglove is poisonous and grows along the lane.",
    "cafe": "The Café Zürich serves crème brûlée until midnight.",
    "cat": "Our cat sleeps on the warm radiator all winter.",
    "concatenate": "To concatenate two strings, join them with an empty separator.",
    "python": "Python 3.11 is faster: asyncio task groups and better errors.",
    "sqlite": "SQLite's FTS5 keeps a full-text index beside the table.",
    "postgres": "PostgreSQL vacuum, explained with pictures and patience.",
    "iphone": "The iPhone15 camera compared with a film camera from 1975.",
    "bread": "Sourdough bread needs flour, water, salt and a great deal of time.",
    "quick": "The quick brown fox jumps over the lazy dog.",
    "brown": "A brown, quick-witted terrier is no fox at all.",
    "naive": "A naïve Bayes classifier is hard to beat on small data.",
    "strasse": "Die Straße nach Köln ist gesperrt.",
    "moscow": "Москва не сразу строилась, говорит пословица.",
    "email": "Ask support@example.org, or see www.example.org/help/contact-us.",
    "c": "Modern C, second edition: pointers without tears.",
    "go": "A tour of Go: channels, goroutines and the race detector.",
    "google": "Google engineers wrote the paper on the datacenter as a computer.",
    # Chinese: single characters, words of two, runs, mixed scripts, full-width forms
    "snapshot": "保存网页快照的三种方法，离线也能打开。",
    "photo": "旅行照片的整理办法：先删，再分类。",
    "express": "快递柜收费引起居民不满，照旧排队。",
    "process": "错误处理与日志：写给后端工程师的清单。",
    "pending": "待处理的工单超过一千，值班同事很累。",
    "principle": "整理方剂学笔记，梳理处方原理。",
    "nanjing": "南京的梧桐与老城墙，适合秋天去看。",
    "southwest": "西南京郊的山路骑行，全程八十公里。",
    "jiangnan": "江南春色：小桥流水人家，烟雨里的古镇。",
    "north": "江北新区的规划，与春天无关。",
    "ml": "用Python做机器学习：从数据清洗到模型部署。",
    "machine": "老式机器的维修，以及学习一门手艺。",
    "wide": "ＡＰＩ设计指南：版本、分页与错误码。",
    "tea": "龙井茶的冲泡：水温八十五度，先闻香。",
    "book": "《红楼梦》里的茶与诗，一篇读书笔记。",
    "dream": "红色的楼房，做了一个梦。",
    "traditional": "臺北的夜市與小吃，蚵仔煎最有名。",
    "japanese": "東京のカメラ屋で古いレンズを買った。",
    "privacy": "隐私设置：如何关闭定位服务。",
    "rights": "权利与义务，民法典第一章。",
}
"""A sentence for each subject; the key is its name in the questions."""

QUESTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("fox", ("fox", "foxes", "foxglove", "quick", "brown")),
    ("foxes", ("foxes",)),
    ("FOX dawn", ("fox",)),
    ("fox -foxglove -terrier", ("fox", "foxes", "quick")),
    ('"brown fox"', ("quick",)),
    ('"quick brown"', ("quick",)),
    ("brown quick", ("quick", "brown")),
    ('"red fox crossed"', ("fox",)),
    ("cafe", ("cafe",)),
    ("café zurich", ("cafe",)),
    ("creme brulee", ("cafe",)),
    ("cat", ("cat",)),
    ("concat", ("concatenate",)),
    ("python", ("python", "ml")),
    ("python asyncio", ("python",)),
    ("3.11", ("python",)),
    ("fts5", ("sqlite",)),
    ("full-text", ("sqlite",)),
    ("postgres", ("postgres",)),
    ("vacuum or fts5", ("postgres", "sqlite")),
    ("iphone15", ("iphone",)),
    ("camera 1975", ("iphone",)),
    ("sourdough", ("bread",)),
    ("naive bayes", ("naive",)),
    ("strasse", ("strasse",)),
    ("STRASSE koln", ("strasse",)),
    ("москва", ("moscow",)),
    ("support@example.org", ("email",)),
    ("contact-us", ("email",)),
    ("c pointers", ("c",)),
    ("go channels", ("go",)),
    ("go", ("go",)),
    ("(sourdough or goroutines) -flour", ("go",)),
    ("快照", ("snapshot",)),
    ("照片", ("photo",)),
    ("照", ("snapshot", "photo", "express")),
    ("快", ("snapshot", "express")),
    ("网页快照", ("snapshot",)),
    ("网页", ("snapshot",)),
    ("离线 网页", ("snapshot",)),
    ("处理", ("process", "pending")),
    ("处理 -待", ("process",)),
    ("待处理", ("pending",)),
    ("理", ("process", "pending", "principle", "photo")),
    ("方法", ("snapshot",)),
    ("办法 或 方法", ("photo", "snapshot")),
    ("南京", ("nanjing",)),
    ("西南", ("southwest",)),
    ("江南", ("jiangnan",)),
    ("江南春色", ("jiangnan",)),
    ("江 春", ("jiangnan", "north")),
    ("“小桥流水”", ("jiangnan",)),
    ("机器学习", ("ml",)),
    ("机器 学习", ("ml", "machine")),
    ("python 机器", ("ml",)),
    ("用Python做", ("ml",)),
    ("api", ("wide",)),
    ("ＡＰＩ 错误码", ("wide",)),
    ("红楼梦", ("book",)),
    ("红 楼 梦", ("book", "dream")),
    ("茶", ("tea", "book")),
    ("龙井茶", ("tea",)),
    ("夜市", ("traditional",)),
    ("カメラ", ("japanese",)),
    ("レンズ 東京", ("japanese",)),
    ("隐私", ("privacy",)),
    ("权利", ("rights",)),
    ("梧桐 秋天", ("nanjing",)),
)
"""A query, and the subjects whose documents are the right answer."""

FILLERS = (
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit.",
    "Vestibulum ante ipsum primis in faucibus orci luctus.",
    "甲乙丙丁戊己庚辛壬癸，子丑寅卯辰巳午未申酉戌亥。",
    "Curabitur blandit tempus porttitor, maecenas faucibus mollis.",
    "乾坤坎离震巽艮兑；宫商角徵羽。",
    "Aenean lacinia bibendum nulla sed consectetur.",
)
"""What no question asks for."""

COPIES = 8


@dataclass(frozen=True)
class Document:
    """A page of the set."""

    subject: str
    title: str
    text: str


def documents() -> list[Document]:
    """Eight of each subject: as a title, alone, and among other words before and behind it."""
    made: list[Document] = []
    for name, sentence in SENTENCES.items():
        for copy in range(COPIES):
            before = " ".join(FILLERS[(copy + n) % len(FILLERS)] for n in range(copy))
            text = f"{before} {sentence} {FILLERS[copy % len(FILLERS)]}" if copy else FILLERS[0]
            made.append(Document(name, sentence if copy == 0 else f"Page {len(made)}", text))
    return made

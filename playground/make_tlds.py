"""Makes `tlds.json`: the top-level domains, from a public suffix list or a list with one domain a line.

    python -m playground.make_tlds path/to/list.txt

They decide whether a bare `name.tld` in a text is a link. Punycode forms need no list: every `xn--` domain counts.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

TARGET = Path(__file__).with_name("tlds.json")


def top_level_domains(text: str) -> list[str]:
    """The single-label names of the list's public part, sorted."""
    found = set()
    for line in text.partition("===END ICANN DOMAINS===")[0].splitlines():
        name = line.strip().lower().removeprefix("*.").removeprefix("!")
        if name and not name.startswith(("/", "#", "xn--")) and "." not in name:
            found.add(name)
    return sorted(found)


def main() -> int:
    """Writes the file next to this module."""
    if len(sys.argv) != 2:
        print("usage: python -m playground.make_tlds path/to/list.txt", file=sys.stderr)
        return 2
    names = top_level_domains(Path(sys.argv[1]).read_text("utf-8"))
    TARGET.write_text(json.dumps(names, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    print(f"{TARGET}: {len(names)} top-level domains")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Is a consent notice all that there is?

Signs, any of which is enough:

- `consent.py` found a notice that it could not answer, and beside it fewer than some 120 characters and no picture
  (header, footer and side bars are not counted). If it looked and found none, no floating layer is taken for one.
- The address is that of a host for consent (`consent.…`, `privacygate.…`), the words are about cookies or privacy, and
  there is a choice to press.
- A layer that covers a quarter of the window speaks of it twice, has a choice, and beside it are fewer than 400
  characters and 8 pictures. Only when `consent.py` did not look.
- The title is that of such a page ("Before you continue"), with two choices and little text.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from capture.seen import WALL_TEXT, Seen

LAYER_SHARE = 0.25
"""Part of the window that a layer must cover to hide the page."""
BEHIND_TEXT = 400
"""Characters outside a consent layer with which the page itself counts as kept."""

_CONSENT_HOSTS = re.compile(r"(?i)^(consent|privacy-?gate|myprivacy|cookie-?consent)\.|^(www\.)?consent\.")
_CONSENT_TOPIC = re.compile(
    r"(?i)\bcookies?\b|\bgdpr\b|\bconsent\b|privacy (policy|settings|choices|notice)|your (data|privacy)|"
    r"before you continue|legitimate interest|隐私(政策|设置|权|条款|协议)|个人(信息|数据)|Datenschutz|vie privée"
)
_CONSENT_TITLE = re.compile(
    r"(?i)\s*(before you continue|bevor sie fortfahren|avant d['’]accéder|antes de continuar|prima di continuare|"
    r"cookie (consent|settings)|we value your privacy|your privacy choices|隐私(设置|偏好))"
)
_CONSENT_ACT = re.compile(
    r"(?i)^\W*((accept|reject|allow|refuse|decline)"
    r"( (all|cookies|and \w+|& \w+|optional.*|all cookies|non.?essential.*))*|"
    r"(i )?agree( .{0,20})?|(manage|customi[sz]e|more|cookie|privacy) (options|choices|settings|preferences)|got it|"
    r"necessary only|only necessary.*|alle akzeptieren|tout (accepter|refuser)|"
    r"(全部|仅)?(接受|拒绝|同意)(全部|所有|必要)?( ?cookies?)?(并.{0,4})?|管理(选项|偏好|设置))\W*$"
)


def is_consent_wall(seen: Seen) -> bool:
    """Whether the module's signs agree that a notice is all there is."""
    if seen.notice_alone:
        return True
    choices = sum(bool(_CONSENT_ACT.match(label)) for label in seen.buttons)
    if not choices or seen.text_length > 6_000:
        return False
    host = urlsplit(seen.url).hostname or ""
    if _CONSENT_HOSTS.search(host) and _CONSENT_TOPIC.search(seen.text):
        return True
    if (
        seen.notice_alone is None
        and seen.layer_share >= LAYER_SHARE
        and len(_CONSENT_TOPIC.findall(seen.layer_text)) >= 2
    ):
        behind = max(0, seen.text_length - len(seen.layer_text.strip()))
        return behind < BEHIND_TEXT and seen.pictures < 8
    starts_so = _CONSENT_TITLE.match(seen.title)
    return bool(starts_so) and choices >= 2 and seen.text_length < WALL_TEXT * 2

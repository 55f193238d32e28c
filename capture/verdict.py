"""How a capture ended, judged from what was seen. Pure: evidence in, verdict out.

A wrong "login" or "bot check" on a page that was kept well is worse than a missed one. So every rule about what a page
is needs words *and* a shape: little text, a password field, a layer over everything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from capture.records import CaptureError, Verdict

WALL_TEXT = 1_200
"""Walls and login pages have fewer characters than this; an article about them has more."""
LAYER_SHARE = 0.25
"""Part of the window that a layer must cover to hide the page."""
BEHIND_TEXT = 400
"""Characters outside a consent layer with which the page itself counts as kept."""

_NET_ERRORS: tuple[tuple[str, Verdict, str], ...] = (
    (r"NAME_NOT_RESOLVED|NAME_RESOLUTION_FAILED|DNS_\w+|ICANN_NAME_COLLISION", Verdict.UNREACHABLE, "no_such_host"),
    (r"CONNECTION_REFUSED", Verdict.UNREACHABLE, "connection_refused"),
    (r"(CONNECTION_|PROXY_CONNECTION_)?TIMED_OUT|ADDRESS_UNREACHABLE|INTERNET_DISCONNECTED|NETWORK_CHANGED",
     Verdict.UNREACHABLE, "no_answer"),
    (r"TOO_MANY_REDIRECTS", Verdict.UNREACHABLE, "too_many_redirects"),
    (r"CERT_\w+|SSL_\w+|BAD_SSL_\w+|ECH_\w+|INSECURE_RESPONSE", Verdict.UNREACHABLE, "tls"),
    (r"UNSAFE_REDIRECT|UNSAFE_PORT|DISALLOWED_URL_SCHEME|UNKNOWN_URL_SCHEME|ADDRESS_INVALID|INVALID_URL",
     Verdict.REFUSED, "bad_address"),
    (r"HTTP_RESPONSE_CODE_FAILURE|INVALID_AUTH_CREDENTIALS", Verdict.HTTP_ERROR, "http_status"),
    (r"[A-Z0-9_]+", Verdict.UNREACHABLE, "connection_lost"),
)  # fmt: skip


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


def of_net_error(message: str) -> tuple[Verdict, CaptureError]:
    """The verdict on a navigation that failed with Chromium's error, as in `net::ERR_NAME_NOT_RESOLVED at …`."""
    found = re.search(r"\bERR_([A-Z0-9_]+)", message)
    name = found.group(1) if found else "FAILED"
    for pattern, verdict, code in _NET_ERRORS:
        if re.fullmatch(pattern, name):
            return verdict, CaptureError(code=code, message=f"ERR_{name}")
    raise AssertionError("the last pattern matches every name")


def judge(seen: Seen) -> tuple[Verdict, CaptureError | None]:
    """The verdict on a page that was opened."""
    if is_bot_wall(seen):
        return Verdict.BLOCKED, _status_error(seen)
    if seen.http_status is not None and seen.http_status >= 400:
        return Verdict.HTTP_ERROR, _status_error(seen)
    if seen.out_of_time:
        return Verdict.TIMEOUT, CaptureError(code="deadline", message="the capture's time was over before its end")
    if is_blank(seen):
        return Verdict.BLANK, None
    if is_consent_wall(seen):
        return Verdict.CONSENT, None
    if is_login(seen):
        return Verdict.LOGIN, None
    return Verdict.OK, None


def _status_error(seen: Seen) -> CaptureError | None:
    if seen.http_status is None or seen.http_status < 400:
        return None
    return CaptureError(code="http_status", message=f"HTTP {seen.http_status}")


def is_blank(seen: Seen) -> bool:
    """No text, nothing to look at, and the picture agrees."""
    return seen.text_length == 0 and seen.frames_text_length == 0 and seen.pictures == 0 and seen.flat is not False


# Bot checks

_WALL_TITLES = re.compile(
    r"""(?ix) ^\s*( just\ a\ moment | attention\ required | access\ (to\ this\ page\ has\ been\ )?denied
    | (please\ )?verify(ing)?\ (that\ )?you('|’)?(\ a)?re\ (a\ )?(not\ a\ robot|human) | are\ you\ (a\ )?(human|robot)
    | robot\ (check|or\ human) | security\ (check|verification) | human\ verification | bot\ verification | ddos-guard
    | pardon\ our\ interruption | please\ wait\.\.\.\ \|\ cloudflare | captcha | validate\ captcha | client\ challenge
    | 人机(验证|校验|识别) | 安全(验证|校验) | 验证码 | 访问验证 | 百度安全验证 | 滑动验证 | 请完成验证 )"""
)
_WALL_WORDS = re.compile(
    r"""(?ix) verify\ (that\ )?you\ are\ (a\ )?(human|not\ a\ (ro)?bot) | confirm\ (that\ )?you\ are\ (a\ )?human
    | (prove|make\ sure|confirm|check)\ (that\ )?you('|’)?\ ?a?re\ (human|not\ a\ (ro)?bot)
    | unusual\ (traffic|activity)\ from\ your | checking\ (if\ the\ site\ connection\ is\ secure|your\ browser)
    | complete\ the\ (security\ check|captcha|challenge)| needs\ to\ review\ the\ security\ of\ your\ connection
    | solve\ (this|the)\ (captcha|puzzle) | i('|’)m\ not\ a\ robot | press\ (&|and)\ hold\ to\ confirm
    | enable\ javascript\ and\ cookies\ to\ continue | automated\ (access|queries|requests)
    | you\ have\ been\ blocked | 拖动.{0,8}滑块 | 按住.{0,4}滑块 | (完成|进行|通过).{0,6}(安全|人机|滑动)?验证
    | 确认(您|你)(不是机器人|是真人) | 证明(您|你)(不是机器人|是真人) | 访问(过于|太)频繁
    | 检测到.{0,12}异常(流量|访问|请求)
    | 点击.{0,8}(图中|下图).{0,12}(文字|汉字|图形) | 环境异常 """
)
_WALL_FRAMES = re.compile(
    r"""(?ix) ^https?://( challenges\.cloudflare\.com | ([\w-]+\.)*hcaptcha\.com | geo\.captcha-delivery\.com
    | ([\w-]+\.)*arkoselabs\.com | ([\w-]+\.)*funcaptcha\.com | (www\.)?(google\.com|recaptcha\.net)/recaptcha/
    | ([\w-]+\.)*captcha\.(qq|gtimg)\.com | ([\w-]+\.)*geetest\.com )"""
)
_WALL_STATUS = frozenset({401, 403, 405, 429, 503})


def is_bot_wall(seen: Seen) -> bool:
    """A check for robots stands where the page should be: little text, and at least two signs of one."""
    if seen.text_length > WALL_TEXT:
        return False
    signs = 2 * bool(_WALL_TITLES.search(seen.title))
    signs += bool(_WALL_WORDS.search(seen.text))
    signs += any(_WALL_FRAMES.search(url) for url in seen.frame_urls) and seen.text_length < WALL_TEXT // 2
    signs += (seen.http_status or 200) in _WALL_STATUS
    shape = seen.text_length < WALL_TEXT // 4 and seen.elements < 120
    if seen.passwords or (signs and not _wall_says_so(seen)):
        return False  # a login form often carries a captcha; a plain 403 says nothing of robots
    return signs >= 3 or (signs >= 2 and shape) or (signs >= 1 and shape and bool(_WALL_WORDS.search(seen.text)))


def _wall_says_so(seen: Seen) -> bool:
    """Some word or frame is about robots, not only a status."""
    if re.match(r"(?i)\s*access denied", seen.title) and not _WALL_WORDS.search(seen.text):
        return any(_WALL_FRAMES.search(url) for url in seen.frame_urls)
    return bool(
        _WALL_TITLES.search(seen.title)
        or _WALL_WORDS.search(seen.text)
        or any(_WALL_FRAMES.search(url) for url in seen.frame_urls)
    )


# Consent

_CONSENT_HOSTS = re.compile(r"(?i)^(consent|privacy-?gate|myprivacy|cookie-?consent)\.|^(www\.)?consent\.")
_CONSENT_TOPIC = re.compile(
    r"(?i)\bcookies?\b|\bgdpr\b|\bconsent\b|privacy (policy|settings|choices|notice)|your (data|privacy)|"
    r"before you continue|legitimate interest|隐私(政策|设置|权|条款|协议)|个人(信息|数据)|Datenschutz|vie privée"
)
_CONSENT_ACT = re.compile(
    r"(?i)^\W*((accept|reject|allow|refuse|decline)"
    r"( (all|cookies|and \w+|& \w+|optional.*|all cookies|non.?essential.*))*|"
    r"(i )?agree( .{0,20})?|(manage|customi[sz]e|more|cookie|privacy) (options|choices|settings|preferences)|got it|"
    r"necessary only|only necessary.*|alle akzeptieren|tout (accepter|refuser)|"
    r"(全部|仅)?(接受|拒绝|同意)(全部|所有|必要)?( ?cookies?)?(并.{0,4})?|管理(选项|偏好|设置))\W*$"
)


def is_consent_wall(seen: Seen) -> bool:
    """Only a notice about cookies or privacy is there: with choices to press, and next to nothing beside it."""
    choices = sum(bool(_CONSENT_ACT.match(label)) for label in seen.buttons)
    if not choices or seen.text_length > 6_000:
        return False
    host = urlsplit(seen.url).hostname or ""
    if _CONSENT_HOSTS.search(host) and _CONSENT_TOPIC.search(seen.text):
        return True
    if seen.layer_share >= LAYER_SHARE and len(_CONSENT_TOPIC.findall(seen.layer_text)) >= 2:
        behind = max(0, seen.text_length - len(seen.layer_text.strip()))
        return behind < BEHIND_TEXT and seen.pictures < 8
    starts_so = re.match(r"(?i)\s*(before you continue|cookie (consent|settings)|we value your privacy)", seen.title)
    return bool(starts_so) and choices >= 2 and seen.text_length < WALL_TEXT * 2


# Login

_LOGIN_PATH = re.compile(
    r"(?i)(^|[/_.-])(log-?in|sign-?in|signon|sso|auth(enticate|orize|wall)?|passport|account/login|session/new)([/_.-]|$)"
)
_LOGIN_WORDS = re.compile(
    r"(?i)\b(log|sign)[ -]?in\b|\bpassword\b|登录|登入|登錄|密码|扫码登录|"
    r"anmelden|se connecter|iniciar sesión|ログイン|로그인"
)
_LOGIN_TITLE = re.compile(
    r"(?i)^\W*((please )?(log|sign)[ -]?in\b|.{0,40}[-–—|·:•]\s*(log|sign)[ -]?in\W*$|"
    r"(用户|账号|请|密码)?(登录|登入|登錄)|"
    r".{0,30}[-–—|·_]\s*(登录|登入)\W*$|anmelden|login\b|ログイン|로그인)"
)


def is_login(seen: Seen) -> bool:
    """A login form stands where the page should be; one in a corner of a page does not count."""
    if seen.text_length > WALL_TEXT:
        return False
    asked, ended = urlsplit(seen.asked_url), urlsplit(seen.url)
    sent_there = (asked.hostname, asked.path) != (ended.hostname, ended.path)
    login_url = bool(
        _LOGIN_PATH.search(ended.path)
        or re.match(r"(?i)(login|signin|sso|auth|passport|accounts)\.", ended.hostname or "")
    )
    titled = bool(_LOGIN_TITLE.search(seen.title))
    worded = bool(_LOGIN_WORDS.search(seen.text))
    if seen.passwords:
        form_only = seen.text_length < WALL_TEXT // 2
        return titled or login_url or (form_only and worded)
    # Forms that ask for the name first, or show a code to scan: no password field, so more has to agree.
    return worded and login_url and (sent_there or titled)

"""Does a login form stand where the page should be?

Signs:

- A visible password field, in a page of fewer than 1200 characters; not a word about passwords alone, as generators
  and meters have it.
- The title is that of a login page ("Sign in", "登录 - …"), or the address is (`/login`, `/signin`, `passport.…`).
- The words ask for it ("Sign in to continue", "登录后查看"), and there is no prose beside them.
- The way led there: another host or path than was asked for.

A password field needs one more of them; with the words alone, half of the lines have to be about the form. Without
one (forms that ask for the name first, codes to scan, walls over a teaser) words and address have to agree, or the
words have to stand alone. Prose of one long line, or words about a subscription (a paywall's teaser), make a page of
it. Status 401 or 403 with such a form is `login`, not `http_error`.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from capture.seen import WALL_TEXT, Seen

_LOGIN_PATH = re.compile(
    r"(?i)(^|[/_.-])(log-?in|sign-?in|signon|sso|auth(enticate|orize|wall)?|passport|account/login|session/new)([/_.-]|$)"
)
_LOGIN_HOST = re.compile(r"(?i)(login|signin|sso|auth|passport|accounts|id)\.")
_LOGIN_WORDS = re.compile(
    r"(?i)\b(log|sign)[ -]?in\b|登录|登入|登錄|扫码登录|"
    r"anmelden|se connecter|iniciar sesión|ログイン|로그인"
)
_LOGIN_TITLE = re.compile(
    r"(?i)^\W*((please )?(log|sign)[ -]?in\b|.{0,40}[-–—|·:•]\s*(log|sign)[ -]?in\W*$|"
    r"(用户|账号|请|密码)?(登录|登入|登錄)|"
    r".{0,30}[-–—|·_]\s*(登录|登入)\W*$|anmelden|login\b|ログイン|로그인)"
)
_ASKED_TO = re.compile(
    r"""(?ix) \b(log|sign)[ -]?in\ (to|and)\ (continue|view|see|read|access|use|join|proceed)
    | \b(you\ must|you\ need\ to|you\ have\ to|please)\ (first\ )?(be\ logged\ in|log\ in|sign\ in|login)
    | \benter\ (the|your)\ password | \bpassword[- ]protected | 请输入(访问|查看)?密码 | 需要(输入)?密码
    | \b(only|available)\b.{0,30}\b(members|logged[- ]in|signed[- ]in)
    | \bjoin\b.{0,30}\bto\ (see|view|continue)
    | (登录|登入|登錄)(后|後|之后|即可|才能|以|并)?.{0,4}(查看|可见|可見|继续|繼續|阅读|閱讀|浏览|瀏覽|使用)
    | (登录|登入|登錄)(后|後|之后|即可|才能|以|并)?.{0,4}(访问|享受|解锁)
    | 请(您)?先?(登录|登入) | 請先?(登入|登錄) | (需要|需|尚未|还未|您未)(登录|登入) | 扫码登录
    | melden\ sie\ sich\ an | connectez-vous\ pour | inicia\ sesión\ para | accedi\ per
    | ログイン(して|が必要|してください) """
)
_FOR_MONEY = re.compile(
    r"(?i)\bsubscri|\babonn|free articles?|paywall|premium|per month|/month|订阅|訂閱|会员|會員|付费|付費|開通|有料"
)
_LONG_LINE = 120
_LONG_LINE_HAN = 45
"""Characters of one line that make it prose; Chinese and Japanese say more with fewer."""
_HAN = re.compile(r"[一-鿿぀-ヿ]")


def is_login(seen: Seen) -> bool:
    """Whether the module's signs agree; a form in a corner of a page does not count."""
    if seen.text_length > WALL_TEXT:
        return False
    asked, ended = urlsplit(seen.asked_url), urlsplit(seen.url)
    sent_there = (asked.hostname, asked.path) != (ended.hostname, ended.path)
    login_url = bool(_LOGIN_PATH.search(ended.path) or _LOGIN_HOST.match(ended.hostname or ""))
    titled = bool(_LOGIN_TITLE.search(seen.title))
    worded = bool(_LOGIN_WORDS.search(seen.text) or _ASKED_TO.search(seen.text))
    if seen.passwords:
        bare = seen.text_length < WALL_TEXT // 2 and worded and not _has_prose(seen.text)
        return titled or login_url or (bare and seen.pictures < 8 and _is_mostly_form(seen.text))
    if worded and login_url and (sent_there or titled):
        return True
    return _is_wall(seen) and (login_url or titled or seen.text_length < WALL_TEXT // 4)


def asks_over_page(seen: Seen) -> bool:
    """Whether a layer over a page that can be read asks to sign in."""
    return seen.layer_share > 0 and bool(_ASKED_TO.search(seen.layer_text))


def is_login_answer(seen: Seen) -> bool:
    """Whether a refusal came with a form to sign in."""
    return seen.http_status in (401, 403) and seen.passwords > 0 and is_login(seen)


def _is_wall(seen: Seen) -> bool:
    """Nothing but words that ask to sign in."""
    asked = _ASKED_TO.search(seen.text)
    return bool(asked and not _FOR_MONEY.search(seen.text) and not _has_prose(seen.text) and seen.pictures < 8)


def _is_mostly_form(text: str) -> bool:
    """Whether half of the lines belong to a form, and not to the site that has one in its header."""
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    return sum(bool(_OF_FORM.search(line)) for line in lines) * 2 >= len(lines)


_OF_FORM = re.compile(
    r"(?i)log|sign|regist|join|e-?mail|phone|user|name|password|passwor|pass(code|key)|forg[oe]t|remember|captcha|"
    r"continue with|account|terms|privacy|cookie|help|©|code|next|submit|unauthori[sz]ed|"
    r"登|密码|密碼|账号|帳號|用户|手机|邮箱|验证|注册|忘记|记住|扫|协议|隐私|anmeld|passwort|konto|ログイン|メール|パスワード"
)


def _has_prose(text: str) -> bool:
    """Whether some line is a paragraph that is not about signing in."""
    for line in text.splitlines():
        limit = _LONG_LINE_HAN if len(_HAN.findall(line)) * 2 > len(line) else _LONG_LINE
        if len(line.strip()) >= limit and not (_LOGIN_WORDS.search(line) or _ABOUT_LOGIN.search(line)):
            return True
    return False


_ABOUT_LOGIN = re.compile(r"(?i)terms|privacy|cookies?|recaptcha|account|协议|隐私|條款|账号|验证码|Datenschutz")

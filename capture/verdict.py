"""How a capture ended, judged from what was seen. Pure: evidence in, verdict out.

A wrong "login" or "bot check" on a page that was kept well is worse than a missed one. So every rule about what a page
is needs words *and* a shape: little text, a password field, a layer over everything. The rules stand in
`verdict_blocked.py`, `verdict_login.py` and `verdict_consent.py`, each with its signs; here are the others:

- `http_error`: a status of 400 or more, unless what came with it is a bot check, or a form to sign in. Only the status
  counts: a page that answers 200 and says "not found", a parked domain or "not in your country" is kept as what it is,
  because its words cannot be told from those of a page about them, and the person sees them in the picture.
- `timeout`: the capture's time was over before its end.
- `blank`: no text in any frame, no picture, and the screenshot is of one colour; or nothing but the sentence that an
  application shows while it is not there ("Loading…", "enable JavaScript to run this app").
"""

from __future__ import annotations

import re

from capture.records import CaptureError, Verdict
from capture.seen import UNFINISHED, Seen
from capture.verdict_blocked import is_bot_wall
from capture.verdict_consent import is_consent_wall
from capture.verdict_login import is_login, is_login_answer

__all__ = ["Seen", "judge", "of_net_error"]

_NET_ERRORS: tuple[tuple[str, Verdict, str], ...] = (
    (r"NAME_NOT_RESOLVED|NAME_RESOLUTION_FAILED|DNS_\w+|ICANN_NAME_COLLISION", Verdict.UNREACHABLE, "no_such_host"),
    (r"CONNECTION_REFUSED", Verdict.UNREACHABLE, "connection_refused"),
    (r"(CONNECTION_|PROXY_CONNECTION_)?TIMED_OUT|ADDRESS_UNREACHABLE|INTERNET_DISCONNECTED|NETWORK_CHANGED",
     Verdict.UNREACHABLE, "no_answer"),
    (r"TOO_MANY_REDIRECTS", Verdict.UNREACHABLE, "too_many_redirects"),
    (r"CERT_\w+|SSL_\w+|BAD_SSL_\w+|ECH_\w+|INSECURE_RESPONSE", Verdict.UNREACHABLE, "tls"),
    (r"CONTENT_DECODING_\w+|INVALID_(CHUNKED_ENCODING|RESPONSE)|RESPONSE_HEADERS_\w+|HTTP2_\w+",
     Verdict.UNREACHABLE, "damaged"),
    (r"UNSAFE_REDIRECT|INVALID_REDIRECT|UNSAFE_PORT|DISALLOWED_URL_SCHEME|UNKNOWN_URL_SCHEME|ADDRESS_INVALID|INVALID_URL",
     Verdict.REFUSED, "bad_address"),
    (r"HTTP_RESPONSE_CODE_FAILURE|INVALID_AUTH_CREDENTIALS", Verdict.HTTP_ERROR, "http_status"),
    (r"[A-Z0-9_]+", Verdict.UNREACHABLE, "connection_lost"),
)  # fmt: skip


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
    if is_login_answer(seen):
        return Verdict.LOGIN, _status_error(seen)
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
    if seen.frames_text_length or seen.pictures:
        return False
    return (seen.text_length == 0 and seen.flat is not False) or is_shell(seen)


SHELL_TEXT = 160
_NO_SCRIPT = re.compile(
    r"(?i)[^\n]*\bjavascript\b[^\n]*\b(enable|disabled|required|requires?|aktivier\w*|activ\w*|habilit\w*|abilit\w*)[^\n]*|"
    r"[^\n]*\b(enable|turn on|requires?|needs?|aktivieren|activer?|activez|habilit\w*|without)\b[^\n]*"
    r"\bjavascript\b[^\n]*|"
    r"[^\n]*(启用|開啟|开启|打开|啟用)[^\n]{0,8}javascript[^\n]*|[^\n]*javascript[^\n]{0,8}(启用|開啟|开启|打开|啟用)[^\n]*"
)


def is_shell(seen: Seen) -> bool:
    """Whether an application has not begun: there is only what it says until it does."""
    said = seen.text.strip()
    if seen.text_length > SHELL_TEXT or seen.elements > 60:
        return False
    return bool(UNFINISHED.fullmatch(said) or _NO_SCRIPT.fullmatch(said))

"""Who may talk to the server from a browser, and what the pages it serves may do."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What people and bots sent is shown without rights: no scripts, nothing loaded, no origin.
FILE_HEADERS = {
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; img-src data: blob:; media-src data: blob:; font-src data:;"
        " style-src 'unsafe-inline' data:; frame-src data: blob:; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'self'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; frame-src 'self';"
        " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def host_is_ours(host: str, allowed: frozenset[str]) -> bool:
    """Whether a Host header cannot be a name that somebody else bound to this machine.

    Addresses, names without a dot and `*.localhost` cannot; other names are ours only when allowed.
    """
    name = urlsplit(f"//{host}").hostname or ""
    if name in allowed or name.endswith(".localhost") or (name and "." not in name and ":" not in name):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True  # an address cannot be rebound


def refusal(headers: Mapping[str, str], allowed: frozenset[str]) -> str | None:
    """Why a request is refused: another site's page must not speak for the people here."""
    host = headers.get("host", "")
    if not host_is_ours(host, allowed):
        return f"This server does not answer for {host!r}. Open it by its address, or start it with --allow-host."
    origin = headers.get("origin")
    if origin and urlsplit(origin).netloc != host:
        return "Requests of other sites are refused."
    if (
        headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
        and headers.get("sec-fetch-mode") != "navigate"
    ):
        return "Requests of other sites are refused."
    return None


class Guard:
    """Checks every request and adds the headers that every answer has."""

    def __init__(self, app: ASGIApp, allowed_hosts: frozenset[str] = frozenset()) -> None:
        self.app = app
        self._allowed = allowed_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        problem = refusal(Headers(scope=scope), self._allowed)
        if problem:
            await JSONResponse({"ok": False, "error_code": 403, "description": problem}, 403)(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-content-type-options", b"nosniff")]
            await send(message)

        await self.app(scope, receive, send_guarded)

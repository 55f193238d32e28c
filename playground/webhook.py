"""Delivers updates to the bot's webhook: in order, again and again until it takes them."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import re
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

from playground.errors import bad_request
from playground.journal import Journal
from playground.records import Json
from playground.updates import Updates

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}\Z")
_TIMEOUT_S = 30.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 60.0
_IDLE_S = 30.0


class Webhook:
    """The webhook of the bot; none while `url` is empty."""

    def __init__(self, journal: Journal, updates: Updates) -> None:
        self._journal = journal
        self._updates = updates
        kept: Json = journal.get("setting", "webhook", {})
        self.url: str = kept.get("url", "")
        self._secret: str = kept.get("secret", "")
        self._max_connections: int = kept.get("max_connections", 40)
        self._last_error: Json = {}
        self._changed = asyncio.Event()

    def set(self, url: str, secret: str = "", max_connections: int = 40) -> None:
        """Sets it, or removes it when the address is empty; 400 for an address or secret that cannot be."""
        if url:
            _check(url)
        if secret and not _SECRET.match(secret):
            raise bad_request("secret token contains unallowed characters")
        self.url, self._secret, self._max_connections = url, secret if url else "", max_connections
        self._last_error = {}
        self._journal.put(
            "setting", "webhook", {"url": url, "secret": self._secret, "max_connections": max_connections}
        )
        self._changed.set()

    def info(self) -> Json:
        """What `getWebhookInfo` answers."""
        body: Json = {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates.pending()),
        }
        if self.url:
            body |= self._last_error
            body["max_connections"] = self._max_connections
        if self._updates.allowed:
            body["allowed_updates"] = self._updates.allowed
        return body

    async def run(self) -> None:
        """Delivers until it is cancelled."""
        pause_s = _FIRST_PAUSE_S
        while True:
            self._changed.clear()
            waiting = self._updates.pending() if self.url else []
            if not waiting:
                await self._pause(_IDLE_S)
            elif await self._deliver(waiting[0]):
                pause_s = _FIRST_PAUSE_S
            else:
                await self._pause(pause_s, only_for_changes=True)
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    async def _pause(self, seconds: float, only_for_changes: bool = False) -> None:
        tasks: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._changed.wait())]
        if not only_for_changes and self.url:
            tasks.append(asyncio.ensure_future(self._updates.wait(seconds)))
        try:
            await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()

    async def _deliver(self, update: Json) -> bool:
        url = self.url
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                status = await _post(url, self._secret, update)
        except (OSError, ValueError) as problem:  # no connection, no TLS, too slow, a line without end
            return self._failed(f"{problem or type(problem).__name__}")
        if not 200 <= status < 300:
            return self._failed(f"Wrong response from the webhook: {status}")
        if url == self.url:
            self._updates.confirm(update["update_id"])
        return True

    def _failed(self, why: str) -> bool:
        self._last_error = {"last_error_date": int(time.time()), "last_error_message": why}
        return False


def _check(url: str) -> None:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http") or not host:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if parts.scheme == "http" and not _is_loopback(host):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")


def _is_loopback(host: str) -> bool:
    """Plain HTTP is for this machine only: the real server takes none at all, one of your own does."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _post(url: str, secret: str, update: Json) -> int:
    """One delivery on a connection of its own; the status of the answer."""
    parts = urlsplit(url)
    secure = ssl.create_default_context() if parts.scheme == "https" else None
    port = parts.port or (443 if secure else 80)
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=secure)
    try:
        body = json.dumps(update, ensure_ascii=False).encode()
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        head = [
            f"POST {path} HTTP/1.1",
            f"Host: {parts.netloc.rpartition('@')[2]}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "Connection: close",
        ]
        if secret:
            head.append(f"X-Telegram-Bot-Api-Secret-Token: {secret}")
        writer.write("\r\n".join([*head, "", ""]).encode() + body)
        await writer.drain()
        status = (await reader.readline()).split()
        return int(status[1]) if len(status) > 1 and status[1].isdigit() else 0
    finally:
        writer.close()

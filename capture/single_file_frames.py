"""The live documents of a page's frames, written out by `single_file.js` inside Chromium."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from capture.cdp import CallFailed, ConnectionLost, Message
from capture.recorder import Recorder, Target

log = logging.getLogger(__name__)

WORLD = "hashkeep-single-file"
MAX_FRAMES = 100
MAX_DOCUMENT_CHARS = 20_000_000

Part = str | dict[str, Any]
"""Finished HTML, or something to be filled in; see `single_file.js`."""


@dataclass(frozen=True)
class FrameDocument:
    """One frame's document."""

    parts: tuple[Part, ...]
    blobs: dict[str, str]
    """`blob:` addresses and their contents as `data:` URLs."""
    url: str
    quirks: bool
    doctype: str
    """Its public identifier."""
    flows: bool
    """Whether a line at the end of the body stands below everything else."""
    height: int
    cut: bool
    """It is longer than what is taken."""
    lost: int
    """Things that could not be written, such as a canvas that may not be read."""
    renamed: list[str] = field(default_factory=list)
    """Names of elements that are written under a name of ours, as a parser would not leave them at their place."""
    poses: list[str] = field(default_factory=list)
    """`canvas img`: elements of the first name that are written as the second."""
    photographs: list[tuple[str, float, float, float, float]] = field(default_factory=list)
    """Addresses under which a part of the page's picture is wanted: left, top, width and height in CSS pixels."""


@dataclass(frozen=True)
class Snapshot:
    """A page as it stood, frame by frame."""

    main: str = ""
    """The id of the top frame; "" if the page did not answer."""
    frames: dict[str, FrameDocument] = field(default_factory=dict)
    silent: int = 0
    """Frames that did not answer."""


@dataclass
class _Frame:
    id: str
    parent: str
    session: str
    world: int = 0
    closed: list[tuple[int, int]] = field(default_factory=list)
    """Nodes (backend ids) with a shadow root that the markup declares closed, and these roots."""


async def serialise(recorder: Recorder, timeout_s: float) -> Snapshot:
    """Writes out the document of every frame of the recorded page. Never raises for a fault of the page or browser.

    It goes through the recorder's connection, which was there before anything was loaded, and runs in isolated
    worlds: the page can neither see nor falsify it, only be silent until the time is up.
    """
    page = next((t for t in recorder.targets.values() if t.kind == "page"), None)
    if not page:
        return Snapshot()
    deadline = asyncio.get_running_loop().time() + timeout_s
    return await _Serialiser(recorder, deadline).run(page)


class _Serialiser:
    def __init__(self, recorder: Recorder, deadline: float) -> None:
        self._recorder = recorder
        self._deadline = deadline
        self._frames: dict[str, _Frame] = {}
        self._options = {"kept": recorder.kept_urls("Stylesheet"), "maxLength": MAX_DOCUMENT_CHARS}

    async def run(self, page: Target) -> Snapshot:
        targets = [t for t in self._recorder.targets.values() if t is page or t.kind == "iframe"]
        await asyncio.gather(*(self._list_frames(target) for target in targets))
        tree = {page.target_id: self._frames[page.target_id]} if page.target_id in self._frames else {}
        # Breadth first, below this page only: frames of closed popups have no way up to it.
        for frame_id in tree and list(self._frames):
            if self._is_below(frame_id, page.target_id) and len(tree) < MAX_FRAMES:
                tree[frame_id] = self._frames[frame_id]
        await asyncio.gather(*(self._make_world(frame) for frame in tree.values()))
        # Rare, and asking for every node is dear: only if a source has the word.
        if self._recorder.has_kept(b"shadowrootmode"):
            await asyncio.gather(*(self._find_closed(target) for target in targets))
        written = await asyncio.gather(*(self._write(frame, tree) for frame in tree.values()))
        documents = {frame.id: document for frame, document in zip(tree.values(), written, strict=True) if document}
        main = page.target_id if page.target_id in documents else ""
        return Snapshot(main, documents, silent=len(tree) - len(documents))

    async def _list_frames(self, target: Target) -> None:
        self._recorder.connection.post("DOM.enable", {}, target.session)
        answer = await self._call("Page.getFrameTree", {}, target.session)
        waiting = [(answer["frameTree"], target.parent_frame_id)] if answer else []
        while waiting:
            node, parent = waiting.pop(0)
            frame = _Frame(node["frame"]["id"], node["frame"].get("parentId") or parent, target.session)
            self._frames[frame.id] = frame
            waiting += [(child, frame.id) for child in node.get("childFrames", [])]

    def _is_below(self, frame_id: str, top: str) -> bool:
        for _ in range(MAX_FRAMES):
            if frame_id == top:
                return True
            if not (frame := self._frames.get(frame_id)):
                return False
            frame_id = frame.parent
        return False

    async def _make_world(self, frame: _Frame) -> None:
        params = {"frameId": frame.id, "worldName": WORLD}
        if answer := await self._call("Page.createIsolatedWorld", params, frame.session):
            frame.world = answer["executionContextId"]

    async def _write(self, frame: _Frame, tree: dict[str, _Frame]) -> FrameDocument | None:
        if not frame.world:
            return None
        children = [child for child in tree.values() if child.parent == frame.id]
        owners = await asyncio.gather(*(self._owner(child, frame) for child in children))
        found = [(child.id, owner) for child, owner in zip(children, owners, strict=True) if owner]
        closed = await self._resolved([node for pair in frame.closed for node in pair], frame)
        hosts, roots = closed[::2], closed[1::2]
        options = {**self._options, "frames": [frame_id for frame_id, _ in found], "closed": len(hosts)}
        answer = await self._call(
            "Runtime.callFunctionOn",
            {
                "functionDeclaration": _script(),
                "executionContextId": frame.world,
                "arguments": [
                    {"value": options},
                    *({"objectId": object_id} for object_id in [*(owner for _, owner in found), *hosts, *roots]),
                ],
                "returnByValue": True,
                "awaitPromise": True,
            },
            frame.session,
        )
        value = answer and answer.get("result", {}).get("value")
        if answer and "exceptionDetails" in answer:
            log.warning("A frame could not be written: %.500s", answer["exceptionDetails"].get("exception"))
        if not isinstance(value, dict):
            return None
        document = FrameDocument(**{**value, "parts": tuple(value["parts"])})
        for key, x, y, width, height in document.photographs:
            clip = {"x": x, "y": y, "width": width, "height": height, "scale": 1}
            params = {"format": "png", "clip": clip, "captureBeyondViewport": True}
            if photograph := await self._call("Page.captureScreenshot", params, frame.session):
                document.blobs[key] = "data:image/png;base64," + photograph["data"]
        return document

    async def _owner(self, child: _Frame, parent: _Frame) -> str | None:
        """The element that holds the frame, as an object of the parent's world."""
        node = await self._call("DOM.getFrameOwner", {"frameId": child.id}, parent.session)
        if not node:
            return None
        return next(iter(await self._resolved([node["backendNodeId"]], parent)), None)

    async def _resolved(self, nodes: list[int], frame: _Frame) -> list[str]:
        """Nodes as objects of the frame's world; none at all if one of them is gone."""
        params = ({"backendNodeId": node, "executionContextId": frame.world} for node in nodes)
        calls = (self._call("DOM.resolveNode", one, frame.session) for one in params)
        answers = [answer and answer["object"].get("objectId") for answer in await asyncio.gather(*calls)]
        return [answer for answer in answers if answer] if all(answers) else []

    async def _find_closed(self, target: Target) -> None:
        """Roots that `<template shadowrootmode=closed>` made: no script of any world sees them."""
        answer = await self._call("DOM.getDocument", {"depth": -1, "pierce": True}, target.session)
        waiting = [(answer["root"], target.target_id)] if answer else []
        while waiting:
            node, frame_id = waiting.pop()
            for root in node.get("shadowRoots", ()):
                if root.get("shadowRootType") == "closed" and frame_id in self._frames:
                    self._frames[frame_id].closed.append((node["backendNodeId"], root["backendNodeId"]))
            below = [*node.get("children", ()), *node.get("shadowRoots", ())]
            waiting += [(child, frame_id) for child in below]
            if inner := node.get("contentDocument"):
                waiting.append((inner, node.get("frameId", "")))

    async def _call(self, method: str, params: Message, session: str) -> Message | None:
        left_s = self._deadline - asyncio.get_running_loop().time()
        return await _or_none(self._recorder.connection.call(method, params, session, timeout_s=max(left_s, 0.01)))


async def _or_none(call: Awaitable[Message]) -> Message | None:
    try:
        return await call
    except (CallFailed, ConnectionLost, TimeoutError) as error:
        log.debug("A frame did not answer: %r", error)
        return None


_PARTS = ("_base", "_states", "_shapes", "_styles", "_elements", "")


@cache
def _script() -> str:
    folder = Path(__file__).parent
    parts = [(folder / f"single_file{name}.js").read_text("utf-8") for name in _PARTS]
    return "async (options, ...objects) => {\n" + "\n".join(parts) + "\nreturn await result();\n}"

"""Pages to try Hashkeep with when there is no internet: an English and a Chinese article, and a gallery."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from playground import samples

_FOLDER = Path(__file__).parent
_HEADERS = {"Cache-Control": "no-cache", "Referrer-Policy": "no-referrer"}
_SIZES = {"wide": (1440, 720), "photo": (1200, 800), "tall": (900, 1200)}
_MAX_NUMBER = 60


@dataclass(frozen=True)
class Page:
    """One of the pages."""

    name: str
    title: str


PAGES = (
    Page("english", "The lighthouse keeper’s second notebook"),
    Page("chinese", "江南春色：一座小城的二十四小时"),
    Page("gallery", "Forty hills, a gallery"),
)


async def _page(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in {page.name for page in PAGES}:
        return JSONResponse({"error": "There is no such page."}, 404)
    return FileResponse(_FOLDER / f"{name}.html", media_type="text/html", headers=_HEADERS)


async def _style(_: Request) -> Response:
    return FileResponse(_FOLDER / "demo.css", media_type="text/css", headers=_HEADERS)


async def _picture(request: Request) -> Response:
    """A drawn landscape: `/play/demo/pictures/wide-3.jpg`."""
    number, size = request.path_params["number"], _SIZES.get(request.path_params["size"])
    if size is None or not 0 <= number < _MAX_NUMBER:
        return JSONResponse({"error": "There is no such picture."}, 404)
    data = await asyncio.to_thread(samples.photo, number, *size)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "max-age=3600"})


def routes() -> list[Route]:
    """Their addresses, without the common prefix."""
    return [
        Route("/demo.css", _style),
        Route("/pictures/{size}-{number:int}.jpg", _picture),
        Route("/{name}", _page),
    ]

"""Pages whose difficulty is their shape."""

# ruff: noqa: E501  (lines of markup)

from __future__ import annotations

from tests.site import assets
from tests.site.page import Page, Place, page, paragraphs, prose

LIVE = (Place.REPLAY, Place.PLAYER)


@page("sticky", "Sticky headers, side bars and table heads")
def sticky(p: Page) -> None:
    body = p.lead()
    for n in range(5):
        body += f"<section><h2 style='position:sticky;top:60px;background:#eee'>Part {n}</h2>{paragraphs(5, n)}{p.swatch(f'part {n}')}</section>"
    p.page(
        f"<div style='position:sticky;top:0;height:56px;background:{p.colour('bar')};margin:0 -300px'></div>{body}"
        f"<div style='position:sticky;bottom:0;background:#ddd'>{p.word('bottom bar')}</div>{p.swatch('end')}"
    )


@page("fixed-bars", "Fixed bars above and below, and a button that floats")
def fixed_bars(p: Page) -> None:
    body = "".join(f"{paragraphs(3, n)}{p.swatch(f'part {n}', 'width:100%')}" for n in range(6))
    p.page(
        f"<div style='position:fixed;top:0;left:0;right:0;height:50px;background:{p.colour('top bar')};z-index:9'></div>"
        f"<div style='position:fixed;bottom:0;left:0;right:0;height:70px;background:#ccc;z-index:9'>Subscribe now</div>"
        f"<div style='position:fixed;right:20px;bottom:90px;width:60px;height:60px;border-radius:30px;background:#bbb'></div>{p.lead()}{body}"
    )


@page("cookie-wall", "A cookie dialog that blocks scrolling")
def cookie_wall(p: Page) -> None:
    body = ""
    for n in range(6):
        # Not in a replay: there the dialog waits for somebody to answer it, and its veil lies over the picture.
        url = p.png(f"{n}.png", f"picture {n}", width=300, height=160, but=(Place.REPLAY,))
        body += f"{paragraphs(3, n)}<img loading=lazy width=300 height=160 alt='' src='{url}'>"
    p.page(
        f"{p.lead()}{body}<div id=consent role=dialog aria-modal=true><h2>We value your privacy</h2><p>We and our 842 partners store cookies.</p>"
        "<button id=no>Reject all</button> <button>Accept all</button></div><script>document.body.style.overflow = 'hidden';"
        "document.getElementById('no').onclick = () => { document.getElementById('consent').remove(); document.body.style.overflow = ''; };</script>",
        "<style>#consent{position:fixed;inset:20% 25%;background:#fff;border:1px solid #999;box-shadow:0 0 0 2000px #0008;padding:30px;z-index:99}</style>",
    )


@page("consent-banner", "A cookie banner along the bottom")
def consent_banner(p: Page) -> None:
    p.page(
        f"{p.lead()}{paragraphs(8)}{p.swatch('end')}<div style='position:fixed;bottom:0;left:0;right:0;background:#eee;padding:20px'>"
        "This site uses cookies. <button>Accept</button> <button>Only necessary ones</button></div>"
    )


@page("content-visibility", "Parts that are not laid out until they are near")
def content_visibility(p: Page) -> None:
    body = p.lead()
    for n in range(8):
        picture = p.png(f"{n}.png", f"part {n}", width=300, height=120)
        body += (
            "<section style='content-visibility:auto;contain-intrinsic-size:auto 600px'>"
            f"{paragraphs(4, n)}<img src='{picture}' loading=lazy width=300 height=120 alt=''><p>{p.word(f'part {n}')}</p></section>"
        )
    p.page(body)


@page("very-tall", "A page of nine thousand pixels")
def very_tall(p: Page) -> None:
    body = "".join(f"<div style='height:700px'>{prose(n, 4)}{p.swatch(f'at {n}')}</div>" for n in range(12))
    p.page(f"{p.lead()}{body}<p>{p.word('end', main=True)}</p>")


@page("too-tall", "A page of forty thousand pixels: higher than a picture may be")
def too_tall(p: Page) -> None:
    body = "".join(
        f"<div style='height:2000px'>{prose(n, 4)}{p.swatch(f'at {n}', but=() if n < 7 else (Place.SCREENSHOT,))}</div>"
        for n in range(20)
    )
    p.page(f"{p.lead()}{body}<p>{p.word('end', main=True)}</p>")


@page("very-wide", "A page that is wider than the window")
def very_wide(p: Page) -> None:
    p.page(
        f"{p.lead()}<div style='width:3000px;height:200px;background:linear-gradient(90deg,#eee,#ccc)'><span>{prose(1, 1)}</span>"
        f"{p.swatch('left')}<div style='margin-left:2500px'>{p.swatch('far right', but=tuple(Place))}</div></div><p>{p.word('below', main=True)} {prose(3, 5)}</p>"
    )


@page("huge-table", "A table of two thousand rows")
def huge_table(p: Page) -> None:
    rows = "".join(
        f"<tr><td>{n}</td><td>pear {n * 7 % 131}</td><td>{n * n % 977}</td><td>{'ok' if n % 3 else 'late'}</td></tr>"
        for n in range(2000)
    )
    p.page(
        f"{p.lead()}{p.swatch('above')}<table border=1><thead style='position:sticky;top:0'><tr><th>No.<th>Tree<th>Fruit<th>State</thead>"
        f"<tbody>{rows}</tbody></table><p>{p.word('below the table')}</p>"
    )


@page("columns", "A newspaper: columns, floats, grid areas, absolute and negative places")
def columns(p: Page) -> None:
    p.page(
        f"{p.lead()}<div style='columns:3'>{paragraphs(5)}{p.swatch('in a column')}</div><div style='float:right'>{p.swatch('floated')}</div>"
        f"{paragraphs(2)}<div style='position:relative;height:200px'><div style='position:absolute;right:-120px;top:20px'>{p.swatch('absolute')}</div>"
        f"<div style='position:absolute;left:-5000px'>{prose(2, 1)}</div></div>"
        f"<div style='display:grid;grid-template-areas:\"a b\" \"c b\"'><i style='grid-area:b'>{p.swatch('grid area')}</i></div>"
    )


@page("viewport-units", "A page of parts as high as the window")
def viewport_units(p: Page) -> None:
    parts = "".join(
        f"<section style='height:100vh;border-top:1px solid #ccc'>{p.swatch(f'screen {n}')}<p>{p.word(f'screen {n}', main=n == 0)} {prose(n, 4)}</p></section>"
        for n in range(4)
    )
    p.page(f"{parts}")


@page("carousel", "A carousel, tabs and an accordion: parts that are there but not in sight")
def carousel(p: Page) -> None:
    slides = "".join(
        f"<img width=700 height=200 alt='' src='{p.file(f'{n}.png', assets.picture(p.colour(f'slide {n}', but=() if n == 0 else tuple(Place)), 700, 200))}'>"
        for n in range(3)
    )
    p.page(
        f"{p.lead()}<div style='width:700px;overflow:hidden'><div style='display:flex;width:2100px'>{slides}</div></div>"
        f"<details><summary>More</summary><p>{p.unseen_word('folded')}</p></details>{p.swatch('below')}"
    )


@page("parallax", "A full-screen background that stays where it is")
def parallax(p: Page) -> None:
    p.png("back.png", "background", width=400, height=300)
    p.page(
        f"<div style='background:#fff'>{p.lead()}{paragraphs(6)}</div><div style='height:300px'></div><div style='background:#fff'>{paragraphs(3)}{p.swatch('end')}</div>",
        f"<style>body{{background:url(/{p.name}/back.png) fixed}}</style>",
    )


@page("parallax-sections", "Pictures behind sections that stay with the window, and words that come and go with them")
def parallax_sections(p: Page) -> None:
    # What plays the live page hides them as that does while nobody is there.
    p.png("back.png", "section", width=600, height=400)
    p.page(
        f"{p.lead()}<style>section{{height:100vh;background:url(/{p.name}/back.png) fixed center/cover;display:grid;place-items:center}}"
        "section div{background:#fff;opacity:0;transform:translateY(80px);transition:all .5s}section div.in{opacity:1;transform:none}</style>"
        + "".join(
            f"<section><div>{p.swatch(f'words {n}', but=LIVE)}<p>{p.word(f'words {n}')}</p></div></section>"
            for n in range(4)
        )
        + "<script>new Set(document.querySelectorAll('section div')).forEach(e => new IntersectionObserver(([{isIntersecting}]) => "
        "e.classList.toggle('in', isIntersecting)).observe(e.parentElement));</script>"
    )


@page(
    "revealed", "Parts that a listener shows while they are scrolled to, others that stay, and menus that stay hidden"
)
def revealed(p: Page) -> None:
    body = "".join(f"<div class=r>{p.swatch(f'part {n}', 'height:300px')}</div>{paragraphs(3, n)}" for n in range(5))
    p.page(
        f"{p.lead()}<nav style='visibility:hidden'>menu</nav>{body}<div class='r once'>{p.swatch('once')}</div>"
        "<style>.r{opacity:0}.r.in{opacity:1}.once.in{opacity:1}</style>"
        "<script>const look = () => document.querySelectorAll('.r').forEach(e => { const {top, bottom} = e.getBoundingClientRect();"
        "const seen = top < innerHeight * 0.9 && bottom > 0; if (seen || !e.classList.contains('once')) e.classList.toggle('in', seen); });"
        "addEventListener('scroll', look); look();</script>"
    )


@page("modal", "A native dialog and a popover that are open")
def modal(p: Page) -> None:
    p.page(
        f"{p.lead()}{paragraphs(4)}<dialog id=d>{p.swatch('dialog')}<p>{p.word('dialog')}</p></dialog><script>document.getElementById('d').show();</script>{p.swatch('end')}"
    )

"""Pages whose difficulty is their pictures."""

# ruff: noqa: E501  (lines of markup)

from __future__ import annotations

import base64

from tests.site import assets
from tests.site.page import Page, page, paragraphs, prose
from tests.site.server import Answer


def _data(kind: str, body: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(body).decode()}"


@page("srcset", "Pictures chosen by srcset, sizes and picture")
def srcset(p: Page) -> None:
    shown = p.png("one-1x.png", "1x")
    dense = p.file("one-2x.png", assets.picture(p.unseen_colour("2x"), 320, 180), needed=False)
    wide = p.png("wide-800.png", "by width", width=800, height=450)
    narrow = p.file("wide-300.png", assets.picture(p.unseen_colour("300w"), 300, 170), needed=False)
    typed = p.file("typed.webp", assets.picture(p.colour("by type"), kind="WEBP"))
    fallback = p.file("typed.png", assets.picture(p.unseen_colour("fallback")), needed=False)
    desktop = p.png("desktop.png", "by media")
    phone = p.file("phone.png", assets.picture(p.unseen_colour("phone")), needed=False)
    p.page(
        f"{p.lead()}<img srcset='{shown} 1x, {dense} 2x' alt='pier'>"
        f"<img src='{narrow}' srcset='{narrow} 300w, {wide} 800w' sizes='(max-width: 400px) 300px, 760px' width=400>"
        f"<picture><source type='image/webp' srcset='{typed}'><img src='{fallback}' alt=''></picture>"
        f"<picture><source media='(max-width: 500px)' srcset='{phone}'><source srcset='{desktop}'>"
        f"<img src='{phone}' alt=''></picture>{paragraphs(2)}"
    )


@page("lazy", "Twelve pictures with loading=lazy, far down")
def lazy(p: Page) -> None:
    body = p.lead()
    for n in range(12):
        url = p.png(f"{n}.png", f"picture {n}", width=400, height=220)
        body += f"{paragraphs(2, n)}<figure><img loading=lazy width=400 height=220 src='{url}' alt=''></figure>"
    p.page(body + f"<p>{p.word('end', main=True)}</p>")


@page("observer", "Pictures that an IntersectionObserver puts in")
def observer(p: Page) -> None:
    body = p.lead()
    for n in range(8):
        url = p.png(f"{n}.png", f"picture {n}", width=300, height=160)
        body += f"{paragraphs(2, n)}<img class=wait data-src='{url}' width=300 height=160 alt=''>"
    p.page(
        body + "<script>const seen = new IntersectionObserver(entries => entries.forEach(entry => {"
        "if (entry.isIntersecting) { entry.target.src = entry.target.dataset.src; seen.unobserve(entry.target); }}));"
        "document.querySelectorAll('.wait').forEach(image => seen.observe(image));</script>"
    )


@page("css-images", "Pictures that only style sheets name")
def css_images(p: Page) -> None:
    p.png("img/back.png", "background")
    p.png("img/before.png", "before")
    p.png("img/bullet.png", "bullet", width=60, height=40)
    p.png("img/border.png", "border", width=30)
    p.png("img/set.png", "image-set")
    p.file("img/mask.svg", assets.svg("#000000"))
    masked, variable = p.colour("mask"), p.png("img/variable.png", "variable")
    p.file(
        "css/look.css",
        ".a{width:160px;height:90px;background:url(../img/back.png)}.b::before{content:url('../img/before.png')}"
        f"ul{{list-style-image:url(../img/bullet.png);margin-left:80px}}.c{{width:80px;height:20px;border:30px solid;"
        f'border-image:url("../img/border.png") 10}}.d{{width:160px;height:90px;'
        "background-image:image-set(url(../img/set.png) 1x, url(../img/set-2x.png) 2x)}"
        f".e{{width:160px;height:90px;background:{masked};mask:url(../img/mask.svg)}}"
        f":root{{--back:url({variable})}}.f{{width:160px;height:90px;background:var(--back)}}"
        ".never{background:url(../img/never.png)}",
    )
    p.page(
        f"{p.lead()}<div class=a></div><div class=b></div><ul><li>{prose(3, 1)}</li></ul><div class=c></div>"
        "<div class=d></div><div class=e></div><div class=f></div>",
        f"<link rel=stylesheet href='/{p.name}/css/look.css'>",
    )


@page("svg", "SVG: inline, used from here and from a file, as a picture, as an object")
def svg(p: Page) -> None:
    local, image, thing = p.colour("local use"), p.colour("as img"), p.colour("as object")
    sprite = p.file(
        "sprite.svg",
        '<svg xmlns="http://www.w3.org/2000/svg"><symbol id="flag" viewBox="0 0 80 40">'
        f'<rect width="80" height="40" fill="{p.colour("sprite")}"/></symbol></svg>',
    )
    as_image = p.file("pic.svg", assets.svg(image))
    as_object = p.file("thing.svg", assets.svg(thing))
    inside = p.png("inside.png", "image in svg")
    p.page(
        f"{p.lead()}<svg width=0 height=0><defs><symbol id=box viewBox='0 0 80 40'>"
        f"<rect width=80 height=40 fill='{local}'/></symbol></defs></svg>"
        f"<svg width=80 height=40><use href='#box'/></svg> <svg width=80 height=40><use href='{sprite}#flag'/></svg>"
        f"<img src='{as_image}' alt=''><object data='{as_object}' type='image/svg+xml' width=160 height=90></object>"
        f"<svg width=160 height=90><image href='{inside}' width=160 height=90 /></svg>"
        f"<svg width=400 height=40><text x=0 y=28 font-size=24>{p.word('svg text')}</text></svg>"
    )


@page("canvas", "Pictures drawn by script")
def canvas(p: Page) -> None:
    flat, photo, late = p.colour("flat"), p.png("photo.png", "drawn image"), p.colour("late")
    p.page(
        f"{p.lead()}<canvas id=a width=200 height=80></canvas><canvas id=b width=160 height=90></canvas>"
        "<canvas id=c width=120 height=60></canvas>"
        f"<script>const pen = id => document.getElementById(id).getContext('2d');"
        f"const a = pen('a'); a.fillStyle = '{flat}'; a.fillRect(0, 0, 200, 80);"
        f"const image = new Image(); image.onload = () => pen('b').drawImage(image, 0, 0); image.src = '{photo}';"
        f"setTimeout(() => {{ const c = pen('c'); c.fillStyle = '{late}'; c.fillRect(0, 0, 120, 60); }}, 300);</script>"
    )


@page("blob-data", "Pictures and styles from blob: and data: addresses")
def blob_data(p: Page) -> None:
    inline = _data("image/png", assets.picture(p.colour("data picture")))
    nested = _data("text/css", f".n{{width:120px;height:60px;background:{p.colour('data css')}}}".encode())
    made, fetched = p.colour("blob css"), p.png("fetched.png", "fetched into a blob")
    drawn = p.colour("blob svg")
    p.page(
        f"{p.lead()}<img src='{inline}' alt=''><div class=n></div><div class=m></div><img id=f alt=''><img id=g alt=''>"
        f"<script>const sheet = document.createElement('link'); sheet.rel = 'stylesheet';"
        f"sheet.href = URL.createObjectURL(new Blob(['.m{{width:120px;height:60px;background:{made}}}'],"
        "{type: 'text/css'})); document.head.append(sheet);"
        f"fetch('{fetched}').then(answer => answer.blob()).then(blob => {{ const url = URL.createObjectURL(blob);"
        "const image = document.getElementById('f'); image.onload = () => URL.revokeObjectURL(url); image.src = url; });"
        f"document.getElementById('g').src = URL.createObjectURL(new Blob([`{assets.svg(drawn).decode()}`],"
        "{type: 'image/svg+xml'}));</script>",
        f"<link rel=stylesheet href='{nested}'>",
    )


@page("video-poster", "A video with a poster, one without, and a sound")
def video_poster(p: Page) -> None:
    p.varies = p.blemish = "a player that waits shows a circle that turns"
    poster = p.png("poster.png", "poster", width=320, height=180)
    film = p.file(
        "film.webm", Answer(assets.video(p.colour("film")), "video/webm", headers=(("Accept-Ranges", "none"),))
    )
    hidden = p.file("other.webm", Answer(assets.video("#808080"), "video/webm"), needed=False)
    tone = p.file("tone.wav", assets.sound(), needed=False)
    p.page(
        f"{p.lead()}<video width=320 height=180 poster='{poster}' preload=none controls><source src='{hidden}'></video>"
        f"<video width=320 height=180 src='{film}' preload=auto muted></video>"
        f"<audio controls preload=none src='{tone}'></audio><p>{p.word('below', main=True)} {prose(4, 3)}</p>"
    )


@page("formats", "WebP, AVIF, GIF that moves, BMP, ICO, JPEG")
def formats(p: Page) -> None:
    body = p.lead()
    for kind in ("webp", "avif", "bmp", "jpg"):
        data = assets.picture(p.colour(kind), kind={"jpg": "JPEG"}.get(kind, kind.upper()))
        body += f"<img src='{p.file(f'a.{kind}', data)}' alt=''> "
    moving = p.file("moving.gif", assets.animated_gif(p.colour("gif"), p.colours[-1].value))
    icon = p.file("page.ico", assets.picture(p.colour("ico"), 64, 64, "ICO"))
    p.page(f"{body}<img src='{moving}' alt=''><img src='{icon}' width=64 height=64 alt=''>")


@page("broken-pictures", "Pictures that are missing, broken off or of a wrong type beside good ones")
def broken(p: Page) -> None:
    good = p.png("good.png", "good")
    gone = p.file("gone.png", Answer(b"<h1>Gone</h1>", status=404))
    failed = p.file("failed.png", Answer(b"", "text/plain", status=500))
    whole = assets.photo(3)
    half = p.file("half.jpg", Answer(whole[: len(whole) // 2], "image/jpeg", end="cut"))
    as_text = p.file("text.png", Answer(assets.picture(p.colour("png as text")), "text/plain"))
    untyped = p.file("untyped", Answer(assets.picture(p.colour("png untyped")), None))
    p.page(
        f"{p.lead()}<img src='{good}' alt=''><img src='{gone}' alt='A ferry' width=500 height=40>"
        f"<img src='{failed}' alt='' width=60 height=40><img src='{half}' alt='' width=480>"
        f"<img src='{as_text}' alt=''><img src='{untyped}' alt=''><img src='' alt=''>"
    )


@page("gallery", "A gallery of photographs, as heavy as such pages are")
def gallery(p: Page) -> None:
    body = p.lead()
    for n in range(9):
        url = p.file(f"photo-{n}.jpg", assets.photo(n))
        body += f"<figure><img src='{url}' width=780 height=390 alt=''><figcaption>{prose(n, 1)}</figcaption></figure>"
        body += p.swatch(f"after {n}")
    p.page(body)


@page("same-picture", "One picture used forty times, from one address")
def same_picture(p: Page) -> None:
    url = p.png("star.png", "star", width=40, height=40)
    p.page(f"{p.lead()}" + "".join(f"<img src='{url}' alt=''> " for _ in range(40)))


@page("input-image", "Pictures in less common places: input, table background, embed, favicon, preload")
def input_image(p: Page) -> None:
    button, embed = p.png("go.png", "input image"), p.png("embed.png", "embed")
    table, preload = p.png("cell.png", "table background"), p.png("pre.png", "preloaded")
    p.page(
        f"{p.lead()}<form><input type=image src='{button}' alt=go></form>"
        f"<table background='{table}' width=200 height=80><tr><td>{prose(2, 1)}</td></tr></table>"
        f"<img src='{preload}' alt=''><embed src='{embed}' width=160 height=90>",
        f"<link rel=preload as=image href='{preload}'><link rel=icon href='/{p.name}/icon.ico'>"
        f"<link rel=dns-prefetch href='//cdn.invalid'><link rel=preconnect href='{{{{other}}}}'>"
        f"<link rel=prefetch href='/{p.name}/next.html'>",
    )

"""Pages whose difficulty is frames."""

# ruff: noqa: E501  (lines of markup)

from __future__ import annotations

from tests.site.page import Page, Place, document, page, paragraphs, prose
from tests.site.server import Answer


@page("frames-deep", "Frames three deep, each on a host of its own")
def frames_deep(p: Page) -> None:
    picture = p.png("deep.png", "picture in the third", host="third")
    p.file(
        "three.html",
        f"<!doctype html><title>Three</title><body style='margin:4px'>{p.swatch('third')}<style>.swatch{{width:96px;"
        f"height:48px}}</style><img src='{picture}' alt=''><p>{p.word('third')}</p>",
        host="third",
    )
    p.file(
        "two.html",
        f"<!doctype html><title>Two</title><style>.swatch{{width:96px;height:48px}}</style>{p.swatch('second')}"
        f"<p>{p.word('second')}</p><iframe src='{{{{third}}}}/{p.name}/three.html' width=400 height=260></iframe>",
        host="other",
    )
    p.page(f"{p.lead()}<iframe src='{{{{other}}}}/{p.name}/two.html' width=600 height=500></iframe>{p.swatch('first')}")


@page("frames-below", "Six foreign frames, most of them below the first screen")
def frames_below(p: Page) -> None:
    body = p.lead()
    for n in range(6):
        host = ("other", "third")[n % 2]
        url = p.file(
            f"{n}.html",
            f"<!doctype html><title>{n}</title><body style='background:{p.colour(f'frame {n}')}'>"
            f"<p style='background:#fff'>{p.word(f'frame {n}')} {prose(n, 1)}</p>",
            host=host,
        )
        body += f"{paragraphs(2, n)}<iframe src='{url}' width=700 height=200 loading={'lazy' if n > 3 else 'eager'}></iframe>"
    p.page(body)


@page("frames-isolated", "Frames that ask for a process of their own: sandboxed, origin-keyed, without credentials")
def frames_isolated(p: Page) -> None:
    def inner(label: str) -> bytes:
        # A player's service worker does not reach into frames of an opaque or a partitioned origin.
        but = () if label == "origin-keyed" else (Place.PLAYER,)
        return (
            f"<!doctype html><title>{label}</title><body style='background:{p.colour(label, but=but)}'><p id=t></p>"
            f"<script>document.getElementById('t').textContent = '{p.word(label, but=but)}'</script>"
        ).encode()

    keyed = p.file("keyed.html", Answer(inner("origin-keyed"), headers=(("Origin-Agent-Cluster", "?1"),)), host="other")
    boxed = p.file("boxed.html", Answer(inner("sandboxed")), host="third")
    own = p.file("own.html", Answer(inner("sandboxed, same host")))
    bare = p.file("bare.html", Answer(inner("credentialless")), host="other")
    p.page(
        f"{p.lead()}<iframe src='{keyed}' width=500 height=120></iframe>"
        f"<iframe sandbox='allow-scripts' src='{boxed}' width=500 height=120></iframe>"
        f"<iframe sandbox='allow-scripts' src='{own}' width=500 height=120></iframe>"
        f"<iframe credentialless src='{bare}' width=500 height=120></iframe>"
    )


@page("frames-kinds", "Frames from srcdoc, data:, blob:, document.write, object and embed")
def frames_kinds(p: Page) -> None:
    def inner(label: str) -> str:
        # The player's own policy forbids objects, and it does not open blob: documents in frames.
        but = (Place.PLAYER,) if label in ("object", "blob") else ()
        return f"<body style=background:{p.colour(label, but=but)}><p>{p.word(label, but=but)}</p>"

    as_object = p.file("object.html", f"<!doctype html><title>o</title>{inner('object')}")
    as_embed = p.file("embed.html", f"<!doctype html><title>e</title>{inner('embed')}")
    data = inner("data").replace("#", "%23")
    p.page(
        f'{p.lead()}<iframe width=400 height=90 srcdoc="<!doctype html>{inner("srcdoc")}"></iframe>'
        f'<iframe width=400 height=90 src="data:text/html,<!doctype html>{data}"></iframe>'
        f"<iframe width=400 height=90 id=blob></iframe><iframe width=400 height=90 id=written></iframe>"
        f"<object width=400 height=90 data='{as_object}'></object>"
        f"<script>document.getElementById('blob').src = URL.createObjectURL(new Blob(['<!doctype html>{inner('blob')}'],"
        "{type: 'text/html'}));</script><script>const written = document.getElementById('written').contentDocument; written.open();"
        f"written.write('<!doctype html>{inner('written')}'); written.close();</script>"
        # At the end: the player turns it into a frame that swallows what follows.
        f"<embed width=400 height=90 src='{as_embed}'>"
    )


@page("frameset", "A page that is nothing but frames")
def frameset(p: Page) -> None:
    p.title = "The Harbour in Frames"
    for name in ("menu", "text"):
        p.file(
            f"{name}.html",
            f"<html><head><title>{name}</title></head><body bgcolor=white>"
            f"<table bgcolor={p.colour(name)} width=120 height=60><tr><td></table><p>{p.word(name)} {prose(len(name), 9)}",
        )
    p.file(
        "",
        f"<html><head><title>{p.title}</title></head><frameset cols='30%,70%'><frame src=menu.html><frame src=text.html>"
        f"<noframes>{p.unseen_word('no frames')}</noframes></frameset></html>",
    )


@page("frame-late", "A frame that a script puts in late, and one that goes somewhere else")
def frame_late(p: Page) -> None:
    late = p.file("late.html", document("Late", p.swatch("late") + f"<p>{p.word('late')}</p>"), host="other")
    after = p.file("after.html", document("After", p.swatch("after") + f"<p>{p.word('after')}</p>"))
    before = p.file("before.html", f"<meta http-equiv=refresh content='0;url={after}'><p>{p.unseen_word('before')}</p>")
    p.page(
        f"{p.lead()}<iframe src='{before}' width=700 height=320></iframe><div id=here></div><script>setTimeout(() => {{"
        f"const frame = document.createElement('iframe'); frame.width = 700; frame.height = 320; frame.src = '{late}';"
        "document.getElementById('here').append(frame); }, 400);</script>"
    )


@page("frame-scrolled", "A frame with more in it than fits")
def frame_scrolled(p: Page) -> None:
    body = f"{p.swatch('top of the frame')}<p>{p.word('top')}</p>{paragraphs(14)}<p>{p.word('scrolled away')}</p>"
    inner = p.file("long.html", document("Long", body))
    p.page(f"{p.lead()}<iframe src='{inner}' width=700 height=300></iframe>{p.swatch('below the frame')}")


@page("frame-dead", "Frames that answer nothing, late, or not at all")
def frame_dead(p: Page) -> None:
    never = p.file("never.html", Answer(b"", wait_s=60), needed=False)
    gone = p.file("gone.html", Answer(b"<h1>Gone</h1>", status=404))
    p.unkept.add("never.html")  # nothing was ever answered
    p.page(
        f"{p.lead()}<iframe src='{never}' width=300 height=80></iframe><iframe src='{gone}' width=300 height=80></iframe>"
        f"{p.swatch('below')}<p>{p.word('below', main=True)} {prose(8, 4)}</p>"
    )

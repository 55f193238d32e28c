"""Pages whose difficulty is on the way: redirects, slowness, breakage, other kinds of files, refusals."""

# ruff: noqa: E501  (lines of markup)

from __future__ import annotations

import io
import json
import zipfile

from capture.records import Verdict
from tests.site import assets
from tests.site.page import Page, Place, document, page, paragraphs, prose
from tests.site.server import Answer, Asked


def _moved(status: int, to: str) -> Answer:
    return Answer(b"<p>moved</p>", status=status, headers=(("Location", to),))


def _landing(p: Page, path: str = "end/") -> str:
    p.title = p.difficulty
    p.final = path
    picture = p.png("pic.png", "picture")
    return p.file(path, document(p.title, f"{p.lead()}{paragraphs(3)}<img src='{picture}' alt=''>"))


@page("redirects", "Four redirects in a row, each of another kind, over two hosts")
def redirects(p: Page) -> None:
    end = _landing(p)
    p.file("", _moved(301, f"/{p.name}/b"))
    p.file("b", _moved(302, f"{{{{other}}}}/{p.name}/c"))
    p.file("c", _moved(307, f"/{p.name}/d"), host="other")
    p.file("d", _moved(303, f"{{{{site}}}}{end}"), host="other")


@page("redirected-parts", "Pictures, styles and frames behind redirects")
def redirected_parts(p: Page) -> None:
    picture = p.png("real.png", "picture")
    style = p.file("real.css", f".x{{width:99px;height:50px;background:{p.colour('style')}}}", host="other")
    frame = p.file("real.html", f"<body style=background:{p.colour('frame')}><p>{p.word('frame')}", host="other")
    a = p.file("go-picture", _moved(302, picture))
    b = p.file("go-style", _moved(301, style))
    c = p.file("go-frame", _moved(307, frame))
    p.page(
        f"{p.lead()}<img src='{a}' alt=''><div class=x></div><iframe src='{c}'></iframe>",
        f"<link rel=stylesheet href='{b}'>",
    )


@page("redirect-meta", "A refresh in the head")
def redirect_meta(p: Page) -> None:
    end = _landing(p)
    p.file(
        "",
        f"<!doctype html><meta http-equiv=refresh content='0; url={end}'><title>Wait</title><p>{p.unseen_word('before')}</p>",
    )


@page("redirect-script", "A script that goes elsewhere after a moment")
def redirect_script(p: Page) -> None:
    end = _landing(p)
    p.file(
        "",
        f"<!doctype html><title>Wait</title><p>{p.unseen_word('before')}</p><script>setTimeout(() => location.replace('{end}'), 250)</script>",
    )


@page("redirect-form", "A form that sends itself")
def redirect_form(p: Page) -> None:
    end = _landing(p)
    p.file(
        "",
        f"<!doctype html><title>Wait</title><form method=post action='{end}'><input name=a value=1></form><script>document.forms[0].submit()</script>",
    )


@page("slow", "Slow styles, scripts and pictures")
def slow(p: Page) -> None:
    style = p.file(
        "slow.css",
        Answer(f".x{{width:99px;height:50px;background:{p.colour('slow style')}}}".encode(), "text/css", wait_s=1.0),
    )
    picture = p.file("slow.png", Answer(assets.picture(p.colour("slow picture")), "image/png", wait_s=1.6))
    script = p.file(
        "slow.js",
        Answer(
            f"document.getElementById('t').textContent = '{p.word('slow script')}'".encode(),
            "text/javascript",
            wait_s=1.3,
        ),
    )
    data = p.file("slow.json", Answer(json.dumps(p.word("slow fetch")).encode(), "application/json", wait_s=1.5))
    p.page(
        f"{p.lead()}<div class=x></div><img src='{picture}' alt='' width=160 height=90><p id=t></p><p id=u></p><script async src='{script}'></script>"
        f"<script>fetch('{data}').then(a => a.json()).then(text => document.getElementById('u').textContent = text)</script>",
        f"<link rel=stylesheet href='{style}'>",
    )


@page("stuck-picture", "A picture that never ends")
def stuck_picture(p: Page) -> None:
    whole = assets.photo(1)
    stuck = p.file("stuck.jpg", Answer(whole[:9000], "image/jpeg", end="hang"))
    good = p.png("good.png", "good")
    p.page(f"{p.lead()}<img src='{stuck}' width=480 height=240 alt=''><img src='{good}' alt=''>{p.swatch('below')}")


@page("stuck-document", "A page that stops in the middle")
def stuck_document(p: Page) -> None:
    p.title = p.difficulty
    text = document(p.title, f"{p.lead()}{p.swatch('before')}{paragraphs(4)}").encode()
    p.file("", Answer(text[: text.index(b"</article>")], end="hang"))


@page("streamed", "A page that comes in pieces")
def streamed(p: Page) -> None:
    p.title = p.difficulty
    text = document(
        p.title,
        f"{p.lead()}{p.swatch('one')}<!--cut--><p>{p.word('second', main=True)}</p>{p.swatch('two')}<!--cut--><p>{p.word('third', main=True)} {prose(1, 4)}</p>",
    ).encode()
    first, *rest = text.split(b"<!--cut-->")
    p.file("", Answer(first, parts=tuple((0.3, part) for part in rest)))


@page("broken-off", "A page whose connection breaks")
def broken_off(p: Page) -> None:
    p.title = p.difficulty
    text = document(p.title, f"{p.lead()}{p.swatch('before')}{paragraphs(4)}").encode()
    p.file("", Answer(text[: text.index(b"</article>")], end="cut"))


@page("gzip", "Everything packed with gzip")
def gzipped(p: Page) -> None:
    p.title = p.difficulty
    style = p.file(
        "a.css", Answer(f".x{{width:99px;height:50px;background:{p.colour('style')}}}".encode(), "text/css", gzip=True)
    )
    picture = p.file("a.svg", Answer(assets.svg(p.colour("svg")), "image/svg+xml", gzip=True))
    p.file(
        "",
        Answer(
            document(
                p.title,
                f"{p.lead()}<div class=x></div><img src='{picture}' alt=''>",
                f"<link rel=stylesheet href='{style}'>",
            ).encode(),
            gzip=True,
        ),
    )


@page("refused-parts", "Parts on hosts that do not answer")
def refused_parts(p: Page) -> None:
    p.page(
        f"{p.lead()}<img src='http://127.0.0.2:1/a.png' width=80 height=40 alt=''><script src='http://nowhere.invalid/x.js'></script>"
        f"<iframe src='http://nowhere.invalid/' width=300 height=60></iframe>{p.swatch('below')}<p>{p.word('below', main=True)} {prose(2, 5)}</p>"
    )


@page("cookies", "A cookie that decides what is shown")
def cookies(p: Page) -> None:
    p.title = p.difficulty
    shown = document(p.title, f"{p.lead()}{p.swatch('with cookie')}").encode()

    def answer(asked: Asked) -> Answer:
        if "seen=1" in asked.headers.get("cookie", ""):
            return Answer(shown)
        return Answer(
            b"",
            status=302,
            headers=(("Set-Cookie", "seen=1; Path=/"), ("Set-Cookie", "b=2; Path=/"), ("Location", f"/{p.name}/")),
        )

    p.repeats = True
    p.file("", answer)


# Other kinds of files.


def _kind(p: Page, path: str, body: bytes, kind: str, *headers: tuple[str, str]) -> None:
    p.start, p.html, p.verdict = path, False, Verdict.NOT_HTML
    p.file(path, Answer(body, kind, headers=headers))


@page("pdf", "A PDF")
def pdf(p: Page) -> None:
    word = p.word("in the pdf", but=(Place.HTML, Place.REPLAY))
    p.colour("in the pdf", but=(Place.HTML, Place.REPLAY))
    _kind(p, "paper.pdf", assets.pdf(["On lighthouses", word, prose(2, 1)], p.colours[0].value), "application/pdf")


@page("picture", "A picture as the address")
def picture(p: Page) -> None:
    _kind(p, "a.png", assets.picture(p.colour("picture", but=(Place.HTML,)), 600, 400), "image/png")


@page("svg-document", "An SVG as the address")
def svg_document(p: Page) -> None:
    _kind(p, "a.svg", assets.svg(p.colour("svg", but=(Place.HTML,)), 600, 400), "image/svg+xml")


@page("json", "JSON as the address")
def as_json(p: Page) -> None:
    _kind(
        p, "a.json", json.dumps({"text": p.word("value", but=(Place.HTML,)), "n": [1, 2]}).encode(), "application/json"
    )


@page("text", "Plain text as the address")
def text(p: Page) -> None:
    _kind(p, "a.txt", f"{p.word('line', but=(Place.HTML,))}\n{prose(1, 9)}\n灯塔".encode(), "text/plain; charset=utf-8")


@page("attachment", "A download")
def attachment(p: Page) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("letter.txt", prose(1, 200))
    _kind(
        p,
        "letters.zip",
        out.getvalue(),
        "application/zip",
        ("Content-Disposition", 'attachment; filename="letters.zip"'),
    )


@page("html-attachment", "An HTML file that is sent as a download")
def html_attachment(p: Page) -> None:
    _kind(
        p,
        "report",
        document("Report", f"<p>{prose(1, 9)}</p>").encode(),
        "text/html",
        ("Content-Disposition", "attachment; filename=report.html"),
    )


@page("sound", "A sound")
def sound(p: Page) -> None:
    p.repeats = True  # Chromium opens the document, and then its player opens it again
    _kind(p, "bell.wav", assets.sound(), "audio/wav")


@page("film", "A film")
def film(p: Page) -> None:
    p.repeats = True
    _kind(p, "film.webm", assets.video(p.colour("frame", but=(Place.HTML, Place.REPLAY))), "video/webm")


@page("html-as-text", "HTML that is sent as plain text")
def html_as_text(p: Page) -> None:
    _kind(p, "a", document("Source", f"<p>{p.word('source', but=(Place.HTML,))}</p>").encode(), "text/plain")


@page("untyped-html", "HTML without a content type")
def untyped_html(p: Page) -> None:
    p.title = p.difficulty
    p.file("", Answer(document(p.title, f"{p.lead()}{p.swatch('below')}").encode(), None))


@page("xhtml", "XHTML, which is XML")
def xhtml(p: Page) -> None:
    p.title = "Strictly speaking"
    body = f"<p>{p.word('lead', main=True)} {prose(3, 9)}</p><div style='width:99px;height:50px;background:{p.colour('block')}'/>"
    text = f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>{p.title}</title></head><body><h1>{p.title}</h1>{body}</body></html>'
    p.file("", Answer(text.encode(), "application/xhtml+xml"))


# What should be told as what it is.


@page("no-content", "204: nothing at all")
def no_content(p: Page) -> None:
    p.verdict, p.status, p.html = Verdict.BLANK, 204, False
    p.file("", Answer(b"", None, 204))


@page("not-found", "404 with a page of its own")
def not_found(p: Page) -> None:
    p.verdict, p.status, p.title = Verdict.HTTP_ERROR, 404, "Not found – Harbour"
    p.file(
        "",
        Answer(
            document(p.title, f"<p>This page went out with the tide. {p.word('lead')}</p>{p.swatch('block')}").encode(),
            status=404,
        ),
    )


@page("server-error", "500")
def server_error(p: Page) -> None:
    p.verdict, p.status = Verdict.HTTP_ERROR, 500
    p.file("", Answer(b"<h1>Internal Server Error</h1>", status=500))


@page("empty", "An empty document")
def empty(p: Page) -> None:
    p.verdict, p.html = Verdict.BLANK, False
    p.file("", Answer(b""))


@page("blank", "A page on which nothing shows")
def blank(p: Page) -> None:
    p.verdict = Verdict.BLANK
    p.title = "Harbour"
    p.file(
        "", "<!doctype html><title>Harbour</title><div id=root></div><script>throw new Error('out of order')</script>"
    )


@page("login", "A page that asks to sign in")
def login(p: Page) -> None:
    p.verdict, p.title = Verdict.LOGIN, "Sign in – Harbour"
    p.final = "login"
    p.file("", _moved(302, f"/{p.name}/login"))
    p.file(
        "login",
        document(p.title, f"<p>Sign in to continue. {p.word('login')}</p><form method=post><input type=email name=user placeholder=Email>"
        f"<input type=password name=word><button>Sign in</button></form><a href=#>Forgot your password?</a>{p.swatch('block')}"),
        "text/html",
    )  # fmt: skip


@page("login-beside", "An article with a login form in its header: no login page")
def login_beside(p: Page) -> None:
    p.page(
        f"<form style='float:right'><input name=user size=8><input type=password size=8><button>Sign in</button></form>{p.lead()}{paragraphs(9)}{p.swatch('end')}"
    )


@page("bot-wall", "A wall against robots (an imitation)")
def bot_wall(p: Page) -> None:
    p.verdict, p.status, p.title = Verdict.BLOCKED, 403, "Just a moment..."
    p.file(
        "",
        Answer(
            f"<!doctype html><html lang=en><title>Just a moment...</title><h1>harbour.example</h1><h2>Verifying you are human. This may take a few seconds.</h2>"
            f"<p>harbour.example needs to review the security of your connection before proceeding. {p.word('wall')}</p>"
            "<p>Ray ID: 8a1b2c3d4e5f</p>".encode(),
            status=403,
            headers=(("cf-mitigated", "challenge"), ("Server", "cloudflare")),
        ),
    )


@page("captcha", "A captcha with status 200 (an imitation)")
def captcha(p: Page) -> None:
    p.verdict, p.title = Verdict.BLOCKED, "Are you a robot?"
    p.file(
        "",
        f"<!doctype html><html lang=en><title>{p.title}</title><h1>Are you a robot?</h1><p>Please complete the captcha below to continue. {p.word('wall')}</p><div class=g-recaptcha style='width:300px;height:80px;border:1px solid #999'></div>",
    )


@page("chinese-wall", "验证页面（仿制）")
def chinese_wall(p: Page) -> None:
    p.verdict, p.title = Verdict.BLOCKED, "安全验证"
    p.file(
        "",
        f"<!doctype html><html lang=zh><meta charset=utf-8><title>安全验证</title><h1>安全验证</h1><p>当前环境异常，完成验证后即可继续访问。{p.word('wall')}</p><button>去验证</button>",
    )


@page("about-robots", "An article about captchas and cookies: no wall")
def about_robots(p: Page) -> None:
    p.title = "Are you a robot? A short history of the captcha"
    p.page(
        f"{p.lead()}<p>Please verify you are human, said the first captcha. Access denied, said the second. We value your privacy, said the banner.</p>{paragraphs(10)}{p.swatch('end')}"
    )


@page("consent-only", "A page that is nothing but its consent wall")
def consent_only(p: Page) -> None:
    p.verdict, p.title = Verdict.CONSENT, "Before you continue"
    p.file(
        "",
        f"<!doctype html><html lang=en><title>{p.title}</title><div role=dialog style='padding:60px'><h1>Before you continue</h1><p>We use cookies and data to deliver and maintain our services. {p.word('wall')} If you choose to accept all, we and our partners will also use cookies to personalise content.</p><button>Accept all</button> <button>More options</button></div>",
    )


@page("hung-script", "A script that never ends")
def hung_script(p: Page) -> None:
    p.replays = False  # the script hangs there as well
    p.page(f"{p.lead()}{p.swatch('before')}{paragraphs(3)}<script>setTimeout(() => {{ for (;;); }}, 1200)</script>")


@page("short-page", "A very short page that is whole")
def short_page(p: Page) -> None:
    p.title = "Yes."
    p.file(
        "",
        f"<!doctype html><html lang=en><title>Yes.</title><style>.swatch{{width:96px;height:48px}}</style><h1>Yes. {p.word('all there is')}</h1>{p.swatch('block')}",
    )

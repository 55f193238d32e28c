"""Pages that try to get out of the offline copy: whatever they are, page.html asks for nothing and runs nothing."""

from __future__ import annotations

from tests.hostile.case import Case
from tests.hostile.cases_fresh import FRESH_ESCAPES
from tests.hostile.server import Ask, Behaviour, body, by_path, html

_OUT = "http://%IN%/escape"
_RUN = "document.title=`RAN`;fetch(`http://%IN%/ran`);new Image().src=`http://%IN%/ran`"


def _made(script: str, markup: str = "") -> Behaviour:
    """The DOM is made by a script: shapes that no parser gives."""
    return html(f"{markup}<div id=d></div><script>{script}</script>")


def _bare(text: str) -> Behaviour:
    """A document of exactly this text."""

    async def behave(ask: Ask) -> None:
        await ask.answer(ask.fill(text).encode("utf-8", "surrogateescape"))

    return behave


_PAGES: dict[str, Behaviour] = {
    # Attributes
    "handlers": html(f'<img src=x onerror="{_RUN}"><svg onload="{_RUN}"><a onclick="{_RUN}" href="javascript:{_RUN}">a</a></svg>'
                     f'<details open ontoggle="{_RUN}">x</details><input autofocus onfocus="{_RUN}"><video onloadstart="{_RUN}" src=x>'
                     f'</video><body onload="{_RUN}" onpageshow="{_RUN}"><marquee onstart="{_RUN}">m</marquee>'),
    "handlers-odd-case": html(f'<IMG SRC=x oNeRrOr="{_RUN}"><x-y ONCLICK="{_RUN}" onanimationstart="{_RUN}" style="animation:a 1s">'
                              "</x-y><style>@keyframes a {{ from {{ top: 0 }} }}</style>"),
    "attribute-names": _made(
        "const a = document.createElement('i'); for (const name of ['a\\u003Eb', '\"x', \"'y\", 'on\\u0000click', 'x/onerror']) "
        "try { a.setAttribute(name, 'z') } catch {} document.body.append(a);"
        "const h = document.createElement('div'); h.innerHTML = `<i x\"><img src=http://%IN%/escape onerror=fetch(1)>=1>t</i>"
        "<i a<b='1' \"=2 '='3' `=4>u</i>`; document.body.append(h)"),
    "attribute-values": _made(
        "for (const value of ['\"><img src=http://%IN%/escape>', \"'><script>fetch(1)</scr\" + 'ipt>', '--><img src=//%IN%/escape>', "
        "'\\u0000\"><img src=//%IN%/escape>', '&quot;><img src=//%IN%/escape>', '\\ud800\"><img src=//%IN%/escape>']) {"
        "for (const name of ['title', 'class', 'alt', 'id', 'style', 'data-x', 'lang', 'dir', 'href', 'src', 'value', 'srcdoc', 'content'])"
        "for (const tag of ['i', 'a', 'img', 'input', 'meta', 'style', 'svg', 'html', 'title', 'base', 'template']) {"
        "const e = document.createElement(tag); e.setAttribute(name, value); d.append(e) } }"
        "const f = document.createElement('iframe'); for (const name of ['title', 'name', 'srcdoc', 'style', 'allow', 'csp'])"
        "f.setAttribute(name, '\"><img src=//%IN%/escape>'); d.append(f);"
        "document.documentElement.setAttribute('class', '><img src=http://%IN%/escape>');"
        "document.documentElement.setAttribute('lang', '\"><script>fetch(1)</scr' + 'ipt>')"),
    "links": html(f'<a href="javascript:{_RUN}">a</a><a href=" java\nscript:{_RUN}">b</a><a href="data:text/html,<script>{_RUN}</script>">c</a>'
                  f'<form action="javascript:{_RUN}"><button formaction="javascript:{_RUN}">d</button></form>'
                  f'<svg><a xlink:href="javascript:{_RUN}"><text y=20>e</text></a><animate attributeName=href values="javascript:{_RUN}"/></svg>'
                  f'<map name=m><area href="javascript:{_RUN}" shape=default></map><a href="vbscript:x" ping="{_OUT}">f</a>'),
    # The policy
    "meta-refresh": html("words", head='<meta http-equiv=refresh content="1000;url=http://%IN%/escape">'
                         "<noscript><meta http-equiv=refresh content='0;url=http://%IN%/escape'></noscript>"),
    "meta-refresh-in-body": _made(
        "const m = document.createElement('meta'); m.httpEquiv = 'refresh'; m.content = '900;url=http://%IN%/escape'; d.append(m);"
        "const n = document.createElement('meta'); n.setAttribute('HTTP-EQUIV', 'ReFrEsH'); n.content = '900'; d.append(n)"),
    "policy-of-its-own": html("x", head="<meta http-equiv=Content-Security-Policy content=\"script-src * 'unsafe-inline'\">"
                              "<base href='http://%IN%/'><base target=_top><meta name=referrer content=unsafe-url>"),
    "hints": html("x", head='<link rel=dns-prefetch href="//%IN%"><link rel=preconnect href="http://%IN%"><link rel=prefetch href="'
                  f'{_OUT}"><link rel=preload as=script href="{_OUT}"><link rel=icon href="{_OUT}"><link rel=manifest href="{_OUT}">'
                  f'<link rel=canonical href="{_OUT}"><link rel="alternate stylesheet" href="{_OUT}" title=x>'
                  '<script type=speculationrules>{"prefetch":[{"source":"list","urls":["http://%IN%/escape"]}]}</script>'),
    "before-the-head": _bare("<!doctype html><html manifest='//%IN%/escape' class='><head><script>fetch(1)</script>'><!--><img src="
                             "http://%IN%/escape>--><head profile='//%IN%/'><title>Early</title></head><body background=//%IN%/escape>words"),
    "doctype": _bare("<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//><script>fetch(1)</script>\" \"http://%IN%/escape\">"
                     "<title>Doctype</title><p>words"),
    "no-html-element": _made("document.documentElement.remove(); const r = document.createElement('svg'); document.append(r);"
                             "r.innerHTML = '<img src=http://%IN%/escape onerror=fetch(1)>words'"),
    "svg-as-root": body(b'<svg xmlns="http://www.w3.org/2000/svg"><script>document.title="RAN"</script><text y="20">words</text>'
                        b'<foreignObject width="99" height="99"><iframe xmlns="http://www.w3.org/1999/xhtml" '
                        b'src="javascript:parent.document.title=1"/></foreignObject></svg>', "image/svg+xml"),
    "xhtml": body(b'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>XHTML</title></head><body><p>words</p><style>&lt;/style>'
                  b'&lt;img src="http://127.0.0.2/escape" onerror="fetch(1)"></style><textarea>&lt;/textarea>&lt;script>fetch(1)&lt;/script>'
                  b'</textarea><title>&lt;/title>&lt;img src="http://127.0.0.2/escape"></title><xmp>&lt;/xmp>&lt;script>fetch(2)&lt;/script>'
                  b'</xmp><noscript>&lt;/noscript>&lt;script>fetch(3)&lt;/script></noscript></body></html>', "application/xhtml+xml"),
    # Text that is not text after it was written and read again
    "raw-text": _made(
        "for (const tag of ['style', 'xmp', 'noembed', 'noframes', 'plaintext', 'title', 'textarea', 'script', 'iframe', 'noscript', "
        "'listing', 'pre', 'option', 'select', 'math', 'svg', 'annotation-xml', 'template', 'STYLE', 'x-y']) {"
        "const e = document.createElement(tag); "
        "e.append(`</${tag}><img src=http://%IN%/escape onerror=fetch(1)><script>fetch(2)</scr` + `ipt>`);"
        "d.append(e) } d.append('words')"),
    "raw-text-in-svg": _made(
        "const ns = 'http://www.w3.org/2000/svg'; const svg = document.createElementNS(ns, 'svg'); d.append(svg);"
        "for (const tag of ['style', 'title', 'desc', 'foreignObject', 'script', 'text', 'a', 'xmp', 'noscript']) {"
        "const e = document.createElementNS(ns, tag); svg.append(e);"
        "e.append(`</${tag}></svg><img src=http://%IN%/escape onerror=fetch(1)>`, "
        "document.createComment('--><img src=http://%IN%/escape>')) }"),
    "comments": _made(
        "for (const text of ['--><img src=http://%IN%/escape>', '><img src=http://%IN%/escape>', '->x', '--!><img src=http://%IN%/escape>',"
        "'<!--', '[if IE]><script>fetch(1)</scr' + 'ipt><![endif]']) d.append(document.createComment(text));"
        "try { d.append(document.createProcessingInstruction('x', 'y ><img src=http://%IN%/escape')) } catch {}"),
    "mutation-math": html("<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=fetch(1)&gt;\">"
                          "<svg></p><style><a id='</style><img src=http://%IN%/escape onerror=fetch(1)>'></style></svg>"),
    "mutation-form": html("<form><math><mtext></form><form><mglyph><svg><mtext><textarea><path id='</textarea><img "
                          "src=http://%IN%/escape onerror=fetch(1)>'></svg>"),
    "mutation-select": html("<svg><desc><select><option><style></select></desc><img src=http://%IN%/escape onerror=fetch(1)></style></svg>"
                            "<select><template><style><!--</style><a rel='--></style></template></select><img src=http://%IN%/escape>'>"),
    "mutation-table": _made(
        "const p = document.createElement('p'); const t = document.createElement('table'); const s = document.createElement('style');"
        "s.textContent = '<a title=\"</style><img src=http://%IN%/escape onerror=fetch(1)>\">'; t.append(s); p.append(t, "
        "document.createElement('p')); const a = document.createElement('a'); const b = document.createElement('a');"
        "b.href = 'x'; a.append(b); a.href = 'y'; d.append(p, a); "
        "const f = document.createElement('form'); f.append(document.createElement('form')); d.append(f)"),
    "noscript": html("<noscript><p title=\"</noscript><img src=http://%IN%/escape onerror=fetch(1)>\"></noscript>"
                     "<noscript><style></noscript><img src=http://%IN%/escape onerror=fetch(1)></style>",
                     head="<noscript><link rel=stylesheet href=http://%IN%/escape><style></noscript><img src=http://%IN%/escape>"),
    "template": html("<template><script>fetch(1)</script><img src=http://%IN%/escape onerror=fetch(1)></template><div><template "
                     "shadowrootmode=open><script>fetch(1)</script><img src=http://%IN%/escape onerror=fetch(1)><slot></slot></template>"
                     "in a shadow</div><div><template shadowrootmode=closed><iframe src=http://%IN%/escape></iframe></template>x</div>"),
    "unclosed": _bare("<!doctype html><title>Unclosed</title><p>words<div title=\"<img src=http://%IN%/escape onerror=fetch(1)><a href='"),
    "unclosed-comment": _bare("<!doctype html><title>Unclosed</title><p>words<!-- <img src=http://%IN%/escape onerror=fetch(1)>"),
    "unclosed-style": _bare("<!doctype html><title>Unclosed</title><p>words<style>p { color: red } <img src=http://%IN%/escape>"),
    "plaintext": _bare("<!doctype html><title>Plain</title><p>words<plaintext><img src=http://%IN%/escape onerror=fetch(1)></plaintext>"),
    # Styles
    "css": html("<p class=a>x</p>", head="<style>@import 'http://%IN%/escape'; @import url(//%IN%/escape) layer(a) supports(color: red);"
                "@namespace url(http://%IN%/escape); .a { background: url('http://%IN%/escape?a'), u\\72l(http://%IN%/escape?b), "
                "image-set('http://%IN%/escape?c' 1x, url(http://%IN%/escape?d) 2x); list-style: url(http://%IN%/escape?e); "
                "cursor: url(http://%IN%/escape?f), auto; content: url(http://%IN%/escape?g); mask: url(http://%IN%/escape?h);"
                "filter: url(http://%IN%/escape?i#f); clip-path: url(http://%IN%/escape?j#c); shape-outside: url(http://%IN%/escape?k);"
                "border-image: url(http://%IN%/escape?l); offset-path: url(http://%IN%/escape?m#p); --v: url(http://%IN%/escape?n);"
                "background-image: cross-fade(url(http://%IN%/escape?o), red); src: url(http://%IN%/escape?p) }"
                "@font-face { font-family: q; src: local(x), url(http://%IN%/escape?q) format('woff') } .a { font: 9px q }"
                "@property --w { syntax: '<url>'; inherits: true; initial-value: url(http://%IN%/escape?r) }</style>"
                "<style>/* </style ><img src=http://%IN%/escape?s onerror=fetch(1)> */</style>"),
    "css-broken": html("<p style=\"background:url('http://%IN%/escape?1\">a</p><p style='background:url(&quot;http://%IN%/escape?2&quot;'>b</p>"
                       "<p style='x:expression(fetch(1));behavior:url(//%IN%/escape?3);-moz-binding:url(//%IN%/escape?4)'>c</p>",
                       head="<style>p::after { content: 'unclosed\n} p { background: url(http://%IN%/escape?5) } "
                       "p { background: url(http://%IN%/escape?6 </style><style>@media x { p { background: url(\"http://%IN%/escape?7"
                       "</style><style>p { background: url(http://%IN%/es\\000063ape?8); background: url(  '\\68ttp://%IN%/escape?9'  ) }"),
    "css-made": _made(
        "const s = new CSSStyleSheet(); s.replaceSync(`p { background: url('http://%IN%/escape?</style><img src=x onerror=fetch(1)>') }`);"
        "document.adoptedStyleSheets = [s]; const t = document.createElement('style'); document.head.append(t); "
        "t.sheet.insertRule(`p::before { content: '</style><img src=http://%IN%/escape onerror=fetch(1)>' }`);"
        "t.sheet.insertRule(`@font-face { font-family: '</style><script>fetch(1)</scr` + `ipt>'; src: url(http://%IN%/escape) }`)", "<p>x</p>"),
    # Frames
    "srcdoc": html("<iframe srcdoc=\"&quot;><img src=http://%IN%/escape onerror=fetch(1)><script>fetch(2)</script>words"
                   "<iframe srcdoc='<p title=&amp;quot;&gt;&lt;script&gt;fetch(3)&lt;/script&gt;>deep'></iframe>\"></iframe>"),
    "srcdoc-nested": html("".join(
        f"<iframe srcdoc='<p>{n}</p><script>document.body.append(document.createElement(`iframe`))</script><img src=http://%IN%/escape "
        "onerror=fetch(1)>'></iframe>" for n in range(5))),
    "frames-in-frames": by_path(html("<iframe src=a></iframe><frameset><frame src=a></frameset>"),
                                a=html(f"<script>top.x = 1</script><iframe src='javascript:{_RUN}'></iframe><iframe src=b></iframe>"),
                                b=html("<svg><script>fetch(1)</script></svg><object data='data:text/html,<script>fetch(2)</script>'></object>"
                                       "<iframe sandbox='allow-scripts' srcdoc='<script>fetch(`//%IN%/escape`)</script>x'></iframe>")),
    "frame-quirks": by_path(html("<iframe src=a></iframe>"), a=_bare(
        "<title>Quirks</title><p title='%\"><img src=http://%IN%/escape>'>50%25 #hash ?query \"' words<script>fetch(1)</script>")),
    "frameset": _bare("<!doctype html><title>Frames</title><frameset cols='50%,50%' onload='fetch(1)'><frame src='javascript:`words`'>"
                      "<frame src='data:text/html,<script>fetch(2)</script>words'></frameset>"),
    "objects": html("<object data='data:text/html,<script>fetch(1)</script>x'></object><embed src='data:image/svg+xml,<svg "
                    "xmlns=\"http://www.w3.org/2000/svg\"><script>fetch(2)</script></svg>'><object type=text/html data='javascript:fetch(3)'>"
                    f"<param name=movie value='{_OUT}'></object><applet code='{_OUT}'></applet><fencedframe></fencedframe>"),
    # Pictures and media
    "svg": html("<svg><script>fetch(1)</script><script href='http://%IN%/escape'/><animate onbegin='fetch(2)' attributeName=x dur=1s />"
                "<set attributeName=href to='javascript:fetch(3)'/><a><animate attributeName=href to='javascript:fetch(4)' begin=0s /><text "
                f"y=9>a</text></a><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><image href={_OUT} "
                f"onerror=fetch(5)/></svg>#x'/><image href='{_OUT}'/><feImage href='{_OUT}'/><foreignObject><iframe srcdoc="
                "'<script>fetch(6)</script>'></iframe></foreignObject><style>@import 'http://%IN%/escape';</style><handler>fetch(7)</handler>"
                "<discard onbegin='fetch(8)'/></svg>"),
    "svg-file": by_path(html("<img src=a.svg><object data=a.svg></object><iframe src=a.svg></iframe><svg><use href='a.svg#g'/></svg>"),
                        a=body(b'<svg xmlns="http://www.w3.org/2000/svg" onload="fetch(1)"><script>fetch(2)</script><g id="g" onclick="x">'
                               b'<script>fetch(3)</script><image href="http://127.0.0.2/escape" onerror="fetch(4)"/><text y="20">w</text>'
                               b'<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><img src="x" onerror="fetch(5)"/></body>'
                               b'</foreignObject></g></svg>', "image/svg+xml")),
    "svg-entities": by_path(html("<svg><use href='a.svg#g'/></svg><img src=a.svg>"), a=body(
        b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x "&#60;/svg>&#60;img src=http://127.0.0.2/escape onerror=fetch(1)>">]>'
        b'<svg xmlns="http://www.w3.org/2000/svg"><g id="g" data-a="&#34;>&#60;script>fetch(1)&#60;/script>">&x;<text><![CDATA[</text>'
        b'</svg><img src=http://127.0.0.2/escape>]]></text></g></svg>', "image/svg+xml")),
    "media": html(f"<video poster='{_OUT}' src='{_OUT}' autoplay><source src='{_OUT}'><track src='{_OUT}' default></video><audio src='{_OUT}'>"
                  f"</audio><picture><source srcset='{_OUT} 1x, {_OUT}?2 2x'><img src='{_OUT}' srcset='{_OUT} 100w' sizes=1px longdesc='{_OUT}' "
                  f"lowsrc='{_OUT}' dynsrc='{_OUT}' usemap='{_OUT}#m'></picture><input type=image src='{_OUT}'><table background='{_OUT}'>"
                  f"<td background='{_OUT}'>x</table><body background='{_OUT}'><blockquote cite='{_OUT}'>q</blockquote>"),
    "type-false": by_path(html("<img src=a><link rel=stylesheet href=b><style>@import 'b'; p { background: url(a) }</style><p>x</p>"),
                          a=body(b"<script>fetch(1)</script>", 'image/png;"><script>fetch(2)</script>'),
                          b=body(b"p { color: red } </style><img src=http://127.0.0.2/escape onerror=fetch(1)>",
                                 "text/css;charset=\"'><script>fetch(3)</script>")),
    # Names and addresses that the copy writes by itself
    "address": html("x"),
    "title": html("x", title="</title><script>fetch(1)</script><img src=http://%IN%/escape onerror=fetch(2)>", head=(
        "<meta name=description content='\"><script>fetch(1)</script>'><meta property=og:title content='</title><script>fetch(1)</script>'>")),
    "forms": html("<form action=http://%IN%/escape><input value='\"><script>fetch(1)</script>' id=i><textarea id=t></textarea><select id=s>"
                  "<option>a</select><button formaction=http://%IN%/escape>b</button></form><script>t.value = '</textarea><script>fetch(1)</scr'"
                  " + 'ipt>'; i.value = '\"><img src=http://%IN%/escape>'; s.options[0].text = '</option><img src=//%IN%/escape>'</script>"),
    "clobbering": html("<form id=body name=documentElement><input name=attributes><input name=childNodes><input name=nodeName><input "
                       "name=tagName><input name=getAttribute><input name=localName><img name=getElementsByTagName>"
                       "<input name=namespaceURI><input name=parentNode><input name=shadowRoot></form><iframe name=document></iframe>"
                       "<img name=currentScript><img id=createTreeWalker><form><input name=hasAttributes></form>"),
    "custom-elements": _made(
        "customElements.define('x-y', class extends HTMLElement { get attributes() { throw 1 } get localName() { return 'script' } "
        "get nodeName() { return 'SCRIPT' } get tagName() { return 'script' } get childNodes() { return [document.createElement('script')] }"
        "get outerHTML() { return '<script>fetch(1)</scr' + 'ipt>' } }); d.append(document.createElement('x-y'));"
        "const e = document.createElementNS('http://www.w3.org/1999/xhtml', 'svg:script'); e.append('fetch(1)'); d.append(e);"
        "const f = document.createElementNS('x', 'script'); f.append('fetch(2)'); d.append(f);"
        "const g = document.createElementNS('x', 'a:iframe'); g.setAttribute('srcdoc', '<script>fetch(3)</scr' + 'ipt>'); d.append(g)"),
    "element-names": _made(
        "for (const name of ['a\\u003Cb', 'x:script', 'x\"', 'img\\u2028', 'a=b']) try { d.append(document.createElement(name)) } catch {}"
        "d.insertAdjacentHTML('beforeend', '<a<img src=http://%IN%/escape onerror=fetch(1)>x</a<img><x\"y>z</x\"y>')"),
    "encoding": body(b"<title>Enc</title><p>words \xed\xa0\x80 \xff \xfe +ADw-script+AD4-fetch(1)+ADw-/script+AD4- \x1b$B<script>fetch(1)</script>"
                     b"\x1b(B </p><p title='\xe3\x80'><img src=http://127.0.0.2/escape>", "text/html; charset=iso-2022-jp"),
}  # fmt: skip

ESCAPES = [
    Case(f"escape-{name}", "escapes", behaviour, frozenset({"ok", "not_html", "blank", "timeout/deadline", "refused/private_address"}), real=False,
         url="http://%SITE%/escape-address/?q='><script>fetch(1)</script><img src=http://%IN%/escape>" if name == "address" else "")
    for name, behaviour in (_PAGES | FRESH_ESCAPES).items()
]  # fmt: skip

"""Pages whose difficulty is the shape of their tree: what scripts build and no parser would, and roots that markup closes."""

# ruff: noqa: E501  (lines of markup)

from __future__ import annotations

from tests.site.page import Page, Place, document, page, prose
from tests.site.server import Answer

_MAKE = (
    "<script>const make = (parent, name, style, text) => { const e = document.createElement(name);"
    "if (style) e.style.cssText = style; if (text) e.textContent = text; parent.append(e); return e };"
    "const here = document.getElementById('here');"
)
_BLOCK = "width:120px;height:40px;background:"


@page("shapes-nested", "Elements inside their own kind: paragraphs, links, forms, buttons, headings, items")
def nested(p: Page) -> None:
    def box(label: str) -> str:
        return f"{_BLOCK}{p.colour(label)}"

    p.page(
        f"{p.lead()}<div id=here></div>{_MAKE}"
        f"const outer = make(here, 'p'); outer.className = 'outer'; outer.append('{p.word('before')} ');"
        f"make(outer, 'p', '{box('paragraph in paragraph')}', '{p.word('inner')}'); make(outer, 'div', '{box('block in paragraph')}');"
        f"outer.append(' {p.word('after')}');"
        f"const link = make(here, 'a'); link.href = '#one'; link.className = 'card'; const span = make(link, 'span', '', '{p.word('link')} ');"
        f"const within = make(span, 'a', '', '{p.word('link in link')}'); within.href = '#two'; within.className = 'tag'; link.append(' {p.word('end of link')}');"
        f"const form = make(here, 'form'); make(form, 'form', '{box('form in form')}'); make(form, 'input').value = '{p.word('field', but=(Place.TEXT,))}';"
        f"const button = make(here, 'button', '', '{p.word('button')}'); make(button, 'button', '', '{p.word('button in button')}');"
        f"const big = make(here, 'h2', '', '{p.word('heading')}'); make(big, 'h3', '', '{p.word('heading in heading')}');"
        f"const list = make(here, 'ul'); const item = make(list, 'li', '', '{p.word('item')}'); make(make(item, 'div'), 'li', '', '{p.word('item in item')}');"
        f"const bold = make(here, 'nobr', '', '{p.word('nobr')}'); make(bold, 'nobr', '', '{p.word('nobr in nobr')}');"
        f"make(make(here, 'p').attachShadow({{mode: 'open'}}), 'p').append(make(here, 'p', '{box('in a shadow root')}'), make(here, 'p', '', '{p.word('shadow')}'))</script>",
        f"<style>p.outer{{border-left:40px solid {p.colour('paragraph')};padding:6px}} p > div + .none, p p{{margin:10px}}"
        f"a.card{{display:block;padding:8px;background:{p.colour('card')}}} a a.tag{{background:{p.colour('tag')};padding:0 30px}}"
        f"h2 h3{{border-left:60px solid {p.colour('heading')}}} li li{{border-left:60px solid {p.colour('item')}}}"
        f"p:not(.outer) > div{{background:{p.unseen_colour('a paragraph that was torn')} !important}}</style>",
    )


@page("shapes-tables", "Tables with what no parser leaves in one, and rows and cells without a table")
def tables(p: Page) -> None:
    def box(label: str) -> str:
        return f"{_BLOCK}{p.colour(label)}"

    p.page(
        f"{p.lead()}<div id=here></div><p>{prose(4, 2)}</p>{_MAKE}"
        f"const table = make(here, 'table', 'border:12px solid {p.colour('border')}'); const row = make(table, 'tr'); make(row, 'td', '{box('no body')}', 'a');"
        f"table.append('{p.word('text in a table')}'); make(table, 'div', '{box('block in a table')}'); const part = make(table, 'tbody');"
        f"part.append('{p.word('text in a body')}'); const second = make(part, 'tr'); second.append('{p.word('text in a row')}');"
        f"make(second, 'td', '{box('cell')}', 'b'); make(second, 'b', '{box('element in a row')};display:block'); make(second, 'td', '', '{p.word('last cell')}');"
        "make(second, 'p', 'display:none', 'hidden'); make(table, 'input').type = 'hidden';"
        f"const lone = make(here, 'tr'); lone.className = 'lone'; make(lone, 'td', '{box('cell without a table')}', 'c'); make(lone, 'td', '', '{p.word('lone cell')}');"
        f"make(make(here, 'tbody'), 'td', '', '{p.word('lone body')}'); make(here, 'caption', '', '{p.word('lone caption')}');"
        f"const flow = make(here, 'table', 'display:flex'); make(flow, 'div', '{box('flex in a table')}'); make(flow, 'p', '', '{p.word('flex')}');"
        f"const deep = make(here, 'p'); const inside = make(deep, 'table'); make(make(inside, 'tr'), 'td', '{box('table in a paragraph')}', 'd');</script>",
        f"<style>tr.lone > td{{border-left:40px solid {p.colour('rule for a lone cell')}}}</style>",
    )


@page(
    "shapes-foreign", "Drawings and formulas: HTML where it may and may not be, and elements that only have their names"
)
def foreign(p: Page) -> None:
    svg, html = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"
    p.title = "A letter in a drawing"
    text = document(
        p.title,
        f"{p.lead()}<svg width=300 height=120 id=s><title>t</title><rect width=90 height=50 fill='{p.colour('drawn')}'/>"
        f"<foreignObject x=100 width=180 height=100><div style='{_BLOCK}{p.colour('html in a drawing')}'>{p.word('in the drawing')}</div></foreignObject></svg>"
        f"<p><math><mrow><mi>x</mi><mo>=</mo><mtext>{p.word('formula')}<b>{p.word('html in a formula')}</b></mtext></mrow></math>"
        f"<math id=m><mn>1</mn></math></p><div id=here></div><select id=pick><option>one<option>two</select>{_MAKE}"
        f"const add = (parent, ns, name, style, text) => {{ const e = document.createElementNS(ns, name); e.setAttribute('style', style); if (text) e.textContent = text; parent.append(e); return e }};"
        f"const s = document.getElementById('s'); add(s, '{html}', 'div', '{_BLOCK}{p.unseen_colour('html straight in a drawing')}', 'no');"
        f"add(s, '{svg}', 'p', '', 'no'); add(s, '{svg}', 'circle', 'cx:40px;cy:85px;r:30px;fill:{p.colour('drawn after it')}');"
        f"add(here, '{svg}', 'rect', '{_BLOCK}{p.unseen_colour('a part without its drawing')}'); add(here, '{html}', 'svg', 'display:block;{_BLOCK}{p.colour('only by name')}', '{p.word('svg by name')}');"
        f"add(here, '{html}', 'image', '', '{p.word('image by name')}'); add(here, '{html}', 'plaintext', '', '{p.word('plain')}</b>'); add(here, '{html}', 'xmp', '', '<i>{p.word('xmp')}');"
        f"add(document.getElementById('m'), '{html}', 'b', 'display:inline-block;{_BLOCK}{p.unseen_colour('html straight in a formula')}', '{p.unseen_word('outside of text')}');"
        f"const img = document.createElement('img'); img.width = img.height = 1; img.alt = '{p.unseen_word('in the head')}'; document.head.append(img, 'words in the head', document.createElement('div'));"
        f"const late = document.createElement('style'); late.textContent = '#here{{border-left:60px solid {p.colour('style after it')}}}'; document.head.append(late);</script>"
        f"<noscript>{p.unseen_word('without scripts')}</noscript><template><p>{p.unseen_word('template')}</p></template>",
    )
    p.file("", Answer(text.encode()))


@page("shadow-declared", "Shadow roots that the markup itself closes, one in another, and in a frame")
def shadow_declared(p: Page) -> None:
    def box(label: str, *but: Place) -> str:
        return f"<style>.b{{width:120px;height:40px;background:{p.colour(label)}}}</style><div class=b></div><p>{p.word(label, but=but)}</p>"

    def closed(label: str) -> str:
        return box(label, Place.TEXT)  # no script reaches into it, so its words are in the copy and the picture only

    picture = p.png("deep.png", "picture in a closed root")
    inside = p.file(
        "inside.html",
        f"<!doctype html><title>Inside</title><div><template shadowrootmode=closed>{closed('in a frame')}</template></div>",
        host="other",
    )
    p.page(
        f"{p.lead()}<div><template shadowrootmode=closed>{closed('closed')}<slot></slot><img src='{picture}' alt=''>"
        f"<section><template shadowrootmode=closed>{closed('closed in closed')}</template></section></template><b>{p.word('slotted')}</b></div>"
        f"<div><template shadowrootmode=open>{box('open')}<i><template shadowrootmode=closed>{p.unseen_word('not on this element')}</template></i></template></div>"
        f"<section><template shadowrootmode=open><div><template shadowrootmode=closed>{closed('closed in open')}</template></div></template></section>"
        f"<iframe src='{inside}' width=500 height=120></iframe>"
    )

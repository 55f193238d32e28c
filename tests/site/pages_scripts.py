"""Pages whose difficulty is what scripts do: applications, feeds, dialogs, sockets."""

# ruff: noqa: E501  (lines of markup)

from __future__ import annotations

import json

from tests.site import assets
from tests.site.page import Page, Place, document, page, paragraphs, prose
from tests.site.server import Answer, Asked, Socket


@page("spa", "An application: an empty shell, routes, views by fetch")
def spa(p: Page) -> None:
    p.title = "Pear trees – Orchard"
    picture = p.png("assets/tree.png", "picture of the view")
    p.file(
        "api/trees.json",
        json.dumps({"title": "Pear trees", "text": f"{p.word('view', main=True)} {prose(3, 9)}", "picture": picture}),
    )
    p.file(
        "app.js",
        "const routes = {home: async () => '', trees: async () => {"
        f"const data = await (await fetch('/{p.name}/api/trees.json')).json();"
        "document.title = data.title + ' – Orchard';"
        "return `<article><h1>${data.title}</h1><p>${data.text}</p><img src='${data.picture}'></article>`; }};"
        "const go = async name => { history.pushState({}, '', name === 'home' ? '' : name);"
        "document.getElementById('app').innerHTML = await routes[name](); };"
        "setTimeout(() => go('trees'), 350);",
    )
    p.final = "trees"
    p.file("trees", "<!doctype html><p>never asked for</p>", "text/html", needed=False)
    p.file(
        "",
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Orchard</title><div id=app></div><script src='/{p.name}/app.js'></script>",
    )


@page("hash-routes", "An application whose route is behind the hash")
def hash_routes(p: Page) -> None:
    p.start = "#/letters/7"
    p.page(
        "<div id=app></div><script>const show = () => { const [, name, id] = location.hash.split('/');"
        f"document.getElementById('app').innerHTML = name === 'letters' && id === '7' ? `<p>{prose(2, 5)} "
        f"{p.word('letter seven', main=True)}</p>{p.swatch('letter seven')}` : '<p>{p.unseen_word('home')}</p>'; }};"
        "addEventListener('hashchange', show); show();</script>"
    )


@page("late-title", "A title that comes late, and a description that a script writes")
def late_title(p: Page) -> None:
    p.title = "Three letters for you"
    p.page(
        f"{p.lead()}<script>document.title = 'Loading…'; setTimeout(() => {{ document.title = '{p.title}';"
        f"document.querySelector('h1').textContent = '{p.title}';"
        f"document.body.insertAdjacentHTML('beforeend', `{p.swatch('late')}`); }}, 900);</script>"
    )


@page("infinite-scroll", "A feed without an end")
def infinite_scroll(p: Page) -> None:
    p.varies = "how far down it goes depends on the time that it takes"

    def more(asked: Asked) -> Answer:
        n = int(asked.path.rpartition("=")[2])
        return Answer(json.dumps([prose(n * 9 + k, 3) for k in range(6)]).encode(), "application/json")

    p.file("more", more)
    p.page(
        f"{p.lead()}{p.swatch('top')}<div id=feed></div><div id=end style='height:80px'>Loading…</div><script>let n = 0;"
        f"const load = async () => {{ const rows = await (await fetch('/{p.name}/more?n=' + n++)).json();"
        "document.getElementById('feed').insertAdjacentHTML('beforeend', rows.map(row => `<section style='height:160px'>"
        "<h3>Entry</h3><p>${row}</p></section>`).join('')); };"
        "new IntersectionObserver(([end]) => end.isIntersecting && load(), {rootMargin: '300px'})"
        ".observe(document.getElementById('end')); load();</script>"
    )


@page("feed-three", "A feed that ends after its third part")
def feed_three(p: Page) -> None:
    for n in range(3):
        p.file(
            f"part-{n}.html",
            f"<p>{p.word(f'part {n}')} {prose(n, 8)}</p>{paragraphs(6, n)}{p.swatch(f'part {n}')}",
            "text/html",
        )
    p.page(
        f"{p.lead()}<div id=feed></div><div id=end style='height:30px'></div><script>let n = 0, busy = false;"
        "const load = async () => { if (busy || n > 2) return; busy = true;"
        f"const part = await (await fetch('/{p.name}/part-' + n + '.html')).text();"
        # Longer than anybody stays at the end who only passes by.
        "if (n == 1) await new Promise(done => setTimeout(done, 250));"
        "n++; busy = false;"
        "document.getElementById('feed').insertAdjacentHTML('beforeend', part); };"
        "new IntersectionObserver(([end]) => end.isIntersecting && load()).observe(document.getElementById('end'));</script>"
    )


@page("virtual-list", "A list of ten thousand rows of which only those in sight exist")
def virtual_list(p: Page) -> None:
    first = p.colour("first row")
    p.page(
        f"{p.lead()}<div id=list style='position:relative;height:40000px'></div><script>const list = document.getElementById('list');"
        "const draw = () => { const top = Math.max(0, scrollY - list.offsetTop), from = Math.floor(top / 40), rows = [];"
        "for (let n = from; n < Math.min(from + 30, 1000); n++) rows.push(`<div style='position:absolute;top:${n * 40}px;"
        f"height:40px;width:700px;border-bottom:1px solid #ddd;background:${{n < 2 ? '{first}' : '#fff'}}'>"
        f"${{n < 2 ? '' : 'Row ' + n}}${{n === 3 ? ' {p.word('third row')}' : ''}}</div>`);"
        "list.innerHTML = rows.join(''); }; addEventListener('scroll', draw); draw();</script>"
    )


@page("scroll-pane", "An application whose own pane scrolls, not the page")
def scroll_pane(p: Page) -> None:
    p.title = "Mail – Harbour"
    rows = ""
    for n in range(12):
        lazy = p.file(f"{n}.png", assets.picture(p.colour(f"row {n}", but=() if n < 3 else tuple(Place)), 200, 100))
        rows += f"<section><p>{prose(n, 3)} {p.word(f'row {n}')}</p><img loading=lazy width=200 height=100 src='{lazy}' alt=''></section>"
    p.file(
        "",
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{p.title}</title><style>html,body{{margin:0;height:100%;"
        "overflow:hidden}#pane{height:100%;overflow-y:auto;font:16px sans-serif}section{padding:20px;height:180px}</style>"
        f"<div id=pane>{rows}</div>",
    )


# Whichever answer comes first, each has its own place.
_PLACES = (
    "const place = () => { const own = document.getElementById('out').appendChild(document.createElement('div'));"
    "return data => { own.innerHTML = `<p>${data.text}</p><div class=swatch style='background:${data.colour}'></div>`; }; };"
)


@page("xhr-json", "Content by XMLHttpRequest and fetch, from two hosts")
def xhr_json(p: Page) -> None:
    one = p.file("one.json", json.dumps({"text": p.word("by xhr"), "colour": p.colour("by xhr")}))
    two = p.file(
        "two.json",
        json.dumps({"text": p.word("from another host"), "colour": p.colour("from another host")}),
        host="other",
    )
    p.page(
        f"{p.lead()}<div id=out></div><script>{_PLACES}"
        f"const asked = new XMLHttpRequest(); asked.open('GET', '{one}?page=1&sort=name'); asked.responseType = 'json';"
        f"const first = place(); asked.onload = () => first(asked.response); asked.send();"
        f"fetch('{two}').then(answer => answer.json()).then(place());</script>"
    )


@page("post-fetch", "Content by POST: JSON, a form and a GraphQL query, each with its own answer")
def post_fetch(p: Page) -> None:
    answers = {name: {"text": p.word(name), "colour": p.colour(name)} for name in ("json", "form", "query")}

    def answer(asked: Asked) -> Answer:
        body = asked.request_body.decode()
        name = next((name for name in answers if f'"{name}"' in body or f"kind={name}" in body), "")
        return Answer(json.dumps(answers.get(name, {"text": "?", "colour": "#000"})).encode(), "application/json")

    url = p.file("api", answer)
    p.page(
        f"{p.lead()}<div id=out></div><script>{_PLACES}"
        f"const post = (body, type) => fetch('{url}', {{method: 'POST', body, headers: {{'Content-Type': type}}}})"
        ".then(answer => answer.json()).then(place());"
        "post(JSON.stringify({kind: 'json'}), 'application/json');"
        "post('kind=form&n=1', 'application/x-www-form-urlencoded');"
        "post(JSON.stringify({operation: 'query', variables: {first: 10}}), 'application/json');</script>"
    )


@page("dialogs", "Dialogs at load, and one that asks whether to leave")
def dialogs(p: Page) -> None:
    p.page(
        f"{p.lead()}<div id=out></div><script>addEventListener('beforeunload', event => {{ event.preventDefault(); event.returnValue = 'x'; }});"
        f"alert('Hello'); confirm('Really?'); prompt('Name?', 'x');"
        f"document.getElementById('out').innerHTML = `<p>{p.word('after the dialogs')}</p>{p.swatch('after the dialogs')}`;"
        "setTimeout(() => alert('Again'), 500); setTimeout(() => { try { print(); } catch {} }, 200);</script>"
    )


@page("popups", "Windows that open, and a page that wants to be on top")
def popups(p: Page) -> None:
    but = (Place.PLAYER,)  # there a window that opens takes the place of the page
    advert = p.file(
        "advert.html", f"<!doctype html><title>Win!</title><h1>{p.unseen_word('advert')}</h1>", needed=False
    )
    p.unkept.add("advert.html")  # of another window
    p.page(
        f"<p>{prose(3, 5)} {p.word('lead', main=True, but=but)}</p><a id=blank target=_blank href='{advert}'>x</a><div id=out></div><script>"
        f"for (let n = 0; n < 5; n++) open('{advert}?n=' + n, '_blank', 'width=300,height=200'); document.getElementById('blank').click();"
        f"if (top !== self) top.location = location; focus();"
        f"document.getElementById('out').innerHTML = `<p>{p.word('still here', but=but)}</p>{p.swatch('still here', but=but)}`;</script>"
    )


@page("websocket", "A feed through a WebSocket")
def websocket(p: Page) -> None:
    p.replays = False  # neither player brings a socket's messages back
    words, colour = [p.word("first"), p.word("second")], p.colour("painted")
    p.files["feed"] = Socket((words[0], words[1], colour))
    p.page(
        f"{p.lead()}<ol id=out></ol><div id=box style='width:120px;height:60px'></div><script>"
        f"const feed = new WebSocket('ws://' + location.host + '/{p.name}/feed'); feed.onmessage = ({{data}}) => {{"
        "if (data[0] === '#') document.getElementById('box').style.background = data; else {"
        "const row = document.createElement('li'); row.textContent = data; document.getElementById('out').append(row); }};</script>"
    )


@page("eventsource", "A feed of server-sent events that stays open")
def eventsource(p: Page) -> None:
    p.replays = False  # a player gives the whole stream at once or not at all
    first, second = p.word("first"), p.word("second")
    url = p.file(
        "events",
        Answer(
            f"data: {first}\n\n".encode(),
            "text/event-stream",
            parts=((0.2, f"data: {second}\n\n".encode()),),
            end="hang",
        ),
    )
    p.page(
        f"{p.lead()}{p.swatch('beside')}<ol id=out></ol><script>new EventSource('{url}').onmessage = event => {{"
        "const row = document.createElement('li'); row.textContent = event.data; document.getElementById('out').append(row); };</script>"
    )


@page("polling", "A page that asks every quarter of a second for news")
def polling(p: Page) -> None:
    p.repeats = True
    url = p.file(
        "news", Answer(json.dumps({"text": p.word("news"), "colour": p.colour("news")}).encode(), "application/json")
    )
    p.page(
        f"{p.lead()}<p id=out></p><div id=box class=swatch></div><script>setInterval(async () => {{"
        f"const data = await (await fetch('{url}?t=' + Math.floor(performance.now() / 250))).json();"
        "document.getElementById('out').textContent = data.text; document.getElementById('box').style.background = data.colour; }, 250);</script>"
    )


@page("service-worker", "A site with a service worker that keeps its pages")
def service_worker(p: Page) -> None:
    script = p.file(
        "sw.js",
        f"addEventListener('install', event => event.waitUntil(caches.open('v1').then(cache => cache.addAll(['/{p.name}/data.json']))));"
        "addEventListener('activate', event => event.waitUntil(clients.claim()));"
        "addEventListener('fetch', event => event.respondWith(caches.match(event.request).then(found => found || fetch(event.request))));",
        needed=False,
    )
    picture = p.png("pic.png", "picture")
    data = p.file("data.json", json.dumps({"text": p.word("data"), "colour": p.colour("data")}))
    p.repeats = True
    p.page(
        f"{p.lead()}<img src='{picture}' alt=''><div id=out></div><script>navigator.serviceWorker?.register('{script}').catch(() => {{}});"
        f"fetch('{data}').then(answer => answer.json()).then(data => document.getElementById('out').innerHTML ="
        "`<p>${data.text}</p><div class=swatch style='background:${data.colour}'></div>`);</script>"
    )


@page("workers", "Workers that fetch and paint")
def workers(p: Page) -> None:
    data = p.file("data.json", json.dumps({"text": p.word("from the worker"), "colour": p.colour("from the worker")}))
    script = p.file(
        "worker.js",
        f"importScripts('/{p.name}/helper.js'); fetch('{data}').then(a => a.json()).then(data => postMessage(wrap(data)));",
    )
    p.file("helper.js", "const wrap = data => ({...data, wrapped: true});")
    p.page(
        f"{p.lead()}<div id=out></div><canvas id=c width=120 height=60></canvas><script>const worker = new Worker('{script}');"
        "worker.onmessage = ({data}) => document.getElementById('out').innerHTML ="
        "`<p>${data.text}</p><div class=swatch style='background:${data.colour}'></div>`;"
        f"const made = new Worker(URL.createObjectURL(new Blob([`onmessage = ({{data}}) => {{ const pen = data.getContext('2d');"
        f"pen.fillStyle = '{p.colour('offscreen canvas')}'; pen.fillRect(0, 0, 120, 60); }}`])));"
        "const off = document.getElementById('c').transferControlToOffscreen(); made.postMessage(off, [off]);</script>"
    )


@page("modules", "Modules, an import map and a part that is imported late")
def modules(p: Page) -> None:
    p.file(
        "lib/paint.mjs",
        "export const paint = (id, colour) => { document.getElementById(id).style.background = colour; };",
    )
    p.file("lib/late.mjs", f"import {{paint}} from 'paint'; export default () => {{ paint('b', '{p.colour('late')}');"
        f"document.getElementById('t').textContent = '{p.word('late')}'; }};")  # fmt: skip
    p.file(
        "main.mjs",
        f"import {{paint}} from 'paint'; paint('a', '{p.colour('main')}'); (await import('./lib/late.mjs')).default();",
    )
    p.page(
        f"{p.lead()}<div class=swatch id=a></div><div class=swatch id=b></div><p id=t></p>"
        f"<script type=module src='/{p.name}/main.mjs'></script>",
        f'<script type=importmap>{{"imports": {{"paint": "/{p.name}/lib/paint.mjs"}}}}</script>',
    )


@page("forms", "Forms as they are filled in, not as they came")
def forms(p: Page) -> None:
    p.page(
        f"{p.lead()}<form><input id=a value='{p.unseen_word('old value')}'><textarea id=b rows=2 cols=40></textarea>"
        f"<select id=c><option>One<option>{p.word('chosen', but=(Place.TEXT,))}</select><input type=checkbox id=d><label></label>"
        "<details id=e><summary>More</summary><div class=swatch id=f></div></details><progress id=g max=10></progress></form>"
        f"<style>#d:checked + label{{display:block;width:120px;height:50px;background:{p.colour('checked')}}}"
        f"#f{{background:{p.colour('details opened')}}}</style><script>const at = id => document.getElementById(id);"
        f"at('a').value = '{p.word('typed', but=(Place.TEXT,))}'; at('b').value = '{p.word('text area', but=(Place.TEXT,))}';"
        "at('c').selectedIndex = 1; at('d').checked = true; at('e').open = true; at('g').value = 7;</script>"
    )


@page("templates", "Templates, noscript, comments and other things that do not show")
def templates(p: Page) -> None:
    picture = p.file("noscript.png", assets.picture(p.unseen_colour("noscript picture")), needed=False)
    p.page(
        f"{p.lead()}<noscript><p>{p.unseen_word('noscript')}</p><img src='{picture}'></noscript>"
        f"<template id=t><p>{p.word('from the template')}</p>{p.swatch('from the template')}</template>"
        f"<template><p>{p.unseen_word('unused template')}</p></template><!-- {p.unseen_word('comment')} -->"
        f"<p hidden>{p.unseen_word('hidden')}</p><p style='display:none'>{p.unseen_word('display none')}</p><div id=out></div>"
        "<script>document.getElementById('out').append(document.getElementById('t').content.cloneNode(true));</script>"
    )


@page("document-write", "document.write, inline handlers and scripts that would run again")
def document_write(p: Page) -> None:
    picture = p.png("loaded.png", "picture by onload")
    p.page(
        f"{p.lead()}<script>document.write(`<p>{p.word('written')}</p>{p.swatch('written')}`);</script>"
        f"<img src='{picture}' alt='' onload=\"document.body.insertAdjacentHTML('beforeend', `{p.swatch('by onload').replace(chr(34), '')}`)\">"
        "<p id=n>0</p><script>const n = document.getElementById('n'); n.textContent = Number(n.textContent) + 1;</script>"
        '<a href="javascript:alert(1)">x</a>'
    )


@page("csp", "A strict content security policy, with a nonce")
def csp(p: Page) -> None:
    p.title = p.difficulty
    picture, style = (
        p.png("a.png", "picture"),
        p.file("a.css", f".x{{width:99px;height:50px;background:{p.colour('style')}}}"),
    )
    script = f"<script nonce=abc>document.getElementById('t').textContent = '{p.word('script')}'</script><script>document.body.append(`{p.unseen_word('blocked script')}`)</script>"
    body = f"<p>{p.word('lead', main=True)} {prose(3, 8)}</p><img src='{picture}' alt=''><div class=x></div><p id=t></p>{script}"
    text = document(p.title, body, f"<link rel=stylesheet href='{style}'>")
    policy = "default-src 'none'; img-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'nonce-abc'"
    p.file("", Answer(text.encode(), headers=(("Content-Security-Policy", policy), ("X-Frame-Options", "DENY"))))


@page("trusted-types", "Trusted types, and built-ins that the page changed")
def trusted_types(p: Page) -> None:
    p.replays = False  # what looks at a replay runs in the page's own world, which this page ruins
    p.title = p.difficulty
    body = (
        f"<p>{p.word('lead', main=True)} {prose(3, 8)}</p>{p.swatch('below')}<script>"
        "Array.prototype.map = function () { return []; }; Element.prototype.getAttribute = () => 'wrong';"
        "JSON.stringify = () => 'wrong'; Object.defineProperty(document, 'styleSheets', {get: () => []});"
        "Node.prototype.cloneNode = () => document.createElement('p'); window.Map = undefined; document.title = 'x';"
        f"document.title = '{p.title}'; Promise = class {{ then() {{}} }};</script>"
    )
    policy = "require-trusted-types-for 'script'; trusted-types none"
    p.file("", Answer(document(p.title, body).encode(), headers=(("Content-Security-Policy", policy),)))

"""Imitations of consent notices: the hooks of common platforms in markup of our own, and what must not be mistaken.

Each notice writes into `document.title` which of its buttons was pressed, so that every capture tells it; a page is
whole when it says `refused` and shows what stands below the notice.
"""

# ruff: noqa: E501  (lines of markup)

from __future__ import annotations

from capture.records import Verdict
from tests.site.page import Page, document, page, paragraphs

STYLE = (
    "<style>.notice{position:fixed;z-index:99;background:#fff;border:2px solid #555;padding:24px;font:16px sans-serif}"
    ".middle{inset:20% 25%}.bottom{left:0;right:0;bottom:0}.veil{position:fixed;inset:0;background:#000a;z-index:90}"
    "button,a.b{padding:8px 14px;margin:4px;border:1px solid #444;background:#eee;color:#222;cursor:pointer}</style>"
)
SAYS = "We and our 734 partners store and access information on your device and use cookies for personalised content."


def script(gone: str = ".notice,.veil") -> str:
    """What every imitation does: `data-says` is written into the title, and `data-stays` keeps the notice."""
    return (
        "<script>addEventListener('click',event=>{const b=event.composedPath().find(e=>e.dataset?.says);if(!b)return;"
        "document.title+=' » '+b.dataset.says;"
        f"if(b.dataset.opens){{document.querySelectorAll(b.dataset.opens).forEach(e=>e.hidden=false)}}"
        f"if(!('stays' in b.dataset)){{document.querySelectorAll('{gone}').forEach(e=>e.remove());"
        "document.body.style.overflow=''}});</script>"
    )


LOCK = "<script>document.body.style.overflow='hidden'</script>"


def article(p: Page, notice: str, said: str, *, lock: bool = True, head: str = "") -> None:
    """An article with a notice over it; `said`: what must have been pressed, "" nothing."""
    plain = p.difficulty
    body = f"{p.lead()}{p.swatch('top')}{paragraphs(9)}{p.swatch('end')}{notice}{script()}{LOCK if lock else ''}"
    p.title = plain
    p.page(body, STYLE + head)
    p.title = f"{plain} » {said}" if said else plain
    p.replays = False  # nobody answers the notice there


def veiled(p: Page, name: str = "") -> str:
    """A veil whose colour must not be in the picture."""
    return f"<div class='veil {name}' style='background:{p.unseen_colour('veil')}'></div>"


@page("consent-onetrust", "Consent as OneTrust asks for it")
def onetrust(p: Page) -> None:
    article(
        p,
        f"<div id=onetrust-consent-sdk>{veiled(p, 'onetrust-pc-dark-filter')}<div id=onetrust-banner-sdk class='notice bottom' role=region><p>{SAYS}</p>"
        "<button id=onetrust-pc-btn-handler data-says=settings data-stays>Cookies Settings</button><button id=onetrust-reject-all-handler data-says=refused>Reject All</button>"
        "<button id=onetrust-accept-btn-handler data-says=ACCEPTED>Accept All Cookies</button></div></div>",
        "refused",
    )


@page("consent-cookiebot", "Consent as Cookiebot asks for it, with boxes that are ticked")
def cookiebot(p: Page) -> None:
    boxes = "".join(
        f"<label><input type=checkbox checked {extra}>{name}</label>"
        for name, extra in (("Necessary", "disabled"), ("Statistics", ""), ("Marketing", ""))
    )
    article(
        p,
        f"{veiled(p)}<div id=CybotCookiebotDialog class='notice middle'><h2>This website uses cookies</h2><p>{SAYS}</p>{boxes}<br>"
        "<button id=CybotCookiebotDialogBodyLevelButtonLevelOptinAllowallSelection data-says=saved>Allow selection</button>"
        "<button id=CybotCookiebotDialogBodyLevelButtonLevelOptinAllowAll data-says=ACCEPTED>Allow all cookies</button></div>"
        "<script>document.querySelector('[data-says=saved]').addEventListener('click',e=>{e.target.dataset.says='saved '+document.querySelectorAll('#CybotCookiebotDialog :checked:enabled').length})</script>",
        "saved 0",
    )


@page("consent-quantcast", "Consent as Quantcast and the TCF ask for it")
def quantcast(p: Page) -> None:
    article(
        p,
        f"<div id=qc-cmp2-container>{veiled(p)}<div id=qc-cmp2-ui class='notice middle' role=dialog><h2>We value your privacy</h2><p>{SAYS}</p>"
        "<button mode=secondary data-says=settings data-stays>MORE OPTIONS</button><button mode=secondary data-says=refused>DISAGREE</button><button mode=primary data-says=ACCEPTED>AGREE</button></div></div>",
        "refused",
    )


@page("consent-didomi", "Consent as Didomi asks for it: without accepting")
def didomi(p: Page) -> None:
    article(
        p,
        f"<div id=didomi-host>{veiled(p)}<div id=didomi-popup class='notice middle'><span role=button tabindex=0 class=didomi-continue-without-agreeing data-says=refused>Continuer sans accepter →</span>"
        "<p>Avec votre accord, nos partenaires et nous utilisons des cookies et respectons votre vie privée.</p>"
        "<button id=didomi-notice-learn-more-button data-says=settings data-stays>En savoir plus →</button><button id=didomi-notice-agree-button data-says=ACCEPTED>Accepter &amp; Fermer</button></div></div>",
        "refused",
    )


@page("consent-usercentrics", "Consent as Usercentrics asks for it: in a shadow root")
def usercentrics(p: Page) -> None:
    article(
        p,
        "<div id=usercentrics-root class=notice style='all:initial'></div><script>const r=document.getElementById('usercentrics-root').attachShadow({mode:'closed'});"
        f"r.innerHTML=`<div style='position:fixed;inset:0;background:{p.unseen_colour('veil')};z-index:90'></div><div role=dialog style='position:fixed;inset:25%;background:#fff;padding:30px;z-index:99'>"
        "<h2>Datenschutzeinstellungen</h2><p>Wir verwenden Cookies und ähnliche Technologien.</p><button data-testid=uc-deny-all-button data-says=refused>Ablehnen</button>"
        "<button data-testid=uc-accept-all-button data-says=ACCEPTED>Alle akzeptieren</button></div>`;"
        "for(const b of r.querySelectorAll('button'))b.onclick=event=>{event.stopPropagation();document.title+=' » '+b.dataset.says;document.getElementById('usercentrics-root').remove();document.body.style.overflow=''}</script>",
        "refused",
    )


def framed(inside: str) -> str:
    """A document of a platform's own, which tells its page what was pressed."""
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8>{STYLE}<body style='background:#fff;padding:20px'>{inside}"
        "<script>addEventListener('click',e=>{const b=e.target.closest('[data-says]');if(b)parent.postMessage(b.dataset.says,'*')})</script>"
    )


LISTENS = "<script>addEventListener('message',e=>{document.title+=' » '+e.data;document.querySelectorAll('.frame,.veil').forEach(x=>x.remove());document.body.style.overflow=''})</script>"


@page("consent-trustarc", "Consent as TrustArc asks for it: in a frame")
def trustarc(p: Page) -> None:
    url = p.file(
        "ask.html",
        framed(
            f"<h2>Your choices regarding the use of cookies</h2><p>{SAYS}</p><div class=pdynamicbutton><a class='b call' data-says=ACCEPTED>Agree and Proceed</a> <a class='b required' data-says=refused>Required Cookies Only</a></div>"
        ),
        host="other",
    )
    article(
        p,
        f"{veiled(p, 'truste_overlay')}<div class='frame truste_box_overlay notice middle'><iframe class=truste_popframe title='TrustArc Cookie Consent Manager' src='{url}' style='width:100%;height:100%;border:0'></iframe></div>{LISTENS}",
        "refused",
    )


@page("consent-sourcepoint", "Consent as Sourcepoint asks for it: in a frame")
def sourcepoint(p: Page) -> None:
    url = p.file(
        "ask.html",
        framed(
            f"<div class=message-container><p>{SAYS}</p><button class=sp_choice_type_12 data-says=settings>Options</button><button class=sp_choice_type_11 data-says=ACCEPTED>Accept all</button><button class=sp_choice_type_13 data-says=refused>Reject all</button></div>"
        ),
        host="third",
    )
    article(
        p,
        f"{veiled(p)}<div id=sp_message_container_1 class='frame notice middle'><iframe id=sp_message_iframe_1 title='Iframe title' src='{url}' style='width:100%;height:100%;border:0'></iframe></div>{LISTENS}",
        "refused",
    )


@page("consent-osano", "Consent as Osano asks for it: a box without a no")
def osano(p: Page) -> None:
    article(
        p,
        f"<div class='osano-cm-window'><div class='osano-cm-dialog notice bottom' role=dialog><p>{SAYS}</p><button class=osano-cm-accept-all data-says=ACCEPTED>Accept All</button>"
        "<button class='osano-cm-dialog__close osano-cm-close' aria-label='Close this dialog' data-says=closed>✕</button></div></div>",
        "closed", lock=False,
    )  # fmt: skip


@page("consent-complianz", "Consent as Complianz asks for it, in Dutch")
def complianz(p: Page) -> None:
    article(
        p,
        "<div id=cmplz-cookiebanner-container><div class='cmplz-cookiebanner notice bottom' role=dialog><p>Wij gebruiken technologieën zoals cookies om informatie over je apparaat op te slaan.</p>"
        "<button class='cmplz-btn cmplz-accept' data-says=ACCEPTED>Accepteren</button><button class='cmplz-btn cmplz-deny' data-says=refused>Weigeren</button><button class='cmplz-btn cmplz-view-preferences' data-says=settings data-stays>Bekijk voorkeuren</button></div></div>",
        "refused", lock=False,
    )  # fmt: skip


@page("consent-klaro", "Consent as Klaro asks for it")
def klaro(p: Page) -> None:
    article(
        p,
        "<div class=klaro><div class='cookie-notice notice bottom'><p>Hi! Could we please enable some additional services for Analytics?</p><a class='cm-link cn-learn-more' href='#' data-says=settings data-stays>Let me choose</a>"
        "<button class='cm-btn cn-decline' data-says=refused>I decline</button><button class='cm-btn cm-btn-success' data-says=ACCEPTED>That's ok</button></div></div>",
        "refused", lock=False,
    )  # fmt: skip


@page("consent-cookieyes", "Consent as CookieYes asks for it, in a language that is not known")
def cookieyes(p: Page) -> None:
    article(
        p,
        "<div class='cky-consent-container notice bottom'><p>Vi värdesätter din integritet och vill gärna ha kakor.</p><button class='cky-btn cky-btn-customize' data-says=settings data-stays>Anpassa</button>"
        "<button class='cky-btn cky-btn-reject' data-says=refused>Avvisa alla</button><button class='cky-btn cky-btn-accept' data-says=ACCEPTED>Godkänn alla</button></div>",
        "refused", lock=False,
    )  # fmt: skip


@page("consent-borlabs", "Consent as Borlabs asks for it, in German")
def borlabs(p: Page) -> None:
    article(
        p,
        f"{veiled(p)}<div id=BorlabsCookieBox class='notice middle'><h2>Datenschutzeinstellungen</h2><p>Wir nutzen Cookies auf unserer Website.</p><a class='b' href='#' role=button data-says=ACCEPTED>Alle akzeptieren</a>"
        "<a class='b' href='#' role=button data-cookie-refuse data-says=refused>Nur essenzielle Cookies akzeptieren</a><a class=b href='#' data-cookie-individual data-says=settings data-stays>Individuelle Datenschutzeinstellungen</a><a href='/datenschutz'>Datenschutzerklärung</a></div>",
        "refused",
    )


@page("consent-iubenda", "Consent as iubenda asks for it, in Italian")
def iubenda(p: Page) -> None:
    article(
        p,
        "<div id=iubenda-cs-banner class='notice bottom'><button class=iubenda-cs-close-btn data-says=closed>Continua senza accettare ×</button><p>Noi e terze parti selezionate utilizziamo cookie o tecnologie simili.</p>"
        "<button class=iubenda-cs-customize-btn data-says=settings data-stays>Scopri di più e personalizza</button><button class=iubenda-cs-reject-btn data-says=refused>Rifiuta</button><button class='iubenda-cs-accept-btn' data-says=ACCEPTED>Accetta</button></div>",
        "refused", lock=False,
    )  # fmt: skip


@page("consent-google", "Consent as Google's funding choices ask for it: refusing takes two layers")
def google(p: Page) -> None:
    article(
        p,
        f"<div class='fc-consent-root'>{veiled(p, 'fc-dialog-overlay')}<div class='notice middle fc-dialog' role=dialog><p>harbour.example asks for your consent to use your personal data. {SAYS}</p>"
        "<button class='fc-button fc-cta-consent' data-says=ACCEPTED>Consent</button><button class='fc-button fc-cta-manage-options' data-says=settings data-stays data-opens='#second'>Manage options</button>"
        "<div id=second hidden><label><input type=checkbox role=switch checked> Ads</label><button class=fc-confirm-choices data-says=saved>Confirm choices</button></div></div></div>",
        "settings » saved",
    )


@page("consent-axeptio", "Consent as Axeptio asks for it")
def axeptio(p: Page) -> None:
    article(
        p,
        "<div id=axeptio_overlay class=notice style='position:fixed;left:20px;bottom:20px'></div><script>const r=document.getElementById('axeptio_overlay').attachShadow({mode:'open'});"
        "r.innerHTML=`<div style='background:#fff;padding:20px;border:1px solid'><p>Le respect de votre vie privée est notre priorité.</p><button id=axeptio_btn_dismiss data-says=refused aria-label='Fermer sans accepter les cookies'>Non merci</button>"
        "<button id=axeptio_btn_configure data-says=settings>Je choisis</button><button id=axeptio_btn_acceptAll data-says=ACCEPTED>OK pour moi</button></div>`;"
        "for(const b of r.querySelectorAll('button'))b.onclick=event=>{event.stopPropagation();document.title+=' » '+b.dataset.says;document.getElementById('axeptio_overlay').remove()}</script>",
        "refused", lock=False,
    )  # fmt: skip


@page("consent-civic", "Consent as Civic asks for it, in a native dialog")
def civic(p: Page) -> None:
    article(
        p,
        f"<div id=ccc open><dialog id=ccc-notify class='notice' style='margin:auto'><p>{SAYS}</p><button id=ccc-notify-accept data-says=ACCEPTED>Accept</button><button id=ccc-notify-reject data-says=refused>Reject</button></dialog></div><script>document.getElementById('ccc-notify').showModal()</script>",
        "refused",
    )


@page("consent-chinese", "某网站的 Cookie 提示（仿制）")
def chinese(p: Page) -> None:
    article(
        p,
        "<div class='notice bottom' role=dialog><p>我们使用 Cookie 来改善您的浏览体验，并重视您的隐私。</p><button data-says=ACCEPTED>全部接受</button><button data-says=refused>仅接受必要的 Cookie</button><button data-says=settings data-stays>Cookie 设置</button></div>",
        "refused", lock=False,
    )  # fmt: skip


@page("consent-only-ok", "A notice that offers nothing but consent")
def only_ok(p: Page) -> None:
    article(
        p,
        f"{veiled(p)}<div class='notice middle' role=dialog style='background:{p.unseen_colour('notice')}'><p>{SAYS}</p><button data-says=ACCEPTED>OK</button></div>",
        "",
    )


@page("consent-over-pictures", "A notice without a choice among pictures, in one element with them")
def over_pictures(p: Page) -> None:
    p.title, p.replays = p.difficulty, False
    pictures = "".join(f"<img alt='' width=600 height=300 src='{p.png(f'{n}.png', f'picture {n}', width=600, height=300)}'><br>" for n in range(4))  # fmt: skip
    p.file("", f"<!doctype html><html lang=en><title>{p.title}</title>{STYLE}<div id=page>{pictures}<div class='notice bottom' role=dialog style='background:{p.unseen_colour('notice')}'><p>{SAYS}</p><button data-says=ACCEPTED>OK</button></div></div>{script()}")  # fmt: skip


@page("consent-late", "A notice that comes when somebody has scrolled")
def late(p: Page) -> None:
    article(
        p,
        f"<script>addEventListener('scroll',()=>document.body.insertAdjacentHTML('beforeend',`{veiled(p)}<div class='notice middle' role=dialog><p>{SAYS}</p><button data-says=ACCEPTED>Accept all</button><button data-says=refused>Reject all</button></div>`),{{once:true}})</script>",
        "refused", lock=False,
    )  # fmt: skip


@page("consent-or-pay", "Pay or accept: a wall that is not answered")
def or_pay(p: Page) -> None:
    article(
        p,
        f"{veiled(p)}<div class='notice middle' role=dialog style='background:{p.unseen_colour('notice')}'><h2>Weiter mit Werbung oder mit dem Pur-Abo</h2><p>Wir verwenden Cookies. Oder lesen Sie ohne Werbung für 3,99 € im Monat.</p>"
        "<button data-says=ACCEPTED>Einwilligen und weiter</button><button data-says=PAID>Jetzt abonnieren</button><button data-says=PAID>Ablehnen</button></div>",
        "",
    )


@page("consent-reloads", "A notice whose refusal loads the page again, and links that lead away")
def reloads(p: Page) -> None:
    article(
        p,
        f"<div class='notice bottom' role=dialog><p>{SAYS}</p><a class=b href='/elsewhere'>Reject all and read why</a><button data-says=ACCEPTED>Accept all</button>"
        "<button data-says=refused onclick='setTimeout(()=>location.reload(),30)'>Reject all</button></div>",
        "refused", lock=False,
    )  # fmt: skip


@page("consent-nothing-else", "A wall with nothing behind it that offers nothing but consent")
def nothing_else(p: Page) -> None:
    p.verdict, p.title = Verdict.CONSENT, p.difficulty
    p.file(
        "",
        f"<!doctype html><html lang=en><title>{p.title}</title>{STYLE}<header><a href='#'>Harbour</a></header><div class='notice middle' role=dialog><h2>We value your privacy</h2><p>{SAYS} {p.word('wall')}</p>{p.swatch('block', 'width:96px;height:48px')}<button data-says=ACCEPTED>I agree</button></div><footer>About</footer>{script()}",
    )


_ORDINARY = {
    "order": "<div class='notice bottom'>Your order: 12 cookies with chocolate. Use the code OATS. <button data-says=PRESSED>Reject</button><button data-says=PRESSED>Accept</button></div>",
    "call": "<div class='notice middle' role=dialog>Anna is calling you. <button data-says=PRESSED>Decline</button><button data-says=PRESSED>Accept</button></div>",
    "terms": "<div class='notice middle' role=dialog>We have changed our terms of service and our privacy policy. <button data-says=PRESSED>Decline</button><button data-says=PRESSED>Accept</button></div>",
    "letter": "<div class='notice middle' role=dialog>Get our letter. We use cookies to measure our site; see our privacy policy. <input type=email><button data-says=PRESSED>No thanks</button><button data-says=PRESSED>Accept</button></div>",
    "age": "<div class='notice bottom' role=dialog>Are you over 18? This site uses cookies. <button data-says=PRESSED>No</button><button data-says=PRESSED>Yes</button></div>",
    "in-flow": "<section><p>We use cookies to improve our site, says a text about notices: reject all cookies, or accept them.</p><button data-says=PRESSED>Reject all</button><button data-says=PRESSED>Accept all</button></section>",
    "delete": "<div class='notice bottom' role=alertdialog>Delete this repository for ever? <button data-says=PRESSED>Reject</button><button data-says=PRESSED>Confirm</button><button data-says=PRESSED aria-label=Close>×</button></div>",
}  # fmt: skip


def _ordinary(name: str, markup: str) -> None:
    @page(f"no-consent-{name}", f"Buttons that are no consent notice: {name}")
    def fill(p: Page) -> None:
        article(p, markup, "", lock=False)
        p.replays = True


for _name, _markup in _ORDINARY.items():
    _ordinary(_name, _markup)


@page("no-consent-app", "An application in a fixed pane, with an article about cookies and buttons to reject")
def app(p: Page) -> None:
    p.title = p.difficulty
    inside = document(
        p.title,
        f"{p.lead()}<p>Many sites say: we use cookies to improve your experience. To reject all cookies, press a button.</p>{paragraphs(2)}<button data-says=PRESSED>Reject</button><button data-says=PRESSED>Accept</button>{p.swatch('end')}{script()}",
    )
    p.file(
        "",
        inside.replace("<body>", "<body><div style='position:fixed;inset:0;overflow:auto'>").replace(
            "</body>", "</div></body>"
        ),
        "text/html; charset=utf-8",
    )

"""More imitations of consent notices: makes without a button for no, of shops and of Chinese sites, in other processes.

As in `pages_consent.py`, each writes into `document.title` what was pressed or called.
"""

# ruff: noqa: E501  (lines of markup)

from __future__ import annotations

from tests.site.page import Page, page
from tests.site.pages_consent import LISTENS, SAYS, article, framed, veiled


def calls(p: Page, element: str, function: str, said: str = "called") -> None:
    """A notice with nothing but consent on it, whose platform has a function for refusing."""
    article(
        p,
        f"{veiled(p)}<div {element} class='notice middle' style='background:{p.unseen_colour('notice')}'><p>{SAYS}</p><button data-says=ACCEPTED>Accept</button></div>"
        f"<script>const refused=()=>{{document.title+=' » called';document.querySelectorAll('.notice,.veil').forEach(e=>e.remove());document.body.style.overflow=''}};{function}</script>",
        said,
    )  # fmt: skip


_FUNCTIONS = {
    "onetrust": ("id=onetrust-banner-sdk", "window.OneTrust={RejectAll:refused}"),
    "cookiebot": ("id=CybotCookiebotDialog", "window.Cookiebot={submitCustomConsent(a,b,c){if(!a&&!b&&!c)refused()},hide(){}}"),
    "didomi": ("id=didomi-popup", "window.Didomi={setUserDisagreeToAll:refused}"),
    "usercentrics": ("id=usercentrics-cmp-ui", "window.UC_UI={async denyAllConsents(){},closeCMP:refused}"),
    "complianz": ("data-x=1 id=cmplz", "document.querySelector('.notice').classList.add('cmplz-cookiebanner');window.cmplz_deny_all=refused"),
    "iubenda": ("id=iubenda-cs-banner", "window._iub={cs:{api:{rejectAll:refused}}}"),
    "tarteaucitron": ("id=tarteaucitronAlertBig", "window.tarteaucitron={userInterface:{respondAll(yes){if(yes===false)refused()}}}"),
    "consentmanager": ("id=cmpbox", "window.__cmp=(what,value)=>{if(what==='setConsent'&&value===0)refused()}"),
    "cookieyes": ("id=cky", "document.querySelector('.notice').classList.add('cky-consent-container');window.performBannerAction=what=>{if(what==='reject')refused()}"),
    "sourcepoint": ("id=sp_message_container_7", "window._sp_={gdpr:{postRejectAll:refused}}"),
}  # fmt: skip


def _function(name: str, element: str, function: str) -> None:
    @page(f"consent-call-{name}", f"Consent without a button for no, and {name}'s own function for it")
    def fill(p: Page) -> None:
        calls(p, element, function)


for _name, (_element, _js) in _FUNCTIONS.items():
    _function(_name, _element, _js)


@page("consent-termly", "Consent as Termly asks for it")
def termly(p: Page) -> None:
    article(
        p,
        f"<div class='termly-styles-module-root notice bottom' role=alertdialog><p>{SAYS}</p><button class=t-preference-button data-tid=banner-preferences data-says=settings data-stays>Preferences</button>"
        "<button class=t-declineButton data-tid=banner-decline data-says=refused>Nej</button><button class=t-acceptAllButton data-tid=banner-accept data-says=ACCEPTED>Ja</button></div>",
        "refused", lock=False,
    )  # fmt: skip


@page("consent-hu-manity", "Consent as hu-manity asks for it, in a language that is not known")
def humanity(p: Page) -> None:
    article(
        p,
        "<div id=cookie-notice role=dialog class='notice bottom'><span id=cn-notice-text>Vi använder kakor.</span><a id=cn-accept-cookie class=b href='#' data-says=ACCEPTED>Ok</a>"
        "<a id=cn-refuse-cookie class=b href='#' data-says=refused>Nej</a></div>",
        "refused", lock=False,
    )  # fmt: skip


@page("consent-shopify", "Consent as Shopify asks for it")
def shopify(p: Page) -> None:
    article(
        p,
        f"<div id=shopify-pc__banner class='notice bottom' role=dialog><p>{SAYS}</p><button id=shopify-pc__banner__btn-manage-prefs data-says=settings data-stays>Manage preferences</button>"
        "<button id=shopify-pc__banner__btn-accept data-says=ACCEPTED>Hyväksy</button><button id=shopify-pc__banner__btn-decline data-says=refused>Hylkää</button></div>",
        "refused", lock=False,
    )  # fmt: skip


@page("consent-moove", "Consent as Moove asks for it, in a language that is not known")
def moove(p: Page) -> None:
    article(
        p,
        "<aside id=moove_gdpr_cookie_info_bar class='notice bottom' role=dialog><p>Používáme soubory k měření.</p><button class='mgbutton moove-gdpr-infobar-allow-all' data-says=ACCEPTED>Ano</button>"
        "<button class='mgbutton moove-gdpr-infobar-reject-btn' data-says=refused>Ne</button></aside>",
        "refused", lock=False,
    )  # fmt: skip


@page("consent-cc3", "Consent as CookieConsent asks for it")
def cookie_consent(p: Page) -> None:
    article(
        p,
        f"<div id=cc-main><div class='cm-wrapper'><div class='cm notice middle' role=dialog><p>{SAYS}</p><button class=cm__btn data-role=all data-says=ACCEPTED>Tamam</button>"
        "<button class=cm__btn data-role=necessary data-says=refused>Hayır</button><button class=cm__btn data-role=show data-says=settings data-stays>Ayarlar</button></div></div></div>",
        "refused", lock=False,
    )  # fmt: skip


@page("consent-tarteaucitron", "Consent as tarteaucitron asks for it, in French")
def tarteaucitron(p: Page) -> None:
    article(
        p,
        "<div id=tarteaucitronRoot><div id=tarteaucitronAlertBig class='notice bottom'><span>Ce site utilise des cookies et vous donne le contrôle.</span><button id=tarteaucitronPersonalize2 data-says=ACCEPTED>OK, tout accepter</button>"
        "<button id=tarteaucitronAllDenied2 data-says=refused>Interdire tous les cookies</button><button id=tarteaucitronCloseAlert data-says=settings data-stays>Personnaliser</button></div></div>",
        "refused", lock=False,
    )  # fmt: skip


@page("consent-chinese-bar", "某商城的隐私横条（仿制）：没有任何角色标记")
def chinese_bar(p: Page) -> None:
    article(
        p,
        f"<div class='notice bottom' style='background:{p.unseen_colour('notice')}'><span>本网站使用 Cookie 为您提供更好的服务，继续浏览即表示您同意我们的隐私政策。</span><span class=b role=button tabindex=0 data-says=ACCEPTED>同意</span><span class=b role=button tabindex=0 data-says=refused>拒绝</span></div>",
        "refused", lock=False,
    )  # fmt: skip


@page("consent-chinese-known", "某报纸的 Cookie 提示（仿制）：只有“我知道了”")
def chinese_known(p: Page) -> None:
    article(
        p,
        f"<div class='notice bottom' style='background:{p.unseen_colour('notice')}'><span>我们使用 Cookie 来改善您的浏览体验。</span><button data-says=ACCEPTED>我知道了</button></div>",
        "", lock=False,
    )  # fmt: skip


@page("consent-frame-elsewhere", "Consent in a frame of another site, settings first, without a name that says so")
def elsewhere(p: Page) -> None:
    url = p.file(
        "ask.html",
        framed(
            f"<div id=first><p>{SAYS}</p><button data-says=ACCEPTED>Accept all</button><button onclick='first.hidden=true;second.hidden=false'>Manage options</button></div>"
            "<div id=second hidden><p>Choose which cookies we may use.</p><label><input type=checkbox checked> Ads</label><button data-says=refused>Reject all</button><button data-says=ACCEPTED>Accept all</button></div>"
        ),
        host="third",
    )
    article(
        p,
        f"{veiled(p)}<div class='frame notice middle'><iframe src='{url}' style='width:100%;height:100%;border:0'></iframe></div>{LISTENS}",
        "refused",
    )

"""Pages that are nothing but their notice, and pages that are more."""

from __future__ import annotations

import pytest

from capture.records import Verdict
from capture.verdict import Seen
from tests.unit.verdict_factories import ARTICLE, bare, name_of, page, verdict_of

NOTICE = "Before you continue\nWe use cookies and data to deliver services. Your privacy choices matter. More options"
CHINESE = "我们重视您的隐私权。我们使用 Cookie 处理个人信息。"
GERMAN = "Bevor Sie fortfahren\nWir verwenden Cookies. Datenschutz ist uns wichtig."


def layered(text: str, share: float, beside: str = "", *buttons: str, **more: object) -> Seen:
    """A notice that floats over a page."""
    return bare(beside + text, "Example", layer_text=text, layer_share=share, buttons=buttons, **more)


WALLS = [
    bare(NOTICE, "Example", notice_alone=True, buttons=("I agree",)),
    bare("Vi värdesätter din integritet", "Exempel", notice_alone=True),
    bare(NOTICE, "Example", notice_alone=True, buttons=("OK",), pictures=4),
    bare(NOTICE, "", url="https://consent.example.org/m?continue=x", buttons=("Reject all", "Accept all")),
    bare(GERMAN, "", url="https://consent.example.de/m", buttons=("Alle akzeptieren", "Mehr Optionen")),
    bare(NOTICE, "", url="https://myprivacy.example.nl/?site=1", buttons=("Accept all",)),
    bare(NOTICE, "Before you continue to Example", buttons=("Reject all", "Accept all")),
    bare(GERMAN, "Bevor Sie fortfahren", buttons=("Alle akzeptieren", "Reject all")),
    bare(CHINESE, "隐私设置", buttons=("全部接受", "管理选项")),
    layered(NOTICE, 0.6, "Example news\n", "Accept all cookies", "Cookie settings"),
    layered(CHINESE, 1.0, "某某新闻\n", "全部接受", "管理选项"),
    layered("We value your privacy. Cookies. Consent.", 0.9, "", "Accept all", "Manage options"),
    layered("Respect de votre vie privée. Cookies.", 0.5, "Journal\n", "Tout accepter", "Tout refuser"),
]

NONE = [
    page("We use cookies. Accept all\n" + ARTICLE, buttons=("Accept all", "Reject all")),
    page(NOTICE + ARTICLE, layer_text=NOTICE, layer_share=0.5, buttons=("Accept all", "Manage options")),
    page(CHINESE + ARTICLE, layer_text=CHINESE, layer_share=1.0, buttons=("全部接受",)),
    bare(NOTICE, "Example", notice_alone=False, layer_text=NOTICE, layer_share=1.0, buttons=("Accept all",)),
    bare("Cookies: flour, butter, sugar. Bake the cookies.", "Cookie recipe", buttons=("Print", "Share")),
    layered("Subscribe to our letter. No thanks.", 0.6, "", "Subscribe", "No thanks"),
    layered(NOTICE, 0.1, "Example news\n", "Accept all"),
    bare("Cookie policy\nWe use cookies for consent.\n" * 9, "Cookie policy", buttons=("Home", "Contact")),
    bare("Cookie settings\nChange what you allow here.", "Cookie settings", buttons=("Save",)),
    bare("Your data, your rights: an overview.", "Privacy", url="https://privacy.example.org/", buttons=("Home",)),
    bare("隐私政策\n我们如何处理个人信息。", "隐私政策", buttons=("首页",)),
    bare("Consent in medicine: a definition.", "Consent", url="https://consentlab.example.org/", buttons=("Accept",)),
    bare("Before you continue, tie your boots.", "Before you continue", buttons=("Next",)),
    layered(NOTICE, 0.6, "x" * 900, "Accept all cookies"),
]


@pytest.mark.parametrize("seen", WALLS, ids=name_of)
def test_a_notice_with_nothing_beside_it_is_all_there_is(seen: Seen) -> None:
    assert verdict_of(seen) is Verdict.CONSENT


@pytest.mark.parametrize("seen", NONE, ids=name_of)
def test_a_page_with_a_notice_or_about_one_is_a_page(seen: Seen) -> None:
    assert verdict_of(seen) is Verdict.OK

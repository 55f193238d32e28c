"""Login pages and walls, and pages that only have a form, or speak of signing in."""

from __future__ import annotations

import pytest

from capture.records import Verdict
from capture.verdict import Seen, judge
from capture.verdict_login import asks_over_page
from tests.unit.verdict_factories import (
    ARTICLE,
    CHINESE_ARTICLE,
    CHINESE_TEASER,
    TEASER,
    bare,
    name_of,
    page,
    verdict_of,
)


def sent(text: str, title: str, to: str, **more: object) -> Seen:
    """A page that was led elsewhere."""
    return bare(text, title, url=to, asked_url="https://example.org/letters/12", **more)


LOGINS = [
    bare("Log in to Example\nEmail\nPassword\nForgot password?", "Log in · Example", passwords=1),
    bare("Sign in\nUsername\nPassword", "Example", passwords=1),
    sent(
        "Sign in\nto continue to Mail\nEmail or phone\nNext",
        "Mail",
        "https://accounts.example.org/v3/signin/identifier",
    ),
    sent("Welcome back\nSign in with your passkey", "Example", "https://example.org/login?next=/letters/12"),
    bare("Log in to continue\nYou must log in to continue.\nEmail\nForgot account?", "Log into Example"),
    bare("This page is only for members\nPlease log in.", "Club"),
    sent(
        "Join Example to see the whole profile\nSign in\nJoin now\nBy joining you agree to our terms, our privacy "
        "policy and our cookie policy, which you should have read before you do.",
        "Sign Up | Example",
        "https://www.example.org/authwall?trk=1",
    ),
    bare("You need to be logged in", "Unauthorized", passwords=1, http_status=401),
    bare("Anmelden\nE-Mail\nPasswort", "Anmelden", passwords=1),
    bare("账号登录\n手机号\n密码\n忘记密码", "登录 - 某某网", passwords=1),
    sent("扫码登录\n打开应用扫一扫", "某某", "https://passport.example.cn/login?back=1"),
    sent(
        "登录知乎，您可以享受以下权益：\n更懂你的优质内容\n验证码登录\n密码登录\n获取短信验证码\n未注册手机验证后自动登录",
        "知乎 - 有问题，就会有答案",
        "https://www.example.cn/signin?next=%2Fquestion%2F1",
    ),
    bare("登录后查看更多内容\n立即登录", "某某笔记"),
    bare("请先登录\n登录后可见", "论坛"),
    bare("抱歉，您尚未登录，没有权限访问该版块", "提示信息 - 论坛"),
    bare("ログイン\nログインしてください\nメールアドレス", "ログイン"),
]

NONE = [
    page(title="How to log in with a passkey", url="https://example.org/blog/login-with-passkeys"),
    page("Log in\nPassword\nForgot?\n" + ARTICLE, passwords=1),
    page("登录\n密码\n" + CHINESE_ARTICLE, passwords=1, title="港口论坛"),
    page("登录后查看更多\n" + CHINESE_ARTICLE, title="港口的清晨"),
    bare(TEASER * 3 + "Subscribe to continue reading\nAlready a subscriber? Sign in", "The harbour"),
    bare(TEASER + "Sign in to continue reading", "The harbour"),
    bare(TEASER + "Create a free account or log in to read more", "The harbour"),
    bare(CHINESE_TEASER + "登录后查看全文", "港口的清晨"),
    bare("本文为会员专享\n开通会员，登录后阅读全文", "港口的清晨"),
    bare("Sign in | Register\nThree notes on foxes\nThey are red.", "Notes"),
    bare("News\nLogin\nWeather: rain\nSport: a draw", "Morning paper", elements=60),
    bare("登录 注册\n今日新闻：小雨转晴。", "新闻首页", elements=80),
    bare(TEASER * 2 + "Log in\nPassword", "Guest book", passwords=1),
    bare("The word of the day: login, noun.", "Dictionary"),
    bare("密码学入门：什么是密钥。", "密码学"),
]


@pytest.mark.parametrize("seen", LOGINS, ids=name_of)
def test_a_login_form_in_place_of_the_page_is_told(seen: Seen) -> None:
    assert verdict_of(seen) is Verdict.LOGIN


@pytest.mark.parametrize("seen", NONE, ids=name_of)
def test_a_form_beside_a_page_or_a_teaser_is_no_login_page(seen: Seen) -> None:
    assert verdict_of(seen) is Verdict.OK


@pytest.mark.parametrize(
    ("layer", "asks"), [("登录后查看全部内容\n立即登录", True), ("Subscribe to our letter", False), ("", False)]
)
def test_a_layer_that_asks_to_sign_in_over_an_article_is_noted(layer: str, asks: bool) -> None:
    seen = page(CHINESE_ARTICLE, layer_text=layer, layer_share=0.3 if layer else 0.0)
    assert verdict_of(seen) is Verdict.OK
    assert asks_over_page(seen) is asks


def test_a_refusal_with_a_form_is_a_login_page_with_its_status() -> None:
    verdict, error = judge(bare("Sign in\nName\nPassword", "Sign in", passwords=1, http_status=401))
    assert verdict is Verdict.LOGIN
    assert error is not None
    assert error.message == "HTTP 401"

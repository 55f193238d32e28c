"""Tables both ways: what is a wall, and above all what is none."""

from __future__ import annotations

import pytest

from capture.records import Verdict
from capture.verdict import Seen, judge, of_net_error
from tests.unit.verdict_factories import ARTICLE, CHINESE_ARTICLE, page, verdict_of


@pytest.mark.parametrize(
    ("message", "verdict", "code"),
    [
        ("Page.goto: net::ERR_NAME_NOT_RESOLVED at http://x.invalid/", Verdict.UNREACHABLE, "no_such_host"),
        ("net::ERR_CONNECTION_REFUSED at http://x/", Verdict.UNREACHABLE, "connection_refused"),
        ("net::ERR_TIMED_OUT", Verdict.UNREACHABLE, "no_answer"),
        ("net::ERR_CONNECTION_TIMED_OUT", Verdict.UNREACHABLE, "no_answer"),
        ("net::ERR_ADDRESS_UNREACHABLE", Verdict.UNREACHABLE, "no_answer"),
        ("net::ERR_TUNNEL_CONNECTION_FAILED", Verdict.UNREACHABLE, "connection_lost"),
        ("net::ERR_EMPTY_RESPONSE", Verdict.UNREACHABLE, "connection_lost"),
        ("net::ERR_CONNECTION_RESET", Verdict.UNREACHABLE, "connection_lost"),
        ("net::ERR_INVALID_HTTP_RESPONSE", Verdict.UNREACHABLE, "connection_lost"),
        ("net::ERR_CERT_DATE_INVALID", Verdict.UNREACHABLE, "tls"),
        ("net::ERR_CERT_AUTHORITY_INVALID", Verdict.UNREACHABLE, "tls"),
        ("net::ERR_SSL_PROTOCOL_ERROR", Verdict.UNREACHABLE, "tls"),
        ("net::ERR_TOO_MANY_REDIRECTS", Verdict.UNREACHABLE, "too_many_redirects"),
        ("net::ERR_UNSAFE_PORT", Verdict.REFUSED, "bad_address"),
        ("net::ERR_UNSAFE_REDIRECT", Verdict.REFUSED, "bad_address"),
        ("net::ERR_HTTP_RESPONSE_CODE_FAILURE", Verdict.HTTP_ERROR, "http_status"),
        ("net::ERR_SOMETHING_THAT_DOES_NOT_EXIST_YET", Verdict.UNREACHABLE, "connection_lost"),
        ("no error name at all", Verdict.UNREACHABLE, "connection_lost"),
    ],
)
def test_chromiums_errors_become_codes(message: str, verdict: Verdict, code: str) -> None:
    found, error = of_net_error(message)
    assert (found, error.code) == (verdict, code)


@pytest.mark.parametrize(
    "seen",
    [
        page(),
        page(CHINESE_ARTICLE, title="港口的清晨"),
        page("Short, but it says something.", elements=12, pictures=0),
        page("短短的一句话。", title="随笔", elements=9, pictures=0),
        page("", text_length=0, pictures=1),
        page("", text_length=0, pictures=0, frames_text_length=900),
        page("", text_length=0, pictures=0, flat=False),
        page(title="Just a moment of silence", text="A poem about silence.\n" * 30),
        page(title="How captchas work", text="Verify you are human, says the page. " + ARTICLE),
        page(title="验证码的历史", text="请完成安全验证，才能继续访问。" + CHINESE_ARTICLE),
        page(frame_urls=("https://www.google.com/recaptcha/api2/anchor?k=1",)),
        page(
            "Write to us.\nName\nMessage\nSend", frame_urls=("https://newassets.hcaptcha.com/captcha",), title="Contact"
        ),
        page("Log in\nPassword\nForgot?\n" + ARTICLE, passwords=1),
        page("登录\n密码\n" + CHINESE_ARTICLE, passwords=1, title="港口论坛"),
        page("Sign in | Register\nThree notes on foxes\nThey are red.", title="Notes", elements=30),
        page("News\nLogin\nWeather: rain\nSport: a draw", title="Morning paper", elements=60),
        page("登录 注册\n今日新闻：小雨转晴。", title="新闻首页", elements=80),
        page(title="How to log in with a passkey", url="https://example.org/blog/login-with-passkeys"),
        page("We use cookies. Accept all\n" + ARTICLE, buttons=("Accept all", "Reject all")),
        page(
            "We value your privacy. Cookies. Consent.\n" + ARTICLE,
            buttons=("Accept all", "Manage options"),
            layer_text="We value your privacy. Cookies. Consent.",
            layer_share=0.5,
        ),
        page(
            "A recipe for cookies: flour, butter, sugar. Bake the cookies.",
            title="Cookie recipe",
            buttons=("Print", "Share"),
            elements=40,
        ),
        page(
            "Subscribe to our letter. No thanks. " * 3,
            layer_text="Subscribe to our letter. No thanks.",
            layer_share=0.6,
            buttons=("Subscribe", "No thanks"),
        ),
        page("Cookie policy\nWe use cookies for consent.\n" * 20, title="Cookie policy", buttons=("Home", "Contact")),
    ],
    ids=lambda seen: f"{seen.title}: {seen.text[:24]!r}",
)
def test_an_ordinary_page_is_ok(seen: Seen) -> None:
    assert verdict_of(seen) is Verdict.OK


@pytest.mark.parametrize(
    "seen",
    [
        page(
            "Checking your browser before accessing the site.", title="Just a moment...", http_status=503, elements=20
        ),
        page(
            "example.org\nVerify you are human by completing the action below.\n"
            "example.org needs to review the security of your connection before proceeding.",
            title="Just a moment...",
            http_status=403,
            frame_urls=("https://challenges.cloudflare.com/turnstile/v0/x",),
            elements=40,
        ),
        page(
            "Sorry, you have been blocked\nYou are unable to access example.org",
            title="Attention Required! | Cloudflare",
            http_status=403,
            elements=60,
        ),
        page(
            "Our systems have detected unusual traffic from your computer network.",
            title="https://example.org/search",
            http_status=429,
            elements=25,
        ),
        page(
            "Press & Hold to confirm you are a human (and not a bot).",
            title="Access to this page has been denied",
            http_status=403,
            elements=30,
        ),
        page(
            "Robot or human?\nActivate and hold the button to confirm that you're human. Thank You!",
            title="Robot or human?",
            elements=30,
        ),
        page("请完成下列验证后继续\n拖动滑块完成拼图", title="安全验证", elements=40),
        page("百度安全验证\n请完成下方验证", title="百度安全验证", elements=25),
        page("环境异常\n当前环境异常，完成验证后即可继续访问。\n去验证", title="", elements=20),
        page("您的访问过于频繁，请进行安全验证", title="访问验证", http_status=403, elements=20),
    ],
    ids=lambda seen: f"{seen.title}: {seen.text[:24]!r}",
)
def test_a_bot_check_is_blocked(seen: Seen) -> None:
    assert verdict_of(seen) is Verdict.BLOCKED


@pytest.mark.parametrize(
    "seen",
    [
        page(
            "Log in to Example\nEmail\nPassword\nForgot password?", title="Log in · Example", passwords=1, elements=60
        ),
        page("Sign in\nUsername\nPassword", title="Example", passwords=1, elements=40),
        page("账号登录\n手机号\n密码\n忘记密码", title="登录 - 某某网", passwords=1, elements=60),
        page(
            "Sign in\nto continue to Mail\nEmail or phone\nForgot email?\nNext",
            title="Mail",
            url="https://accounts.example.org/v3/signin/identifier",
            asked_url="https://mail.example.org/u/0/",
            elements=80,
        ),
        page(
            "扫码登录\n打开应用扫一扫",
            title="某某",
            url="https://passport.example.cn/login?back=1",
            asked_url="https://example.cn/home",
            elements=50,
        ),
    ],
    ids=lambda seen: f"{seen.title}: {seen.text[:24]!r}",
)
def test_a_login_form_in_place_of_the_page_is_login(seen: Seen) -> None:
    assert verdict_of(seen) is Verdict.LOGIN


NOTICE = "Before you continue\nWe use cookies and data to deliver services. Your privacy choices matter. More options"


@pytest.mark.parametrize(
    "seen",
    [
        page(NOTICE, url="https://consent.example.org/m?continue=x", buttons=("Reject all", "Accept all"), elements=80),
        page(NOTICE, title="Before you continue to Example", buttons=("Reject all", "Accept all"), elements=80),
        page(
            "Example news\n" + NOTICE,
            layer_text=NOTICE,
            layer_share=0.6,
            buttons=("Accept all cookies", "Cookie settings"),
            elements=90,
        ),
        page(
            "某某新闻\n我们重视您的隐私权。我们使用 Cookie 处理个人信息。",
            layer_text="我们重视您的隐私权。我们使用 Cookie 处理个人信息。",
            layer_share=1.0,
            buttons=("全部接受", "管理选项"),
            title="某某新闻",
            elements=70,
        ),
    ],
)
def test_a_notice_with_nothing_behind_it_is_consent(seen: Seen) -> None:
    assert verdict_of(seen) is Verdict.CONSENT


def test_an_http_error_names_its_status() -> None:
    verdict, error = judge(page("Not here.", http_status=404))
    assert verdict is Verdict.HTTP_ERROR
    assert error
    assert (error.code, error.message) == ("http_status", "HTTP 404")


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_plain_refusal_is_an_http_error_and_no_bot_check(status: int) -> None:
    seen = page("Forbidden\nYou do not have permission.", title="Access denied", http_status=status, elements=8)
    assert verdict_of(seen) is Verdict.HTTP_ERROR


def test_nothing_at_all_is_blank() -> None:
    assert verdict_of(page("", text_length=0, pictures=0, elements=4, flat=True, title="")) is Verdict.BLANK


def test_nothing_to_read_and_no_picture_taken_is_blank() -> None:
    assert verdict_of(page("", text_length=0, pictures=0, flat=None)) is Verdict.BLANK


def test_out_of_time_is_told_whatever_came() -> None:
    verdict, error = judge(page(out_of_time=True))
    assert verdict is Verdict.TIMEOUT
    assert error
    assert error.code == "deadline"

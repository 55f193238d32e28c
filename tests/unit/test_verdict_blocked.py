"""Walls against robots, and pages that speak of them or bear their headers without being one."""

from __future__ import annotations

import pytest

from capture.records import Verdict
from capture.verdict import Seen, judge
from tests.unit.verdict_factories import ARTICLE, CHINESE_ARTICLE, bare, name_of, page, verdict_of

CLOUDFLARE = (("server", "cloudflare"), ("cf-ray", "8a1b2c3d"))

WALLS = [
    bare(
        "Enable JavaScript and cookies to continue",
        "Just a moment...",
        http_status=403,
        headers=(*CLOUDFLARE, ("cf-mitigated", "challenge")),
    ),
    bare(
        "example.org\nWird überprüft …", "Nur einen Moment…", http_status=403, headers=(("CF-Mitigated", "challenge"),)
    ),
    bare(
        "Access denied\nError 1020\nexample.org used Cloudflare to restrict access.",
        "Access denied | example.org",
        http_status=403,
        headers=CLOUDFLARE,
    ),
    bare(
        "Please enable JS and disable any ad blocker",
        "example.org",
        http_status=403,
        headers=(("server", "DataDome"), ("x-datadome", "protected")),
    ),
    bare("", "example.org", http_status=403, frame_urls=("https://geo.captcha-delivery.com/captcha/?cid=1",)),
    bare(
        "Press & Hold to confirm you are a human (and not a bot).",
        "Access to this page has been denied",
        http_status=403,
    ),
    bare(
        'Access Denied\nYou don\'t have permission to access "http://a.example/" on this server.\nReference #18.2d351',
        "Access Denied",
        http_status=403,
        headers=(("Server", "AkamaiGHost"),),
    ),
    bare(
        "Request unsuccessful. Incapsula incident ID: 443000270023",
        "",
        http_status=200,
        frame_urls=("https://example.org/_Incapsula_Resource?SWUDNSAI=9",),
    ),
    bare(
        "Let's confirm you are human\nComplete the security check before continuing.",
        "Human Verification",
        http_status=405,
        headers=(("x-amzn-waf-action", "captcha"),),
    ),
    bare(
        "Access Denied - Sucuri Website Firewall",
        "Sucuri WebSite Firewall - Access Denied",
        http_status=403,
        headers=(("server", "Sucuri/Cloudproxy"),),
    ),
    bare("Enter the characters you see below\nSorry, we just need to make sure you're not a robot.", "Shop"),
    bare(
        "Our systems have detected unusual traffic from your computer network.",
        "https://example.org/search",
        http_status=429,
    ),
    bare(
        "Pardon Our Interruption\nSomething about your browser made us think you were a bot.", "Pardon Our Interruption"
    ),
    bare("百度安全验证\n请完成下方验证后继续访问", "百度安全验证"),
    bare("环境异常\n当前环境异常，完成验证后即可继续访问。\n去验证", ""),
    bare(
        "系统监测到您的网络环境存在异常，为保证您的正常访问，请点击下方验证按钮进行验证。",
        "安全验证 - 知乎",
        http_status=403,
    ),
    bare("亲，请拖动下方滑块完成验证\n通过验证以确保正常访问", "验证码拦截"),
    bare("您的访问过于频繁，请输入验证码后继续", "访问频率过高", http_status=429),
    bare("很抱歉，由于您访问的URL有可能对网站造成安全威胁，您的访问被阻断。", "405", http_status=405),
    bare("您当前请求存在异常，暂时限制本次访问。", "", http_status=403),
    bare("請驗證您是真人\n完成以下验证后继续", "請稍候..."),
]

NONE = [
    page(
        title="How Cloudflare's challenge works",
        headers=CLOUDFLARE,
        text="Verify you are human, it says; checking your browser. " + ARTICLE,
    ),
    page(title="Just a moment: essays", headers=CLOUDFLARE),
    page(title="Captcha: a short history", text="Complete the captcha. I'm not a robot. " + ARTICLE),
    page(title="Security verification of bridges"),
    page(title="什么是环境异常", text="微信提示环境异常，需要完成验证，怎么办？" + CHINESE_ARTICLE),
    page(title="安全验证码的历史", text="拖动滑块完成验证的原理。" + CHINESE_ARTICLE),
    bare("The harbour is quiet today.", "Note", headers=(("server", "DataDome"), ("x-datadome", "protected"))),
    bare("The harbour is quiet today.", "Note", headers=(("server", "ddos-guard"),)),
    bare("Write to us.\nName\nMessage\nSend", "Contact", frame_urls=("https://newassets.hcaptcha.com/captcha",)),
    bare(
        "Log in\nPassword\nI'm not a robot",
        "Blog",
        passwords=1,
        frame_urls=("https://www.google.com/recaptcha/api2/anchor?k=1",),
    ),
    bare("Yes.", "Just a moment of silence"),
    bare("验证通过的公式如下。", "勾股定理"),
    bare("Are these your keys? Robots will not find them.", "Lost and found"),
    bare("本站访问量已过百万，感谢大家。", "访问统计"),
]

REFUSALS = [
    bare("Forbidden\nYou don't have permission to access this resource.", "403 Forbidden", http_status=403),
    bare("Access Denied", "Access Denied", http_status=403, headers=(("Server", "AkamaiGHost"),)),
    bare("Access denied. Your region is not served.", "Access denied", http_status=403, headers=CLOUDFLARE),
    bare("Service Temporarily Unavailable", "503", http_status=503),
    bare("Too many requests. Slow down.", "429", http_status=429),
    bare("网站维护中，请稍后再来。", "维护公告", http_status=503),
]


@pytest.mark.parametrize("seen", WALLS, ids=name_of)
def test_a_wall_is_told_from_its_page(seen: Seen) -> None:
    assert verdict_of(seen) is Verdict.BLOCKED


@pytest.mark.parametrize("seen", NONE, ids=name_of)
def test_what_only_speaks_of_walls_is_no_wall(seen: Seen) -> None:
    assert verdict_of(seen) is not Verdict.BLOCKED


@pytest.mark.parametrize("seen", REFUSALS, ids=name_of)
def test_a_plain_refusal_is_an_error_with_its_status(seen: Seen) -> None:
    verdict, error = judge(seen)
    assert verdict is Verdict.HTTP_ERROR
    assert error is not None
    assert error.message == f"HTTP {seen.http_status}"

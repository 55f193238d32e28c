"""Imitations of walls against robots and of login pages, and pages that might be mistaken for one."""

# ruff: noqa: E501  (lines of markup)

from __future__ import annotations

from capture.records import Verdict
from tests.site.page import Page, document, han, page, paragraphs, prose
from tests.site.server import Answer

CLOUDFLARE = (("Server", "cloudflare"), ("CF-Ray", "8a1b2c3d4e5f"))


def plain(p: Page, title: str, body: str, status: int = 200, headers: tuple[tuple[str, str], ...] = (), lang: str = "en") -> None:  # fmt: skip
    """A page of a few lines, with a word that is to be kept."""
    p.title, p.status = title, status
    text = f"<!doctype html><html lang={lang}><meta charset=utf-8><title>{title}</title><style>.swatch{{width:96px;height:48px}}</style>{body}<p>{p.word('seen')}</p>{p.swatch('block')}"
    p.file("", Answer(text.encode(), status=status, headers=headers))


@page("wall-wechat", "微信的环境异常页（仿制）")
def wechat(p: Page) -> None:
    p.verdict = Verdict.BLOCKED
    plain(
        p,
        "Weixin Official Accounts Platform",
        "<h2>环境异常</h2><p>当前环境异常，完成验证后即可继续访问。</p><a href='#'>去验证</a>",
        lang="zh",
    )


@page("wall-slider", "拖动滑块的验证页（仿制）")
def slider(p: Page) -> None:
    p.verdict = Verdict.BLOCKED
    plain(
        p,
        "验证码拦截",
        "<p>亲，请拖动下方滑块完成验证</p><div style='width:300px;height:34px;background:#ddd'></div>",
        lang="zh",
    )


@page("wall-data", "A wall that shows nothing but a sentence, known by its headers")
def data(p: Page) -> None:
    p.verdict = Verdict.BLOCKED
    plain(
        p,
        "harbour.example",
        "<p>Please enable JS and disable any ad blocker</p>",
        403,
        (("Server", "DataDome"), ("X-DataDome", "protected")),
    )


@page("wall-refused", "A plain 403 of a site behind Cloudflare: no wall")
def refused(p: Page) -> None:
    p.verdict = Verdict.HTTP_ERROR
    plain(p, "403 Forbidden", "<h1>Forbidden</h1><p>You do not have permission.</p>", 403, CLOUDFLARE)


@page("login-zhihu", "知乎的登录页（仿制）")
def zhihu(p: Page) -> None:
    p.verdict, p.final = Verdict.LOGIN, "signin?next=%2Fquestion%2F1"
    p.title = "知乎 - 有问题，就会有答案"
    p.file("", Answer(b"", status=302, headers=(("Location", f"/{p.name}/{p.final}"),)))
    body = f"<h1>登录知乎，您可以享受以下权益：</h1><ul><li>更懂你的优质内容<li>更专业的大咖答主</ul><p>验证码登录 密码登录</p><input type=tel placeholder=手机号><input placeholder='输入 6 位短信验证码'><button>登录/注册</button><p>{p.word('seen')}</p>{p.swatch('block')}"
    p.file(
        "signin",
        f"<!doctype html><html lang=zh><meta charset=utf-8><title>{p.title}</title><style>.swatch{{width:96px;height:48px}}</style>{body}",
        "text/html; charset=utf-8",
    )


@page("login-refused", "A page that is refused with a form to sign in")
def login_refused(p: Page) -> None:
    p.verdict = Verdict.LOGIN
    plain(
        p,
        "Intranet",
        "<h1>Sign in</h1><form><input name=user><input type=password><button>Sign in</button></form>",
        401,
    )


@page("login-view", "登录后查看")
def login_view(p: Page) -> None:
    p.verdict = Verdict.LOGIN
    plain(p, "某某笔记", "<p>登录后查看更多内容</p><button>立即登录</button>", lang="zh")


@page("about-cloudflare", "What Cloudflare asks of its visitors: an article, from behind it")
def about_cloudflare(p: Page) -> None:
    p.title = p.difficulty
    body = f"{p.lead()}<p>Just a moment, it says. Verify you are human. Checking your browser. Press and hold to confirm.</p>{paragraphs(8)}{p.swatch('end')}"
    p.file("", Answer(document(p.title, body).encode(), headers=CLOUDFLARE))


@page("about-login", "How to log in, in nine steps")
def about_login(p: Page) -> None:
    p.page(
        f"{p.lead()}<p>You must log in to continue, says the page. Enter the password. 登录后查看。</p>{paragraphs(8)}{p.swatch('end')}"
    )


@page("about-wall-zh", "环境异常是什么意思？")
def about_wall(p: Page) -> None:
    p.page(
        f"<p>{p.sentence('lead', '微信提示环境异常，需要完成验证，请拖动滑块完成验证。')}{han(3, 30)}</p>{p.swatch('end')}",
        lang="zh",
    )


@page("paywall", "An article that ends after its first lines")
def paywall(p: Page) -> None:
    p.page(
        f"{p.lead()}<p>{prose(4, 3)}</p><section><h2>Subscribe to continue reading</h2><p>Already a subscriber? <a href='#'>Log in</a></p><button>Subscribe for 1 € a month</button></section>{p.swatch('end')}"
    )


@page("teaser-zh", "登录后阅读全文的文章")
def teaser(p: Page) -> None:
    p.page(
        f"<p>{p.sentence('lead', '清晨的渡船从北码头出发，带回岛上的信件和报纸。')}{han(5, 8)}</p><p>登录后阅读全文</p><button>登录</button>{p.swatch('end')}",
        lang="zh",
    )

"""Does a check for robots stand where the page should be?

Signs, from the walls of Cloudflare, DataDome, PerimeterX, Akamai, Imperva, AWS, Vercel, F5, Sucuri, DDoS-Guard,
Wordfence, Anubis, Google and of Baidu, Tencent, Alibaba, Weibo and Zhihu, as their pages and answers look to a visitor:

- Headers: `cf-mitigated: challenge`, `x-vercel-mitigated` and `x-amzn-waf-action` say it outright. A `server` or
  header that belongs to a wall counts only with a refusing status, since ordinary pages bear it too.
- Title: "Just a moment...", "Attention Required!", "安全验证", … (two signs: no page of content is called so).
- Words: to prove that one is human, unusual traffic, a puzzle to solve, 环境异常, 拖动滑块, …
- The address it was led to is a check's: `/sorry/`, `showcaptcha`, `risk_handler`, … (two signs).
- Frames of a captcha in a page with hardly any text (two signs with none).
- Status 401, 403, 405, 412, 429, 503 or 567.

Three signs, two in a page of a few lines, or the words alone where no line is long enough to tell about them. Never
in a page of more than 1200 characters (an article about captchas), nor beside a password field (login forms carry
captchas), nor for a bare "403 Forbidden" that says nothing of robots.
"""

from __future__ import annotations

import re

from capture.seen import WALL_TEXT, Seen

_TITLES = re.compile(
    r"""(?ix) ^\s*( just\ a\ moment(\.\.\.|…|\W*$) | attention\ required
    | access\ (to\ this\ page\ has\ been\ )?denied
    | (please\ )?verify(ing)?\ (that\ )?you('|’)?(\ a)?re\ (a\ )?(not\ a\ robot|human)
    | are\ you\ (a\ )?(human|robot)\W*$ | making\ sure\ you('|’)re\ not\ a\ bot | (vercel\ )?security\ checkpoint\W*$
    | challenge\ validation\W*$ | request\ rejected\W*$ | sina\ visitor\ system | protected\ by\ safeline
    | your\ access\ to\ this\ site\ has\ been\ limited
    | robot\ (check|or\ human) | security\ (check|verification) | human\ verification | bot\ verification
    | ddos-guard
    | pardon\ our\ interruption | please\ wait\.\.\.\ \|\ cloudflare | captcha\W*$ | validate\ captcha
    | client\ challenge | one\ more\ step\W*$ | checking\ your\ browser | you('|’)ve\ been\ blocked
    | nur\ einen\ moment | un\ instant\W*$ | un\ momento\W*$ | 少々お待ちください
    | 人机(验证|校验|识别) | 安全(验证|校验)(中心)?\W*$ | 验证码(拦截)?\W*$
    | 访问(验证|被拒绝|受限)(页面|提示|中心)?\W*($|[-_|])
    | 验证码中间页 | 网站防火墙\W*$ | 百度安全验证
    | 滑动验证 | 请完成验证 | 安全中心\W*$ | 知乎\W*安全验证 | 验证中心 | 访问频率过高 | 驗證您是真人
    | 请稍候(…|\.\.\.) )"""
)
_WORDS = re.compile(
    r"""(?ix) verify(ing)?\ (that\ )?you\ are\ (a\ )?(human|not\ a\ (ro)?bot)
    | confirm\ (that\ )?you\ are\ (a\ )?human
    | (prove|make\ sure|confirm|check)\ (that\ )?you('|’)?\ ?a?re\ (human|not\ a\ (ro)?bot)
    | unusual\ (traffic|activity)\ from\ your | checking\ (if\ the\ site\ connection\ is\ secure|your\ browser)
    | complete\ the\ (security\ check|captcha|challenge)| needs\ to\ review\ the\ security\ of\ your\ connection
    | solve\ (this|the)\ (captcha|puzzle) | i('|’)m\ not\ a\ robot | press\ (&|and)\ hold\ to\ confirm
    | enable\ javascript\ and\ cookies\ to\ continue | automated\ (access|queries|requests|tools)
    | you\ have\ been\ blocked | used\ cloudflare\ to\ restrict\ access | enter\ the\ characters\ you\ see
    | (make\ sure|verify|know|ensure)\ .{0,60}\ (not\ a\ ro?bot|and\ not\ a\ robot) | verifying\ your\ browser
    | blocked\ (by|due\ to)\ (a\ |our\ |the\ )?(network|security)\ (policy|security|service)
    | request\ (was|has\ been)\ blocked\ by\ (our\ |the\ )?security | blocked\ for\ attack\ detected
    | powered\ and\ protected\ by\ akamai | click\ the\ button\ below\ to\ continue\ shopping
    | your\ support\ id\ is\W*\d | limited\ by\ the\ site\ owner | generated\ by\ wordfence
    | something\ about\ your\ browser\ made\ us\ think | a\ robot\ on\ the\ same\ network
    | sorry,\ we\ just\ need\ to\ make
    | request\ unsuccessful\.\ incapsula | sucuri\ website\ firewall
    | bitte\ bestätigen\ sie,\ dass\ sie\ (ein\ mensch|kein)
    | vérifi(er|ez|ons)\ que\ vous\ (êtes|n['’]êtes)
    | verifica(r|mos)?\ que\ (eres|usted\ es|no\ eres)\ (un\ )?(humano|robot)
    | 拖动.{0,8}滑块 | 按住.{0,6}滑块 | 滑动.{0,6}(滑块|拼图)
    | (完成|进行|通过|需要|点击|點擊).{0,6}(安全|人机|滑动|下方|下列|以下|图形)?(验证|驗證|校验)
    | 确认(您|你)(不是机器人|是真人) | 证明(您|你)(不是机器人|是真人) | 确认您是真人
    | (访问|请求|操作)(过于|太|频次过)(频繁|高)
    | 检测到.{0,12}异常(流量|访问|请求) | (请求|网络|环境|访问)(存在)?异常 | 网络环境存在(异常|风险)
    | 点击.{0,8}(图中|下图).{0,12}(文字|汉字|图形)
    | 安全风控 | (您|你)的(请求|访问).{0,8}(安全风险|不合法参数) | 请进行(安全)?验证
    | 请求存在威胁 | (search|request)\ was\ made\ by\ a\ human | banned\ you\ temporarily\ from\ accessing
    | 您的访问被阻断 | (您|你|当前|此)的?访问受限 | IP.{0,6}存在(风险|异常) | 暂时限制(本次)?访问
    | 请输入(图片|图中|下图)?.{0,4}验证码 """
)
_FRAMES = re.compile(
    r"""(?ix) ^https?://( challenges\.cloudflare\.com | ([\w-]+\.)*hcaptcha\.com | geo\.captcha-delivery\.com
    | ([\w-]+\.)*arkoselabs\.com | ([\w-]+\.)*funcaptcha\.com | (www\.)?(google\.com|recaptcha\.net)/recaptcha/
    | ([\w-]+\.)*captcha\.(qq|gtimg)\.com | ([\w-]+\.)*geetest\.com | ([\w-]+\.)*px-cloud\.net
    | [^/]+/_Incapsula_Resource )"""
)
_ADDRESSES = re.compile(
    r"(?i)/sorry/|captcha|risk_handler|/unhuman\b|antispider|/punish\b|wappass\.|verify-?human|__cf_chl|/challenge\b"
)
_STATUS = frozenset({401, 403, 405, 412, 429, 503, 567})
_LONG_LINE = 220
_LONG_LINE_HAN = 60
"""Characters of one line with which it tells about walls, and is none."""
_SERVERS = re.compile(r"datadome|ddos-guard|akamaighost|sucuri|cloudproxy|incapsula|qrator|stormwall")
_HEADERS = ("x-datadome", "x-dd-b", "x-px", "x-sucuri-block", "x-iinfo", "x-kpsdk-ct")
_AKAMAI = re.compile(r"(?i)you don't have permission to access .{0,200}reference\s+#", re.DOTALL)


def is_bot_wall(seen: Seen) -> bool:
    """Whether the module's signs agree."""
    if _headers_say_so(seen):
        return True
    if seen.text_length > WALL_TEXT or seen.passwords:
        return False
    titled, worded = _is_titled(seen), bool(_WORDS.search(seen.text) or _WORDS.search(seen.title))
    led = bool(_ADDRESSES.search(seen.url)) and not _ADDRESSES.search(seen.asked_url)
    framed = any(_FRAMES.search(url) for url in seen.frame_urls) and seen.text_length < WALL_TEXT // 2
    walled = _is_behind_wall(seen)
    if not (titled or worded or framed or walled or led):
        return False
    empty = framed and not seen.text_length
    signs = 2 * (titled + led) + worded + framed + empty + walled + ((seen.http_status or 200) in _STATUS)
    few_lines = seen.text_length < WALL_TEXT // 4 and seen.elements < 120
    return signs >= 3 or (few_lines and (signs >= 2 or (worded and not _explains(seen.text))))


def _explains(text: str) -> bool:
    lines = text.splitlines()
    return any(len(line) >= _LONG_LINE or len(re.findall("[一-鿿]", line)) >= _LONG_LINE_HAN for line in lines)


def _headers_say_so(seen: Seen) -> bool:
    mitigated = (seen.header("cf-mitigated"), seen.header("x-vercel-mitigated"))
    return "challenge" in mitigated or seen.header("x-amzn-waf-action") in ("captcha", "challenge")


def _is_titled(seen: Seen) -> bool:
    if re.match(r"(?i)\s*access denied", seen.title) and not _WORDS.search(f"{seen.title}\n{seen.text}"):
        return False  # what any server says
    return bool(_TITLES.search(seen.title))


def _is_behind_wall(seen: Seen) -> bool:
    """A refusal by a wall's own server: its headers, or Akamai's sentence."""
    if seen.http_status not in _STATUS:
        return False
    if _AKAMAI.search(seen.text):
        return True
    if _SERVERS.search(seen.header("server")):
        return "akamaighost" not in seen.header("server")  # what its sites answer by themselves has no reference
    return any(seen.header(name) for name in _HEADERS)

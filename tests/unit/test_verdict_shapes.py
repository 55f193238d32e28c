"""Walls, logins, notices, errors and ordinary pages in the shapes that well-known sites and products give them.

Written from what such pages say; each with the verdict that a person would give.
"""

from __future__ import annotations

import pytest

from capture.records import Verdict
from capture.verdict import Seen
from tests.unit.verdict_factories import ARTICLE, CHINESE_ARTICLE, CHINESE_TEASER, TEASER, bare, page, verdict_of


def layered(text: str, share: float, beside: str = "", *buttons: str, **more: object) -> Seen:
    """A notice that floats over a page."""
    return bare(beside + text, "Example", layer_text=text, layer_share=share, buttons=buttons, **more)


SHAPES: dict[str, tuple[str, Seen]] = {
    # blocked
    "cf 200 turnstile": (
        "blocked",
        bare(
            "Verifying you are human. This may take a few seconds.\nexample.org needs to review "
            "the security of your connection before proceeding.\nRay ID: 8a1b",
            "Just a moment...",
            http_status=200,
            frame_urls=("https://challenges.cloudflare.com/turnstile/v0/x",),
        ),
    ),
    "cf challenge verify success": (
        "blocked",
        bare("example.org\nVerify you are human by completing the action below.", "Just a moment...", http_status=403),
    ),
    "akamai 200 sec_cpt": (
        "blocked",
        bare("Powered and protected by Akamai\nPrivacy", "Challenge Validation", http_status=200),
    ),
    "akamai 403 ref": (
        "blocked",
        bare(
            'Access Denied\nYou don\'t have permission to access "http://x/" on this server.\n'
            "Reference #18.4f0e1702.1\nhttps://errors.edgesuite.net/18.4f0e",
            "Access Denied",
            http_status=403,
        ),
    ),
    "dd 403": (
        "blocked",
        bare(
            "",
            "example.com",
            http_status=403,
            headers=(("x-datadome", "protected"),),
            frame_urls=("https://geo.captcha-delivery.com/captcha/?i=1",),
        ),
    ),
    "dd slider 200": (
        "blocked",
        bare(
            "We want to make sure it is actually you we are dealing with and not a robot.\nSlide "
            "right to secure your access",
            "example.com",
            frame_urls=("https://geo.captcha-delivery.com/captcha/?i=1",),
        ),
    ),
    "px 403": (
        "blocked",
        bare(
            "Before we continue...\nPress & Hold to confirm you are\na human (and not a bot).\nReference ID 1b2c",
            "Access to this page has been denied",
            http_status=403,
        ),
    ),
    "px 200 robot or human": (
        "blocked",
        bare(
            "Robot or human?\nActivate and hold the button to confirm that you’re human. Thank You!", "Robot or human?"
        ),
    ),
    "incapsula 200": ("blocked", bare("Request unsuccessful. Incapsula incident ID: 1234-5678", "")),
    "imperva 403": (
        "blocked",
        bare(
            "Access denied\nError code 15\nThis request was blocked by our security service\nPowered by Imperva",
            "Access denied",
            http_status=403,
        ),
    ),
    "aws waf 405": ("blocked", bare("Human Verification", "Human Verification", http_status=405)),
    "aws waf 202 challenge": ("blocked", bare("", "", http_status=202, headers=(("x-amzn-waf-action", "challenge"),))),
    "hcaptcha page": (
        "blocked",
        bare(
            "One more step\nPlease complete the security check to access example.org",
            "Attention Required! | Cloudflare",
            http_status=403,
            frame_urls=("https://newassets.hcaptcha.com/x",),
        ),
    ),
    "vercel": (
        "blocked",
        bare(
            "We're verifying your browser\nWebsite owner? Click here to fix\nVercel Security Checkpoint",
            "Vercel Security Checkpoint",
            http_status=429,
            headers=(("server", "Vercel"), ("x-vercel-mitigated", "challenge")),
        ),
    ),
    "vercel nohdr": (
        "blocked",
        bare(
            "We're verifying your browser\nVercel Security Checkpoint | sfo1::17",
            "Vercel Security Checkpoint",
            http_status=403,
        ),
    ),
    "sucuri": (
        "blocked",
        bare(
            "Access Denied - Sucuri Website Firewall\nIf you are the site owner (or you manage "
            "this site), please whitelist your IP\nBlock details: Your IP: 1.2.3.4",
            "Sucuri WebSite Firewall - Access Denied",
            http_status=403,
        ),
    ),
    "ddg": (
        "blocked",
        bare(
            "Checking your browser before accessing example.org\nPlease wait a few seconds.",
            "DDoS-Guard",
            http_status=403,
        ),
    ),
    "anubis": (
        "blocked",
        bare(
            "Making sure you're not a bot!\nLoading...\nWhy am I seeing this?\nYou are seeing this "
            "because the administrator of this website has set up Anubis to protect the server "
            "against the scourge of AI companies aggressively scraping websites.",
            "Making sure you're not a bot!",
        ),
    ),
    "reddit": (
        "blocked",
        bare(
            "You've been blocked by network security.\nTo continue, log in to your account or use your developer token",
            "Blocked",
            http_status=403,
        ),
    ),
    "reddit whoa": (
        "blocked",
        bare(
            "whoa there, pardner!\nYour request has been blocked due to a network policy.\nTry "
            "logging in or creating an account here to get back to browsing.",
            "Blocked",
            http_status=403,
        ),
    ),
    "amazon dog": ("blocked", bare("Click the button below to continue shopping\nContinue shopping", "Amazon.com")),
    "amazon captcha": (
        "blocked",
        bare(
            "Enter the characters you see below\nSorry, we just need to make sure you're not a "
            "robot. For best results, please make sure your browser is accepting cookies.\nType "
            "the characters you see in this image:",
            "Amazon.com",
        ),
    ),
    "google sorry": (
        "blocked",
        bare(
            "About this page\nOur systems have detected unusual traffic from your computer "
            "network. This page checks to see if it's really you sending the requests, and not a "
            "robot.",
            "https://www.google.com/search?q=x",
            http_status=429,
            url="https://www.google.com/sorry/index",
        ),
    ),
    "bloomberg": (
        "blocked",
        bare(
            "We've detected unusual activity from your computer network\nTo continue, please click "
            "the box below to let us know you're not a robot.",
            "Bloomberg - Are you a robot?",
        ),
    ),
    "kasada": ("blocked", bare("", "", http_status=429, headers=(("x-kpsdk-ct", "abc"),), elements=10)),
    "shape/f5": (
        "blocked",
        bare("Please enable JavaScript to view the page content.\nYour support ID is: 12345678901234567890.", ""),
    ),
    "f5 rejected": (
        "blocked",
        bare(
            "The requested URL was rejected. Please consult with your administrator.\nYour support ID is: 1234567890",
            "Request Rejected",
        ),
    ),
    "wordfence": (
        "blocked",
        bare(
            "Your access to this site has been limited by the site owner\nYour access to this "
            "service has been limited. (HTTP response code 503)\nBlock Technical Data\nGenerated "
            "by Wordfence",
            "Your access to this site has been limited",
            http_status=503,
        ),
    ),
    "stackexchange": (
        "blocked",
        bare(
            "Human verification\nWe're sorry for the interruption, but we need to verify that you're human\nchecking",
            "Human verification - Stack Exchange",
        ),
    ),
    "baidu": (
        "blocked",
        bare("请完成安全验证\n向右滑动完成拼图", "百度安全验证", url="https://wappass.baidu.com/static/captcha"),
    ),
    "wechat verify": ("blocked", bare("环境异常\n当前环境异常，完成验证后即可继续访问。\n去验证", "")),
    "weibo visitor": (
        "blocked",
        bare(
            "",
            "Sina Visitor System",
            url="https://passport.weibo.com/visitor/visitor?entry=miniblog",
            asked_url="https://weibo.com/1/2",
            pictures=0,
            flat=True,
        ),
    ),
    "taobao punish": ("blocked", bare("亲，访问被拒绝\n请按住滑块，拖动到最右边", "验证码拦截")),
    "douyin": ("blocked", bare("验证码中间页", "验证码中间页")),
    "zhihu unhuman": (
        "blocked",
        bare(
            "系统监测到您的网络环境存在异常，为保证您的正常访问，请点击下方验证按钮进行验证。开始验证",
            "安全验证 - 知乎",
            url="https://www.zhihu.com/account/unhuman?type=x",
        ),
    ),
    "bili 412": (
        "blocked",
        bare(
            "错误号: 412\n由于触发哔哩哔哩安全风控策略，该次访问请求被拒绝。", "出错啦! - bilibili.com", http_status=412
        ),
    ),
    "csdn waf": ("blocked", bare("您的请求存在安全风险，已被拦截\n", "WAF", http_status=403)),
    "aliyun waf slide": (
        "blocked",
        bare("为了更好的访问体验，请进行验证，通过后即可继续访问网页", "访问验证", http_status=405),
    ),
    "eo": (
        "blocked",
        bare(
            "Restricted Access\nThe request has been blocked by security policy of the website. EdgeOne",
            "Restricted Access",
            http_status=567,
        ),
    ),
    "safeline": (
        "blocked",
        bare(
            "Protected By SafeLine WAF\nAccess Forbidden. Blocked For Attack Detected",
            "Protected By SafeLine WAF",
            http_status=403,
        ),
    ),
    "360": (
        "blocked",
        bare(
            "您访问的网页可能存在安全隐患 网站防火墙 您的请求带有不合法参数，已被网站管理员设置拦截！",
            "网站防火墙",
            http_status=403,
        ),
    ),
    # login
    "instagram": (
        "login",
        bare(
            "Instagram\nLog in\nPhone number, username, or email\nPassword\nForgot password?\n"
            "Don't have an account? Sign up",
            "Instagram",
            passwords=1,
            url="https://www.instagram.com/accounts/login/?next=/p/x",
            asked_url="https://www.instagram.com/p/x/",
        ),
    ),
    "linkedin authwall": (
        "login",
        bare(
            "Join LinkedIn\nAgree & Join\nAlready on LinkedIn? Sign in\nBy clicking Agree & Join, "
            "you agree to the LinkedIn User Agreement, Privacy Policy, and Cookie Policy.",
            "Sign Up | LinkedIn",
            passwords=1,
            url="https://www.linkedin.com/authwall?trk=x",
            asked_url="https://www.linkedin.com/in/ada",
        ),
    ),
    "facebook": (
        "login",
        bare(
            "Log in to Facebook\nYou must log in to continue.\nEmail address or phone number\n"
            "Password\nLog in\nForgotten account?",
            "Log in to Facebook",
            passwords=1,
            url="https://www.facebook.com/login/?next=x",
            asked_url="https://www.facebook.com/groups/1",
        ),
    ),
    "x flow": (
        "login",
        bare(
            "Sign in to X\nSign in with Google\nSign in with Apple\nPhone, email, or username\n"
            "Next\nForgot password?\nDon't have an account? Sign up",
            "X",
            url="https://x.com/i/flow/login?redirect_after_login=x",
            asked_url="https://x.com/ada",
        ),
    ),
    "google docs": (
        "login",
        bare(
            "Sign in\nto continue to Docs\nEmail or phone\nForgot email?\nNext\nCreate account",
            "Sign in - Google Accounts",
            url="https://accounts.google.com/v3/signin/identifier",
            asked_url="https://docs.google.com/document/d/1",
        ),
    ),
    "ms sso": (
        "login",
        bare(
            "Sign in\nEmail, phone, or Skype\nNo account? Create one!\nCan’t access your account?\nNext",
            "Sign in to your account",
            url="https://login.microsoftonline.com/common/oauth2/authorize",
            asked_url="https://contoso.sharepoint.com/x",
        ),
    ),
    "github 404": (
        "http_error",
        bare(
            "404\nThis is not the web page you are looking for.\nFind code, projects, and people on GitHub:\nSign in",
            "Page not found · GitHub",
            http_status=404,
            passwords=0,
        ),
    ),
    "zhihu popup": (
        "ok",
        page(
            "登录即可查看 超5亿 专业优质内容\n验证码登录\n密码登录\n" + CHINESE_ARTICLE,
            title="如何评价港口的清晨？ - 知乎",
            layer_text="登录即可查看",
            layer_share=0.3,
        ),
    ),
    "zhihu short popup": (
        "ok",
        bare(
            "登录知乎，您可以享受以下权益\n港口的清晨为什么安静？\n" + CHINESE_TEASER * 2,
            "港口的清晨为什么安静？ - 知乎",
            layer_share=0.3,
            layer_text="登录知乎",
        ),
    ),
    "medium partial": (
        "ok",
        bare(
            "The harbour\nMember-only story\nIda Fox\n5 min read\n"
            + TEASER * 2
            + "Create an account to read the full story.\nThe author made this story available to "
            "Medium members only.\nContinue in app\nOr, continue in mobile web\nAlready have an "
            "account? Sign in",
            "The harbour. A story | by Ida | Medium",
        ),
    ),
    "nyt paywall": (
        "ok",
        bare(
            "The Harbour\n"
            + TEASER
            + "Thank you for your patience while we verify access. If you are in Reader mode please "
            "exit and log into your Times account, or subscribe for all of The Times.\nAlready a "
            "subscriber? Log in.\nWant all of The Times? Subscribe.",
            "The Harbour - The New York Times",
        ),
    ),
    "login page on purpose": (
        "login",
        bare(
            "Log in\nEmail\nPassword",
            "Log in · Example",
            passwords=1,
            url="https://example.org/login",
            asked_url="https://example.org/login",
        ),
    ),
    "forum header form": (
        "ok",
        page("Username Password Log in\nThread: boats\n" + ARTICLE, passwords=1, title="Boats - Forum"),
    ),
    "forum short header form": (
        "ok",
        bare(
            "User name\nPassword\nLog in\nRegister\nHarbour Forum\nGeneral talk: 12 threads\n"
            "Boats: 3 threads\nNets and ropes: 9 threads\nNewest member: ida",
            "Harbour Forum - Index",
            passwords=1,
            elements=140,
        ),
    ),
    "discuz no perm": (
        "login",
        bare("提示信息\n抱歉，您需要登录才能访问\n用户名 密码 登录", "提示信息 - 海港论坛", passwords=1),
    ),
    "weibo login": (
        "login",
        bare(
            "扫描二维码登录\n打开微博手机APP\n我的页面扫一扫\n账号登录",
            "微博登录",
            url="https://passport.weibo.com/sso/signin?entry=miniblog",
            asked_url="https://weibo.com/u/1",
        ),
    ),
    "xhs login": (
        "login",
        bare(
            "登录后推荐更懂你的笔记\n可用小红书或微信扫码\n手机号登录\n获取验证码",
            "小红书 - 你的生活兴趣社区",
            url="https://www.xiaohongshu.com/login?redirect",
            asked_url="https://www.xiaohongshu.com/explore/1",
        ),
    ),
    "douban need login": (
        "login",
        bare(
            "短信登录/注册\n密码登录\n手机号\n验证码\n登录豆瓣",
            "登录豆瓣",
            url="https://accounts.douban.com/passport/login",
            asked_url="https://www.douban.com/note/1",
        ),
    ),
    "feishu": (
        "login",
        bare(
            "扫码登录\n请使用飞书移动端扫描二维码\n使用手机号登录",
            "飞书账号登录",
            url="https://accounts.feishu.cn/accounts/page/login",
            asked_url="https://x.feishu.cn/docx/1",
        ),
    ),
    "signup saas landing": (
        "ok",
        bare(
            "Acme\nFeatures Pricing Log in\nPlan your harbour with one tool.\nStart free\nWork "
            "email\nCreate a password\nSign up",
            "Acme: harbour planning",
            passwords=1,
            pictures=9,
            elements=300,
        ),
    ),
    # soft 404 etc
    "soft404": (
        "ok",
        bare("Page not found\nThe page you are looking for does not exist. Go home", "404 Not Found", http_status=200),
    ),
    "parked": (
        "ok",
        bare(
            "example-domain.com\nThis domain is for sale! Buy this domain.\nRelated searches\nBoats\nHotels",
            "example-domain.com - This domain is for sale",
        ),
    ),
    "maint503": (
        "http_error",
        bare(
            "We'll be back soon!\nSorry for the inconvenience, we're performing some maintenance at the moment.",
            "Site Maintenance",
            http_status=503,
        ),
    ),
    "region": (
        "http_error",
        bare(
            "451: Unavailable due to legal reasons\nWe recognize you are attempting to access this "
            "website from a country belonging to the European Economic Area (EEA) including the EU "
            "which enforces the General Data Protection Regulation (GDPR) and therefore access "
            "cannot be granted at this time.",
            "",
            http_status=451,
        ),
    ),
    "region 200": ("ok", bare("This content is not available in your region.", "Video")),
    "geo403": ("http_error", bare("This service is not available in your country.", "Not available", http_status=403)),
    "nojs": ("blank", bare("You need to enable JavaScript to run this app.", "React App", elements=12, pictures=0)),
    "nojs2": (
        "blank",
        bare("Please enable JavaScript to continue using this application.", "App", elements=12, pictures=0),
    ),
    "nojs zh": ("blank", bare("您需要启用 JavaScript 才能运行此应用。", "应用", elements=10, pictures=0)),
    "nojs article": ("ok", page("Please enable JavaScript to view comments.\n" + ARTICLE)),
    "spa shell": ("blank", page("", pictures=0, flat=True, text_length=0)),
    "spa loading": ("blank", bare("Loading...", "App", elements=12, pictures=0)),
    "it works": ("ok", bare("It works!", "", elements=5, pictures=0)),
    "example.com": (
        "ok",
        bare(
            "Example Domain\nThis domain is for use in illustrative examples in documents. You may "
            "use this domain in literature without prior coordination or asking for permission.\n"
            "More information...",
            "Example Domain",
            elements=12,
            pictures=0,
        ),
    ),
    "nginx": (
        "ok",
        bare(
            "Welcome to nginx!\nIf you see this page, the nginx web server is successfully installed and working.",
            "Welcome to nginx!",
            pictures=0,
        ),
    ),
    "one word": ("ok", bare("No.", "isitfriday", pictures=0, elements=8)),
    "ip page": ("ok", bare("203.0.113.9", "What is my IP", pictures=0, elements=6)),
    "google consent": (
        "consent",
        bare(
            "Before you continue to Google Search\nWe use cookies and data to\nDeliver and "
            "maintain Google services\nReject all\nAccept all\nMore options",
            "Before you continue",
            url="https://consent.google.com/ml?continue=x",
            buttons=("Reject all", "Accept all", "More options"),
        ),
    ),
    "yt consent": (
        "consent",
        bare(
            "Bevor Sie zu YouTube weitergehen\nWir verwenden Cookies und Daten\nAlle ablehnen\nAlle akzeptieren",
            "Bevor Sie zu YouTube weitergehen",
            url="https://consent.youtube.com/m?continue=x",
            buttons=("Alle ablehnen", "Alle akzeptieren"),
        ),
    ),
    "pur": (
        "consent",
        layered(
            "Mit Werbung weiterlesen wie gewohnt oder werbefrei im Pur-Abo\nWir und unsere Partner "
            "verwenden Cookies und Datenschutz\nJetzt Pur-Abo abschließen",
            0.7,
            "Zeitung\n",
            "Einwilligen und weiter",
            "Akzeptieren und weiter",
            "Accept all",
            notice_alone=True,
        ),
    ),
    "pur over article": ("ok", page(ARTICLE, notice_alone=False)),
    "about captcha": (
        "ok",
        page(
            title="Why CAPTCHAs are everywhere",
            text="Verify you are human. Press and hold. Just a moment... " + ARTICLE,
        ),
    ),
    "about cookies": (
        "ok",
        page(
            title="Cookie consent explained",
            text="We use cookies. Accept all. Reject all. " + ARTICLE,
            buttons=("Accept all", "Reject all"),
        ),
    ),
    "short about captcha": (
        "ok",
        bare(
            "How to fix 'verify you are human' loops: clear your cookies, check the clock, and "
            "turn off the VPN.\n" + TEASER * 3,
            "Fixing captcha loops",
        ),
    ),
    "shop newsletter": (
        "ok",
        page(
            "Get 10% off\nYour email\nNo thanks\n" + ARTICLE,
            layer_text="Get 10% off. Your email",
            layer_share=0.5,
            title="Shop",
        ),
    ),
    "wait ticket": ("ok", bare("Just a moment of your time: rate us!", "Feedback")),
    "contact recaptcha": (
        "ok",
        bare(
            "Contact us\nName\nMessage\nSend\nThis site is protected by reCAPTCHA and the Google "
            "Privacy Policy and Terms of Service apply.",
            "Contact",
            frame_urls=("https://www.google.com/recaptcha/api2/anchor?k=1",),
        ),
    ),
    "newsletter hcaptcha": (
        "ok",
        bare(
            "Subscribe to our letter\nEmail\nSubscribe",
            "Letter",
            frame_urls=("https://newassets.hcaptcha.com/captcha/v1/x",),
        ),
    ),
    "docs rate limit": (
        "ok",
        bare(
            "429 Too Many Requests\nThe client has sent too many requests in a given amount of time. See also 503.",
            "429 - HTTP reference",
        ),
    ),
    "security page": (
        "ok",
        bare(
            "Security\nReport a vulnerability to security@example.org. We check your report within a day.",
            "Security - Example",
        ),
    ),
    "zh captcha article": (
        "ok",
        bare(
            "验证码是什么？\n验证码用来区分人和机器，常见的有滑动拼图和点击文字两类，下面介绍它们各"
            "自的优点与缺点，以及为什么越来越多的网站放弃了它们而改用无感的方式来识别访客。",
            "验证码的种类",
        ),
    ),
    "zh visit stat": ("ok", bare("访问受限地区旅行指南\n如何申请进入许可。", "访问受限地区旅行指南")),
    "robot shop": ("ok", bare("Are you a robot fan? Buy our robots.", "Are you a robot fan?")),
    "age gate": ("ok", bare("Are you over 18?\nYes\nNo", "Brewery")),
    "signin status": ("ok", bare("Signed in as ida. Nothing here yet.", "Dashboard")),
    "password generator": (
        "ok",
        bare("Password generator\nLength: 16\nGenerate\nYour password: x8f", "Password generator", passwords=0),
    ),
    "htpasswd tool": (
        "ok",
        bare(
            "htpasswd generator\nUsername\nPassword\nGenerate a line for your .htpasswd file with bcrypt in this form.",
            "htpasswd generator",
            passwords=1,
        ),
    ),
    "wifi change password": (
        "ok",
        bare(
            "How strong is your password?\nType a password\nIt would take a computer about 3 years",
            "Password strength meter",
            passwords=1,
        ),
    ),
    # more ordinary pages (false alarm hunting)
    "gh readme captcha lib": (
        "ok",
        bare(
            "captcha-kit\nA library to add a captcha to your forms.\nnpm install captcha-kit\n"
            "Usage: import the widget and call verify() on the server. See the documentation for "
            "all of the options.",
            "captcha-kit: a captcha library",
            elements=200,
        ),
    ),
    "tutorial sign in": (
        "ok",
        page(
            "Sign in to your router\nOpen 192.168.0.1 and enter the password.\n" + ARTICLE,
            title="How to sign in to your router",
        ),
    ),
    "wordpress pw post": (
        "login",
        bare(
            "Protected: The plan\nThis content is password protected. To view it please enter your "
            "password below:\nPassword:\nEnter",
            "Protected: The plan – Blog",
            passwords=1,
        ),
    ),
    "pan baidu code": ("ok", bare("请输入提取码：\n提取文件\n", "百度网盘 请输入提取码", passwords=0)),
    "bank home": (
        "ok",
        bare(
            "Harbour Bank\nPersonal Business Loans\nUser ID\nPassword\nLog on\nMortgage rates from "
            "2.9 %\nFind a branch\nOpen an account in five minutes\nNews: we have moved our Dover "
            "branch to the quay, where it opens on Monday morning at nine for all customers of the "
            "bank.",
            "Harbour Bank",
            passwords=1,
            pictures=12,
        ),
    ),
    "webmail login": (
        "login",
        bare("Webmail\nUsername\nPassword\nLogin", "Roundcube Webmail :: Welcome to Webmail", passwords=1),
    ),
    "nas login": (
        "login",
        bare("DiskStation\nAccount\nPassword\nSign In\nForgot?", "DiskStation - Synology", passwords=1),
    ),
    "gitlab login": (
        "login",
        bare(
            "GitLab Community Edition\nUsername or primary email\nPassword\nForgot your password?\n"
            "Remember me\nSign in\nDon't have an account yet? Register now",
            "Sign in · GitLab",
            passwords=1,
            url="https://git.example.org/users/sign_in",
            asked_url="https://git.example.org/a/b",
        ),
    ),
    "jupyter": (
        "login",
        bare(
            "Password or token:\nLog in\nToken authentication is enabled",
            "Jupyter Server",
            passwords=1,
            url="https://j.example.org/login?next=/tree",
            asked_url="https://j.example.org/tree",
        ),
    ),
    "mastodon": (
        "ok",
        bare(
            "Ida Fox @ida@harbour.example\nThe boats are back.\n3 boosts 9 favourites\nCreate account\nLog in",
            "Ida Fox: The boats are back. - Harbour",
            elements=260,
        ),
    ),
    "tweet": (
        "ok",
        bare(
            "Ida\n@ida\nThe boats are back.\n9:14 AM\nLog in\nSign up\nNew to X? Sign up now to "
            "get your own personalized timeline!",
            "Ida on X: The boats are back.",
            elements=300,
        ),
    ),
    "tiktok": (
        "ok",
        bare(
            "Log in to follow creators, like videos, and view comments.\nLog in\nFor You\nIda: boats!",
            "Ida on TikTok",
            elements=400,
            pictures=12,
        ),
    ),
    "yt video": (
        "ok",
        bare(
            "Sign in\nThe harbour at dawn\n1,203 views\nSubscribe\nComments",
            "The harbour at dawn - YouTube",
            elements=900,
            pictures=30,
        ),
    ),
    "yt bot": (
        "blocked",
        bare(
            "Sign in to confirm you’re not a bot\nThis helps protect our community. Learn more\nSign in",
            "The harbour at dawn - YouTube",
            elements=90,
            pictures=1,
        ),
    ),
    "weibo post": ("ok", bare("艾达\n今天的港口很安静。\n转发 3 评论 9 赞 12\n登录 注册", "艾达的微博", elements=200)),
    "wechat article": ("ok", page(CHINESE_ARTICLE, title="港口的清晨")),
    "wechat deleted": ("ok", bare("该内容已被发布者删除", "")),
    "wechat violation": ("ok", bare("此内容因违规无法查看\n由用户投诉并经平台审核，涉嫌违反相关法律法规和政策", "")),
    "zhihu zhuanlan": ("ok", page("登录\n" + CHINESE_ARTICLE, title="港口的清晨 - 知乎")),
    "douyin video": (
        "ok",
        bare("登录后免费畅享高清视频\n精选\n推荐\n港口的清晨 #海", "港口的清晨 - 抖音", elements=500, pictures=20),
    ),
    "bili video": (
        "ok",
        bare(
            "港口的清晨\n1.2万播放\n登录后你可以：免费看高清视频\n相关推荐",
            "港口的清晨_哔哩哔哩_bilibili",
            elements=800,
            pictures=25,
        ),
    ),
    "jd captcha": (
        "blocked",
        bare(
            "京东验证\n快速验证",
            "京东验证",
            url="https://cfe.m.jd.com/privatedomain/risk_handler/03101900/",
            asked_url="https://item.jd.com/1.html",
        ),
    ),
    "taobao login": (
        "login",
        bare(
            "密码登录\n短信登录\n扫码登录\n账号名/邮箱/手机号\n登录",
            "淘宝网 - 淘！我喜欢",
            passwords=1,
            url="https://login.taobao.com/havanaone/login/login.htm",
            asked_url="https://item.taobao.com/item.htm?id=1",
        ),
    ),
    "status page": (
        "ok",
        bare("All systems operational\nAPI: operational\nLogin: operational\nWebsite: operational", "Status"),
    ),
    "robots.txt essay": (
        "ok",
        bare("User-agent: *\nDisallow: /private\nThis file tells robots what to do.", "robots.txt"),
    ),
    "rate limited api doc short": (
        "ok",
        bare("Too many requests are answered with 429.\nWait a minute, then try again.", "Limits - API reference"),
    ),
    "empty search": ("ok", bare("No results for 'captcha'.\nTry another word.", "Search")),
    "queue-it": (
        "ok",
        bare(
            "You are now in line\nYour estimated wait time is: 4 minutes\nWhen it is your turn, "
            "you will have 10 minutes to enter the website.",
            "Queue-it",
        ),
    ),
    "under construction": ("ok", bare("Under construction", "Coming soon", elements=9, pictures=0)),
    "directory index": (
        "ok",
        bare("Index of /files\nName Last modified Size\na.zip 2026-11-02 3M", "Index of /files", pictures=0),
    ),
    "loading docs": ("ok", bare("Loading docks\nThe harbour has two.", "Loading docks", pictures=0)),
    "js article title": (
        "ok",
        bare(
            "How to enable JavaScript\nOpen the settings, choose Site settings, then JavaScript.",
            "How to enable JavaScript in your browser",
            pictures=0,
            elements=40,
        ),
    ),
    "js one line about": ("ok", bare("JavaScript is a language.", "JS", pictures=0, elements=10)),
    "vpn check": ("ok", bare("Checking your IP address\n203.0.113.9\nYou are not using a VPN.", "IP check")),
    "privacy policy cookies": (
        "ok",
        page(
            "Cookie policy\nWe use cookies. Your privacy choices. " + ARTICLE,
            title="Cookie policy",
            buttons=("Accept all", "Manage options"),
        ),
    ),
    "survey consent": (
        "ok",
        bare("Consent form\nI agree to take part in the study.\nYes\nNo", "Consent form", buttons=("I agree", "No")),
    ),
    "imperva js": (
        "blocked",
        bare(
            "",
            "",
            http_status=200,
            elements=8,
            pictures=1,
            frame_urls=("https://www.example.org/_Incapsula_Resource?CWUDNSAI=24",),
        ),
    ),
    "cf 1015": (
        "blocked",
        bare(
            "Error 1015\nYou are being rate limited\nThe owner of this website has banned you "
            "temporarily from accessing this website.\nCloudflare Ray ID",
            "Access denied | example.org used Cloudflare to restrict access",
            http_status=429,
        ),
    ),
    "cf 522": (
        "http_error",
        bare(
            "Connection timed out Error code 522\nYou Browser Working\nCloudflare Working\nHost Error",
            "example.org | 522: Connection timed out",
            http_status=522,
        ),
    ),
    "cf blocked": (
        "blocked",
        bare(
            "Sorry, you have been blocked\nYou are unable to access example.org\nWhy have I been "
            "blocked?\nThis website is using a security service to protect itself from online "
            "attacks.",
            "Attention Required! | Cloudflare",
            http_status=403,
        ),
    ),
    "netacea": (
        "blocked",
        bare(
            "Please verify you are a human\nAccess to this page has been denied because we believe "
            "you are using automation tools to browse the website.",
            "Access to this page has been denied",
            http_status=403,
        ),
    ),
    "geetest zh": ("blocked", bare("请在下图依次点击文字\n确认", "安全验证")),
    "tencent waf": ("blocked", bare("您的请求存在威胁，已被拦截", "501 page", http_status=403)),
    "yandex": (
        "blocked",
        bare(
            "Confirm that you and not a robot are sending requests\nI'm not a robot\nPress to continue",
            "Are you not a robot?",
            url="https://yandex.com/showcaptcha?cc=1",
        ),
    ),
    "duck": (
        "blocked",
        bare(
            "Unfortunately, bots use DuckDuckGo too.\nPlease complete the following challenge to "
            "confirm this search was made by a human.\nSelect all squares containing a duck",
            "DuckDuckGo",
        ),
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_page_gets_the_verdict_that_a_person_would_give(name: str) -> None:
    verdict, seen = SHAPES[name]
    assert verdict_of(seen) is Verdict(verdict)


def test_there_are_examples_of_both_kinds() -> None:
    verdicts = [verdict for verdict, _ in SHAPES.values()]
    assert verdicts.count("ok") >= 30
    assert verdicts.count("blocked") >= 35

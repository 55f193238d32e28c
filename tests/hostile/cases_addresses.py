"""Ways to name what is inside: redirects in every spelling, names, schemes."""

from __future__ import annotations

from tests.hostile.case import REFUSED, Case, one_of
from tests.hostile.server import by_path, html, raw, redirect

SPELLINGS = {
    "plain": "http://127.0.0.2:%PORT%/",
    "own-address-other-port": "http://127.0.0.1:%PORT%/",
    "decimal": "http://2130706434:%PORT%/",
    "octal": "http://0177.0.0.02:%PORT%/",
    "hex": "http://0x7f000002:%PORT%/",
    "hex-parts": "http://0x7f.0x0.0x0.0x2:%PORT%/",
    "short": "http://127.2:%PORT%/",
    "short-hex": "http://0x7f.2:%PORT%/",
    "final-dot": "http://127.0.0.2.:%PORT%/",
    "percent": "http://%31%32%37.0.0.2:%PORT%/",
    "zero": "http://0.0.0.0:%PORT%/",
    "zero-short": "http://0:%PORT%/",
    "circled-digits": "http://①②⑦.⓪.⓪.②:%PORT%/",
    "full-width": "http://１２７。０。０。２:%PORT%/",
    "v6": "http://[::1]:%PORT%/",
    "v6-long": "http://[0000:0000:0000:0000:0000:0000:0000:0001]:%PORT%/",
    "v6-unspecified": "http://[::]:%PORT%/",
    "mapped": "http://[::ffff:127.0.0.2]:%PORT%/",
    "mapped-hex": "http://[::ffff:7f00:2]:%PORT%/",
    "compatible": "http://[::127.0.0.2]:%PORT%/",
    "nat64": "http://[64:ff9b::7f00:2]:%PORT%/",
    "nat64-local": "http://[64:ff9b:1::7f00:2]:%PORT%/",
    "6to4": "http://[2002:7f00:2::]:%PORT%/",
    "link-local": "http://[fe80::1]:%PORT%/",
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "metadata-v6": "http://[fd00:ec2::254]/latest/meta-data/",
    "private": "http://10.0.0.1/",
    "multicast": "http://224.0.0.1:%PORT%/",
    "localhost": "http://localhost:%PORT%/",
    "localhost-dot": "http://LOCALHOST.:%PORT%/",
    "below-localhost": "http://a.localhost:%PORT%/",
    "credentials": "http://%SITE%@127.0.0.2:%PORT%/",
    "backslash": "http://127.0.0.2:%PORT%\\@%SITE%/",
    "without-scheme": "//127.0.0.2:%PORT%/",
    "slashes": "http:\\\\127.0.0.2:%PORT%\\",
    "https": "https://127.0.0.2:%PORT%/",
}
_NO_HOST = {"below-localhost"}
"""Known to no name server of ours; Chromium itself takes them for loopback."""

_STATUS = {"plain": "301 Moved", "v6": "307 Temporary Redirect", "mapped": "308 Permanent Redirect", "hex": "303 See"}

_OUTCOMES = {
    "below-localhost": one_of("refused/private_address", "unreachable/no_such_host"),
}

REDIRECTS = [
    Case(
        f"redirect-{name}",
        "redirect",
        redirect(to, _STATUS.get(name, "302 Found")),
        _OUTCOMES.get(name, REFUSED),
        denied=0 if name in _NO_HOST else 1,
    )
    for name, to in SPELLINGS.items()
] + [
    Case(
        "every-spelling-as-a-picture",
        "redirect",
        html("".join(f'<img src="{to.rstrip(chr(92))}/every-spelling-as-a-picture">' for to in SPELLINGS.values())),
        picture=True,
        denied=20,
    ),
    Case(
        "every-spelling-behind-a-redirect",
        "redirect",
        by_path(
            html("".join(f'<img src="to{n}">' for n in range(len(SPELLINGS)))),
            **{f"to{n}": redirect(to) for n, to in enumerate(SPELLINGS.values())},
        ),
        picture=True,
        denied=20,
    ),
    Case("redirect-by-meta", "redirect", html("", head='<meta http-equiv=refresh content="0;url=http://%IN%/">'),
         one_of("refused/private_address", "ok"), denied=1),
    Case("redirect-by-header", "redirect", html("", "Refresh: 0;url=http://%IN%/redirect-by-header"),
         one_of("refused/private_address", "ok"), denied=1),
    Case("redirect-by-script", "redirect", html("<script>location='http://%IN%/redirect-by-script'</script>"),
         one_of("refused/private_address", "ok"), denied=1),
    Case("redirect-later", "redirect",
         html("<script>setTimeout(() => location='http://%IN%/redirect-later', 300)</script>"),
         one_of("refused/private_address", "ok"), real=False),
    Case("redirect-chain", "redirect",
         by_path(redirect("/redirect-chain/two"), two=redirect("/redirect-chain/three", "307 Again"),
                 three=redirect("http://0x7f.2:%PORT%/", "308 Again")), REFUSED, denied=1),
    Case("redirect-loop", "redirect", redirect("/redirect-loop/again"), one_of("unreachable/too_many_redirects"),
         real=False),
    Case("redirect-loop-by-script", "redirect",
         html("<script>location = 'again' + Math.random()</script>"),
         one_of("ok", "timeout/deadline", "unreachable/connection_lost"), real=False, deadline_s=8),
    Case("two-locations", "redirect",
         raw("HTTP/1.1 302 Found\r\nLocation: http://%SITE%/\r\nLocation: http://%IN%/two\r\nContent-Length: 0\r\n\r\n"),
         one_of("unreachable/connection_lost"), real=False),
]  # fmt: skip

NAMES = [
    Case("name-of-loopback", "names", html(""), REFUSED, url="http://loopback.hostile.test:%PORT%/", denied=1),
    Case("name-of-v6-loopback", "names", html(""), REFUSED, url="http://v6.hostile.test:%PORT%/", denied=1),
    Case("name-of-mapped-address", "names", html(""), REFUSED, url="http://mapped.hostile.test:%PORT%/", denied=1),
    Case("name-of-zero", "names", html(""), REFUSED, url="https://zero.hostile.test:%PORT%/", denied=1),
    Case("name-of-metadata", "names", html(""), REFUSED, url="http://metadata.hostile.test/latest/", denied=1),
    Case("name-with-many-addresses", "names", html(""), REFUSED, url="http://many.hostile.test:%PORT%/", denied=1),
    Case("name-of-both", "names", html("", title="By the vetted address"), picture=True,
         url="http://both.hostile.test:%SITE_PORT%/name-of-both/", title=lambda t: t == "By the vetted address"),
    Case("name-that-nobody-answers-for", "names", html(""), one_of("unreachable/no_lookup"),
         url="http://silent.hostile.test/"),
    Case("names-that-rebind", "names", by_path(
        html("""<img src="once"><div id=found>tried</div><script>
          const at = location.port == '' ? '' : ':' + location.port;
          for (let n = 0; n < 9; n++) setTimeout(() =>
            fetch(`http://a.rebind.hostile.test${at}/names-that-rebind/again${n}`).catch(() => 0), n * 60);
          fetch("http://a.rebind.hostile.test:%PORT%/").catch(() => 0);
        </script>"""), once=redirect("http://a.rebind.hostile.test:%SITE_PORT%/names-that-rebind/x")),
        url="http://a.rebind.hostile.test:%SITE_PORT%/names-that-rebind/", picture=True, denied=1),
    Case("a-name-a-picture", "names", html("".join(
        f'<img src="http://{name}.hostile.test:%PORT%/a">' for name in
        ("loopback", "v6", "mapped", "nat64", "zero", "metadata", "both", "many", "site"))), picture=True, denied=9),
]  # fmt: skip

_NOWHERE = one_of("refused/bad_address", "unreachable/connection_lost", "unreachable/tls", "refused/private_address")
_SCHEMES = {
    "file": "file:///etc/passwd", "file-host": "file://localhost/etc/passwd", "chrome": "chrome://version/",
    "view-source": "view-source:http://%SITE%/redirect-scheme-file/", "data": "data:text/html,<title>Inside</title>x",
    "javascript": "javascript:document.write('Inside')", "intent": "intent://scan/#Intent;scheme=zxing;end",
    "ftp": "ftp://127.0.0.2:%PORT%/", "about": "about:blank", "devtools": "devtools://devtools/bundled/inspector.html",
    "filesystem": "filesystem:http://%SITE%/temporary/x", "gopher": "gopher://127.0.0.2:%PORT%/_x",
}  # fmt: skip

SCHEMES = [
    Case(f"redirect-scheme-{name}", "schemes", redirect(to), _NOWHERE, absent=("root:x:0",), real=False)
    for name, to in _SCHEMES.items()
] + [
    Case(f"script-goes-to-{name}", "schemes", html(f"<script>try {{ location = `{to}` }} catch {{ }}</script>"),
         one_of("ok", "blank"), absent=("root:x:0",), real=False)
    for name, to in _SCHEMES.items() if name not in ("javascript", "about")
] + [
    Case("script-goes-to-blob", "schemes", html(
        "<script>location = URL.createObjectURL(new Blob(['<title>A blob</title><h1>In a blob</h1><img src="
        "http://%IN%/script-goes-to-blob>'], {type: 'text/html'}))</script>"), denied=1),
    Case("script-goes-to-javascript", "schemes", html(
        "<script>location = `javascript:'<title>By javascript:</title><h1>New words</h1>"
        "<img src=http://%IN%/script-goes-to-javascript>'`</script>"), denied=1),
    Case("frames-of-odd-schemes", "schemes", html("".join(
        f"<iframe src=\"{to}\"></iframe>" for to in
        ("file:///etc/passwd", "file:///proc/self/environ", "view-source:http://%SITE%/x", "chrome://gpu",
         "javascript:'<img src=http://%IN%/frames-of-odd-schemes>'", "about:srcdoc", "blob:null/x",
         "data:text/html,<img src=http://%IN%/frames-of-odd-schemes>"))), absent=("root:x:0", "PATH="), denied=1),
    Case("windows-of-odd-schemes", "schemes", html(
        "<script>for (const to of ['file:///etc/passwd', 'chrome://version', 'view-source:file:///etc/passwd', "
        "'intent://x#Intent;end', 'mailto:a@b', 'http://%IN%/windows']) { const w = window.open(to); "
        "document.body.append(w ? 'opened ' : 'stopped ') }</script>"), absent=("root:x:0",), real=False),
    Case("a-file-as-a-picture", "schemes", html(
        "<img src=file:///etc/passwd><link rel=stylesheet href=file:///etc/passwd><script src=file:///etc/passwd>"
        "</script><object data=file:///etc/passwd></object><script>fetch('file:///etc/passwd').then(r => r.text())"
        ".then(t => document.body.append(t), () => document.body.append('no file'))</script>"),
        present="no file", absent=("root:x:0",), real=False),
]  # fmt: skip

DIRECT = [
    Case(f"asked-for-{name}", "direct", html(""), one_of("refused/bad_address"), url=url, real=False)
    for name, url in {
        "file": "file:///etc/passwd", "chrome": "chrome://version", "javascript": "javascript:alert(1)",
        "view-source": "view-source:http://%SITE%/", "data": "data:text/html,x", "ftp": "ftp://127.0.0.2:%PORT%/",
        "too-long": "http://%SITE%/" + "a" * 3000, "no-host": "http:///etc/passwd", "space": "http://127.0.0.1 .evil/",
    }.items() if name != "no-host"
] + [
    Case("asked-for-credentials", "direct", html("", title="With credentials"), REFUSED,
         url="http://%SITE%@127.0.0.2:%PORT%/", real=False),
    Case("asked-for-port-22", "direct", html(""), REFUSED, url="http://127.0.0.2:22/", real=False),
]  # fmt: skip

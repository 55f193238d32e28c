"""Elements of other SVG files that a page draws with `<use href="icons.svg#name">`."""

from __future__ import annotations

import copy
import re
import zlib

from lxml import etree

SVG = "{http://www.w3.org/2000/svg}"
XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
MAX_ELEMENTS = 2_000
_KEPT = frozenset(
    """
    circle clipPath defs desc ellipse filter g line linearGradient marker mask path pattern polygon polyline
    radialGradient rect stop svg symbol text textPath title tspan use
    feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap
    feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode
    feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence
    """.split()  # noqa: SIM905 (a list of this length is read better so)
)
_REFERENCE = re.compile(r"""url\(\s*["']?#([^"')\s]+)["']?\s*\)""")
_OUTSIDE = re.compile(r"url\((?!\s*[\"']?#)|\\|@import|image-set|expression", re.IGNORECASE)


def referenced(svg: bytes, fragment: str, width: str, height: str) -> str:
    """The element with that id as SVG markup that stands alone, with what it refers to; "" if there is none.

    Only drawing elements come along, and only references inside the file: nothing of it can load or run.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        root = etree.fromstring(svg, parser)
    except etree.XMLSyntaxError:
        return ""
    if root is None:
        return ""
    by_id = {element.get("id"): element for element in root.iter(f"{SVG}*") if element.get("id")}
    start = by_id.get(fragment) if fragment else root
    if start is None:
        return ""
    needed = [start, *_needed(start, by_id)]
    if sum(1 for top in needed for _ in top.iter()) > MAX_ELEMENTS:
        return ""
    prefix = f"hashkeep-{zlib.crc32(svg):x}-"
    shown = _cleaned(start, prefix)
    if _name(shown) in ("symbol", "svg"):
        shown.tag = f"{SVG}svg"
        shown.set("width", width or shown.get("width") or "100%")
        shown.set("height", height or shown.get("height") or "100%")
    defs = [_cleaned(element, prefix) for element in needed[1:]]
    markup = "".join(_markup(element) for element in defs)
    return (f"<defs>{markup}</defs>" if markup else "") + _markup(shown)


def _needed(start: etree._Element, by_id: dict[str, etree._Element]) -> list[etree._Element]:
    seen = {start.get("id")}
    found: list[etree._Element] = []
    waiting = [start]
    while waiting:
        for element in waiting.pop().iter():
            for value in element.attrib.values():
                names = _REFERENCE.findall(value) + ([value[1:]] if value.startswith("#") else [])
                for name in names:
                    if name not in seen and name in by_id:
                        seen.add(name)
                        found.append(by_id[name])
                        waiting.append(by_id[name])
    return found


def _cleaned(element: etree._Element, prefix: str) -> etree._Element:
    clean = copy.deepcopy(element)
    clean.tail = None
    for inner in list(clean.iter()):
        if inner is not clean and (not isinstance(inner.tag, str) or _name(inner) not in _KEPT):
            _remove(inner)
            continue
        for name, value in list(inner.attrib.items()):
            _clean_attribute(inner, name, value, prefix)
    return clean


def _remove(element: etree._Element) -> None:
    """Takes it out and leaves the text behind it, which lxml would take along."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    parent.remove(element)


def _clean_attribute(element: etree._Element, name: str, value: str, prefix: str) -> None:
    plain = etree.QName(name).localname
    if plain.lower().startswith("on") or _OUTSIDE.search(value):
        del element.attrib[name]
    elif plain == "href":
        del element.attrib[name]
        if value.startswith("#"):
            element.set("href", "#" + prefix + value[1:])
    elif plain == "id":
        element.set("id", prefix + value)
    elif name.startswith("{"):
        del element.attrib[name]
    else:
        element.set(name, _REFERENCE.sub(lambda found: f"url(#{prefix}{found[1]})", value))


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname)


def _markup(element: etree._Element) -> str:
    # An HTML parser knows the namespaces by itself, and knows no prefixes.
    for inner in element.iter():
        inner.tag = _name(inner)
    etree.cleanup_namespaces(element)
    return str(etree.tostring(element, encoding="unicode", with_tail=False))

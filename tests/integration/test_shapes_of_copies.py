"""Trees that scripts build and no parser would: in the file every element that shows is where it was on the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from capture.recorder import Recorder
from capture.single_file import About, assemble, install, serialise
from tests.integration.page_site import chromium, serving
from tests.integration.test_single_file_copies import WHEN, WINDOW

NAMES = """
    a address b blockquote button caption col colgroup dd details div dl dt em fieldset footer form h1 h2 h3 hr i image
    label li main math nobr ol p pre rp rt ruby section select option optgroup span strong summary svg table tbody td
    tfoot th thead tr u ul x-y listing xmp plaintext center font s:svg s:g s:text s:foreignObject m:math m:mrow m:mtext
    m:mi body html head frameset
""".split()  # noqa: SIM905 (a list of this length is read better so)
GROW = """([names, seed]) => {
  const chance = n => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % n; };
  const spaces = {s: 'http://www.w3.org/2000/svg', m: 'http://www.w3.org/1998/Math/MathML'};
  const all = [document.body];
  for (let n = 0; n < 220; n++) {
    const [name, space] = names[chance(names.length)].split(':').reverse();
    const made = document.createElementNS(spaces[space] ?? 'http://www.w3.org/1999/xhtml', name);
    made.setAttribute('data-n', n);
    // Mostly deep, and now and then at the top.
    const parent = chance(6) ? all[all.length - 1 - chance(Math.min(all.length, 8))] : document.body;
    if (chance(3)) parent.append(`word${n} `);
    parent.append(made);
    if (chance(2)) made.append(`inside${n} `);
    if (name !== 'hr' && name !== 'col') all.push(made);
  }
}"""
"""Grows a tree of any names, the same one for the same seed."""
TREE = """isShown => [...document.querySelectorAll('[data-n]')]
  .filter(e => !isShown || (e.checkVisibility() && e.getClientRects().length))
  .map(e => {
    const name = e.localName.replace(/^hashkeep-/, '');
    return [+e.dataset.n, name, +(e.parentElement.closest('[data-n]')?.dataset.n ?? -1)];
  })"""
"""Number, name and parent of each element; of those that show, or of all."""
SAME = {"xmp": "pre", "plaintext": "pre"}
"""Written under another name, as nothing can be escaped inside them."""


async def _trees(seed: int, path: Path) -> tuple[list[Any], list[Any]]:
    async with (
        serving({"/": "<!doctype html><body>"}) as site,
        chromium() as (browser, endpoint),
        Recorder(endpoint, 10**6, 10**7) as recorder,
    ):
        context = await browser.new_context(viewport=WINDOW)
        await install(context)
        page = await context.new_page()
        await page.goto(site.url("/"))
        await page.evaluate(GROW, [NAMES, seed])
        live = await page.evaluate(TREE, True)
        snapshot = await serialise(recorder, 10)
        path.write_text(assemble(snapshot, await recorder.finish(2), About(site.url("/"), WHEN)).html, "utf-8")
        await page.goto(path.as_uri())
        return live, await page.evaluate(TREE, False)


@pytest.mark.parametrize("seed", range(1, 4))
async def test_every_element_that_shows_is_where_it_was(seed: int, tmp_path: Path) -> None:
    live, copy = await _trees(seed, tmp_path / "page.html")
    assert len(live) > 60
    there = {n: (tag, parent) for n, tag, parent in copy}
    lost = [
        (n, tag, parent, there.get(n))
        for n, tag, parent in live
        if there.get(n) not in ((tag, parent), (SAME.get(tag, tag), parent))
    ]
    assert not lost, json.dumps(lost)

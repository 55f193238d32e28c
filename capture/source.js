// The document's HTML for extraction of the article, shadow trees put where they show: in the place of their host's
// children, with what fills their slots. Called as (limit); cut before it travels.
limit => {
  const root = document.documentElement;
  if (!root) return '';
  let looked = 0, shadows = false;
  for (const element of root.querySelectorAll('*')) {
    if (element.shadowRoot) shadows = true;
    if (shadows || ++looked > 50000) break;
  }
  if (!shadows) return root.outerHTML.slice(0, limit);
  const LEFT_OUT = 'script, style, svg, template, noscript, iframe, object, canvas';
  const EMPTY = 'area, base, br, col, embed, hr, img, input, link, meta, source, track, wbr';
  const escaped = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
  const parts = [];
  let left = limit, nodes = 0;
  const put = text => { parts.push(text); left -= text.length; };
  const childrenOf = e => {
    if (e.shadowRoot) return e.shadowRoot.childNodes;
    const assigned = e.localName === 'slot' ? e.assignedNodes({flatten: true}) : [];
    return assigned.length ? assigned : e.childNodes;
  };
  const write = (node, depth) => {
    if (left <= 0 || depth > 400 || ++nodes > 200000) return;
    if (node.nodeType === Node.TEXT_NODE) return put(escaped(node.data));
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches(LEFT_OUT)) return;
    // Names of custom elements mean nothing to who reads this; a slot has no box.
    const name = node.localName.includes('-') ? 'div' : node.localName === 'slot' ? 'span' : node.localName;
    const attributes = [...node.attributes].filter(a => /^[a-z-]+$/.test(a.name) && a.value.length < 2000)
      .map(a => ` ${a.name}="${escaped(a.value)}"`).join('');
    put(`<${name}${attributes}>`);
    if (node.matches(EMPTY)) return;
    for (const child of childrenOf(node)) write(child, depth + 1);
    put(`</${name}>`);
  };
  write(root, 0);
  return parts.join('').slice(0, limit);
}

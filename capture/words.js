// What a person can read in this document, shadow trees included. Called as (limit); the text is cut before it travels.
// Frames are asked too: there it sees closed shadow trees only where the frame lets it.
limit => {
  const texts = [document.body?.innerText ?? ''];
  let left = limit - texts[0].length, looked = 0;
  const shows = e => e.checkVisibility() || getComputedStyle(e).display === 'contents';
  const add = node => {
    let text = '';
    if (node.nodeType === Node.TEXT_NODE) text = node.data;
    else if (node instanceof HTMLElement && node.localName !== 'slot' && shows(node)) text = node.innerText;
    if (text.trim()) texts.push(text);
    left -= text.length;
  };
  // innerText leaves shadow trees out: each is read by itself, behind the rest.
  const read = root => {
    for (const element of root.querySelectorAll('*')) {
      if (++looked > 50000 || left <= 0) return;
      const shadow = element.shadowRoot;
      if (!shadow || !shows(element)) continue;
      shadow.childNodes.forEach(add);
      read(shadow);
    }
  };
  if (document.body) read(document.body);
  return texts.join('\n').slice(0, limit);
}

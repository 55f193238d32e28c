// What a page says of itself and what shows on it; strings are cut here, before they travel. Called as
// (maxText, words); the second is the function of words.js.
(maxText, words) => {
  const meta = (...names) => {
    for (const name of names) {
      const found = document.querySelector(`meta[name="${name}" i], meta[property="${name}" i]`)?.content?.trim();
      if (found) return found.slice(0, 1000);
    }
    return '';
  };
  const seen = e => {
    const box = e.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && getComputedStyle(e).visibility === 'visible';
  };
  // The layer on top of the middle of the window, if there is one that floats over the rest.
  let layer = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
  const floats = e => e.matches('dialog, [role=dialog], [aria-modal=true]') || getComputedStyle(e).position === 'fixed';
  while (layer && layer !== document.body && layer !== document.documentElement && !floats(layer)) {
    layer = layer.parentElement ?? layer.getRootNode().host;
  }
  const isLayer = layer && layer !== document.body && layer !== document.documentElement;
  const box = isLayer ? layer.getBoundingClientRect() : null;
  const text = words(maxText);
  let pictures = 0;
  for (const e of document.querySelectorAll('img, canvas, video, svg, iframe, embed, object, picture')) {
    if (seen(e) && ++pictures >= 50) break;
  }
  return {
    url: location.href,
    type: document.contentType,
    title: document.title.slice(0, 300),
    heading: (document.querySelector('h1')?.innerText ?? '').slice(0, 300),
    meta_title: meta('og:title', 'twitter:title').slice(0, 300),
    lang: (document.documentElement?.lang || meta('og:locale') ||
      document.querySelector('meta[http-equiv="content-language" i]')?.content || '').slice(0, 40),
    description: meta('description', 'og:description', 'twitter:description'),
    text,
    text_length: text.trim().length,
    elements: document.getElementsByTagName('*').length,
    pictures,
    passwords: [...document.querySelectorAll('input[type=password]')].filter(seen).length,
    buttons: [...document.querySelectorAll('button, [role=button], input[type=submit], a')].filter(seen).slice(0, 60)
      .map(e => (e.innerText || e.value || '').trim().slice(0, 40)).filter(Boolean),
    layer_text: isLayer ? (layer.innerText ?? '').slice(0, 4000) : '',
    layer_share: box ? Math.min(1, box.width * box.height / (innerWidth * innerHeight)) : 0,
    height: document.documentElement?.scrollHeight ?? 0,
  };
}

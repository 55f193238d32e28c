// What settle.py asks every few hundredths of a second, in the isolated world. The first call begins to watch the DOM.
() => {
  const root = document.documentElement;
  let watch = globalThis.__watch;
  if (!watch || watch.document !== document) {
    watch = globalThis.__watch = {
      document, changed: performance.now(), changes: 0, counted: -1, text: 0, elements: 0, skipped: new Set(),
    };
    const observer = new MutationObserver(() => { watch.changed = performance.now(); watch.changes += 1; });
    observer.observe(document, {
      childList: true, characterData: true, subtree: true, attributes: true, attributeFilter: ['src', 'srcset'],
    });
    // Parts that the browser leaves out while they are far away; shown.js brings them back.
    document.addEventListener('contentvisibilityautostatechange', event => watch.skipped.add(event.target), true);
  }
  if (watch.counted !== watch.changes) {
    // Counting is the dear part: only after a change.
    watch.counted = watch.changes;
    watch.elements = document.getElementsByTagName('*').length;
    let text = (document.body?.textContent ?? '').length;
    for (const e of document.querySelectorAll('body script, body style, body noscript')) text -= e.textContent.length;
    watch.text = text;
  }
  let images = 0;
  for (const image of document.images) {
    if (!image.complete && image.loading !== 'lazy' && image.currentSrc) images += 1;
  }
  const refresh = document.querySelector('meta[http-equiv="refresh" i]')?.content.match(/^\s*(\d+)[^;,]*[;,]\s*\S/);
  // Few words that say one will be taken elsewhere.
  const announces = watch.text < 600 && /redirect|being (sent|taken|forwarded)|跳转|跳轉|转到|weitergeleitet|weiterleitung|redirig|reindirizz|doorgestuurd|przekierow/i
    .test(document.body?.textContent ?? '');
  return {
    url: location.href,
    title: document.title.slice(0, 100),
    ready: document.readyState,
    quiet_ms: performance.now() - watch.changed,
    text: watch.text,
    elements: watch.elements,
    scripts: document.scripts.length,
    pictures: document.querySelectorAll('img, canvas, video, svg, iframe, embed, object').length,
    images,
    fonts: document.fonts.status === 'loading',
    announces,
    leaving: !!refresh && refresh[1] <= 4 && performance.now() < refresh[1] * 1000 + 1500,
    height: root ? root.scrollHeight : 0,
  };
}

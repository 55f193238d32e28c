// Looks for consent notices, presses a button of one, hides one. Called as (step, argument), see consent.py: what is a
// notice, and which button is pressed, is decided there; nothing is pressed here that it did not name.
async (step, argument) => {
  const state = globalThis.__consent ??= {layers: [], guarded: false};
  const pause = milliseconds => new Promise(done => setTimeout(done, milliseconds));
  const area = box => Math.max(0, Math.min(box.right, innerWidth) - Math.max(box.left, 0)) *
    Math.max(0, Math.min(box.bottom, innerHeight) - Math.max(box.top, 0)) / (innerWidth * innerHeight || 1);
  const shows = e => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && e.checkVisibility({opacityProperty: true, visibilityProperty: true});
  };
  const above = e => e.parentElement ?? e.getRootNode().host ?? null;

  // A node and the shadow roots below it; closed ones too (single_file_prepare.js).
  const rootsIn = node => {
    const roots = node.shadowRoot ? [node, node.shadowRoot] : [node];
    for (let n = 0; n < roots.length && roots.length < 20; n++) {
      let looked = 0;
      for (const e of roots[n].querySelectorAll('*')) {
        if (e.shadowRoot) roots.push(e.shadowRoot);
        if (++looked > 4000) break;
      }
    }
    return roots;
  };
  const allIn = (roots, selector) => roots.flatMap(root => [...root.querySelectorAll(selector)]);
  const textOf = roots => roots.map(root => root.innerText ??
    [...root.children].map(e => e.matches('style, script') ? '' : e.innerText ?? '').join('\n')).join('\n').trim();

  const labelOf = e => (e.innerText || (e.matches('input') ? e.value : '') || e.getAttribute('aria-label') || e.title ||
    e.querySelector('img[alt]')?.alt || e.querySelector('svg title')?.textContent || '').trim().slice(0, 120);
  const leaves = e => {
    const link = e.closest('a[href]');
    if (!link) return false;
    const to = link.getAttribute('href').trim();
    return !(to === '' || to.startsWith('#') || /^javascript:/i.test(to) ||
      link.href.split('#')[0] === location.href.split('#')[0] && link.href.includes('#'));
  };
  const PRESSED = 'button, [role=button], input[type=button], input[type=submit], a, [onclick], [tabindex="0"]';
  const TICKED = 'input[type=checkbox]:checked:not(:disabled):not([readonly]), ' +
    '[role=switch][aria-checked=true]:not([aria-disabled=true]):not(:disabled), ' +
    '[role=checkbox][aria-checked=true]:not([aria-disabled=true]):not(:disabled)';
  const TOGGLES = 'input[type=checkbox], [role=switch], [role=checkbox]';
  const FIELDS = 'input:not([type]), input[type=text], input[type=email], input[type=password], input[type=tel], ' +
    'input[type=number], textarea';
  const NAMED = /consent|cookie|privacy|gdpr|\bcmp\b|cmp[-_.]|truste|trustarc|sp_message|didomi|usercentrics/i;

  const describe = (element, platform) => {
    const roots = rootsIn(element);
    const hooks = {};
    for (const part of ['reject', 'necessary', 'save', 'settings', 'close']) {
      if (platform?.[part]) hooks[part] = platform[part];
    }
    const found = new Set(allIn(roots, [PRESSED, ...Object.values(hooks)].join(',')));
    const buttons = [...found].filter(e => shows(e) && !e.querySelector('button, [role=button]')).slice(0, 80);
    const text = textOf(roots);
    const layer = {element, roots, buttons};
    state.layers.push(layer);
    return {
      platform: platform?.name ?? '',
      dialog: element.matches('dialog, [role=dialog], [role=alertdialog], [aria-modal=true]') || element.localName === 'body',
      text: text.slice(0, 6000),
      text_length: text.length,
      share: area(element.getBoundingClientRect()),
      fields: allIn(roots, FIELDS).filter(shows).length,
      toggles: allIn(roots, TOGGLES).length,
      landmarks: allIn(roots, 'main, article, [role=main]').length,
      buttons: buttons.map(e => ({
        label: labelOf(e),
        aria: (e.getAttribute('aria-label') ?? '').trim().slice(0, 120),
        hook: Object.keys(hooks).find(part => e.matches(hooks[part])) ?? '',
        leaves: leaves(e),
      })),
    };
  };

  // Everything that floats over the page: what platforms are known to put there, dialogs, and whatever is fixed under
  // a grid of points, from the inside to the outside.
  const survey = platforms => {
    state.layers = [];
    const found = new Map();
    if (document.querySelector(platforms.map(p => p.root).join(','))) {
      for (const platform of platforms) {
        for (const e of document.querySelectorAll(platform.root)) if (!found.has(e)) found.set(e, platform);
      }
    }
    for (const e of document.querySelectorAll('dialog[open], [role=dialog], [role=alertdialog], [aria-modal=true]')) {
      if (found.size < 30 && !found.has(e) && shows(e)) found.set(e, null);
    }
    const passed = new Set();
    for (const x of [0.06, 0.3, 0.5, 0.7, 0.94]) {
      for (const y of [0.04, 0.25, 0.5, 0.75, 0.9, 0.97]) {
        let e = document.elementFromPoint(innerWidth * x, innerHeight * y);
        for (let inner; (inner = e?.shadowRoot?.elementFromPoint(innerWidth * x, innerHeight * y)) && inner !== e;) e = inner;
        for (; e && e !== document.body && e !== document.documentElement && !passed.has(e); e = above(e)) {
          passed.add(e);
          if (['fixed', 'sticky'].includes(getComputedStyle(e).position) && !found.has(e)) found.set(e, null);
        }
      }
    }
    const frames = [];
    [...document.querySelectorAll('iframe')].slice(0, 60).forEach((e, n) => {
      const share = area(e.getBoundingClientRect());
      if (share < 0.01 || !shows(e)) return;
      const owner = [...found.keys()].find(layer => layer.contains(e));
      const named = NAMED.test([e.id, e.className, e.name, e.title, e.getAttribute('src') ?? ''].join(' '));
      if (named || owner) frames.push({n, named, share, platform: found.get(owner)?.name ?? ''});
    });
    // What holds a whole application is no notice, and dear to read.
    const small = [...found].filter(([e, platform]) => platform || e.textContent.length < 60000);
    return {layers: small.slice(0, 30).map(([e, platform]) => describe(e, platform)), frames};
  };

  const alive = layer => layer.element.isConnected && (layer.buttons.some(shows) || layer.element.localName !== 'body' &&
    shows(layer.element) && area(layer.element.getBoundingClientRect()) > 0);
  const outline = layer => allIn(rootsIn(layer.element), PRESSED).filter(shows).map(labelOf).join('|');

  // From the first button on, the page stays where it is: some platforms load it again, which would cost all it has.
  const guard = () => {
    if (state.guarded || !globalThis.navigation) return;
    state.guarded = true;
    navigation.addEventListener('navigate', event => {
      const elsewhere = !event.destination.sameDocument || event.hashChange;
      if (elsewhere && event.cancelable) event.preventDefault();
    });
  };

  const press = async ({layer: number, button, untick, wait, leave}) => {
    const layer = state.layers[number];
    if (!leave) guard();
    if (untick) for (const e of allIn(layer.roots, TICKED).slice(0, 200)) e.click();
    const before = outline(layer);
    layer.buttons[button].click();
    for (const end = performance.now() + wait; performance.now() < end;) {
      await pause(40);
      if (!alive(layer)) return 'gone';
      if (outline(layer) !== before) return 'changed';
    }
    return 'stays';
  };

  // Up to where there is something else beside the notice: with its own frame and veil, but never with the page.
  const MEDIA = 'img, video, canvas, iframe, svg, embed, object, picture, input';
  const bare = e => !shows(e) || e.matches('script, style, link') ||
    ['fixed', 'absolute'].includes(getComputedStyle(e).position) && !(e.innerText ?? '').trim() &&
    !e.matches(MEDIA) && !e.querySelector(MEDIA);
  const shellOf = element => {
    let shell = element;
    for (let e = above(shell); e && e !== document.body && e !== document.documentElement; e = above(e)) {
      const inside = [...(shell.getRootNode() === e.shadowRoot ? e.shadowRoot : e).childNodes];
      const other = inside.some(n => n !== shell && (n.nodeType === 1 ? !bare(n) : n.nodeType === 3 && n.data.trim()));
      if (other || inside.length > 60) break;
      shell = e;
    }
    return shell;
  };
  const hide = e => e.style.setProperty('display', 'none', 'important');

  // What is left over the page once the notice is gone: its veil, a blur, a locked scroll bar.
  const tidy = veils => {
    if (veils) for (const e of document.querySelectorAll(veils)) hide(e);
    for (let n = 0; n < 4; n++) {
      let veil = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
      while (veil && !['fixed', 'absolute'].includes(getComputedStyle(veil).position)) veil = above(veil);
      if (!veil || veil === document.body || veil === document.documentElement) break;
      const style = getComputedStyle(veil), alpha = style.backgroundColor.match(/rgba\(.*,\s*([\d.]+)\)/);
      const through = (alpha && +alpha[1] > 0 && +alpha[1] < 1) || style.backdropFilter !== 'none' || +style.opacity < 0.95 ||
        /overlay|backdrop|veil|mask|dimm|curtain/i.test(`${veil.id} ${veil.className}`);
      const empty = !(veil.innerText ?? '').trim() && !veil.querySelector('img, video, canvas, iframe, svg, input');
      if (!through || !empty || style.backgroundImage.includes('url(') || area(veil.getBoundingClientRect()) < 0.7) break;
      hide(veil);
    }
    for (const e of [document.documentElement, document.body, ...(document.body?.children ?? [])].slice(0, 60)) {
      if (getComputedStyle(e).filter.includes('blur')) e.style.setProperty('filter', 'none', 'important');
    }
    // Applications lock what never scrolls: the lock is opened only where there is more than the window shows.
    const root = document.scrollingElement ?? document.documentElement;
    const locked = [document.documentElement, document.body].filter(e => e &&
      (['hidden', 'clip'].includes(getComputedStyle(e).overflowY) || getComputedStyle(e).position === 'fixed'));
    const styles = locked.map(e => e.getAttribute('style'));
    for (const e of locked) {
      for (const [name, value] of [['overflow', 'visible'], ['height', 'auto'], ['position', 'static']]) {
        e.style.setProperty(name, value, 'important');
      }
    }
    if (root.scrollHeight > innerHeight + 50) return;
    locked.forEach((e, n) => styles[n] === null ? e.removeAttribute('style') : e.setAttribute('style', styles[n]));
  };

  // How much of a page there is beside its notices, without what every page of a site has. Counts no further than needed.
  const beside = enough => {
    const notices = argument.layers.map(n => state.layers[n]?.element).filter(Boolean);
    const framed = argument.frames.map(n => document.querySelectorAll('iframe')[n]).filter(Boolean);
    const not = e => e.closest('script, style, noscript, template, header, nav, footer, aside') ||
      [...notices, ...framed].some(notice => notice.contains(e));
    let text = 0, pictures = 0;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (text < enough && walker.nextNode()) {
      const words = walker.currentNode.data.trim(), e = walker.currentNode.parentElement;
      if (words && e && !not(e) && e.checkVisibility()) text += words.length;
    }
    for (const e of document.querySelectorAll('img, video, canvas, iframe, embed, object')) {
      const box = e.getBoundingClientRect();
      if (box.width >= 100 && box.height >= 60 && !not(e)) pictures += 1;
    }
    return {text, pictures};
  };

  if (step === 'survey') return survey(argument.platforms);
  if (step === 'survey-frame') {
    state.layers = [];
    return {layers: document.body ? [describe(document.body, argument.platform)] : [], frames: []};
  }
  if (step === 'press') return press(argument);
  if (step === 'guard') return guard();
  if (step === 'beside') return beside(argument.enough);
  if (step === 'tidy') return tidy(argument.veils);
  if (step === 'hide') {
    if (argument.layer !== null) hide(shellOf(state.layers[argument.layer].element));
    if (argument.frame !== null) hide(shellOf(document.querySelectorAll('iframe')[argument.frame]));
    return tidy(argument.veils);
  }
  return null;
}

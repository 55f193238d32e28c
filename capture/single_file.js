// Writes a frame's live document as HTML, in pieces. Called in an isolated world as (options, ...owners):
//   options: {frames: [id, …] of the owners, kept: [URLs of style sheets whose bytes are kept], maxLength}
//   owners:  the elements of this document that hold a frame.
// Gives {parts, blobs, …}. `parts` are strings of finished HTML and, between them, what has to be filled in outside:
//   {k: 'resource', u, w, h}          an address, as a data: URL       {k: 'frame', i, as}     the document of a frame
//   {k: 'image', u, w, h, broken, d, t, b, own}  the attributes src (with density d: srcset) and style of an image
//   {k: 'sheet', u, charset, t, b}    a style sheet by its address     {k: 'css', t, b}        text of a style element
//   {k: 'style', t, b}                value of an attribute that holds CSS
//   {k: 'use', u, a, w, h}            an element of another SVG file   {k: 'note'}             the place of the last line
// As data and text never share a string with markers, nothing a page contains can be taken for one.
async (options, ...owners) => {
  const HTML = 'http://www.w3.org/1999/xhtml';
  const SVG = 'http://www.w3.org/2000/svg';
  const XLINK = 'http://www.w3.org/1999/xlink';
  const VOID = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '));
  const DROPPED = new Set(
    'base script noscript template noembed noframes source track param portal fencedframe'.split(' '));
  const DROPPED_ATTRIBUTES = new Set(('src srcset sizes imagesrcset imagesizes srcdoc integrity crossorigin nonce ping ' +
    'loading fetchpriority decoding autofocus autoplay action method formaction formtarget formmethod enctype background ' +
    'poster data classid codebase archive cite longdesc manifest profile dynsrc lowsrc attributionsrc target rel download ' +
    'hreflang referrerpolicy allow allowfullscreen sandbox csp credentialless is xml:base xmlns:xlink itemid itemtype ' +
    'about resource vocab typeof prefix http-equiv shadowrootmode').split(' '));
  const KEPT_META = new Set(['viewport', 'description', 'author', 'color-scheme', 'theme-color', 'keywords']);
  // Which forms of Han characters are shown follows from the charset where no language is given.
  const LANGUAGES = {'GBK': 'zh-Hans', 'gb18030': 'zh-Hans', 'Big5': 'zh-Hant', 'Shift_JIS': 'ja', 'EUC-JP': 'ja',
    'ISO-2022-JP': 'ja', 'EUC-KR': 'ko'};
  const MAX_DEPTH = 1500;

  // A form's fields and a document's named elements hide the built-in properties of the same names, here as well.
  const getter = (type, name) => {
    const {get} = Object.getOwnPropertyDescriptor(type.prototype, name);
    return object => get.call(object);
  };
  const tagOf = getter(Element, 'localName');
  const spaceOf = getter(Element, 'namespaceURI');
  const attributesOf = getter(Element, 'attributes');
  const shadowOf = getter(Element, 'shadowRoot');
  const nameOf = getter(Node, 'nodeName');
  const kindOf = getter(Node, 'nodeType');
  const firstOf = getter(Node, 'firstChild');
  const nextOf = getter(Node, 'nextSibling');
  const parentOf = getter(Node, 'parentElement');
  const read = (element, name) => Element.prototype.getAttribute.call(element, name);
  const within = (element, selector) => Element.prototype.closest.call(element, selector) !== null;
  const baseUrl = getter(Node, 'baseURI')(document);
  const pageUrl = getter(Document, 'URL')(document);
  const root = getter(Document, 'documentElement')(document);
  const body = getter(Document, 'body')(document);
  const head = getter(Document, 'head')(document);
  const doctype = getter(Document, 'doctype')(document);
  const charset = getter(Document, 'characterSet')(document);
  const quirks = getter(Document, 'compatMode')(document) === 'BackCompat';

  const kept = new Set(options.kept);
  const parts = [];
  const blobs = new Map();  // addresses, and the images that show them
  let text = '';
  let length = 0;
  let cut = false;
  let lost = 0;

  const write = string => {
    text += string;
    length += string.length;
    if (length > options.maxLength) cut = true;
  };
  const fill = piece => {
    parts.push(text, piece);
    text = '';
    length += (piece.t?.length ?? 0) + 50;
    if (length > options.maxLength) cut = true;
  };
  const escapeText = s => s.replace(/[&<>\u00a0\r]/g, c => ({'&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;'}[c] ?? '&nbsp;'));
  const escapeAttribute = s => s.replace(/[&<>"\u00a0\r]/g,
    c => ({'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#13;'}[c] ?? '&nbsp;'));
  const absolute = (url, base = baseUrl) => {
    try { return new URL(url.trim(), base).href; } catch { return ''; }
  };
  const bare = url => url.split('#')[0];
  const here = new Set([bare(pageUrl), bare(baseUrl)]);

  // A fragment of this document as it is, an http(s) address in full, null for everything else.
  const target = (url, base) => {
    if (/^\s*#/.test(url)) return url.trim();
    const full = absolute(url, base);
    if (full.includes('#') && here.has(bare(full))) return full.slice(full.indexOf('#'));
    return /^https?:/.test(full) ? full : null;
  };
  const attribute = (name, value) => write(` ${name}="${escapeAttribute(value)}"`);
  const resource = (name, url, more = {}) => {
    const full = absolute(url);
    if (full.startsWith('blob:')) blobs.set(full, null);
    write(` ${name}="`);
    fill({k: 'resource', u: full, ...more});
    write('"');
  };
  const styleAttribute = (name, value) => {
    if (!/url|image|src/i.test(value) && !value.includes('\\')) return attribute(name, value);
    noteBlobs(value);
    write(` ${name}="`);
    fill({k: 'style', t: value, b: baseUrl});
    write('"');
  };
  const noteBlobs = css => {
    for (const [url] of css.matchAll(/blob:[^\s"')\\]+/g)) blobs.set(url, null);
  };

  // ---- style sheets

  const rulesOf = sheet => {
    try { return [...sheet.cssRules]; } catch { return null; }
  };
  const textOf = rules => rules.map(rule => rule.cssText).join('\n');
  // Rules put in by script are in no text. As text says more than Chromium's rules do (vendors' own properties), it is
  // taken unless the rules tell something else.
  const styleText = (element, sheet) => {
    const source = element.textContent;
    const rules = rulesOf(sheet);
    if (!rules || (source.length > 300_000 && rules.length > 0)) return source;
    const asWritten = new CSSStyleSheet();
    try { asWritten.replaceSync(source); } catch { return source; }
    const live = rules.filter(rule => !(rule instanceof CSSImportRule));
    const same = live.length === asWritten.cssRules.length && textOf(live) === textOf([...asWritten.cssRules]);
    return same ? source : textOf(rules);
  };
  const writeStyle = (css, base, media) => {
    noteBlobs(css);
    write('<style');
    if (media) attribute('media', media);
    write('>');
    fill({k: 'css', t: css, b: base});
    write('</style>');
  };
  const writeSheet = element => {
    const sheet = element.sheet;
    if (!sheet || sheet.disabled) return write('<style></style>');
    const media = element.getAttribute('media') ?? '';
    if (element.localName === 'style') return writeStyle(styleText(element, sheet), baseUrl, media);
    const url = bare(absolute(element.getAttribute('href') ?? ''));
    const rules = kept.has(url) ? null : rulesOf(sheet);
    write('<style');
    if (media) attribute('media', media);
    write('>');
    fill({k: 'sheet', u: url, charset: element.charset || charset, t: rules && textOf(rules), b: sheet.href ?? url});
    write('</style>');
  };
  // Fonts that a script made are known to the page's world only; `single_file_prepare.js` answers there.
  const scriptFonts = () => {
    const answer = Document.prototype.createElement.call(document, 'i');
    dispatchEvent(new MouseEvent('hashkeep-fonts', {relatedTarget: answer}));
    return answer.textContent.slice(0, 20_000_000);
  };
  const writeAdopted = root => {
    for (const sheet of root.adoptedStyleSheets ?? []) {
      const rules = rulesOf(sheet);
      if (rules?.length && !sheet.disabled) writeStyle(textOf(rules), baseUrl, sheet.media.mediaText);
    }
  };

  // ---- elements that are not written as they are

  const copyAttributes = (element, ...except) => {
    const isSvg = spaceOf(element) !== HTML;
    for (const {name, value, namespaceURI} of attributesOf(element)) {
      const low = name.toLowerCase();
      if (except.includes(low) || low.startsWith('on') || !/^[^\s"'<>\/=\0]+$/.test(name)) continue;
      if (low === 'style') styleAttribute('style', value);
      else if (low === 'href' || (namespaceURI === XLINK && low === 'xlink:href')) writeHref(element, name, value);
      else if (DROPPED_ATTRIBUTES.has(low)) continue;
      else if (isSvg && /\(/.test(value)) styleAttribute(name, value);
      else if (low.startsWith('data-') && /:\/\/|^\s*\/\//.test(value)) attribute(name, '');
      else if (low === 'xmlns' || low.startsWith('xmlns:')) continue;
      else attribute(name, value);
    }
  };
  const writeHref = (element, name, value) => {
    const tag = tagOf(element);
    if (tag === 'a' || tag === 'area') {
      const to = target(value);
      // Without an address it would no longer look like a link.
      attribute(name, to ?? '#');
      if (to && !to.startsWith('#')) write(' target="_blank" rel="noreferrer"');
    } else if (spaceOf(element) === SVG) {
      const to = target(value);
      if (to?.startsWith('#')) attribute(name, to);
      else if (tag === 'image' || tag === 'feImage') resource(name, value);
    }
  };
  // [address, number, unit] of each candidate, as in the HTML Standard's "parse a srcset attribute".
  const candidates = function* (set) {
    const address = /[\s,]*([^\s]+)/y;
    const descriptor = /[^,]*/y;
    for (let found; (found = address.exec(set)); address.lastIndex = descriptor.lastIndex) {
      descriptor.lastIndex = address.lastIndex;
      const said = found[1].endsWith(',') ? '' : descriptor.exec(set)[0];
      const [, number, unit] = said.match(/([\d.]+)([wx])/) ?? [];
      yield [found[1].replace(/,+$/, ''), +number, unit];
    }
  };
  const density = img => {
    const parent = img.parentElement;
    const sources = parent?.localName === 'picture' ? [...parent.children].filter(e => e.localName === 'source') : [];
    for (const set of [...sources, img].map(e => e.getAttribute('srcset')).filter(Boolean)) {
      for (const [url, number, unit] of candidates(set)) {
        if (!unit || absolute(url) !== img.currentSrc) continue;
        return unit === 'x' ? number : img.naturalWidth ? number / img.naturalWidth : 1;
      }
    }
    return 1;
  };
  const writeImage = img => {
    write('<img');
    copyAttributes(img, 'style');
    const url = absolute(img.currentSrc || img.src);
    if (!img.currentSrc && !img.getAttribute('src')) {
      if (img.hasAttribute('style')) styleAttribute('style', img.getAttribute('style'));
      return write('>');
    }
    if (url.startsWith('blob:')) blobs.set(url, img);
    const style = img.getAttribute('style');
    if (style) noteBlobs(style);
    const times = density(img);
    fill({
      k: 'image', u: url, w: img.naturalWidth || img.width, h: img.naturalHeight || img.height,
      broken: img.complete && !img.naturalWidth, d: times > 0 && Math.abs(times - 1) > 0.02 ? +times.toFixed(4) : 0,
      t: style ?? '', b: baseUrl, own: getComputedStyle(img).content !== 'normal',
    });
    return write('>');
  };
  const picture = (draw, width, height, type) => {
    const canvas = Document.prototype.createElement.call(document, 'canvas');
    canvas.width = width;
    canvas.height = height;
    try {
      draw(canvas.getContext('2d'));
      return canvas.toDataURL(type, 0.85);
    } catch { return ''; }
  };
  const writeCanvas = canvas => {
    let url = '';
    if (canvas.width && canvas.height) {
      try { url = canvas.toDataURL(); } catch { lost++; }
    }
    // An image, as a canvas shows nothing where scripts are switched off. It lacks what style sheets say of `canvas`.
    write('<img alt=""');
    copyAttributes(canvas, 'width', 'height', 'style', 'alt');
    const style = getComputedStyle(canvas);
    let added = `;display:${style.display}`;
    if (style.position !== 'static') added += `;position:${style.position};inset:${style.inset};z-index:${style.zIndex}`;
    if (canvas.clientWidth !== canvas.width) added += `;width:${style.width}`;
    if (canvas.clientHeight !== canvas.height) added += `;height:${style.height}`;
    styleAttribute('style', (canvas.getAttribute('style') ?? '') + added);
    resource('src', url || 'data:,', {w: canvas.width, h: canvas.height});
    write('>');
  };
  const writeMedia = media => {
    const tag = media.localName;
    write('<' + tag);
    copyAttributes(media, 'style', 'width', 'height');
    if (tag === 'video') {
      const {videoWidth: width, videoHeight: height} = media;
      const poster = media.getAttribute('poster');
      const frame = !poster && media.readyState >= 2 && width
        ? picture(c => c.drawImage(media, 0, 0), width, height, 'image/jpeg') : '';
      if (poster || frame) resource('poster', poster || frame);
      for (const name of ['width', 'height']) if (media.hasAttribute(name)) attribute(name, media.getAttribute(name));
      const shape = width ? `;aspect-ratio:${width}/${height}` : '';
      const box = !poster && !frame && media.offsetWidth ? `;width:${media.offsetWidth}px;max-width:100%` : '';
      styleAttribute('style', (media.getAttribute('style') ?? '') + shape + box);
    } else if (media.hasAttribute('style')) styleAttribute('style', media.getAttribute('style'));
    write(`></${tag}>`);
  };
  const writeFrame = (element, index) => {
    if (element.localName === 'frame') {
      write('<frame');
      copyAttributes(element, 'name');
      write(' src="');
      fill({k: 'frame', i: index, as: 'src'});
      return write('">');
    }
    write(element.localName === 'iframe' ? '<iframe sandbox=""' : '<iframe sandbox="" frameborder="0"');
    copyAttributes(element, 'name', 'type');
    if (index !== null) fill({k: 'frame', i: index, as: 'attribute'});
    else lost++;
    return write('></iframe>');
  };
  const writeObject = (element, depth) => {
    const url = element.getAttribute(element.localName === 'embed' ? 'src' : 'data') ?? '';
    const shown = element.offsetWidth > 0 && element.offsetHeight > 0;
    if (/^image\//.test(element.type) || /\.(svg|png|jpe?g|gif|webp|avif)([?#]|$)/i.test(url)) {
      write('<img alt=""');
      copyAttributes(element, 'type', 'name', 'alt');
      resource('src', url, {w: element.offsetWidth, h: element.offsetHeight});
      return write('>');
    }
    if (url && shown && !element.childNodes.length) lost++;
    write('<span');
    copyAttributes(element, 'type', 'name', 'width', 'height');
    write('>');
    writeChildren(element, depth);
    return write('</span>');
  };
  const writeUse = (element, depth) => {
    const href = element.getAttribute('href') ?? element.getAttributeNS(XLINK, 'href') ?? '';
    const to = target(href);
    if (!to || to.startsWith('#')) return false;
    write('<g');
    const [x, y] = ['x', 'y'].map(name => element.getAttribute(name) ?? '0');
    copyAttributes(element, 'href', 'xlink:href', 'x', 'y', 'width', 'height', 'transform');
    const move = x === '0' && y === '0' ? '' : ` translate(${parseFloat(x) || 0} ${parseFloat(y) || 0})`;
    const transform = (element.getAttribute('transform') ?? '') + move;
    if (transform) styleAttribute('transform', transform);
    write('>');
    fill({k: 'use', u: to, w: element.getAttribute('width') ?? '', h: element.getAttribute('height') ?? ''});
    write('</g>');
    return true;
  };
  const writeMeta = meta => {
    if (!KEPT_META.has((meta.getAttribute('name') ?? '').toLowerCase())) return;
    write('<meta');
    copyAttributes(meta);
    write('>');
  };
  const writeLink = link => {
    const rel = (link.getAttribute('rel') ?? '').toLowerCase().split(/\s+/);
    const isChoice = rel.includes('alternate') && link.title;
    if (rel.includes('stylesheet') && !isChoice) writeSheet(link);
    else if (link.closest('body')) write('<template></template>');
  };
  // SMIL can set an address as well as any script.
  const animatesAddress = element => spaceOf(element) === SVG && /^(set|animate)/.test(tagOf(element)) &&
    /href|src|style/i.test(read(element, 'attributeName') ?? '');

  // What a person typed or chose is in properties, not in attributes. Secrets and hidden fields are left out.
  const writeFormState = element => {
    const tag = tagOf(element);
    if (tag === 'input') {
      const type = element.type;
      if (type === 'checkbox' || type === 'radio') {
        if (element.checked) write(' checked=""');
        attribute('value', element.value);
      } else if (type === 'image') resource('src', element.src);
      else if (type === 'password') attribute('value', '•'.repeat(element.value.length));
      else if (!['hidden', 'file'].includes(type) && (element.value || element.hasAttribute('value'))) {
        attribute('value', element.value);
      }
    } else if (tag === 'option' && element.selected) write(' selected=""');
    else if (tag === 'body' || tag === 'table' || tag === 'td' || tag === 'th' || tag === 'tr') {
      const image = element.getAttribute('background');
      if (image) resource('background', image);
    }
  };
  const topLayerStyle = element => {
    if (tagOf(element) === 'dialog' && element.matches(':modal')) {
      const {backgroundColor} = getComputedStyle(element, '::backdrop');
      const shadow = getComputedStyle(element).boxShadow;
      return `;position:fixed;inset:0;margin:auto;z-index:2147483647;box-shadow:${shadow === 'none' ? '' : shadow + ','}` +
        `0 0 0 200vmax ${backgroundColor}`;
    }
    if (read(element, 'popover') === null) return '';
    return Element.prototype.matches.call(element, ':popover-open') ? ';position:fixed;z-index:2147483647' : ';display:none';
  };

  // ---- the walk

  const writeElement = (element, depth) => {
    const isHtml = spaceOf(element) === HTML;
    const tag = tagOf(element);
    if (isHtml ? DROPPED.has(tag) : tag === 'script' || animatesAddress(element)) {
      // Something stays in its place, so that :nth-child and + still count the same.
      const parent = parentOf(element);
      if (tag !== 'base' && !(parent && tagOf(parent) === 'picture') && within(element, 'body')) {
        write(isHtml ? '<template></template>' : '<desc></desc>');
      }
      return;
    }
    const frame = owners.indexOf(element);
    if (isHtml) {
      if (tag === 'img') return writeImage(element);
      if (tag === 'canvas') return writeCanvas(element);
      if (tag === 'video' || tag === 'audio') return writeMedia(element);
      if (tag === 'iframe' || tag === 'frame' || frame >= 0) return writeFrame(element, frame >= 0 ? options.frames[frame] : null);
      if (tag === 'object' || tag === 'embed' || tag === 'applet') return writeObject(element, depth);
      if (tag === 'style') return writeSheet(element);
      if (tag === 'link') return writeLink(element);
      if (tag === 'meta') return writeMeta(element);
    } else if (tag === 'use' && writeUse(element, depth)) return;
    else if (tag === 'style') return writeSheet(element);

    const name = tag === 'plaintext' || tag === 'xmp' ? 'pre' : isHtml ? tag : nameOf(element);
    if (!/^[a-zA-Z][^\s\/>\0]*$/.test(name)) return;
    write('<' + name);
    if (element === root && LANGUAGES[charset] && read(element, 'lang') === null) attribute('lang', LANGUAGES[charset]);
    const top = isHtml ? topLayerStyle(element) : '';
    if (isHtml) {
      const replaced = tag === 'input' ? ['value', 'checked'] : tag === 'option' ? ['selected'] : [];
      copyAttributes(element, ...replaced, ...(top ? ['style', 'popover'] : []));
      if (top) styleAttribute('style', (read(element, 'style') ?? '') + top);
      writeFormState(element);
    } else copyAttributes(element);
    write('>');
    if (isHtml && VOID.has(tag)) return;
    const shadow = shadowOf(element);
    if (shadow) writeShadow(shadow, depth);
    if (tag === 'textarea' && isHtml) write('\n' + escapeText(element.value));
    else {
      const first = name === 'pre' ? firstOf(element) : null;
      if (first && kindOf(first) === 3 && first.data[0] === '\n') write('\n');
      writeChildren(element, depth);
    }
    if (element === head) {
      writeAdopted(document);
      const fonts = scriptFonts();
      if (fonts) writeStyle(fonts, baseUrl, '');
    }
    if (element === body) fill({k: 'note'});
    write(`</${name}>`);
  };
  const writeShadow = (root, depth) => {
    write('<template shadowrootmode="open"');
    if (root.delegatesFocus) write(' shadowrootdelegatesfocus=""');
    write('>');
    writeChildren(root, depth);
    writeAdopted(root);
    write('</template>');
  };
  const writeChildren = (parent, depth) => {
    if (depth > MAX_DEPTH) { cut = true; return; }
    for (let node = firstOf(parent); node; node = nextOf(node)) {
      if (cut) return;
      const kind = kindOf(node);
      if (kind === 1) writeElement(node, depth + 1);
      else if (kind === 3 || kind === 4) write(escapeText(node.data));
    }
  };

  const isPage = root && tagOf(root) === 'html' && spaceOf(root) === HTML;
  if (!isPage) write('<html><head></head><body style="margin:0;line-height:0">');
  if (root) writeElement(root, 0);
  if (!isPage) {
    fill({k: 'note'});
    write('</body></html>');
  }
  parts.push(text);

  const height = root?.scrollHeight ?? 0;
  const display = body ? getComputedStyle(body).display : '';
  const end = body ? body.getBoundingClientRect().bottom + scrollY : 0;
  // On a page shorter than the window its height says nothing; then what is to be seen below the body does.
  const free = () => scrollY === 0 && height <= innerHeight && [0.1, 0.5, 0.9].every(x => {
    if (end + 14 >= innerHeight) return true;
    const found = Document.prototype.elementFromPoint.call(document, x * innerWidth, end + 14);
    return found === null || found === root || found === body;
  });

  const asDataUrl = blob => new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = reject;
    reader.readAsDataURL(blob);
  });
  await Promise.all([...blobs.keys()].slice(0, 500).map(async url => {
    const img = blobs.get(url);
    try {
      blobs.set(url, await asDataUrl(await (await fetch(url)).blob()));
    } catch {
      // Given back already, or forbidden by the page's policy: then the picture as it is shown.
      blobs.set(url, img ? picture(c => c.drawImage(img, 0, 0), img.naturalWidth, img.naturalHeight, 'image/png') : '');
    }
  }));

  return {
    parts,
    blobs: Object.fromEntries([...blobs].filter(([, data]) => data)),
    url: pageUrl,
    quirks,
    doctype: doctype?.publicId ?? '',
    flows: /^(block|flow-root)$/.test(display) && (end >= height - 60 || free()),
    height,
    cut,
    lost,
  };
}

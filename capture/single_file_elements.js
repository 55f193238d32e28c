// Elements that are not written as they stand, and attributes.
const copyAttributes = (element, ...except) => {
  const isSvg = spaceOf(element) !== HTML;
  for (const {name, value, namespaceURI} of attributesOf(element)) {
    const low = name.toLowerCase();
    if (except.includes(low) || low.startsWith('on') || !/^[^\s"'<>\/=\0]+$/.test(name)) continue;
    if (low === 'style') styleAttribute('style', animated.size ? styleOf(element) : value);
    else if (low === 'href' || (namespaceURI === XLINK && low === 'xlink:href')) writeHref(element, name, value);
    else if (DROPPED_ATTRIBUTES.has(low)) continue;
    else if (isSvg && /\(/.test(value)) styleAttribute(name, value);
    else if (low.startsWith('data-') && /:\/\/|^\s*\/\//.test(value)) attribute(name, '');
    else if (low === 'xmlns' || low.startsWith('xmlns:')) continue;
    else attribute(name, value);
  }
  if (animated.size && animated.has(element) && !except.includes('style') && read(element, 'style') === null) {
    styleAttribute('style', animated.get(element));
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
    if (styleOf(img) !== null) styleAttribute('style', styleOf(img));
    return write('>');
  }
  if (url.startsWith('blob:')) blobs.set(url, img);
  const style = styleOf(img);
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
// What no script may read, such as a canvas with a picture of another site, is photographed from outside.
const MAX_PHOTOGRAPHS = 4;
const photographs = [];
const photographed = element => {
  const box = element.getBoundingClientRect();
  const {clientWidth: width, clientHeight: height} = element;
  if (window !== top || photographs.length >= MAX_PHOTOGRAPHS || !width || !height || width * height > 4_000_000) return '';
  const key = `blob:hashkeep/${photographs.length}`;
  photographs.push([key, box.left + scrollX + element.clientLeft, box.top + scrollY + element.clientTop, width, height]);
  return key;
};
const writeCanvas = canvas => {
  let url = '';
  const {width, height} = canvas;
  if (width && height) {
    try { url = canvas.toDataURL(); } catch { url = photographed(canvas); }
    if (!url) lost++;
  }
  // An image, as a canvas shows nothing where scripts are switched off.
  write('<img alt=""');
  pose('canvas', 'img');
  copyAttributes(canvas, 'width', 'height', 'alt');
  // Its size is the picture's own: as attributes, numbers would mean more for an image than for a canvas.
  url ||= `data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='${width}' height='${height}'/>`;
  write(' src="');
  fill({k: 'resource', u: url, w: width, h: height});
  write('">');
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
    styleAttribute('style', (styleOf(media) ?? '') + shape + box);
  } else if (styleOf(media) !== null) styleAttribute('style', styleOf(media));
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
    pose(element.localName, 'img');
    copyAttributes(element, 'type', 'name', 'alt');
    resource('src', url, {w: element.offsetWidth, h: element.offsetHeight});
    return write('>');
  }
  if (url && shown && !element.childNodes.length) lost++;
  write('<span');
  pose(element.localName, 'span');
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
      if (element.indeterminate && type === 'checkbox') attribute('data-hashkeep', 'indeterminate');
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
// What lies above everything else: what it is called, and what makes it lie there without a script.
const NOT_ABOVE = {above: '', style: ''};
const topLayerOf = (element, tag) => {
  if (tag === 'dialog' && element.matches(':modal')) {
    const {backgroundColor} = getComputedStyle(element, '::backdrop');
    const shadow = getComputedStyle(element).boxShadow;
    const veil = `${shadow === 'none' ? '' : shadow + ','}0 0 0 200vmax ${backgroundColor}`;
    return {above: 'modal', style: `;position:fixed;inset:0;margin:auto;z-index:2147483647;box-shadow:${veil}`};
  }
  if (read(element, 'popover') !== null && Element.prototype.matches.call(element, ':popover-open')) {
    return {above: 'popover', style: `;display:${getComputedStyle(element).display};z-index:2147483647`};
  }
  return NOT_ABOVE;
};

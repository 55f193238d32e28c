// What the serialiser writes with: built-in getters that a page cannot hide, the pieces so far, escapes, addresses.
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
const openRootOf = getter(Element, 'shadowRoot');
// Roots that a page's own markup declares closed are reached from outside only.
const closedRoots = new Map();
const owners = objects.slice(0, options.frames.length);
for (let n = 0; n < options.closed; n++) closedRoots.set(objects[owners.length + n], objects[owners.length + options.closed + n]);
const shadowOf = element => openRootOf(element) ?? (closedRoots.size ? closedRoots.get(element) : null);
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

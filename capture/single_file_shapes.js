// What scripts build and no HTML parser would. Where its rules do not allow an element at its place (HTML Standard,
// 13.2.6.4, "The rules for parsing tokens in HTML content") a parser closes others before it, moves it or drops it. Such
// an element is written under a name of our own, of which no rule speaks; style sheets are made to mean that one as well
// (single_file_names.py), so that the copy has the same tree and the same look.
const PREFIX = 'hashkeep-';
const firstElementOf = getter(Element, 'firstElementChild');
const wordsOf = text => new Set(text.split(' '));
const CLOSES_P = wordsOf('address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption figure ' +
  'footer form h1 h2 h3 h4 h5 h6 header hgroup hr li listing main menu nav ol p plaintext pre search section summary table ul xmp');
const LISTS = wordsOf('ul ol menu dl');
const HEADINGS = wordsOf('h1 h2 h3 h4 h5 h6');
const SPECIAL = wordsOf('address applet area article aside blockquote body br button caption center col colgroup dd details ' +
  'dir div dl dt embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html ' +
  'iframe img input li link listing main marquee menu meta nav object ol p plaintext pre search section select style ' +
  'summary table tbody td template textarea tfoot th thead title tr ul wbr xmp');
const IN_HEAD = wordsOf('base link meta noscript script style template title');
const TABLE_PARTS = {
  caption: wordsOf('table'), colgroup: wordsOf('table'), col: wordsOf('colgroup table'), thead: wordsOf('table'),
  tbody: wordsOf('table'), tfoot: wordsOf('table'), tr: wordsOf('tbody thead tfoot table'),
  td: wordsOf('tr tbody thead tfoot table'), th: wordsOf('tr tbody thead tfoot table'),
};
const ROWS = wordsOf('table tbody thead tfoot tr');
// Start tags that end a drawing or a formula (13.2.6.5).
const BREAKS_OUT = wordsOf('b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li ' +
  'listing menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var');
const MATHML = 'http://www.w3.org/1998/Math/MathML';
const HTML_IN_SVG = wordsOf('foreignObject desc title');
const HTML_IN_MATHML = wordsOf('mi mo mn ms mtext annotation-xml');

const renamed = new Set();
const renamedElements = new WeakSet();
// How many of these are open, of which there may be only one on the way down.
let open = {a: 0, button: 0, nobr: 0, form: 0};

const misplaced = {
  __proto__: null,
  p: element => {
    if (firstElementOf(element) === null) return false;
    for (const inner of Element.prototype.getElementsByTagName.call(element, '*')) if (CLOSES_P.has(tagOf(inner))) return true;
    return false;
  },
  a: () => open.a > 0,
  button: () => open.button > 0,
  nobr: () => open.nobr > 0,
  form: () => open.form > 0,
  option: (_, parent) => parent === 'option',
  optgroup: (_, parent) => parent === 'option' || parent === 'optgroup',
  svg: () => true,  // an HTML element of that name, which shows nothing but its text
  math: () => true,
  image: () => true,
  html: element => element !== root,
  head: element => element !== head,
  body: element => element !== body,
  frameset: element => element !== body,
};
const endsAtOwnKind = (...kinds) => (element, parent) => {
  if (LISTS.has(parent)) return false;
  for (let node = parentOf(element); node; node = parentOf(node)) {
    const tag = tagOf(node);
    if (kinds.includes(tag)) return true;
    if (SPECIAL.has(tag) && !renamedElements.has(node) && tag !== 'address' && tag !== 'div' && tag !== 'p') return false;
  }
  return false;
};
misplaced.li = endsAtOwnKind('li');
misplaced.dd = misplaced.dt = endsAtOwnKind('dd', 'dt');
for (const name of HEADINGS) misplaced[name] = (_, parent) => HEADINGS.has(parent);
for (const [name, parents] of Object.entries(TABLE_PARTS)) {
  misplaced[name] = (element, parent) => !parents.has(parent) || renamedElements.has(parentOf(element));
}

// The name under which an HTML element is written; `parent` is the name of the one around it, "" if that is not HTML.
const writtenName = (element, tag, parent) => {
  if (tag === 'plaintext' || tag === 'xmp') return 'pre';
  const isMisplaced = misplaced[tag];
  if (!isMisplaced || !isMisplaced(element, parent)) return tag;
  renamed.add(tag);
  renamedElements.add(element);
  return PREFIX + tag;
};
// What a parser begins afresh: a shadow root; in part also a cell.
const separately = (writeInside, form = 0) => {
  const before = open;
  open = {a: 0, button: 0, nobr: 0, form};
  writeInside();
  open = before;
};
const writeInside = (element, depth, space, tag) => {
  if (space !== HTML) return writeChildren(element, depth, space, tag);
  if ((tag === 'td' || tag === 'th' || tag === 'caption') && (open.a || open.button || open.nobr)) {
    return separately(() => writeChildren(element, depth, space, tag), open.form);
  }
  const counts = tag in open;
  if (counts) open[tag]++;
  writeChildren(element, depth, space, tag);
  if (counts) open[tag]--;
};

// Drawings and formulas. Gives what is to be written in place of a child that would end them, or null.
const outsideOfItsKind = (space, tag, around, aroundTag) => {
  if (around === SVG && !HTML_IN_SVG.has(aroundTag)) {
    return space !== SVG || BREAKS_OUT.has(tag) ? '<desc></desc>' : null;  // neither is drawn
  }
  if (around === MATHML && !HTML_IN_MATHML.has(aroundTag)) {
    return space !== MATHML || BREAKS_OUT.has(tag) ? '<mtext></mtext>' : null;
  }
  // A part of a drawing without a drawing around it is not drawn.
  return space === SVG && tag !== 'svg' ? '<template></template>' : null;
};

// Tables. What is neither row nor cell stands, by CSS, in a cell that nobody wrote; a parser would put it before the table.
const belongs = (node, tag) => {
  const kind = kindOf(node);
  if (kind !== 1) return kind !== 3 || !/[^ \t\r\n\f]/.test(node.data);
  const own = tagOf(node);
  if (spaceOf(node) !== HTML) return false;
  if (own === 'style' || own === 'script' || own === 'template') return true;
  if (own === 'tr' && tag === 'tr') return false;
  return TABLE_PARTS[own]?.has(tag) ?? false;
};
const takesPlace = node => {
  if (kindOf(node) === 3) return true;
  const {display, position} = getComputedStyle(node);
  return display !== 'none' && position !== 'absolute' && position !== 'fixed';
};
const CELL = {
  tr: ['<td style="all:unset;display:CELL">', '</td>'],
  tbody: ['<tr style="all:unset;display:ROW"><td style="all:unset;display:CELL">', '</td></tr>'],
  table: ['<tbody style="all:unset;display:ROWS"><tr style="all:unset;display:ROW"><td style="all:unset;display:CELL">',
    '</td></tr></tbody>'],
};
CELL.thead = CELL.tfoot = CELL.tbody;
const DISPLAYS = {ROWS: 'table-row-group', ROW: 'table-row', CELL: 'table-cell'};
const writeStrays = (parent, depth, tag, strays) => {
  if (!strays.some(takesPlace)) return strays.forEach(() => write('<template></template>'));
  const [start, end] = CELL[tag];
  const isTable = getComputedStyle(parent).display.includes('table');
  write(start.replace(/ROWS|ROW|CELL/g, name => isTable ? DISPLAYS[name] : 'contents'));
  separately(() => strays.forEach(node => writeNode(node, depth + 1, HTML, tag)), open.form);
  return write(end);
};
const writeRows = (parent, depth, tag) => {
  let strays = [];
  for (let node = firstOf(parent); node && !cut; node = nextOf(node)) {
    if (!belongs(node, tag)) strays.push(node);
    else if (strays.length && kindOf(node) !== 1) continue;  // white space among them
    else {
      if (strays.length) writeStrays(parent, depth, tag, strays);
      strays = [];
      writeNode(node, depth + 1, HTML, tag);
    }
  }
  if (strays.length) writeStrays(parent, depth, tag, strays);
};

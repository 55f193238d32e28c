// Style sheets: by their text, by their address, or by the rules that scripts left in them.
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
// Inside a drawing a parser takes what a style element holds for markup, not for raw text.
const isMarkup = parent =>
  /svg$|MathML$/.test(parent?.namespaceURI ?? '') && !/^(foreignObject|desc|title)$/.test(parent.localName);
const writeStyle = (css, base, media, parent) => {
  noteBlobs(css);
  write('<style');
  if (media) attribute('media', media);
  write('>');
  fill({k: 'css', t: css, b: base, m: isMarkup(parent)});
  write('</style>');
};
// The rules as scripts left them, those of imported sheets in the place of their import.
const writeRules = (sheet, base, inMarkup) => {
  let plain = [];
  const put = css => {
    noteBlobs(css);
    fill({k: 'css', t: css, b: base, m: inMarkup});
  };
  const flush = () => {
    if (plain.length) put(textOf(plain) + '\n');
    plain = [];
  };
  for (const rule of rulesOf(sheet) ?? []) {
    const inner = rule instanceof CSSImportRule ? rule.styleSheet : null;
    if (!inner || !rulesOf(inner)) plain.push(rule);
    else {
      flush();
      const around = [];
      if (rule.media.mediaText) around.push(`@media ${rule.media.mediaText}{`);
      if (rule.supportsText) around.push(`@supports ${rule.supportsText}{`);
      if (rule.layerName !== null) around.push(`@layer ${rule.layerName}{`);
      put(around.join(''));
      writeRules(inner, inner.href ?? base, inMarkup);
      put('}'.repeat(around.length));
    }
  }
  flush();
};
const writeSheet = element => {
  const sheet = element.sheet;
  if (!sheet || sheet.disabled) return write('<style></style>');
  const media = element.getAttribute('media') ?? '';
  const isChanged = changed.has(element) && rulesOf(sheet) !== null;
  const holdsImports = () => rulesOf(sheet).some(rule => rule instanceof CSSImportRule);
  if (isChanged && (element.localName === 'link' || holdsImports())) {
    write('<style');
    if (media) attribute('media', media);
    write('>');
    writeRules(sheet, sheet.href ?? baseUrl, isMarkup(element.parentNode));
    return write('</style>');
  }
  if (element.localName === 'style') {
    return writeStyle(styleText(element, sheet), baseUrl, media, element.parentNode);
  }
  const url = bare(absolute(element.getAttribute('href') ?? ''));
  const rules = kept.has(url) ? null : rulesOf(sheet);
  write('<style');
  if (media) attribute('media', media);
  write('>');
  fill({k: 'sheet', u: url, charset: element.charset || charset, t: rules && textOf(rules), b: sheet.href ?? url,
    m: isMarkup(element.parentNode)});
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

// Writes a frame's live document as HTML, in pieces. Called in an isolated world, with
//   options: {frames: [id, …] of the owners, closed: number of the hosts, kept: [URLs of style sheets whose bytes are
//             kept], maxLength}
//   objects: the elements of this document that hold a frame; the hosts of closed shadow roots, and these roots.
// Gives {parts, blobs, …}. `parts` are strings of finished HTML and, between them, what has to be filled in outside:
//   {k: 'resource', u, w, h}          an address, as a data: URL       {k: 'frame', i, as}     the document of a frame
//   {k: 'image', u, w, h, broken, d, t, b, own}  the attributes src (with density d: srcset) and style of an image
//   {k: 'sheet', u, charset, t, b}    a style sheet by its address     {k: 'css', t, b}        text of a style element
//   {k: 'style', t, b}                value of an attribute that holds CSS
//   {k: 'use', u, a, w, h}            an element of another SVG file   {k: 'note'}             the place of the last line
//   {k: 'names'}                      looks of elements under names of ours, in a shadow root
// As data and text never share a string with markers, nothing a page contains can be taken for one.
// `single_file_frames.py` makes one function of this file and the five it builds on:
//   single_file_base.js, single_file_states.js, single_file_shapes.js, single_file_styles.js, single_file_elements.js

// `around` and `aroundTag` are namespace and name of the parent.
const writeElement = (element, depth, around, aroundTag) => {
  const space = spaceOf(element);
  const isHtml = space === HTML;
  const tag = tagOf(element);
  if (!isHtml || around !== HTML) {
    const instead = outsideOfItsKind(space, tag, around, aroundTag);
    if (instead) return write(instead);
  }
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

  const name = isHtml ? writtenName(element, tag, around === HTML ? aroundTag : '') : nameOf(element);
  if (!/^[a-zA-Z][^\s\/>\0]*$/.test(name)) return;
  write('<' + name);
  if (element === root && LANGUAGES[charset] && read(element, 'lang') === null) attribute('lang', LANGUAGES[charset]);
  if (name === 'pre' && tag !== 'pre') pose(tag, 'pre');
  if (isHtml && tag.includes('-') && !Element.prototype.matches.call(element, ':defined')) attribute('data-hashkeep', 'undefined');
  if (isHtml) {
    const {above, style} = topLayerOf(element, tag);
    if (above) attribute('data-hashkeep', above);
    const top = scrolled.size ? style + scrolledStyle(element) : style;
    const replaced = tag === 'input' ? ['value', 'checked'] : tag === 'option' ? ['selected'] : [];
    copyAttributes(element, ...replaced, ...(top ? ['style'] : []));
    if (top) styleAttribute('style', (styleOf(element) ?? '') + top);
    writeFormState(element);
  } else copyAttributes(element);
  write('>');
  if (isHtml && VOID.has(name)) return;
  const shadow = shadowOf(element);
  if (shadow) writeShadow(shadow, depth);
  if (tag === 'textarea' && isHtml) write('\n' + escapeText(element.value));
  else {
    const first = name === 'pre' || name === 'listing' ? firstOf(element) : null;
    if (first && kindOf(first) === 3 && first.data[0] === '\n') write('\n');
    writeInside(element, depth, space, tag);
  }
  if (element === head) {
    writeAdopted(document);
    const fonts = scriptFonts();
    if (fonts) writeStyle(fonts, baseUrl, '');
  }
  if (scrolled.size || element === body) writeMark(element);
  if (element === body) fill({k: 'note'});
  write(`</${name}>`);
};
const writeShadow = (root, depth) => {
  noteAnimations(root);
  write('<template shadowrootmode="open"');
  if (root.delegatesFocus) write(' shadowrootdelegatesfocus=""');
  write('>');
  separately(() => writeChildren(root, depth, HTML, ''));
  writeAdopted(root);
  fill({k: 'names'});
  write('</template>');
};
const writeNode = (node, depth, around, aroundTag) => {
  const kind = kindOf(node);
  if (kind === 1) writeElement(node, depth, around, aroundTag);
  else if (kind === 3 || kind === 4) write(escapeText(node.data));
};
const writeChildren = (parent, depth, space, tag) => {
  if (depth > MAX_DEPTH) { cut = true; return; }
  if (space === HTML && ROWS.has(tag) && !renamedElements.has(parent)) return writeRows(parent, depth, tag);
  for (let node = firstOf(parent); node && !cut; node = nextOf(node)) {
    if (parent === head && !(kindOf(node) === 1 ? IN_HEAD.has(tagOf(node)) : !/\S/.test(node.data))) continue;
    writeNode(node, depth + 1, space, tag);
  }
};

// Writes everything, and gives it.
const result = async () => {
  const isPage = root && tagOf(root) === 'html' && spaceOf(root) === HTML;
  if (!isPage) write('<html><head></head><body style="margin:0;line-height:0">');
  if (root) writeElement(root, 0, HTML, '');
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
  const fetched = Promise.all([...blobs.keys()].slice(0, 500).map(async url => {
    const img = blobs.get(url);
    try {
      blobs.set(url, await asDataUrl(await (await fetch(url)).blob()));
    } catch {
      // Given back already, or forbidden by the page's policy: then the picture as it is shown.
      blobs.set(url, img ? picture(c => c.drawImage(img, 0, 0), img.naturalWidth, img.naturalHeight, 'image/png') : '');
    }
  }));
  await Promise.race([fetched, new Promise(done => setTimeout(done, 2000))]);

  return {
    parts,
    blobs: Object.fromEntries([...blobs].filter(([, data]) => typeof data === 'string' && data)),
    url: pageUrl,
    quirks,
    doctype: doctype?.publicId ?? '',
    flows: /^(block|flow-root)$/.test(display) && (end >= height - 60 || free()),
    height,
    cut,
    lost,
    renamed: [...renamed],
    poses: [...poses],
    photographs,
  };
};

// Runs in every frame before the page's own scripts, so that nothing the page draws or builds stays out of reach.
(() => {
  // Closed shadow roots are made open ones, and stay closed for the page: its own `shadowRoot` and `mode` say so. Our
  // serialiser, in a world of its own, has the browser's unchanged getters and sees them.
  const closed = new WeakSet();
  const {attachShadow} = Element.prototype;
  const shadowRoot = Object.getOwnPropertyDescriptor(Element.prototype, 'shadowRoot').get;
  const mode = Object.getOwnPropertyDescriptor(ShadowRoot.prototype, 'mode').get;
  const call = Function.prototype.call.bind(Function.prototype.call);
  const has = WeakSet.prototype.has.bind(closed);
  const add = WeakSet.prototype.add.bind(closed);

  const attach = {attachShadow(init) {
    if (init?.mode !== 'closed') return call(attachShadow, this, init);
    const root = call(attachShadow, this, {...init, mode: 'open'});
    add(root);
    return root;
  }}.attachShadow;
  const rootOf = Object.getOwnPropertyDescriptor({get shadowRoot() {
    const root = call(shadowRoot, this);
    return root && has(root) ? null : root;
  }}, 'shadowRoot').get;
  const modeOf = Object.getOwnPropertyDescriptor({get mode() {
    return has(this) ? 'closed' : call(mode, this);
  }}, 'mode').get;
  Object.defineProperty(Element.prototype, 'attachShadow', {value: attach, writable: true, enumerable: true, configurable: true});
  Object.defineProperty(Element.prototype, 'shadowRoot', {get: rootOf, enumerable: true, configurable: true});
  Object.defineProperty(ShadowRoot.prototype, 'mode', {get: modeOf, enumerable: true, configurable: true});

  // Where a font came from that a script made cannot be read from it. Asked by an event, it is told as CSS, in an element
  // that the question brings along and the page does not have.
  const sources = new WeakMap();
  const made = window.FontFace;
  const asUrl = data => {
    const bytes = new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength);
    let text = '';
    for (let n = 0; n < bytes.length; n += 8192) text += String.fromCharCode(...bytes.subarray(n, n + 8192));
    return `url(data:font/ttf;base64,${btoa(text)})`;
  };
  window.FontFace = new Proxy(made, {construct(target, given, newTarget) {
    const face = Reflect.construct(target, given, newTarget);
    try {
      sources.set(face, typeof given[1] === 'string' ? given[1] : asUrl(given[1]));
    } catch {
      // Whatever it was, it is the page's own mistake.
    }
    return face;
  }});
  addEventListener('hashkeep-fonts', event => {
    const rules = [];
    document.fonts.forEach(face => {
      const source = sources.get(face);
      if (!source) return;
      rules.push(`@font-face{font-family:${face.family};src:${source};font-style:${face.style};font-weight:${face.weight};` +
        `font-stretch:${face.stretch};unicode-range:${face.unicodeRange}}`);
    });
    if (event.relatedTarget) event.relatedTarget.textContent = rules.join('');
  });

  // Rules that scripts changed stand in no file, and where a pane was scrolled to in no attribute. Asked by an event, this
  // tells it by events at the elements concerned, which reach the serialiser in its world.
  const {dispatchEvent} = EventTarget.prototype;
  const changed = new Set();
  const scrolled = new Set();
  const MOST = 1000;
  const note = object => {
    let sheet = object instanceof CSSStyleSheet ? object : object.parentStyleSheet;
    while (sheet?.ownerRule) sheet = sheet.ownerRule.parentStyleSheet;
    if (sheet?.ownerNode && changed.size < MOST) changed.add(sheet.ownerNode);
  };
  const watch = (type, ...names) => {
    for (const name of names) {
      const property = Object.getOwnPropertyDescriptor(type.prototype, name);
      for (const kind of ['value', 'get', 'set']) {
        const own = property?.[kind];
        // Reading a rule's style is how writing into it begins.
        if (!own || (kind === 'get' && property.set && name === 'selectorText')) continue;
        property[kind] = {[name](...given) {
          note(this);
          return call(own, this, ...given);
        }}[name];
      }
      if (property) Object.defineProperty(type.prototype, name, property);
    }
  };
  watch(CSSStyleSheet, 'insertRule', 'deleteRule', 'addRule', 'removeRule');
  watch(CSSGroupingRule, 'insertRule', 'deleteRule');
  watch(CSSKeyframesRule, 'appendRule', 'deleteRule');
  watch(CSSStyleRule, 'style', 'styleMap', 'selectorText');
  watch(CSSKeyframeRule, 'style');
  addEventListener('scroll', event => {
    if (event.target !== document && scrolled.size < MOST) scrolled.add(event.target);
  }, {capture: true, passive: true});
  addEventListener('hashkeep-ask', () => {
    for (const [type, nodes] of [['hashkeep-changed', changed], ['hashkeep-scrolled', scrolled]]) {
      for (const node of nodes) if (node.isConnected) call(dispatchEvent, node, new Event(type, {composed: true}));
    }
  });

  // A WebGL canvas is empty for whoever looks at it between two frames, unless it keeps its drawing.
  const {getContext} = HTMLCanvasElement.prototype;
  HTMLCanvasElement.prototype.getContext = {getContext(kind, ...more) {
    if (!/webgl/i.test(String(kind))) return call(getContext, this, kind, ...more);
    return call(getContext, this, kind, {...more[0], preserveDrawingBuffer: true});
  }}.getContext;
})();

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

  // A WebGL canvas is empty for whoever looks at it between two frames, unless it keeps its drawing.
  const {getContext} = HTMLCanvasElement.prototype;
  HTMLCanvasElement.prototype.getContext = {getContext(kind, ...more) {
    if (!/webgl/i.test(String(kind))) return call(getContext, this, kind, ...more);
    return call(getContext, this, kind, {...more[0], preserveDrawingBuffer: true});
  }}.getContext;
})();

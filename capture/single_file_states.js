// What stands in no attribute: what an element poses for, what scripts changed, animated and scrolled.

// Elements that stand for others say for what: style sheets are made to mean them (single_file_names.py).
const poses = new Set();
const pose = (tag, name) => {
  poses.add(`${tag} ${name}`);
  attribute('data-hashkeep', tag);
};

// What the page's own world knows; see single_file_prepare.js.
const changed = new Set();
const scrolled = new Set();
for (const [type, nodes] of [['hashkeep-changed', changed], ['hashkeep-scrolled', scrolled]]) {
  addEventListener(type, event => nodes.add(event.composedPath()[0]), {capture: true});
}
dispatchEvent(new Event('hashkeep-ask'));

// What scripts animated and left as it ended is in no style: declarations by element.
const animated = new Map();
const NO_PROPERTY = new Set(['offset', 'computedOffset', 'easing', 'composite']);
const asDeclared = name => {
  if (name.startsWith('--')) return name;
  return name === 'cssFloat' ? 'float' : name.replace(/[A-Z]/g, c => '-' + c.toLowerCase());
};
const noteAnimations = scope => {
  const {getAnimations} = (scope === document ? Document : ShadowRoot).prototype;
  for (const animation of getAnimations.call(scope)) {
    const {effect} = animation;
    if (animation instanceof CSSAnimation || animation instanceof CSSTransition) continue;
    if (!effect?.target || effect.pseudoElement || effect.getComputedTiming().endTime === Infinity) continue;
    const names = new Set(effect.getKeyframes().flatMap(frame => Object.keys(frame)));
    const style = getComputedStyle(effect.target);
    let said = animated.get(effect.target) ?? '';
    for (const name of [...names].filter(one => !NO_PROPERTY.has(one)).map(asDeclared)) {
      said += `;${name}:${style.getPropertyValue(name)}`;
    }
    animated.set(effect.target, said);
  }
};
noteAnimations(document);
const styleOf = element => {
  const own = read(element, 'style');
  return animated.has(element) ? (own ?? '') + animated.get(element) : own;
};

// A pane that was scrolled: an unseen mark in it, as large as its window, is where a browser scrolls to without a script.
const [leftOf, topOf, widthOf, heightOf] = ['scrollLeft', 'scrollTop', 'clientWidth', 'clientHeight'].map(
  name => getter(Element, name));
const markOf = (element, left, top) => {
  const size = `width:${widthOf(element)}px;height:${heightOf(element)}px`;
  write(`<hashkeep-mark style="all:initial;position:absolute;left:${left}px;top:${top}px;${size};visibility:hidden;` +
    'pointer-events:none;scroll-initial-target:nearest"></hashkeep-mark>');
};
const isScrolled = element => scrolled.has(element) && element !== body && !shadowOf(element) &&
  tagOf(element) !== 'textarea' && (topOf(element) !== 0 || leftOf(element) !== 0);
const writeMark = element => {
  if (element === body && window !== top && (scrollX || scrollY)) {
    const box = getComputedStyle(body).position === 'static' ? {left: -scrollX, top: -scrollY} : Element.prototype.getBoundingClientRect.call(body);
    markOf(root, -box.left, -box.top);
  } else if (isScrolled(element)) markOf(element, leftOf(element), topOf(element));
};
const scrolledStyle = element =>
  isScrolled(element) && getComputedStyle(element).position === 'static' ? ';position:relative' : '';

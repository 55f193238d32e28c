// Makes the page hold still for its picture. Called as (step, argument); see screenshot.py.
async (step, argument) => {
  const frames = async count => {
    for (let n = 0; n < count; n++) {
      await new Promise(done => { requestAnimationFrame(done); setTimeout(done, 200); });
    }
  };
  const hide = e => e.style.setProperty('visibility', 'hidden', 'important');

  // An application whose own pane scrolls: lets the pane grow to its full height, if the page then grows with it.
  const unfold = () => {
    const root = document.scrollingElement ?? document.documentElement;
    if (root.scrollHeight > innerHeight + 1) return;
    let pane = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
    while (pane && !(pane.scrollHeight > pane.clientHeight * 1.1 && pane.clientHeight > innerHeight / 2 &&
        ['auto', 'scroll'].includes(getComputedStyle(pane).overflowY))) pane = pane.parentElement;
    if (!pane) return;
    const wanted = pane.scrollHeight, changed = [];
    for (let e = pane; e; e = e.parentElement) {
      changed.push([e, e.getAttribute('style')]);
      for (const [name, value] of [['height', 'auto'], ['max-height', 'none'], ['overflow', 'visible']]) {
        e.style.setProperty(name, value, 'important');
      }
      if (['fixed', 'absolute'].includes(getComputedStyle(e).position)) {
        e.style.setProperty('position', 'relative', 'important');
        e.style.setProperty('inset', 'auto', 'important');
      }
    }
    if (root.scrollHeight >= wanted * 0.9) return;
    for (const [e, style] of changed) {
      if (style === null) e.removeAttribute('style'); else e.setAttribute('style', style);
    }
  };

  if (step === 'scroll') {
    scrollTo({top: argument, left: 0, behavior: 'instant'});
    await frames(4);  // a frame that was out of sight is painted from the second one on
    return scrollY;
  }

  const placed = [], pinned = [];
  let looked = 0;
  for (const e of document.body?.getElementsByTagName('*') ?? []) {
    if (++looked > 20000) break;
    const {position, backgroundAttachment} = getComputedStyle(e);
    if (position === 'fixed' || position === 'sticky') placed.push([e, position]);
    if (backgroundAttachment.includes('fixed')) pinned.push(e);
  }

  if (step === 'bare') {
    // Pictures of single frames, taken further down: nothing may float over them.
    for (const [e] of placed) if (!e.querySelector('iframe') && e.tagName !== 'IFRAME') hide(e);
    return null;
  }

  scrollTo({top: 0, left: 0, behavior: 'instant'});
  unfold();
  for (const animation of document.getAnimations()) {
    const {endTime: end, delay} = animation.effect?.getComputedTiming() ?? {};
    try {
      if (end === Infinity) {
        // An endless one stops where it begins: the same page gives the same picture.
        animation.pause();
        animation.currentTime = Math.max(delay, 0);
      } else animation.finish();
    } catch { /* one that cannot end stays as it is */ }
  }
  // A background that stays with the window would be there in its first height only.
  for (const e of pinned) e.style.setProperty('background-attachment', 'scroll', 'important');
  for (const [e, position] of placed) {
    const box = e.getBoundingClientRect();
    if (position === 'fixed') {
      // A bar at the bottom of the window would lie across the middle of the page.
      const atTheBottom = box.top > innerHeight * 0.4 && box.bottom > innerHeight * 0.9;
      if (atTheBottom && box.height < innerHeight * 0.6) hide(e);
    } else if (getComputedStyle(e).bottom !== 'auto' && getComputedStyle(e).top === 'auto') {
      e.style.setProperty('bottom', 'auto', 'important');
    }
  }
  await frames(2);
  const far = [];
  for (const e of document.querySelectorAll('iframe')) {
    const box = e.getBoundingClientRect();
    const foreign = e.contentDocument === null;
    if (foreign && box.bottom > innerHeight && box.width > 40 && box.height > 40) {
      far.push([box.left + scrollX + e.clientLeft, box.top + scrollY + e.clientTop, e.clientWidth, e.clientHeight]);
    }
  }
  return far.slice(0, argument);
}

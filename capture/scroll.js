// Goes down the page as a reader would, so that what loads lazily loads, and back up. Called as (milliseconds).
async milliseconds => {
  const end = performance.now() + milliseconds;
  const root = document.scrollingElement ?? document.documentElement;
  const frames = async count => {
    for (let n = 0; n < count; n++) await new Promise(done => { requestAnimationFrame(done); setTimeout(done, 200); });
  };
  // What comes into sight is told to the page in the first picture after that, and shows in the ones behind.
  const pause = () => Promise.all([new Promise(done => setTimeout(done, 50)), frames(3)]);
  if (!root || !document.body) return {height: 0, whole: true, shown: 0};

  // A dialog often locks the page behind it. The lock is opened only if that brings something to light.
  const locked = [document.documentElement, document.body]
    .filter(e => ['hidden', 'clip'].includes(getComputedStyle(e).overflowY));
  if (locked.length) {
    const before = root.scrollHeight, styles = locked.map(e => e.getAttribute('style'));
    for (const e of locked) {
      e.style.setProperty('overflow', 'visible', 'important');
      e.style.setProperty('height', 'auto', 'important');
    }
    if (root.scrollHeight <= before + 50) {
      locked.forEach((e, n) => styles[n] === null ? e.removeAttribute('style') : e.setAttribute('style', styles[n]));
    }
  }

  // Parts that nobody sees yet. Some come when they are scrolled to; reveal.js keeps those that go again.
  const hidden = new Set(), shown = new Set();
  if (root.scrollHeight > innerHeight + 1) {
    let looked = 0;
    for (const e of document.body.getElementsByTagName('*')) {
      if (++looked > 5000) break;
      const {opacity, visibility} = getComputedStyle(e);
      const isItself = visibility === 'hidden' && getComputedStyle(e.parentElement).visibility !== 'hidden';
      if (opacity === '0' || isItself) hidden.add(e);
    }
  }

  const travel = async (scroller, view) => {
    const limit = scroller.scrollHeight * 3;  // an endless feed stays bounded
    for (let y = view * 0.9; ; y += view * 0.9) {
      const bottom = scroller.scrollHeight - view;
      scroller.scrollTo({top: Math.min(y, bottom), behavior: 'instant'});
      await pause();
      for (const e of hidden) {
        const box = e.getBoundingClientRect();
        const isNear = box.bottom > 0 && box.top < innerHeight && box.width > 0;
        const {opacity, visibility} = getComputedStyle(e);  // it may come slowly: one that has begun to come comes
        if (isNear && opacity > 0 && visibility !== 'hidden') { shown.add(e); hidden.delete(e); }
      }
      if (y >= bottom && y >= scroller.scrollHeight - view) return true;
      if (y > limit || performance.now() > end) return false;
    }
  };

  let whole = true;
  if (root.scrollHeight > innerHeight + 1) {
    whole = await travel(root, innerHeight);
  } else {
    // An application whose own pane scrolls, not the page.
    let pane = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
    while (pane && !(pane.scrollHeight > pane.clientHeight + 50 && pane.clientHeight > innerHeight / 2 &&
        ['auto', 'scroll'].includes(getComputedStyle(pane).overflowY))) pane = pane.parentElement;
    if (pane) {
      whole = await travel(pane, pane.clientHeight);
      pane.scrollTo({top: 0, behavior: 'instant'});
    }
  }
  scrollTo({top: 0, left: 0, behavior: 'instant'});
  globalThis.__shown = new Set([...globalThis.__shown ?? [], ...shown]);
  return {height: root.scrollHeight, whole, shown: globalThis.__shown.size};
}

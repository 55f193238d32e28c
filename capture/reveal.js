// Parts that came when they were scrolled to and went again when they were left: a reader would have seen them, so they
// stay, where they belong. Those that stay by themselves are left alone. Asked after scroll.js, which has watched them.
() => {
  for (const e of globalThis.__shown ?? []) {
    if (!e.isConnected) continue;
    for (const animation of e.getAnimations()) {
      try { animation.finish(); } catch { /* an endless one says nothing of where it ends */ }
    }
    const {opacity, visibility, transform} = getComputedStyle(e);
    if (opacity >= 0.05 && visibility !== 'hidden') continue;
    const style = [['opacity', '1'], ['visibility', 'visible'], ['transition', 'none']];
    if (transform !== 'none') style.push(['transform', 'none']);
    for (const [name, value] of style) e.style.setProperty(name, value, 'important');
  }
}

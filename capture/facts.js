// What a page says of itself for those who link to it: Open Graph, meta elements, JSON-LD. Every string is cut.
() => {
  const cut = (text, limit = 300) => typeof text === 'string' ? text.trim().slice(0, limit) : '';
  const meta = (...names) => {
    for (const name of names) {
      const said = `meta[name="${name}" i], meta[property="${name}" i], meta[itemprop="${name}" i]`;
      const found = cut(document.querySelector(said)?.content, 2048);
      if (found) return found;
    }
    return '';
  };
  const address = text => {
    try {
      const url = new URL(text, document.baseURI);
      return text && /^https?:$/.test(url.protocol) && url.href.length <= 2048 ? url.href : '';
    } catch {
      return '';
    }
  };
  // JSON-LD: the first thing that has what an article has.
  const things = [];
  for (const script of [...document.querySelectorAll('script[type="application/ld+json" i]')].slice(0, 10)) {
    try {
      if (script.textContent.length < 200000) things.push(JSON.parse(script.textContent));
    } catch { /* what is no JSON says nothing */ }
  }
  const listed = things.flat().flatMap(thing => [thing, ...(Array.isArray(thing?.['@graph']) ? thing['@graph'] : [])]);
  const told = (...names) => {
    for (const name of names) {
      for (const thing of listed) {
        const values = [thing?.[name]].flat().map(value => cut(value?.name ?? value?.url ?? value)).filter(Boolean);
        if (values.length) return values.slice(0, 5).join(', ');
      }
    }
    return '';
  };
  const author = meta('author', 'article:author', 'parsely-author', 'dc.creator');
  const icons = [...document.querySelectorAll('link[rel~="icon" i]')];
  const canonical = document.querySelector('link[rel~="canonical" i]')?.getAttribute('href') ?? '';
  return {
    site_name: meta('og:site_name', 'application-name') || told('publisher'),
    // An address of a profile is no name.
    author: author && !address(author).startsWith(author) ? author : told('author', 'creator'),
    published: meta('article:published_time', 'datePublished', 'date', 'dc.date', 'pubdate') ||
      told('datePublished') || cut(document.querySelector('article time[datetime]')?.getAttribute('datetime')),
    image_url: address(meta('og:image:secure_url', 'og:image', 'twitter:image') || told('image')),
    icon_url: address(icons.at(-1)?.getAttribute('href') ?? ''),
    canonical_url: address(canonical || meta('og:url')),
  };
}

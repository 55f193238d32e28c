// What a page says of itself for those who link to it: Open Graph, meta elements, JSON-LD. Every string is cut.
() => {
  const cut = (text, limit = 300) => typeof text === 'string' ? text.trim().slice(0, limit) : '';
  const meta = (...names) => {
    for (const name of names) {
      const said = `meta[name="${name}" i], meta[property="${name}" i], meta[itemprop="${name}" i]`;
      for (const element of [...document.querySelectorAll(said)].slice(0, 5)) {
        const found = cut(element.content, 2048);
        if (found) return found;
      }
    }
    return '';
  };
  // Microdata: what stands in an element is its value, unless an attribute says it better.
  const item = name => {
    for (const element of [...document.querySelectorAll(`[itemprop~="${name}" i]`)].slice(0, 5)) {
      const named = element.hasAttribute('itemscope') ? element.querySelector('[itemprop~="name" i]') : null;
      const e = named ?? element;
      const found = cut(e.getAttribute('content') ?? e.getAttribute('datetime') ?? e.getAttribute('src') ??
        (e.matches('link') ? e.getAttribute('href') : e.innerText), 2048);
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
  const all = things.flat().flatMap(thing => [thing, ...(Array.isArray(thing?.['@graph']) ? thing['@graph'] : [])]);
  // The article before the site, its breadcrumbs and its comments.
  const isArticle = thing => /article|posting|report|blogpost|recipe|video|book|qapage|product|webpage/i.test(
    String([thing?.['@type']].flat().join(' ')));
  const listed = [...all.filter(isArticle), ...all.filter(thing => !isArticle(thing))].slice(0, 50);
  const byId = id => typeof id === 'string' ? all.find(thing => thing?.['@id'] === id) : null;
  const worth = value => value?.name ?? byId(value?.['@id'])?.name ?? value?.url ?? value;
  const told = (...names) => {
    for (const name of names) {
      for (const thing of listed) {
        const values = [thing?.[name]].flat().slice(0, 20).map(value => cut(worth(value))).filter(Boolean);
        if (values.length) return [...new Set(values)].slice(0, 5).join(', ');
      }
    }
    return '';
  };
  const author = meta('author', 'article:author', 'parsely-author', 'sailthru.author', 'citation_author', 'dc.creator',
    'dcterms.creator', 'byl');
  const isAddress = text => /^(https?:)?\/\//i.test(text);
  const icon = [...document.querySelectorAll('link[rel~="icon" i]')].at(-1) ??
    document.querySelector('link[rel~="apple-touch-icon" i]');
  const canonical = document.querySelector('link[rel~="canonical" i]')?.getAttribute('href') ?? '';
  return {
    title: told('headline') || meta('dc.title', 'dcterms.title', 'citation_title'),
    description: told('description') || meta('dc.description', 'dcterms.description'),
    language: meta('dc.language', 'dcterms.language', 'language') || told('inLanguage'),
    site_name: meta('og:site_name', 'application-name', 'dc.publisher', 'dcterms.publisher', 'citation_journal_title') ||
      told('publisher') || item('publisher'),
    // An address of a profile is no name.
    author: [author, told('author', 'creator'), item('author')].find(text => text && !isAddress(text)) ?? '',
    published: [
      meta('article:published_time', 'og:article:published_time', 'datePublished', 'parsely-pub-date', 'sailthru.date',
        'citation_publication_date', 'dc.date.issued', 'dcterms.issued', 'dcterms.created', 'dc.date', 'pubdate',
        'publishdate', 'publish-date', 'date'),
      told('datePublished', 'uploadDate', 'dateCreated'),
      item('datePublished'),
      cut(document.querySelector('article time[datetime], main time[datetime]')?.getAttribute('datetime')),
    ].filter(Boolean).join('\n'),
    image_url: address(meta('og:image:secure_url', 'og:image', 'og:image:url', 'twitter:image', 'twitter:image:src') ||
      told('image', 'thumbnailUrl') || item('image') || document.querySelector('link[rel~="image_src" i]')?.href),
    icon_url: address(icon?.getAttribute('href') ?? ''),
    canonical_url: address(canonical || meta('og:url')),
  };
}

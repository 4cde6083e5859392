// Tips: a link to a theorem, an equation, a citation or a term of the glossary shows what it leads to.
// With the mouse or the keyboard; Escape closes it, and the mouse may move onto it (WCAG 1.4.13). The tips come from
// book/_ext/links.py, in a script, because a page that was opened from disk may not fetch a file.
(() => {
  const root = new URL(document.documentElement.dataset.content_root ?? "./", location.href).href;
  const tip = Object.assign(document.createElement("div"), { id: "book-tip", hidden: true });
  tip.setAttribute("role", "tooltip");
  let tips; // a promise, from the first link on
  let link = null; // the link whose tip is wanted
  let timer;

  const load = () =>
    (tips ??= new Promise((done) => {
      const script = document.createElement("script");
      script.src = `${root}_static/tips-data.js`;
      script.onload = () => done(window.bookTips);
      document.head.append(script);
    }));

  const name = (a) =>
    a.href.startsWith(root) ? decodeURIComponent(a.href.slice(root.length)).replace(/(^|\/)#/, "$1index.html#") : "";

  function place() {
    const at = link.getClientRects()[0];
    const { width, height } = tip.getBoundingClientRect();
    const left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - width - 8));
    const below = at.bottom + 6 + height <= innerHeight || at.top < height + 6;
    const top = below ? at.bottom + 6 : at.top - height - 6;
    tip.style.translate = `${left + scrollX}px ${top + scrollY}px`;
  }

  async function show(a) {
    const html = (await load())[name(a)];
    if (a !== link || !html || (html.includes('class="math') && !window.MathJax?.typesetPromise)) return;
    window.MathJax?.typesetClear?.([tip]);
    tip.innerHTML = html;
    tip.hidden = false;
    a.setAttribute("aria-describedby", tip.id);
    place();
    await window.MathJax?.typesetPromise?.([tip]);
    if (a === link) place();
  }

  function hide() {
    clearTimeout(timer);
    link?.removeAttribute("aria-describedby");
    link = null;
    tip.hidden = true;
  }

  function want(a, wait) {
    clearTimeout(timer);
    if (!a || a === link) return;
    timer = setTimeout(() => {
      hide();
      link = a;
      show(a);
    }, wait);
  }

  const linkAt = (event) => event.target.closest?.("article a.internal[href*='#']");
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    if (tip.contains(event.target)) return clearTimeout(timer);
    if (linkAt(event)) return want(linkAt(event), 150);
    clearTimeout(timer);
    if (link && link !== document.activeElement) timer = setTimeout(hide, 300);
  });
  document.addEventListener("focusin", (event) => event.target.matches(":focus-visible") && want(linkAt(event), 0));
  document.addEventListener("focusout", (event) => event.target === link && hide());
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  document.body ? document.body.append(tip) : addEventListener("DOMContentLoaded", () => document.body.append(tip));
})();

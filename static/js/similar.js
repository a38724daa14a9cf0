// While a title is typed: questions that already have an answer, fetched as a fragment into #similar.
const opened = new WeakSet();
const enough = 8;
const keptFor = 60000;
const keptMost = 30;

export function open(input) {
  const box = document.getElementById("similar");
  if (!box || opened.has(input)) return;
  opened.add(input);
  const kept = new Map();
  let waiting = 0;
  let running;
  let shown;

  // What is the same stays as it is: nothing is read out again, and a link keeps its focus.
  function put(html) {
    if (shown !== html) box.innerHTML = html;
    shown = html;
  }

  async function look() {
    const title = input.value.trim().replace(/\s+/g, " ");
    running?.abort();
    if (title.length < enough) return put("");
    const known = kept.get(title);
    if (known && Date.now() - known.at < keptFor) return put(known.html);
    running = new AbortController();
    const address = new URL(input.dataset.similar, location.href);
    address.searchParams.set("title", title);
    try {
      const response = await fetch(address, { signal: running.signal });
      if (!response.ok) return;
      const html = await response.text();
      kept.set(title, { html, at: Date.now() });
      if (kept.size > keptMost) kept.delete(kept.keys().next().value);
      put(html);
    } catch {
      // Overtaken by the next letter, or no connection: asking goes on without.
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, 350);
  });
  look();
}

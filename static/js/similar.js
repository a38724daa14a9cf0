// While a title is typed: questions that already have an answer, fetched as a fragment into #similar.
const opened = new WeakSet();
const enough = 8;

export function open(input) {
  const box = document.getElementById("similar");
  if (!box || opened.has(input)) return;
  opened.add(input);
  let waiting = 0;
  let running;

  async function look() {
    const title = input.value.trim();
    running?.abort();
    if (title.length < enough) return box.replaceChildren();
    running = new AbortController();
    try {
      const response = await fetch(`${input.dataset.similar}?${new URLSearchParams({ title })}`, { signal: running.signal });
      if (response.ok) box.innerHTML = await response.text();
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

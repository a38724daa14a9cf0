// A live preview under the text: the server renders it, with the same boundary as the stored text.
const opened = new WeakSet();

export function open(editor) {
  if (opened.has(editor)) return;
  opened.add(editor);
  const text = editor.querySelector("textarea");
  const pane = editor.querySelector(".pv");
  const button = editor.querySelector("[name=preview]");
  let waiting = 0;
  let running;
  let shown;

  async function render() {
    const body = text.value;
    if (body === shown) return;
    running?.abort();
    running = new AbortController();
    try {
      const response = await fetch(editor.dataset.preview, { method: "POST", body: new URLSearchParams({ body }), signal: running.signal });
      if (!response.ok) return;
      pane.innerHTML = await response.text();
      pane.hidden = !body.trim();
      shown = body;
    } catch {
      // Overtaken by the next letter, or no connection: the pane keeps what it shows.
    }
  }

  button.hidden = true;
  text.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(render, 300);
  });
  if (text.value.trim()) render();
}

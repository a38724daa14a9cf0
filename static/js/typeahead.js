// While somebody types in a search field: titles and tags that begin like it, as a list one goes through with the arrows. The
// field stays a plain form: Enter without a choice searches for what is typed.
const opened = new WeakSet();
const enough = 2;
const keptFor = 20000;
const keptMost = 60;

export function open(input) {
  if (opened.has(input)) return;
  opened.add(input);
  const form = input.form;
  const list = document.createElement("div");
  list.className = "sug";
  list.id = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  const said = document.createElement("p");
  said.className = "vh";
  said.setAttribute("role", "status");
  form.append(list, said);
  input.autocomplete = "off";
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id], ["aria-expanded", "false"]])
    input.setAttribute(name, value);

  const kept = new Map();
  let waiting = 0;
  let running;
  let shownFor = "";
  let typed = input.value;

  const options = () => [...list.children];
  const chosen = () => list.querySelector("[aria-selected=true]");

  function choose(option) {
    chosen()?.setAttribute("aria-selected", "false");
    if (option) {
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", option.id);
    } else input.removeAttribute("aria-activedescendant");
  }

  function show(visible) {
    list.hidden = !visible;
    input.setAttribute("aria-expanded", String(visible));
    if (!visible) choose(null);
  }

  function put(text, html) {
    list.innerHTML = html;
    shownFor = text;
    const count = options().length;
    show(count > 0 && document.activeElement === input);
    said.textContent = count ? `${count} ${count === 1 ? "suggestion" : "suggestions"}, go through them with the arrow keys.` : "No suggestions.";
  }

  async function look() {
    const text = input.value.replace(/\s+/g, " ").replace(/^ /, "").slice(0, 100);
    running?.abort();
    if (text.trim().length < enough) {
      shownFor = "";
      list.replaceChildren();
      said.textContent = "";
      return show(false);
    }
    const known = kept.get(text);
    if (known && Date.now() - known.at < keptFor) return put(text, known.html);
    running = new AbortController();
    try {
      const response = await fetch(`/search/suggest?${new URLSearchParams({ q: text })}`, { signal: running.signal });
      if (!response.ok) return show(false);
      const html = await response.text();
      kept.delete(text);
      kept.set(text, { html, at: Date.now() });
      if (kept.size > keptMost) kept.delete(kept.keys().next().value);
      put(text, html);
    } catch {
      // Overtaken by the next letter, or no connection: the field is a plain one.
    }
  }

  function step(by) {
    const all = options();
    const at = all.indexOf(chosen()) + by;
    // One step beyond either end leads back to what was typed.
    choose(all[at === -2 ? all.length - 1 : at] ?? null);
  }

  input.addEventListener("input", () => {
    typed = input.value;
    choose(null);
    clearTimeout(waiting);
    waiting = setTimeout(look, 120);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const option = chosen();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) {
        if (!options().length) return;
        show(true);
      }
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Home" && option) choose(options()[0]);
    else if (event.key === "End" && option) choose(options().at(-1));
    else if (event.key === "Enter" && option) location.assign(option.href);
    else if (event.key === "Escape" && !list.hidden) show(false);
    else return;
    event.preventDefault();
  });
  input.addEventListener("focus", () => {
    if (shownFor && options().length && input.value === typed) look();
  });
  // A press on an option keeps the field's focus until the link is followed.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  form.addEventListener("focusout", ({ relatedTarget }) => form.contains(relatedTarget) || show(false));
  form.addEventListener("submit", () => {
    clearTimeout(waiting);
    running?.abort();
    show(false);
  });
  if (input !== document.activeElement || !input.defaultValue || input.value !== input.defaultValue) look();
}

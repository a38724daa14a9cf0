// The review queue by keyboard: 1 to 5 decide, 6 skips, Escape leaves a field. The keys can be switched off, and stay so.
const store = "review-keys";

function typing(element) {
  return element.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
}

/** The field a decision cannot do without, while nobody has written in it. */
function needed({ body, note, successor }, outcome) {
  if (outcome === "repaired" && body.value === body.defaultValue) return body;
  if (outcome === "wrong" && !note.value.trim()) return note;
  if (outcome === "archive" && !successor.value.trim() && !note.value.trim()) return successor;
  return null;
}

export function start(form) {
  const label = document.createElement("label");
  label.className = "ck keys";
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = localStorage.getItem(store) !== "off";
  box.addEventListener("change", () => localStorage.setItem(store, box.checked ? "on" : "off"));
  label.append(box, "Keys 1 to 5 decide, 6 skips");
  form.append(label);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && typing(event.target)) event.target.blur();
    if (!box.checked || event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
    const button = form.querySelectorAll("button[name=outcome]")[Number(event.key) - 1] ?? (event.key === "6" && document.querySelector("[data-skip]"));
    if (!button) return;
    event.preventDefault();
    const missing = needed(form.elements, button.value);
    if (missing) {
      missing.closest("details").open = true;
      missing.focus();
    } else button.click();
  });
}

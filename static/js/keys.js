// The review queue by keyboard: 1 to 5 decide, 6 skips, Escape leaves a field. The keys can be switched off, and stay so. While
// somebody works on an answer it stays theirs.
const store = "review-keys";
const RENEW_EVERY = 4 * 60 * 1000;

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

/** Say that somebody is at it, at most every few minutes and only while they are; what is refused is said beside the form. */
function keep(form) {
  let url = form.dataset.lease;
  let last = url.includes("?") ? 0 : Date.now();
  const word = document.createElement("p");
  word.className = "meta";
  word.setAttribute("role", "status");
  form.append(word);
  const renew = async () => {
    if (Date.now() - last < RENEW_EVERY) return;
    last = Date.now();
    const answer = await fetch(url, { method: "POST", headers: { Accept: "application/json" } }).catch(() => null);
    const said = answer && (await answer.json().catch(() => null));
    if (answer?.ok && said?.assignment) url = `/review/items/${said.assignment}/renewal`;
    word.textContent = answer && !answer.ok ? "This answer is not yours any more: somebody else may be checking it." : "";
  };
  for (const type of ["keydown", "pointerdown", "input", "scroll"]) addEventListener(type, renew, { passive: true });
}

export function start(form) {
  if (form.dataset.lease) keep(form);
  const label = document.createElement("label");
  label.className = "ck keys";
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = localStorage.getItem(store) !== "off";
  box.addEventListener("change", () => localStorage.setItem(store, box.checked ? "on" : "off"));
  const skip = document.querySelector("[data-skip]");
  label.append(box, skip ? "Keys 1 to 5 decide, 6 skips" : "Keys 1 to 5 decide");
  form.append(label);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && typing(event.target)) event.target.blur();
    if (!box.checked || event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
    const button = form.querySelectorAll("button[name=outcome]")[Number(event.key) - 1] ?? (event.key === "6" && skip);
    if (!button) return;
    event.preventDefault();
    const missing = needed(form.elements, button.value);
    if (missing) {
      missing.closest("details").open = true;
      missing.focus();
    } else button.click();
  });
}

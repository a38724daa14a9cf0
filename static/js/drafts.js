// What is being written is kept in this browser until it has been posted. A draft that was sent is dropped by the next page
// that is neither an error nor the same form again, so a refused post is never lost.
const sent = "draft-sent";
let opened = false;

function fields(form) {
  return [...form.elements].filter((field) => field.name && field.matches("textarea, input:not([type=hidden], [type=password], [type=file], [type=checkbox], [type=radio])"));
}

function settle(form) {
  const key = sessionStorage.getItem(sent);
  if (!key) return;
  sessionStorage.removeItem(sent);
  const refused = document.querySelector(".oops, .errs, .err, .pv:not([hidden])");
  if (!refused) localStorage.removeItem(key);
}

function tell(form, before, key) {
  const note = document.createElement("p");
  note.className = "help";
  note.setAttribute("role", "status");
  const discard = document.createElement("button");
  discard.type = "button";
  discard.className = "b sm";
  discard.textContent = "Discard it";
  discard.addEventListener("click", () => {
    localStorage.removeItem(key);
    for (const field of before) field.value = field.defaultValue;
    note.remove();
  });
  note.append("Your draft is back.", discard);
  form.prepend(note);
}

/** Brings back and keeps the form around `holder` (an element with data-draft), or only settles what was sent before. */
export function open(holder) {
  if (opened) return;
  opened = true;
  settle();
  if (!holder) return;
  const form = holder.closest("form");
  const key = `draft:${holder.dataset.draft}`;
  const mine = fields(form);

  const stored = JSON.parse(localStorage.getItem(key) ?? "null");
  if (stored && mine.every((field) => field.value === "" || field.value === stored[field.name])) {
    let changed = false;
    for (const field of mine) {
      if (stored[field.name] && field.value !== stored[field.name]) {
        field.value = stored[field.name];
        changed = true;
      }
    }
    if (changed) tell(form, mine, key);
  }

  function keep() {
    const values = Object.fromEntries(mine.map((field) => [field.name, field.value]));
    try {
      if (Object.values(values).some((value) => value.trim())) localStorage.setItem(key, JSON.stringify(values));
      else localStorage.removeItem(key);
    } catch {
      // Full: the text is still in the form.
    }
  }

  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(keep, 400);
  });
  form.addEventListener("submit", () => {
    clearTimeout(waiting);
    keep();
    sessionStorage.setItem(sent, key);
  });
  keep();
}

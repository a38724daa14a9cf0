// A menu closes with Escape, with a press elsewhere, and when another opens.
const open = () => document.querySelectorAll("details.menu[open]");

export function opened(menu) {
  for (const other of open()) if (other !== menu && !other.contains(menu)) other.open = false;
}

document.addEventListener("click", ({ target }) => {
  for (const menu of open()) if (!menu.contains(target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of open()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

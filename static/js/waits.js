// A page that waits for the worker looks again by itself, and shows the result in its place.
const LONGEST = 600_000;

/** Looks again every `data-waits` seconds until the page has no such element any more, or for ten minutes. */
export function open(waiting) {
  const began = Date.now();
  const pause = Number(waiting.dataset.waits) * 1000;
  const told = document.createElement("p");
  told.className = "vh";
  told.setAttribute("role", "status");
  document.body.append(told);

  async function look() {
    if (Date.now() - began > LONGEST) return;
    try {
      const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
      const main = page.querySelector("main");
      if (main && !main.querySelector("[data-waits]")) {
        document.title = page.title;
        waiting.closest("main").replaceChildren(...main.childNodes);
        told.textContent = page.title;
        return;
      }
    } catch {
      // The network was away for a moment.
    }
    setTimeout(look, pause);
  }
  setTimeout(look, pause);
}

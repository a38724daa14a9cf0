// Says moments as people do: "12 min ago". The date stays in the title; what is older than a month keeps its date.
const language = document.documentElement.lang || "en";
const phrase = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
const full = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" });
const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

function say() {
  for (const element of document.querySelectorAll('time[datetime*="T"]')) {
    const at = new Date(element.dateTime);
    const seconds = Math.round((at - Date.now()) / 1000);
    if (!element.title) element.title = full.format(at);
    if (!(Math.abs(seconds) < 30 * 86400)) continue;
    const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? units[3];
    element.textContent = unit === "second" ? phrase.format(0, "second") : phrase.format(Math.trunc(seconds / size), unit);
  }
}

say();
setInterval(() => document.hidden || say(), 60000);
document.addEventListener("visibilitychange", () => document.hidden || say());

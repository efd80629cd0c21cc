// Shows a run in the language chosen. All text goes in as text: nothing of a receipt is ever read as HTML.

const words = JSON.parse(document.getElementById("words").textContent);
const byId = (id) => document.getElementById(id);
let language = "zh";

/** The sentence of this code with its values put in. */
export function say(code, values = {}) {
  const sentence = words[language][code] ?? code; // a code that shows is a defect, but hides no outcome
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** @param {"zh" | "en"} wanted */
export function choose(wanted) {
  language = wanted;
  document.documentElement.lang = wanted === "zh" ? "zh-Hans" : "en";
  document.title = say("title");
  for (const part of document.querySelectorAll("[data-word]")) part.textContent = say(part.dataset.word);
  for (const part of document.querySelectorAll("[data-word-label]")) {
    part.setAttribute("aria-label", say(part.dataset.wordLabel));
  }
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === wanted));
  }
}

/** Draws everything anew: a language switch shows the same run. @param {object | null} run null: none yet */
export function show(run) {
  const result = byId("result");
  result.dataset.verdict = run?.verdict ?? "none";
  setText(byId("status"), statusOf(run));
  byId("print").hidden = !run?.report;
  showProgress(run?.reading ?? null);
  byId("steps").replaceChildren(...(run?.steps ?? []).map(stepItem));
  showLines(run?.report ?? null);
  showFields(run?.report?.verdict === "refused" ? [] : run?.report?.fields ?? []);
  showList("limits", (run?.report?.notProven ?? []).map(([code, values]) => say(code, values)));
  showList("inputs", run?.report ? run.inputs.map(([code, values]) => say(code, values)) : []);
}

// A live region is read out when it changes: the same words must not be written again.
function setText(part, text) {
  if (part.textContent !== text) part.textContent = text;
}

function statusOf(run) {
  if (run === null) return "";
  if (run.verdict === "stopped") return say("verdict_stopped", { detail: say(...run.stopped) });
  if (run.verdict === "running") return say("running");
  const refused = run.steps.findIndex((step) => step.outcome === "refused") + 1;
  return say(`verdict_${run.verdict}`, { step: refused });
}

function showProgress(reading) {
  const bar = byId("progress");
  bar.hidden = reading === null;
  if (reading === null) return;
  bar.value = reading.total > 0 ? reading.done / reading.total : 1;
  bar.textContent = say("progress", { done: sized(reading.done), total: sized(reading.total) });
  bar.title = bar.textContent;
}

function sized(count) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const at = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
  return at === 0 ? `${count} B` : `${(count / 1000 ** at).toPrecision(3)} ${units[at]}`;
}

function part(tag, name, text) {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

function stepItem(step) {
  const item = document.createElement("li");
  item.dataset.step = step.name;
  item.dataset.outcome = step.outcome;
  const title = part("span", "title", say(`step_${step.name}`));
  item.append(title, " — ", part("span", "outcome", say(step.outcome)), part("span", "detail", say(...step.detail)));
  return item;
}

function showLines(report) {
  const shown = byId("lines");
  shown.hidden = report === null || report.verdict === "refused";
  if (shown.hidden) return;
  const count = report.lines.length;
  const values = { count, lines: report.lines.join(", "), grade: say(report.grade) };
  shown.textContent = say(count === 0 ? "lines_none" : "lines", values);
}

function showFields(fields) {
  const shown = byId("fields");
  shown.hidden = fields.length === 0;
  const rows = fields.flatMap(({ name, value }) =>
    [part("dt", "", name), part("dd", "", typeof value === "string" ? value : JSON.stringify(value))]);
  shown.querySelector("dl").replaceChildren(...rows);
}

function showList(id, sentences) {
  const shown = byId(id);
  shown.hidden = sentences.length === 0;
  shown.querySelector("ul").replaceChildren(...sentences.map((sentence) => part("li", "", sentence)));
}

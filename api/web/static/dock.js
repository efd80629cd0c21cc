// A dock's screen: asks the agent each second. When it does not answer, or stands still, every light goes out at once,
// for a light that was right a moment ago may have somebody take a recorder that still holds footage.
import { chime } from "./dock_sound.js";

const EVERY_MS = 1000;
const PATIENCE_MS = 2500;
const SIZES = [[8, "large"], [16, "medium"], [32, "dense"], [Infinity, "packed"]];
const body = document.body;
const part = (id) => document.getElementById(id);
const audio = new AudioContext();
let before = null;

part("sound").addEventListener("click", () => audio.resume().then(showSound));
audio.addEventListener("statechange", showSound);
showSound();
look();

async function look() {
  try {
    const answer = await fetch(`/dock/state?language=${body.dataset.language}`,
      { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    const told = await answer.json();
    if (!answer.ok || told.live !== true) throw new Error("the agent stands still");
    show(told);
  } catch {
    putOut();
  }
  setTimeout(look, EVERY_MS);
}

function show(told) {
  part("at").textContent = told.at;
  part("slots").replaceChildren(...told.slots.map(slotElement));
  body.dataset.size = SIZES.find(([most]) => told.slots.length <= most)[1];
  part("none").hidden = told.slots.length > 0;
  showAbsent(told);
  body.dataset.state = "live";
  part("gone").hidden = true;
  ring(told.slots);
}

function putOut() {
  body.dataset.state = "gone";
  part("gone").hidden = false;
  part("none").hidden = true;
  for (const slot of document.querySelectorAll("#slots > li")) {
    slot.dataset.light = "unknown";
    slot.querySelector(".mark").textContent = "?";
    slot.querySelector(".word").textContent = body.dataset.unknown;
    for (const left of slot.querySelectorAll(".why, .to-do, .code, progress")) left.remove();
  }
}

function slotElement(slot) {
  const element = document.createElement("li");
  element.dataset.light = slot.light;
  element.dataset.slot = slot.slot;
  const who = child(element, "div", "who");
  child(who, "span", "mark", slot.mark).setAttribute("aria-hidden", "true");
  child(who, "span", "name", slot.name);
  child(who, "span", "number", slot.slot);
  const state = child(element, "p", "state");
  child(state, "span", "word", slot.word);
  if (slot.clips > 0) child(state, "span", "count", `${slot.clips_in}/${slot.clips}`);
  if (slot.why) child(element, "p", "why", slot.why);
  if (slot.to_do) child(element, "p", "to-do", slot.to_do);
  if (slot.recorder !== slot.name) child(element, "p", "recorder", slot.recorder);
  if (slot.code) child(element, "p", "code", slot.code);
  if (slot.size > 0) {
    const progress = child(element, "progress", "done");
    progress.max = 1;
    progress.value = (slot.clips_in + (slot.light === "waiting" ? 1 : slot.done / slot.size)) / Math.max(1, slot.clips);
  }
  return element;
}

function child(parent, tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  parent.append(made);
  return made;
}

function showAbsent(told) {
  part("absent-count").textContent = String(told.absent_count);
  part("absent").textContent = told.absent.join(" · ");
  part("absent-by").textContent = told.absent_by;
  part("nobody").hidden = told.absent_count > 0;
}

// Sounds when a recorder may be taken that could not be before, never for what stood there when the page was opened.
function ring(slots) {
  const safe = new Map(slots.filter((slot) => slot.light === "safe").map((slot) => [slot.slot, slot]));
  const fresh = before === null ? [] : [...safe.values()].filter((slot) => before.get(slot.slot) !== slot.recorder);
  before = new Map([...safe].map(([name, slot]) => [name, slot.recorder]));
  if (fresh.length === 0) return;
  part("told").textContent = fresh.map((slot) => `${slot.slot} ${slot.name}: ${slot.word}`).join("; ");
  if (audio.state !== "running") return;
  chime(audio);
  body.dataset.rang = String(Number(body.dataset.rang ?? 0) + 1);
}

function showSound() {
  part("sound").hidden = audio.state === "running";
}

// Transcripts beside what is played: the cue of the moment is marked, a click plays from there, a file is brought.
import { problemText, say } from "./playback.js";

const cues = [...document.querySelectorAll(".cue[data-at]")];
let marked = null;

document.addEventListener("liuhen:clock", ({ detail: at }) => {
  const now = cues.findLast((cue) => Number(cue.dataset.at) <= at && at < Number(cue.dataset.until)) ?? null;
  if (now === marked) return;
  marked?.removeAttribute("aria-current");
  now?.setAttribute("aria-current", "true");
  now?.scrollIntoView({ block: "nearest" });
  marked = now;
});

for (const cue of cues) {
  cue.addEventListener("click", () => {
    seek(Number(cue.dataset.at), true);
  });
}

function seek(at, play) {
  document.dispatchEvent(new CustomEvent("liuhen:seek", { detail: { at, play } }));
}

// A search leads to a moment, in milliseconds since 1970. Nothing is opened before somebody plays it.
const led = /^#at=(\d{1,15})$/.exec(location.hash);
const begin = document.getElementById("said").dataset.begin;
if (led && begin) seek(Math.max(0, Number(led[1]) - Number(begin)) / 1000, false);

const form = document.getElementById("transcript-form");

async function bring(event) {
  event.preventDefault();
  const fault = document.getElementById("transcript-fault");
  const words = JSON.parse(form.dataset.words);
  const asked = new URLSearchParams({ form: form.elements.form.value, language: form.elements.language.value });
  // Beijing time, as in every form.
  if (form.elements.zero.value) asked.set("zero", `${form.elements.zero.value.padEnd(19, ":00")}+08:00`);
  if (form.elements.replaces.value) asked.set("replaces", form.elements.replaces.value);
  fault.hidden = true;
  try {
    const answer = await fetch(`${form.dataset.address}?${asked}`, {
      method: "POST",
      credentials: "same-origin",
      headers: {
        "content-type": "application/octet-stream",
        "accept": "application/json, application/problem+json",
        "x-csrf-token": document.querySelector('meta[name="csrf"]').content,
      },
      body: form.elements.file.files[0],
    });
    if (answer.ok) return location.reload();
    fault.textContent = say(words.refused, { detail: await problemText(answer) });
  } catch {
    fault.textContent = words.unreachable;
  }
  fault.hidden = false;
}

form?.addEventListener("submit", bring);

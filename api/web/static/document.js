// The text of a document, paragraph by paragraph, once the look is on record; the original is saved, never opened here.
import { openPlayback, PlaybackRefused, say } from "./playback.js";

const panel = document.getElementById("document");
if (panel) for (const button of panel.querySelectorAll("button[data-what]")) prepare(panel, button);

function prepare(panel, button) {
  const words = JSON.parse(panel.dataset.words);
  const status = panel.querySelector(".status");
  const fault = panel.querySelector(".notice-fault");
  button.addEventListener("click", async () => {
    button.disabled = true;
    fault.hidden = true;
    status.textContent = words.opening;
    try {
      const opened = await openPlayback(panel.dataset.recording, button.dataset.what);
      if (button.dataset.what === "text") await show(panel, words, opened.media);
      else window.location.assign(opened.media);
      status.textContent = say(words.opened, opened);
      button.hidden = button.dataset.what === "text";
      panel.dataset.state = "open";
    } catch (error) {
      status.textContent = "";
      fault.textContent = error instanceof PlaybackRefused ? say(words.refused, { detail: error.message })
        : words.unreachable;
      fault.hidden = false;
    }
    button.disabled = false;
  });
}

async function show(panel, words, address) {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok) throw new PlaybackRefused(String(answer.status));
  const text = await answer.json();
  const list = panel.querySelector(".paragraphs");
  let page = null;
  for (const one of text.paragraphs) {
    const item = document.createElement("li");
    item.id = `p${one.n}`;
    item.value = one.n;
    if (one.page && one.page !== page) {
      page = one.page;
      const said = document.createElement("span");
      said.className = "faint";
      said.textContent = say(words.page, { page });
      item.append(said, " ");
    }
    item.append(one.text);
    list.append(item);
  }
  if (text.paragraphs.length === 0) panel.querySelector(".status").after(plain(words.no_text));
  list.hidden = false;
}

function plain(text) {
  const said = document.createElement("p");
  said.className = "notice";
  said.textContent = text;
  return said;
}

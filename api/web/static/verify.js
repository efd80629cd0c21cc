// The verify panel: numbered steps with outcomes. Finds faults; cannot catch a server that also sends false code.
import { openPlayback, PlaybackRefused, problemText, say } from "./playback.js";
import { Fault, hex } from "./bytes.js";
import { checkParticulars, parseEntry, parseReceipt, requireRecording } from "./entry.js";
import { readJson } from "./json.js";
import { leafHash, merkleRoot, verifyInclusion } from "./merkle.js";
import { openNote, parseCheckpoint, parseLogKey } from "./note.js";

const panel = document.getElementById("verify");
if (panel) prepare(panel);

function prepare(panel) {
  const words = JSON.parse(panel.dataset.words);
  const button = document.getElementById("verify-start");
  button.addEventListener("click", async () => {
    button.disabled = true;
    const page = pageOf(words);
    try {
      await verify(panel.dataset.recording, document.getElementById("verify-key").value, page);
      page.finish("proven", words.verdict_proven);
    } catch (error) {
      conclude(error, page, words);
    } finally {
      button.disabled = false;
    }
  });
}

function conclude(error, page, words) {
  if (error instanceof Fault) {
    page.refuse(say(words[`fault_${error.code}`], error.values));
    page.finish("refused", say(words.verdict_refused, { step: page.count() }));
    return;
  }
  const known = error instanceof PlaybackRefused || error instanceof Stopped;
  page.stop(known ? error.message : words.unreachable);
  page.finish("stopped", say(words.verdict_stopped, { detail: known ? error.message : words.unreachable }));
  if (!known) throw error;
}

class Stopped extends Error {}

// Shows the steps; a step is begun, then proven or refused.
function pageOf(words) {
  const list = document.getElementById("verify-steps");
  const status = document.getElementById("verify-status");
  const progress = document.getElementById("verify-progress");
  list.replaceChildren();
  panel.dataset.verdict = "running";
  status.textContent = words.running;
  let step = null;
  const settle = (outcome, detail) => {
    if (!step) return;
    step.dataset.outcome = outcome;
    step.querySelector(".outcome").textContent = words[outcome];
    step.querySelector(".detail").textContent = detail;
    step = null;
  };
  return {
    words,
    begin(name) {
      step = document.createElement("li");
      step.dataset.step = name;
      for (const part of ["title", "outcome", "detail"]) {
        const span = document.createElement("span");
        span.className = part;
        step.append(span, " ");
      }
      step.querySelector(".title").textContent = words[`step_${name}`];
      list.append(step);
    },
    prove: (detail) => settle("proven", detail),
    skip: (detail) => settle("unchecked", detail),
    refuse: (detail) => settle("refused", detail),
    stop: (detail) => settle("unchecked", detail),
    count: () => list.children.length,
    reading(done, total) {
      progress.hidden = false;
      progress.value = total > 0 ? Math.min(1, done / total) : 1;
      status.textContent = say(words.progress, { done: bytes(done), total: bytes(total) });
    },
    finish(verdict, text) {
      progress.hidden = true;
      status.textContent = text;
      panel.dataset.verdict = verdict;
    },
  };
}

async function verify(recording, untrustedKey, page) {
  const { words } = page;
  page.begin("receipt");
  const receipt = parseReceipt(await fetchReceipt(recording, words));
  page.prove(receipt.grade);

  page.begin("signature");
  const held = untrustedKey.trim() !== "";
  const key = parseLogKey(held ? untrustedKey.trim() : receipt.logKey);
  const checkpoint = parseCheckpoint(openNote(receipt.checkpoint, [key]));
  page.prove(say(held ? words.key_held : words.key_claimed, { key: key.id }));

  page.begin("inclusion");
  verifyInclusion(leafHash(receipt.entry), receipt.index, checkpoint.size, receipt.proof, checkpoint.root);
  page.prove(say(words.at_index, { index: receipt.index, size: checkpoint.size }));

  page.begin("leaf");
  const entry = parseEntry(receipt.entry);
  requireRecording(entry, recording);
  const told = {
    "": words.at_time, recorder_signed: words.at_time_recorder_signed, dock_signed: words.at_time_dock_signed,
    named_only: words.at_time_named_only, adopted: words.at_time_adopted,
  }[entry.data.trust ?? ""];
  page.prove(say(told, { kind: entry.kind, at: entry.at }));

  page.begin("particulars");
  const committed = checkParticulars(entry, receipt.disclosed, receipt.withheld);
  const counts = { shown: receipt.disclosed.length, withheld: receipt.withheld.length };
  page.prove(committed ? say(words.fields, counts) : words.no_fields);

  page.begin("file");
  const { media } = await openPlayback(recording, "original");
  const read = await readOriginal(media, entry.data, page);
  page.prove(say(words.bytes, { size: read.size, digests: read.digests.join(", ") }));
  checkSegments(entry.data, read.segments, page);
}

function checkSegments(data, segments, page) {
  page.begin("segments");
  if (data.segments_root === undefined) {
    page.skip(page.words.no_segments);
    return;
  }
  const root = `sha256:${hex(merkleRoot(segments.map((digest) => leafHash(digest))))}`;
  if (root !== data.segments_root) throw new Fault("digest", { found: root, stated: data.segments_root });
  page.prove(root);
}

async function fetchReceipt(recording, words) {
  const address = `/api/v1/recordings/${encodeURIComponent(recording)}/receipt`;
  const answer = await fetch(address, { credentials: "same-origin", cache: "no-store" });
  if (answer.status === 202) throw new Stopped(words.pending);
  if (!answer.ok) throw new Stopped(await problemText(answer));
  return readJson(await answer.text(), "receipt_json");
}

async function readOriginal(address, data, page) {
  const algorithms = data.digests.map((digest) => digest.split(":")[0]);
  const read = await hashInWorker(address, algorithms, (done) => page.reading(done, data.size));
  if (read.size !== data.size) throw new Fault("size", { found: read.size, stated: data.size });
  for (const digest of data.digests) {
    if (!read.digests.includes(digest)) throw new Fault("digest", { found: read.digests.join(", "), stated: digest });
  }
  return read;
}

function hashInWorker(address, algorithms, onProgress) {
  const worker = new Worker("/static/verify-worker.js", { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onerror = (event) => reject(new Stopped(event.message ?? "worker"));
    worker.onmessage = ({ data }) => {
      if (data.kind === "progress") onProgress(data.size);
      else if (data.kind === "done") resolve(data);
      else reject(new Stopped(data.detail));
    };
    worker.postMessage({ address, algorithms });
  }).finally(() => worker.terminate());
}

function bytes(count) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = count;
  let at = 0;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at += 1;
  }
  return `${at === 0 ? value : value.toPrecision(3)} ${units[at]}`;
}

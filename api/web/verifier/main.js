// The page: takes the files and the policy, runs the checks, shows the report in the language chosen.
import { Fault } from "./bytes.js";
import { ownTrust, verify } from "./checks.js";
import { choose, say, show } from "./report_view.js";
import { hashFile, requireReadable, Unreadable } from "./reading.js";

const TEXT_LIMIT = 524288;
const byId = (id) => document.getElementById(id);
const state = { run: null, busy: false };

function redraw() {
  show(state.run);
}

async function smallFile(file) {
  if (file.size > TEXT_LIMIT) throw new Unreadable("file_long", { name: file.name });
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    throw new Unreadable("file_unreadable", { name: file.name });
  }
}

const asText = (bytes) => new TextDecoder("utf-8").decode(bytes);
const chosen = (id) => [...byId(id).files];

// The page's own input first: a policy that cannot be read is the reader's slip, not the archive's fault.
function readTrust() {
  const shown = byId("policy-fault");
  shown.hidden = true;
  byId("policy").removeAttribute("aria-invalid");
  try {
    return ownTrust(byId("policy").value);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    shown.textContent = say(`fault_${error.code}`, error.values);
    shown.hidden = false;
    byId("policy").setAttribute("aria-invalid", "true");
    byId("policy").focus();
    return undefined;
  }
}

async function gather(trust) {
  const [receipt] = chosen("receipt");
  if (!receipt) throw new Unreadable("receipt_missing", {});
  return {
    receipt: await smallFile(receipt),
    trust,
    file: chosen("media")[0] ?? null,
    saved: await Promise.all(chosen("saved").map(smallFile)),
    consistency: await Promise.all(chosen("consistency").map(smallFile)),
  };
}

function namesOfInputs(trust) {
  const files = ["receipt", "media", "saved", "consistency"].flatMap((id) =>
    chosen(id).map((file) => [`input_${id}`, { name: file.name, size: file.size }]));
  return [...files, trust === null ? ["input_no_policy", {}] : ["input_policy", { text: byId("policy").value.trim() }]];
}

async function start(event) {
  event.preventDefault();
  if (state.busy) return;
  const trust = readTrust();
  if (trust === undefined) return;
  const run = { steps: [], verdict: "running", report: null, stopped: null, reading: null, inputs: namesOfInputs(trust) };
  Object.assign(state, { run, busy: true });
  byId("start").disabled = true;
  redraw();
  try {
    run.report = await verify(await gather(trust), watcher(run));
    run.verdict = run.report.verdict;
  } catch (error) {
    run.verdict = "stopped";
    run.stopped = error instanceof Unreadable ? [error.code, error.values] : ["unexpected", { detail: String(error) }];
    if (!(error instanceof Unreadable)) console.error(error);
  } finally {
    state.busy = false;
    run.reading = null;
    byId("start").disabled = false;
    redraw();
  }
}

function watcher(run) {
  return {
    settle(step) {
      run.steps.push(step);
      redraw();
    },
    requireReadable,
    readFile: (file, algorithms) => hashFile(file, algorithms, (done) => {
      run.reading = { done, total: file.size };
      redraw();
    }),
  };
}

async function takePolicyFile() {
  const [file] = chosen("policy-file");
  if (!file) return;
  try {
    byId("policy").value = asText(await smallFile(file));
    readTrust();
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    byId("policy-fault").textContent = say(error.code, error.values);
    byId("policy-fault").hidden = false;
  }
}

function prepareDrop(zone) {
  const input = byId(zone.dataset.drop);
  const over = (event) => {
    event.preventDefault();
    zone.classList.toggle("over", event.type === "dragover");
  };
  zone.addEventListener("dragover", over);
  zone.addEventListener("dragleave", over);
  zone.addEventListener("drop", (event) => {
    over(event);
    if (event.dataTransfer.files.length === 0) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change"));
  });
}

// A file dropped beside a zone must not replace the page.
for (const type of ["dragover", "drop"]) document.addEventListener(type, (event) => event.preventDefault());
for (const zone of document.querySelectorAll(".drop")) prepareDrop(zone);
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => {
    choose(button.dataset.language);
    if (!byId("policy-fault").hidden) readTrust();
    redraw();
  });
}
byId("policy-file").addEventListener("change", takePolicyFile);
byId("form").addEventListener("submit", start);
byId("print").addEventListener("click", () => window.print());
choose("zh");
redraw();
document.documentElement.dataset.ready = "yes";

// Reads the original as a stream and hashes it off the page's thread: whole-file digests and one per 8 MiB segment.
import "./vendor/sha256.umd.min.js";
import "./vendor/sm3.umd.min.js";

const SEGMENT = 8 * 1024 * 1024;
const { createSHA256, createSM3 } = globalThis.hashwasm;
const MAKERS = { sha256: createSHA256, sm3: createSM3 };

self.addEventListener("message", (event) => {
  read(event.data).then(
    (result) => self.postMessage({ kind: "done", ...result }),
    (error) => self.postMessage({ kind: "failed", detail: String(error.message ?? error) }),
  );
});

async function read({ address, algorithms }) {
  const answer = await fetch(address, { credentials: "same-origin", cache: "no-store" });
  if (!answer.ok || !answer.body) throw new Error(`HTTP ${answer.status}`);
  const states = await Promise.all(algorithms.map((name) => MAKERS[name]()));
  for (const state of states) state.init();
  const segments = await segmentHasher();
  const reader = answer.body.getReader();
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    for (const state of states) state.update(value);
    segments.update(value);
    size += value.length;
    self.postMessage({ kind: "progress", size });
  }
  const digests = algorithms.map((name, at) => `${name}:${states[at].digest()}`);
  return { size, digests, segments: segments.finish() };
}

async function segmentHasher() {
  const state = (await createSHA256()).init();
  const digests = [];
  let filled = 0;
  const close = () => {
    digests.push(state.digest("binary"));
    state.init();
    filled = 0;
  };
  return {
    update(chunk) {
      for (let start = 0; start < chunk.length; ) {
        const part = chunk.subarray(start, start + SEGMENT - filled);
        state.update(part);
        filled += part.length;
        start += part.length;
        if (filled === SEGMENT) close();
      }
    },
    finish() {
      if (filled > 0) close();
      return digests;
    },
  };
}

// Reads the original as a stream and hashes it off the page's thread.
import { fileHasher } from "./hashing.js";

self.addEventListener("message", (event) => {
  read(event.data).then(
    (result) => self.postMessage({ kind: "done", ...result }),
    (error) => self.postMessage({ kind: "failed", detail: String(error.message ?? error) }),
  );
});

async function read({ address, algorithms }) {
  const answer = await fetch(address, { credentials: "same-origin", cache: "no-store" });
  if (!answer.ok || !answer.body) throw new Error(`HTTP ${answer.status}`);
  const hasher = await fileHasher(algorithms);
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return hasher.finish();
    hasher.update(value);
    self.postMessage({ kind: "progress", size: hasher.size() });
  }
}

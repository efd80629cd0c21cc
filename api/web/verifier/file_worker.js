// Hashes the chosen file slice by slice, off the page's thread; one slice is read ahead while one is hashed.
import { fileHasher } from "./hashing.js";

const SLICE = 8 * 1024 * 1024;

self.addEventListener("message", (event) => {
  read(event.data).then(
    (result) => self.postMessage({ kind: "done", ...result }),
    (error) => self.postMessage({ kind: "failed", detail: String(error.message ?? error) }),
  );
});

async function read({ file, algorithms }) {
  const hasher = await fileHasher(algorithms);
  const slice = (start) => (start < file.size ? file.slice(start, start + SLICE).arrayBuffer() : null);
  let next = slice(0);
  for (let start = 0; start < file.size; start += SLICE) {
    const chunk = new Uint8Array(await next);
    next = slice(start + SLICE);
    hasher.update(chunk);
    self.postMessage({ kind: "progress", size: hasher.size() });
  }
  return hasher.finish();
}

// Hashes a file part by part: whole digests, and one SHA-256 per 8 MiB segment. Runs in workers.
import "./vendor/sha256.umd.min.js";
import "./vendor/sm3.umd.min.js";

const SEGMENT = 8 * 1024 * 1024;
const { createSHA256, createSM3 } = globalThis.hashwasm;
const MAKERS = { sha256: createSHA256, sm3: createSM3 };

/**
 * @param {string[]} algorithms of the digests over the whole
 * @returns {Promise<{update(chunk: Uint8Array): void, size(): number, finish(): object}>}
 */
export async function fileHasher(algorithms) {
  const states = await Promise.all(algorithms.map((name) => MAKERS[name]()));
  for (const state of states) state.init();
  const segments = await segmentHasher();
  let size = 0;
  return {
    update(chunk) {
      for (const state of states) state.update(chunk);
      segments.update(chunk);
      size += chunk.length;
    },
    size: () => size,
    finish() {
      const digests = algorithms.map((name, at) => `${name}:${states[at].digest()}`);
      return { size, digests, segments: segments.finish() };
    },
  };
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

// Hands a file to the worker that hashes it. The worker's source stands in the page: file:// has nothing to load.

/** Something of the reader's own could not be read; no statement about the evidence. */
export class Unreadable extends Error {
  constructor(code, values) {
    super(code);
    this.code = code;
    this.values = values;
  }
}

/** A file that went away or was changed since it was chosen has size 0: that is no fault of the archive's. */
export async function requireReadable(file) {
  try {
    const reader = file.stream().getReader();
    await reader.read();
    await reader.cancel();
  } catch (error) {
    throw new Unreadable("file_broken", { name: file.name, detail: String(error.message ?? error) });
  }
}

/**
 * @param {File} file of any size; one slice and its successor are in memory
 * @param {string[]} algorithms
 * @param {(done: number) => void} onProgress
 * @returns {Promise<{size: number, digests: string[], segments: Uint8Array[]}>}
 */
export function hashFile(file, algorithms, onProgress) {
  const source = document.getElementById("worker").textContent;
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(address);
  const failed = (detail) => new Unreadable("file_broken", { name: file.name, detail });
  return new Promise((resolve, reject) => {
    worker.onerror = (event) => reject(failed(event.message ?? ""));
    worker.onmessage = ({ data }) => {
      if (data.kind === "progress") onProgress(data.size);
      else if (data.kind === "done") resolve(data);
      else reject(failed(data.detail));
    };
    worker.postMessage({ file, algorithms });
  }).finally(() => {
    worker.terminate();
    URL.revokeObjectURL(address);
  });
}

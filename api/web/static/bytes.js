// Bytes: SHA-256, hexadecimal, base64, and the fault that every check throws.
// crypto.subtle is absent on plain-http addresses and may be on file://, so hashes come from hash-wasm.
import "./vendor/sha256.umd.min.js";

const sha256State = await globalThis.hashwasm.createSHA256();
const encoder = new TextEncoder();

// A fault by its code; the page has the sentence for it, in its language.
export class Fault extends Error {
  constructor(code, values = {}) {
    super(code);
    this.code = code;
    this.values = values;
  }
}

/** @param {...Uint8Array} parts @returns {Uint8Array} SHA-256 of the parts, one after the other */
export function sha256(...parts) {
  sha256State.init();
  for (const part of parts) sha256State.update(part);
  return sha256State.digest("binary");
}

/** @param {string} text @returns {Uint8Array} */
export const utf8 = (text) => encoder.encode(text);

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export const equal = (left, right) => left.length === right.length && left.every((byte, at) => byte === right[at]);

export function fromHex(text, length) {
  if (typeof text !== "string" || !/^(?:[0-9a-f]{2})*$/.test(text)) throw new Fault("hex");
  if (length !== undefined && text.length !== length * 2) throw new Fault("hex");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

// Only the one spelling btoa would have written: two spellings of one value would make proofs malleable.
export function fromBase64(text, length) {
  if (typeof text !== "string") throw new Fault("base64");
  let binary;
  try {
    binary = atob(text);
  } catch {
    throw new Fault("base64");
  }
  if (btoa(binary) !== text) throw new Fault("base64");
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  if (length !== undefined && bytes.length !== length) throw new Fault("base64");
  return bytes;
}

// Checks a receipt: C2SP signed note, RFC 6962 inclusion, canonical entry, commitments of particulars.
// crypto.subtle is absent on plain-http addresses, so hashes come from hash-wasm and Ed25519 from noble.
import "./vendor/sha256.umd.min.js";
import "./vendor/sha512.umd.min.js";
import * as ed25519 from "./vendor/noble-ed25519.js";

const { createSHA256, createSHA512 } = globalThis.hashwasm;
const [sha256State, sha512State] = await Promise.all([createSHA256(), createSHA512()]);
ed25519.hashes.sha512 = (message) => sha512State.init().update(message).digest("binary");

const NOTE_LIMIT = 65536;
const ENTRY_LIMIT = 65535;
const PROOF_LIMIT = 64;
const ED25519_KIND = 1;
const KINDS = ["recording.accessioned/1", "upload.repeated/1"];
const PARTICULAR_TAG = "liuhen/particular/1\n";
const encoder = new TextEncoder();

export class Fault extends Error {}

export function sha256(...parts) {
  sha256State.init();
  for (const part of parts) sha256State.update(part);
  return sha256State.digest("binary");
}

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export function fromHex(text, length) {
  if (typeof text !== "string" || !/^(?:[0-9a-f]{2})*$/.test(text)) throw new Fault("not lower-case hexadecimal");
  if (length !== undefined && text.length !== length * 2) throw new Fault(`not ${length} bytes`);
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function fromBase64(text, length) {
  if (typeof text !== "string") throw new Fault("not base64");
  let binary;
  try {
    binary = atob(text);
  } catch {
    throw new Fault("not base64");
  }
  if (btoa(binary) !== text) throw new Fault("not canonical base64");
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  if (length !== undefined && bytes.length !== length) throw new Fault(`not ${length} bytes`);
  return bytes;
}

const equal = (left, right) => left.length === right.length && left.every((byte, at) => byte === right[at]);

// --- RFC 6962, section 2.1 ---

export const leafHash = (entry) => sha256(Uint8Array.of(0), entry);
const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

export function merkleRoot(leafHashes) {
  if (leafHashes.length === 0) return sha256(new Uint8Array(0));
  if (leafHashes.length === 1) return leafHashes[0];
  let split = 1;
  while (split * 2 < leafHashes.length) split *= 2;
  return nodeHash(merkleRoot(leafHashes.slice(0, split)), merkleRoot(leafHashes.slice(split)));
}

// Audit path from leaf to root (RFC 9162, section 2.1.3.2: the same tree). BigInt: sizes may exceed 32 bits.
export function verifyInclusion(leaf, index, size, proof, root) {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) throw new Fault("the index lies outside the log");
  if (proof.length > PROOF_LIMIT) throw new Fault("the proof is too long");
  let fn = BigInt(index);
  let sn = BigInt(size) - 1n;
  let hash = leaf;
  for (const sibling of proof) {
    if (sn === 0n) throw new Fault("the proof is too long");
    if ((fn & 1n) === 1n || fn === sn) {
      hash = nodeHash(sibling, hash);
      while ((fn & 1n) === 0n && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  if (sn !== 0n) throw new Fault("the proof is too short");
  if (!equal(hash, root)) throw new Fault("the proof does not lead to the signed root");
}

// --- C2SP signed note and checkpoint ---

export function parseKey(untrustedKey) {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/u.exec(untrustedKey.trim());
  if (!match) throw new Fault("not a verification key");
  const typed = fromBase64(match[3]);
  if (typed[0] !== ED25519_KIND || typed.length !== 33) throw new Fault("not an Ed25519 key");
  const id = sha256(encoder.encode(match[1]), Uint8Array.of(10), typed).slice(0, 4);
  if (hex(id) !== match[2]) throw new Fault("the key's id does not belong to it");
  return { name: match[1], id: match[2], public: typed.slice(1) };
}

export function openNote(untrustedNote, key) {
  if (encoder.encode(untrustedNote).length > NOTE_LIMIT) throw new Fault("the note is too long");
  const split = untrustedNote.lastIndexOf("\n\n");
  if (split < 0 || !untrustedNote.endsWith("\n")) throw new Fault("not a signed note");
  const text = untrustedNote.slice(0, split + 1);
  const lines = untrustedNote.slice(split + 2, -1).split("\n");
  let signed = false;
  for (const line of lines) {
    const match = /^\u2014 ([^+\s]+) ([A-Za-z0-9+/]+=*)$/u.exec(line);
    if (!match) throw new Fault("another line stands among the signatures");
    const bytes = fromBase64(match[2]);
    if (bytes.length < 5) throw new Fault("a signature is too short");
    if (match[1] !== key.name || hex(bytes.slice(0, 4)) !== key.id) continue;
    if (signed) throw new Fault("the key has signed twice");
    verifySignature(bytes.slice(4), text, key);
    signed = true;
  }
  if (!signed) throw new Fault(`no signature of key ${key.id}`);
  return text;
}

function verifySignature(signature, text, key) {
  let good = false;
  try {
    good = ed25519.verify(signature, encoder.encode(text), key.public, { zip215: false });
  } catch {
    good = false;
  }
  if (!good) throw new Fault("the signature does not fit the checkpoint");
}

export function parseCheckpoint(text, key) {
  const match = /^([^\n]+)\n(0|[1-9][0-9]*)\n([A-Za-z0-9+/]+=*)\n$/.exec(text);
  if (!match) throw new Fault("not a checkpoint");
  if (match[1] !== key.name) throw new Fault("the checkpoint is of another log than the key");
  const size = Number(match[2]);
  if (!Number.isSafeInteger(size)) throw new Fault("the size is out of range");
  return { origin: match[1], size, root: fromBase64(match[3], 32) };
}

// --- canonical JSON (RFC 8785, restricted: no floats, no nulls, keys [a-z0-9_]) ---

export function encodeCanonical(value) {
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw new Fault("the entry holds invalid Unicode");
    return JSON.stringify(value);
  }
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new Fault("the entry holds a number not allowed");
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map(encodeCanonical).join(",")}]`;
  if (value === null || typeof value !== "object") throw new Fault("the entry holds a value not allowed");
  const fields = Object.keys(value).sort().map((name) => {
    if (!/^[a-z0-9_]+$/.test(name)) throw new Fault("the entry holds a name not allowed");
    return `${JSON.stringify(name)}:${encodeCanonical(value[name])}`;
  });
  return `{${fields.join(",")}}`;
}

// Encoding again must give the same text: that refuses duplicate names, spaces, floats and other orders at once.
export function parseCanonical(bytes) {
  if (bytes.length > ENTRY_LIMIT) throw new Fault("the entry is too long");
  let text;
  let value;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    throw new Fault("the entry is not JSON");
  }
  if (encodeCanonical(value) !== text) throw new Fault("the entry is not in canonical form");
  return value;
}

// --- the receipt ---

export function parseReceipt(untrustedReceipt) {
  const receipt = untrustedReceipt;
  if (receipt === null || typeof receipt !== "object" || receipt.v !== 1) throw new Fault("not a receipt of version 1");
  for (const name of ["proof", "disclosed", "withheld"]) {
    if (!Array.isArray(receipt[name])) throw new Fault(`"${name}" is not a list`);
  }
  for (const name of ["checkpoint", "log_vkey", "grade"]) {
    if (typeof receipt[name] !== "string") throw new Fault(`"${name}" is not a text`);
  }
  return {
    grade: receipt.grade,
    entry: fromBase64(receipt.leaf_b64),
    index: receipt.index,
    proof: receipt.proof.map((hash) => fromBase64(hash, 32)),
    checkpoint: receipt.checkpoint,
    logKey: receipt.log_vkey,
    disclosed: receipt.disclosed,
    withheld: receipt.withheld,
  };
}

export function parseEntry(bytes, recording) {
  const entry = parseCanonical(bytes);
  if (!KINDS.includes(entry.kind)) throw new Fault(`an entry of another kind: ${entry.kind}`);
  const data = entry.data;
  if (data === null || typeof data !== "object") throw new Fault("the entry holds no data");
  if (entry.subject !== recording && data.recording !== recording) throw new Fault("the entry speaks of another recording");
  if (!Number.isSafeInteger(data.size) || data.size < 0) throw new Fault("the entry names no size");
  if (!Array.isArray(data.digests) || !data.digests.some((digest) => /^sha256:[0-9a-f]{64}$/.test(digest))) {
    throw new Fault("the entry names no SHA-256 digest");
  }
  return entry;
}

export function commitment(name, salt, value) {
  return sha256(encoder.encode(`${PARTICULAR_TAG}${name}\n`), salt, encoder.encode(encodeCanonical(value)));
}

export function checkParticulars(entry, disclosed, withheld) {
  const fields = new Map();
  const add = (name, hash) => {
    if (typeof name !== "string" || !/^[a-z0-9_]+$/.test(name)) throw new Fault("a particular has no proper name");
    if (fields.has(name)) throw new Fault(`the particular "${name}" stands twice`);
    fields.set(name, hash);
  };
  for (const field of disclosed) add(field.name, commitment(field.name, fromHex(field.salt, 16), field.value));
  for (const field of withheld) add(field.name, fromHex(field.commitment, 32));
  if (entry.commitment === undefined) {
    if (fields.size > 0) throw new Fault("the entry commits to no particulars, yet some are shown");
    return false;
  }
  const ordered = [...fields.keys()].sort().map((name) => leafHash(fields.get(name)));
  if (`sha256:${hex(merkleRoot(ordered))}` !== entry.commitment) throw new Fault("a particular differs from the entry");
  return true;
}

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
export const SEGMENT_SIZE = 8 * 1024 * 1024;
const KINDS = ["recording.accessioned/1", "upload.repeated/1"];
const PARTICULAR_TAG = "liuhen/particular/1\n";
const encoder = new TextEncoder();

// A fault by its code; the page has the sentence for it, in its language.
export class Fault extends Error {
  constructor(code, values = {}) {
    super(code);
    this.code = code;
    this.values = values;
  }
}

export function sha256(...parts) {
  sha256State.init();
  for (const part of parts) sha256State.update(part);
  return sha256State.digest("binary");
}

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export function fromHex(text, length) {
  if (typeof text !== "string" || !/^(?:[0-9a-f]{2})*$/.test(text)) throw new Fault("hex");
  if (length !== undefined && text.length !== length * 2) throw new Fault("hex");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

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
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) throw new Fault("index");
  if (proof.length > PROOF_LIMIT) throw new Fault("proof_long");
  let fn = BigInt(index);
  let sn = BigInt(size) - 1n;
  let hash = leaf;
  for (const sibling of proof) {
    if (sn === 0n) throw new Fault("proof_long");
    if ((fn & 1n) === 1n || fn === sn) {
      hash = nodeHash(sibling, hash);
      while ((fn & 1n) === 0n && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  if (sn !== 0n) throw new Fault("proof_short");
  if (!equal(hash, root)) throw new Fault("proof_root");
}

// --- C2SP signed note and checkpoint ---

export function parseKey(untrustedKey) {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/u.exec(untrustedKey.trim());
  if (!match) throw new Fault("key_form");
  const typed = fromBase64(match[3]);
  if (typed[0] !== ED25519_KIND || typed.length !== 33) throw new Fault("key_kind");
  const id = sha256(encoder.encode(match[1]), Uint8Array.of(10), typed).slice(0, 4);
  if (hex(id) !== match[2]) throw new Fault("key_id");
  return { name: match[1], id: match[2], public: typed.slice(1) };
}

export function openNote(untrustedNote, key) {
  if (encoder.encode(untrustedNote).length > NOTE_LIMIT) throw new Fault("note_form");
  const split = untrustedNote.lastIndexOf("\n\n");
  if (split < 0 || !untrustedNote.endsWith("\n")) throw new Fault("note_form");
  const text = untrustedNote.slice(0, split + 1);
  const lines = untrustedNote.slice(split + 2, -1).split("\n");
  let signed = false;
  for (const line of lines) {
    const match = /^\u2014 ([^+\s]+) ([A-Za-z0-9+/]+=*)$/u.exec(line);
    if (!match) throw new Fault("note_lines");
    const bytes = fromBase64(match[2]);
    if (bytes.length < 5) throw new Fault("note_lines");
    if (match[1] !== key.name || hex(bytes.slice(0, 4)) !== key.id) continue;
    if (signed) throw new Fault("note_twice");
    verifySignature(bytes.slice(4), text, key);
    signed = true;
  }
  if (!signed) throw new Fault("note_unsigned", { key: key.id });
  return text;
}

function verifySignature(signature, text, key) {
  let good = false;
  try {
    good = ed25519.verify(signature, encoder.encode(text), key.public, { zip215: false });
  } catch {
    good = false;
  }
  if (!good) throw new Fault("signature");
}

export function parseCheckpoint(text, key) {
  const match = /^([^\n]+)\n(0|[1-9][0-9]*)\n([A-Za-z0-9+/]+=*)\n$/.exec(text);
  if (!match) throw new Fault("checkpoint_form");
  if (match[1] !== key.name) throw new Fault("checkpoint_origin");
  const size = Number(match[2]);
  if (!Number.isSafeInteger(size)) throw new Fault("checkpoint_form");
  return { origin: match[1], size, root: fromBase64(match[3], 32) };
}

// --- canonical JSON (RFC 8785, restricted: no floats, no nulls, keys [a-z0-9_]) ---

export function encodeCanonical(value) {
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw new Fault("entry_canonical");
    return JSON.stringify(value);
  }
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new Fault("entry_canonical");
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map(encodeCanonical).join(",")}]`;
  if (value === null || typeof value !== "object") throw new Fault("entry_canonical");
  const fields = Object.keys(value).sort().map((name) => {
    if (!/^[a-z0-9_]+$/.test(name)) throw new Fault("entry_canonical");
    return `${JSON.stringify(name)}:${encodeCanonical(value[name])}`;
  });
  return `{${fields.join(",")}}`;
}

// Encoding again must give the same text: that refuses duplicate names, spaces, floats and other orders at once.
export function parseCanonical(bytes) {
  if (bytes.length > ENTRY_LIMIT) throw new Fault("entry_canonical");
  let text;
  let value;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    throw new Fault("entry_canonical");
  }
  if (encodeCanonical(value) !== text) throw new Fault("entry_canonical");
  return value;
}

// --- the receipt ---

const RECEIPT_MEMBERS = [
  "checkpoint", "disclosed", "grade", "index", "leaf_b64", "log_vkey", "policy", "proof", "text",
  "timestamps", "v", "withheld",
];
const ENTRY_MEMBERS = ["actor", "at", "data", "kind", "subject"];

function requireMembers(value, names, code) {
  const found = value !== null && typeof value === "object" ? Object.keys(value).sort().join(" ") : "";
  if (found !== names.join(" ")) throw new Fault(code, { detail: names.join(", ") });
}

export function parseReceipt(untrustedReceipt) {
  const receipt = untrustedReceipt;
  requireMembers(receipt, RECEIPT_MEMBERS, "receipt_form");
  if (receipt.v !== 1) throw new Fault("receipt_form", { detail: "v" });
  for (const name of ["proof", "disclosed", "withheld", "timestamps"]) {
    if (!Array.isArray(receipt[name])) throw new Fault("receipt_form", { detail: name });
  }
  for (const name of ["checkpoint", "log_vkey", "grade", "policy"]) {
    if (typeof receipt[name] !== "string") throw new Fault("receipt_form", { detail: name });
  }
  for (const field of receipt.disclosed) requireMembers(field, ["name", "salt", "value"], "receipt_form");
  for (const field of receipt.withheld) requireMembers(field, ["commitment", "name"], "receipt_form");
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
  const seal = "commitment" in entry ? "commitment" : "nonce";
  requireMembers(entry, [...ENTRY_MEMBERS, seal].sort(), "entry_form");
  const { kind, data } = entry;
  if (!KINDS.includes(kind)) throw new Fault("entry_kind", { kind: String(kind).slice(0, 40) });
  if (data === null || typeof data !== "object") throw new Fault("entry_form");
  // A repeat's entry stands under its upload and names the first recording in its data.
  const subject = kind === "upload.repeated/1" ? data.recording : entry.subject;
  if (subject !== recording) throw new Fault("entry_recording");
  if (!Number.isSafeInteger(data.size) || data.size < 0 || !Array.isArray(data.digests)) throw new Fault("entry_form");
  const known = data.digests.every((digest) => /^(?:sha256|sm3):[0-9a-f]{64}$/.test(digest));
  if (!known || !data.digests.some((digest) => digest.startsWith("sha256:"))) throw new Fault("entry_form");
  if ("segment_size" in data && data.segment_size !== SEGMENT_SIZE) throw new Fault("entry_form");
  return entry;
}

export function commitment(name, salt, value) {
  return sha256(encoder.encode(`${PARTICULAR_TAG}${name}\n`), salt, encoder.encode(encodeCanonical(value)));
}

export function checkParticulars(entry, disclosed, withheld) {
  const fields = new Map();
  const add = (name, hash) => {
    if (typeof name !== "string" || !/^[a-z0-9_]{1,64}$/.test(name)) throw new Fault("field_name");
    if (fields.has(name)) throw new Fault("field_twice", { name });
    fields.set(name, hash);
  };
  for (const field of disclosed) add(field.name, commitment(field.name, fromHex(field.salt, 16), field.value));
  for (const field of withheld) add(field.name, fromHex(field.commitment, 32));
  if (entry.commitment === undefined) {
    if (fields.size > 0) throw new Fault("fields_none");
    return false;
  }
  if (fields.size === 0) throw new Fault("fields_differ");
  const ordered = [...fields.keys()].sort().map((name) => leafHash(fields.get(name)));
  if (`sha256:${hex(merkleRoot(ordered))}` !== entry.commitment) throw new Fault("fields_differ");
  return true;
}

// What stands in a receipt: the canonical entry, the facts of a deposit, the commitments of particulars.
import { Fault, fromBase64, fromHex, hex, sha256, utf8 } from "./bytes.js";
import { leafHash, merkleRoot } from "./merkle.js";
import { isPrintable } from "./note.js";

const ENTRY_LIMIT = 65535;
const DEPTH_LIMIT = 32;
const LIST_LIMITS = { disclosed: 256, withheld: 256, proof: 64, timestamps: 16 };
const POLICY_LIMIT = 65536;
const AUTHORITY_LIMIT = 255;
export const SEGMENT_SIZE = 8 * 1024 * 1024;
const TRUST_GRADES = ["recorder_signed", "dock_signed", "named_only", "adopted"];
const KINDS = ["recording.accessioned/1", "upload.repeated/1"];
const PARTICULAR_TAG = "liuhen/particular/1\n";
const GRADES = ["signed", "cosigned", "anchored"];

// --- canonical JSON (RFC 8785, restricted: no floats, no nulls, keys [a-z0-9_], at most 32 deep) ---

export function encodeCanonical(value, depth = 0) {
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw new Fault("entry_canonical");
    return JSON.stringify(value);
  }
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new Fault("entry_canonical");
    return String(value);
  }
  if (depth >= DEPTH_LIMIT || value === null || typeof value !== "object") throw new Fault("entry_canonical");
  if (Array.isArray(value)) return `[${value.map((inner) => encodeCanonical(inner, depth + 1)).join(",")}]`;
  const fields = Object.keys(value).sort().map((name) => {
    if (!/^[a-z0-9_]+$/.test(name)) throw new Fault("entry_canonical");
    return `${JSON.stringify(name)}:${encodeCanonical(value[name], depth + 1)}`;
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
  "checkpoint", "disclosed", "grade", "index", "leaf_b64", "log_vkey", "policy", "proof", "text", "timestamps", "v",
  "withheld",
];
const ENTRY_MEMBERS = ["actor", "at", "data", "kind", "subject"];

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

export function requireMembers(value, names, code) {
  const found = isObject(value) ? Object.keys(value).sort().join(" ") : "";
  if (found !== [...names].sort().join(" ")) throw new Fault(code, { detail: names.join(", ") });
}

function requireKind(receipt, names, fits) {
  for (const name of names) if (!fits(receipt[name])) throw new Fault("receipt_form", { detail: name });
}

function requireField(field, members, secret, length) {
  requireMembers(field, members, "receipt_form");
  if (typeof field.name !== "string" || !/^[a-z0-9_]{1,64}$/.test(field.name)) throw new Fault("field_name");
  fromHex(field[secret], length);
}

function requireStamp(stamp) {
  requireMembers(stamp, ["authority", "response_b64"], "receipt_form");
  const named = isText(stamp.authority) && isPrintable(stamp.authority);
  const length = named ? [...stamp.authority].length : 0;
  if (length < 1 || length > AUTHORITY_LIMIT) throw new Fault("receipt_form", { detail: "authority" });
  if (fromBase64(stamp.response_b64).length === 0) throw new Fault("receipt_form", { detail: "response_b64" });
}

const isText = (value) => typeof value === "string" && value.isWellFormed();

/** A receipt's form; nothing in it is proven by this. @param {unknown} untrustedReceipt parsed JSON */
export function parseReceipt(untrustedReceipt) {
  const receipt = untrustedReceipt;
  requireMembers(receipt, RECEIPT_MEMBERS, "receipt_form");
  if (receipt.v !== 1) throw new Fault("receipt_form", { detail: "v" });
  for (const [name, most] of Object.entries(LIST_LIMITS)) {
    requireKind(receipt, [name], (list) => Array.isArray(list) && list.length <= most);
  }
  requireKind(receipt, ["checkpoint", "log_vkey", "leaf_b64", "policy"], isText);
  requireKind(receipt, ["grade"], (grade) => GRADES.includes(grade));
  requireKind(receipt, ["index"], (index) => Number.isSafeInteger(index) && index >= 0);
  requireKind(receipt, ["text"], (text) => isObject(text) && isText(text.zh) && isText(text.en));
  requireMembers(receipt.text, ["zh", "en"], "receipt_form");
  for (const field of receipt.disclosed) requireField(field, ["name", "salt", "value"], "salt", 16);
  for (const field of receipt.withheld) requireField(field, ["commitment", "name"], "commitment", 32);
  for (const stamp of receipt.timestamps) requireStamp(stamp);
  if (utf8(receipt.policy).length > POLICY_LIMIT) throw new Fault("receipt_form", { detail: "policy" });
  const entry = fromBase64(receipt.leaf_b64);
  if (entry.length === 0 || entry.length > ENTRY_LIMIT) throw new Fault("receipt_form", { detail: "leaf_b64" });
  return {
    grade: receipt.grade,
    entry,
    index: receipt.index,
    proof: receipt.proof.map((hash) => fromBase64(hash, 32)),
    checkpoint: receipt.checkpoint,
    logKey: receipt.log_vkey,
    policy: receipt.policy,
    timestamps: receipt.timestamps.map((stamp) => [stamp.authority, fromBase64(stamp.response_b64)]),
    disclosed: receipt.disclosed,
    withheld: receipt.withheld,
  };
}

// --- the entry ---

/** A deposit's entry from its canonical bytes. */
export function parseEntry(bytes) {
  const entry = parseCanonical(bytes);
  const seal = isObject(entry) && "commitment" in entry ? "commitment" : "nonce";
  requireMembers(entry, [...ENTRY_MEMBERS, seal], "entry_form");
  const texts = ["kind", "at", "actor", "subject", seal].every((name) => typeof entry[name] === "string");
  const sealed = seal === "commitment" ? /^sha256:[0-9a-f]{64}$/ : /^[0-9a-f]{32}$/;
  if (!texts || !sealed.test(entry[seal]) || !isTime(entry.at)) throw new Fault("entry_form");
  if (!isObject(entry.data)) throw new Fault("entry_form");
  if (!KINDS.includes(entry.kind)) throw new Fault("entry_kind", { kind: entry.kind.slice(0, 40) });
  requireDeposit(entry.data);
  return entry;
}

// A repeat's entry stands under its upload and names the first recording in its data.
export function requireRecording(entry, recording) {
  const subject = entry.kind === "upload.repeated/1" ? entry.data.recording : entry.subject;
  if (subject !== recording) throw new Fault("entry_recording");
}

function isTime(text) {
  if (!/^(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$/.test(text)) return false;
  const at = new Date(text);
  return !Number.isNaN(at.valueOf()) && at.toISOString().slice(0, 19) === text.slice(0, 19);
}

function requireDeposit(data) {
  if (!Number.isSafeInteger(data.size) || data.size < 0 || !Array.isArray(data.digests)) throw new Fault("entry_form");
  const known = data.digests.every((digest) => /^(?:sha256|sm3):[0-9a-f]{64}$/.test(digest));
  const names = data.digests.map((digest) => String(digest).split(":")[0]);
  if (!known || !names.includes("sha256") || new Set(names).size !== names.length) throw new Fault("entry_form");
  if ("segment_size" in data && data.segment_size !== SEGMENT_SIZE) throw new Fault("entry_form");
  if ("trust" in data && !["", ...TRUST_GRADES].includes(data.trust)) throw new Fault("entry_form");
  if ("segments_root" in data && !/^sha256:[0-9a-f]{64}$/.test(data.segments_root)) throw new Fault("entry_form");
}

// --- particulars ---

export function commitment(name, salt, value) {
  return sha256(utf8(`${PARTICULAR_TAG}${name}\n`), salt, utf8(encodeCanonical(value)));
}

/** Fields shown and withheld are together all that the entry commits to; false where it commits to none. */
export function checkParticulars(entry, disclosed, withheld) {
  const fields = new Map();
  const add = (name, hash) => {
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

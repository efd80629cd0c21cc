// The numbered steps of a verification. Nothing here knows the page: it answers a report without any language.
import { Fault, hex } from "./bytes.js";
import { verdictOf, whatIsNotProven } from "./conclusion.js";
import { checkSaved } from "./consistency.js";
import { checkParticulars, parseEntry, parseReceipt } from "./entry.js";
import { readJson } from "./json.js";
import { leafHash, merkleRoot, verifyInclusion } from "./merkle.js";
import { openNote, parseCheckpoint, parseLogKey } from "./note.js";
import { isMet, keysOf, linesOf, namesOf, parsePolicy, policyOfLog } from "./policy.js";
import { stampedTime } from "./timestamp.js";

const RECEIPT_LIMIT = 262144;
// How far back a signature reaches: the sentence of the leaf's step, by the entry's trust grade.
const TRUST = {
  "": ["at_time", {}],
  recorder_signed: ["at_time_recorder_signed", {}],
  dock_signed: ["at_time_dock_signed", {}],
  named_only: ["at_time_named_only", {}],
  adopted: ["at_time_adopted", {}],
};

/**
 * @typedef {{policy: import("./policy.js").Policy, own: boolean}} Trust
 * @typedef {{name: string, outcome: string, detail: [string, object]}} Step
 * @typedef {{steps: Step[], verdict: string, lines: string[], grade: string, notProven: [string, object][],
 *   fields: object[]}} Report
 */

/** The policy the reader chose: a tlog-policy, or one log's key alone. @returns {Trust | null} null for none */
export function ownTrust(untrustedText) {
  const text = untrustedText.replace(/^\ufeff/, "").replace(/\r\n/g, "\n");
  if (text.trim() === "") return null;
  const key = text.trim();
  if (/^[^+\s]+\+[0-9a-f]{8}\+\S+$/u.test(key)) return { policy: policyOfLog(parseLogKey(key)), own: true };
  return { policy: parsePolicy(text), own: true };
}

// What the receipt says of its own keys: good for finding faults, no ground for trust.
function claimedTrust(receipt) {
  const claimed = receipt.policy === "" ? policyOfLog(parseLogKey(receipt.logKey)) : parsePolicy(receipt.policy);
  return { policy: claimed, own: false };
}

/**
 * @param {{receipt: Uint8Array, trust: Trust | null, file: File | null, saved: Uint8Array[],
 *   consistency: Uint8Array[]}} given
 * @param {{settle(step: Step): void, requireReadable(file: File): Promise<void>,
 *   readFile(file: File, algorithms: string[]): Promise<object>}} watch told of every step as it happens
 * @returns {Promise<Report>}
 */
export async function verify(given, watch) {
  const own = given.trust !== null;
  const found = { own, steps: [], lines: [], grade: "", fields: [], stamps: 0, withheld: [], fileChecked: false,
    trust: "" };
  try {
    await takeSteps(given, found, stepper(found, watch), watch);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
  const verdict = verdictOf(found.steps, own);
  return { ...found, verdict, notProven: whatIsNotProven(found, verdict) };
}

class Refusal extends Error {}

// Takes a step: a check answers {outcome, detail, value}; the first fault ends all. What agrees only with keys the
// receipt itself brought along is "consistent", never "proven".
function stepper(found, watch) {
  const write = (name, outcome, detail) => {
    const claimed = outcome === "proven" && !found.own && name !== "receipt";
    found.steps.push({ name, outcome: claimed ? "consistent" : outcome, detail });
    watch.settle(found.steps.at(-1));
  };
  return async (name, check) => {
    try {
      const { outcome = "proven", detail, value } = await check();
      write(name, outcome, detail);
      return value;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      write(name, "refused", [`fault_${error.code}`, error.values]);
      throw new Refusal();
    }
  };
}

async function takeSteps(given, found, step, watch) {
  const receipt = await step("receipt", () => readReceipt(given.receipt));
  const { trust, checkpoint } = await step("signature", () => openCheckpoint(receipt, given.trust));
  const verified = await step("cosigners", () => openCosigned(receipt, trust));
  found.lines = trust.own ? linesOf(trust.policy, verified.signers) : []; // lines the archive names show nothing
  found.grade = isCosigned(trust.policy, verified) ? "cosigned" : "signed";
  await step("inclusion", () => include(receipt, checkpoint));
  found.stamps = await step("time", () => readStamps(receipt));
  await step("grade", () => compareGrade(receipt, found.grade));
  const entry = await step("leaf", () => understand(receipt));
  found.trust = entry.data.trust ?? "";
  await step("particulars", () => matchParticulars(entry, receipt));
  found.fields = receipt.disclosed.map(({ name, value }) => ({ name, value }));
  found.withheld = receipt.withheld.map((field) => field.name);
  await checkFile(given.file, entry.data, found, step, watch);
  await checkSaved(checkpoint, given, trust.policy.logs, step);
}

function readReceipt(untrustedBytes) {
  if (untrustedBytes.length > RECEIPT_LIMIT) throw new Fault("receipt_long");
  const receipt = parseReceipt(readJson(untrustedBytes, "receipt_json"));
  return { detail: ["at_entry", { index: receipt.index, size: receipt.entry.length }], value: receipt };
}

function openCheckpoint(receipt, given) {
  const trust = given ?? claimedTrust(receipt);
  const checkpoint = parseCheckpoint(openNote(receipt.checkpoint, trust.policy.logs));
  const detail = ["signed_by", { log: checkpoint.origin, size: checkpoint.size, key: checkpoint.log.id }];
  return { detail, value: { trust, checkpoint } };
}

// One's own quorum that is not met refuses; the archive's is only a claim, and may be of a quorum still to come.
function openCosigned(receipt, { policy, own }) {
  const verified = openNote(receipt.checkpoint, keysOf(policy));
  const met = isMet(policy, verified.signers);
  const values = cosignedValues(policy, verified);
  if (own && !met) throw new Fault("quorum", values);
  if (values.signed === 0) return { outcome: "unchecked", detail: ["no_cosigner", values], value: verified };
  const code = !met ? "quorum_open" : values.count === 0 ? "cosigned_by_own" : "cosigned_by";
  return { detail: [code, values], value: verified };
}

function cosignedValues(policy, { signers, cosignatures }) {
  const lines = linesOf(policy, signers);
  const told = cosignatures.map(({ key, time }) => `${namesOf(policy, [key])[0]} ${readableTime(time)}`);
  return {
    count: lines.length, lines: lines.join(", "), quorum: policy.quorum,
    signed: told.length, known: policy.witnesses.size, cosigners: told.join(", ") || "0",
  };
}

const isCosigned = (policy, verified) => verified.cosignatures.length > 0 && isMet(policy, verified.signers);

function readableTime(seconds) {
  const at = new Date(Number(seconds) * 1000);
  return Number.isNaN(at.valueOf()) ? String(seconds) : `${at.toISOString().slice(0, 19)}Z`;
}

function include(receipt, checkpoint) {
  verifyInclusion(leafHash(receipt.entry), receipt.index, checkpoint.size, receipt.proof, checkpoint.root);
  return { detail: ["by_hashes", { count: receipt.proof.length, index: receipt.index, size: checkpoint.size }] };
}

function readStamps(receipt) {
  const times = receipt.timestamps.map(([authority, response]) =>
    `${authority} ${stampedTime(response, receipt.checkpoint)}`);
  const detail = times.length === 0 ? ["no_stamp", {}] : ["stamped", { times: times.join("; ") }];
  return { outcome: "unchecked", detail, value: times.length };
}

// Found is what was seen here; a claim beyond what the receipt even contains is refused.
function compareGrade(receipt, found) {
  const values = { claimed: receipt.grade, found };
  if (receipt.grade === "signed" || receipt.grade === found) return { detail: ["grades", values] };
  if (found === "signed" && !meetsItsOwnClaim(receipt)) throw new Fault("grade_cosigned", values);
  if (receipt.grade === "anchored" && receipt.timestamps.length === 0) throw new Fault("grade_anchored", values);
  return { detail: ["grades_open", values] };
}

function meetsItsOwnClaim(receipt) {
  try {
    const { policy } = claimedTrust(receipt);
    parseCheckpoint(openNote(receipt.checkpoint, policy.logs));
    return isCosigned(policy, openNote(receipt.checkpoint, keysOf(policy)));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return false;
  }
}

function understand(receipt) {
  const entry = parseEntry(receipt.entry);
  return { detail: [TRUST[entry.data.trust ?? ""][0], { kind: entry.kind, at: entry.at }], value: entry };
}

function matchParticulars(entry, receipt) {
  const committed = checkParticulars(entry, receipt.disclosed, receipt.withheld);
  const values = { shown: receipt.disclosed.length, withheld: receipt.withheld.length };
  return { detail: [committed ? "fields" : "no_fields", values] };
}

async function checkFile(file, data, found, step, watch) {
  const absent = () => ({ outcome: "unchecked", detail: ["no_file", {}] });
  const read = await step("file", () => (file === null ? absent() : matchFile(file, data, watch)));
  found.fileChecked = file !== null;
  if (data.segments_root === undefined) return;
  await step("segments", () => (file === null ? absent() : matchSegments(data, read.segments)));
}

async function matchFile(file, data, watch) {
  await watch.requireReadable(file);
  if (file.size !== data.size) throw new Fault("size", { found: file.size, stated: data.size });
  const read = await watch.readFile(file, data.digests.map((digest) => digest.split(":")[0]));
  if (read.size !== data.size) throw new Fault("size", { found: read.size, stated: data.size });
  data.digests.forEach((stated, at) => {
    if (read.digests[at] !== stated) throw new Fault("digest", { found: read.digests[at], stated });
  });
  return { detail: ["bytes", { size: read.size, digests: read.digests.join(", ") }], value: read };
}

function matchSegments(data, segments) {
  const root = merkleRoot(segments.map((digest) => leafHash(digest)));
  const stated = data.segments_root.replace("sha256:", "");
  if (hex(root) !== stated) throw new Fault("digest", { found: `sha256:${hex(root)}`, stated: data.segments_root });
  return { detail: ["segments_equal", { count: segments.length }] };
}

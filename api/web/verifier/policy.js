// Trust policies (C2SP tlog-policy): which logs, which cosigners, what quorum, how many independent lines.
import { equal, Fault, utf8 } from "./bytes.js";
import { COSIGNATURE, ED25519, isPrintable, parseKey } from "./note.js";

const LIMIT = 65536;
const NAME_LIMIT = 255;
const NO_QUORUM = "none";
const OPERATOR = "operator";

/**
 * @typedef {import("./note.js").Key} Key
 * @typedef {{logs: Key[], witnesses: Map<string, Key>, groups: Map<string, {threshold: number, members: string[]}>,
 *   quorum: string}} Policy
 */

/** One log and no cosigner, for someone who holds only the log's key. @param {Key} key @returns {Policy} */
export const policyOfLog = (key) => ({ logs: [key], witnesses: new Map(), groups: new Map(), quorum: NO_QUORUM });

/** Every fault names its line. @param {string} untrustedText @returns {Policy} */
export function parsePolicy(untrustedText) {
  const lines = untrustedText.replace(/\n$/, "").split("\n");
  if (utf8(lines.join("\n")).length + 1 > LIMIT) throw new Fault("policy_size");
  const policy = { logs: [], witnesses: new Map(), groups: new Map(), quorum: "", members: new Set() };
  lines.forEach((line, at) => readLine(policy, line, at + 1));
  if (policy.quorum === "") throw new Fault("policy_quorum_missing", { line: lines.length });
  return policy;
}

const READERS = { log: readLog, witness: readWitness, group: readGroup, quorum: readQuorum };

function readLine(policy, text, line) {
  if (/[\x00-\x08\x0b-\x1f\x7f]/.test(text) || !text.isWellFormed()) throw new Fault("policy_control", { line });
  const items = text.match(/[^ \t]+/g) ?? [];
  if (items.length === 0 || items[0].startsWith("#")) return;
  if (!Object.hasOwn(READERS, items[0])) throw new Fault("policy_word", { line });
  READERS[items[0]](policy, items.slice(1), line);
}

function readLog(policy, items, line) {
  requireCount(items, 1, 2, line);
  policy.logs.push(newKey(policy, items[0], ED25519, line));
  requirePrintable(items[1], line);
}

function readWitness(policy, items, line) {
  requireCount(items, 2, 3, line);
  const name = newName(policy, items[0], line);
  policy.witnesses.set(name, newKey(policy, items[1], COSIGNATURE, line));
  requirePrintable(items[2], line);
}

function readGroup(policy, items, line) {
  requireCount(items, 3, Infinity, line);
  const name = newName(policy, items[0], line);
  const members = items.slice(2);
  for (const member of members) {
    requireDefined(policy, member, line);
    if (policy.members.has(member)) throw new Fault("policy_member", { line, name: member });
    policy.members.add(member);
  }
  policy.groups.set(name, { threshold: threshold(items[1], members.length, line), members });
}

function threshold(text, count, line) {
  if (text === "all") return count;
  if (text === "any") return 1;
  if (!/^[1-9][0-9]{0,4}$/.test(text) || Number(text) > count) throw new Fault("policy_threshold", { line });
  return Number(text);
}

function readQuorum(policy, items, line) {
  requireCount(items, 1, 1, line);
  if (policy.quorum !== "") throw new Fault("policy_quorum_twice", { line });
  if (items[0] !== NO_QUORUM) requireDefined(policy, items[0], line);
  policy.quorum = items[0];
}

function requireCount(items, least, most, line) {
  if (items.length < least || items.length > most) throw new Fault("policy_form", { line });
}

function requirePrintable(text, line) {
  if (text !== undefined && !isPrintable(text)) throw new Fault("policy_name", { line });
}

function newName(policy, name, line) {
  requirePrintable(name, line);
  if ([...name].length > NAME_LIMIT) throw new Fault("policy_name", { line });
  const taken = name === NO_QUORUM || policy.witnesses.has(name) || policy.groups.has(name);
  if (taken) throw new Fault("policy_taken", { line, name });
  return name;
}

function requireDefined(policy, name, line) {
  if (!policy.witnesses.has(name) && !policy.groups.has(name)) {
    throw new Fault("policy_unknown", { line, name: name.slice(0, NAME_LIMIT) });
  }
}

function newKey(policy, untrustedKey, kind, line) {
  let key;
  try {
    key = parseKey(untrustedKey);
  } catch {
    throw new Fault("policy_key", { line });
  }
  if (key.kind !== kind) throw new Fault("policy_key_kind", { line });
  for (const other of keysOf(policy)) {
    const same = equal(other.public, key.public) || (other.name === key.name && other.id === key.id);
    if (same) throw new Fault("policy_key_twice", { line });
  }
  return key;
}

/** Every key of the policy, as openNote wants them. @param {Policy} policy @returns {Key[]} */
export const keysOf = (policy) => [...policy.logs, ...policy.witnesses.values()];

/** The quorum has cosigned. @param {Policy} policy @param {Key[]} signers whose signatures were verified */
export const isMet = (policy, signers) =>
  policy.quorum === NO_QUORUM || witnessed(policy, signers).has(policy.quorum);

/**
 * The independent administrative lines that have cosigned; none is the operator's word only.
 * A line is a group of witnesses only, or a witness in no such group; what is named "operator…", and all below it,
 * is the operator's own and never counted.
 * @param {Policy} policy @param {Key[]} signers @returns {string[]}
 */
export function linesOf(policy, signers) {
  const found = witnessed(policy, signers);
  const own = operators(policy);
  const groups = [...policy.groups.keys()].filter((name) =>
    policy.groups.get(name).members.every((member) => policy.witnesses.has(member)));
  const inside = new Set(groups.flatMap((name) => policy.groups.get(name).members));
  const single = [...policy.witnesses.keys()].filter((name) => !inside.has(name));
  return [...groups, ...single].filter((name) => found.has(name) && !own.has(name));
}

/** Administrative names of the witnesses among the signers. */
export const namesOf = (policy, signers) =>
  [...policy.witnesses].filter(([, key]) => signers.includes(key)).map(([name]) => name);

function witnessed(policy, signers) {
  const found = new Set(namesOf(policy, signers));
  for (const [name, group] of policy.groups) {
    if (group.members.filter((member) => found.has(member)).length >= group.threshold) found.add(name);
  }
  return found;
}

function operators(policy) {
  const found = new Set([...policy.witnesses.keys(), ...policy.groups.keys()].filter((name) => name.startsWith(OPERATOR)));
  for (const name of [...policy.groups.keys()].reverse()) {
    if (found.has(name)) for (const member of policy.groups.get(name).members) found.add(member);
  }
  return found;
}

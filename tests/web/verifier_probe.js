// Lets a test ask the verifier's own policy and time-stamp code many questions without the page.
import { Fault, fromBase64, fromHex } from "./bytes.js";
import { isSignature, isWeak } from "./ed25519.js";
import { verifyConsistency, verifyInclusion } from "./merkle.js";
import { parseKey } from "./note.js";
import { isMet, linesOf, parsePolicy } from "./policy.js";
import { readJson } from "./json.js";
import { stampedTime } from "./timestamp.js";

function answer(ask) {
  try {
    return ask();
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
}

globalThis.probe = {
  policy: (text, subsets) => answer(() => {
    const policy = parsePolicy(text);
    const signers = (names) => names.map((name) => policy.witnesses.get(name));
    return subsets.map((names) => [isMet(policy, signers(names)), linesOf(policy, signers(names))]);
  }),
  consistency: (sizes, roots, proof) => answer(() => {
    const [older, newer] = sizes.map((size, at) => ({ size, root: fromHex(roots[at]) }));
    verifyConsistency(older, newer, proof.map((hash) => fromHex(hash)));
    return "holds";
  }),
  inclusion: (leaf, index, size, proof, root) => answer(() => {
    verifyInclusion(fromHex(leaf), index, size, proof.map((hash) => fromHex(hash)), fromHex(root));
    return "holds";
  }),
  signature: (...parts) => isSignature(...parts.map((part) => fromHex(part))),
  weak: (key) => isWeak(fromHex(key)),
  key: (text) => answer(() => parseKey(text).id),
  json: (base64) => answer(() => JSON.stringify(readJson(fromBase64(base64), "json"))),
  stamp: (base64, message) => answer(() => stampedTime(fromBase64(base64), message)),
};

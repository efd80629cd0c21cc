// The Merkle tree of RFC 6962, section 2.1, over SHA-256: roots, inclusion and consistency.
import { equal, Fault, sha256 } from "./bytes.js";

const PROOF_LIMIT = 64;

export const leafHash = (entry) => sha256(Uint8Array.of(0), entry);
const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);
export const emptyRoot = () => sha256(new Uint8Array(0));

export function merkleRoot(leafHashes) {
  if (leafHashes.length === 0) return emptyRoot();
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

// The newer tree begins with all of the older one, in order (RFC 9162, section 2.1.4.2).
export function verifyConsistency(older, newer, proof) {
  if (older.size > newer.size) throw new Fault("consistency_order");
  if (proof.length > PROOF_LIMIT) throw new Fault("consistency_form");
  if (older.size === 0 || older.size === newer.size) {
    const expected = older.size === 0 ? emptyRoot() : newer.root;
    if (proof.length > 0 || !equal(older.root, expected)) throw new Fault("consistency_differs");
    return;
  }
  let fn = BigInt(older.size) - 1n;
  let sn = BigInt(newer.size) - 1n;
  while ((fn & 1n) === 1n) [fn, sn] = [fn >> 1n, sn >> 1n];
  const chain = fn === 0n ? [older.root, ...proof] : proof; // a whole left side: the verifier holds its root
  if (chain.length === 0) throw new Fault("consistency_form");
  const [oldRoot, newRoot] = foldConsistency(fn, sn, chain);
  if (!equal(oldRoot, older.root) || !equal(newRoot, newer.root)) throw new Fault("consistency_differs");
}

function foldConsistency(first, last, chain) {
  let [fn, sn] = [first, last];
  let oldRoot = chain[0];
  let newRoot = chain[0];
  for (const sibling of chain.slice(1)) {
    if (sn === 0n) throw new Fault("consistency_form");
    if ((fn & 1n) === 1n || fn === sn) {
      oldRoot = nodeHash(sibling, oldRoot);
      newRoot = nodeHash(sibling, newRoot);
      while ((fn & 1n) === 0n && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else {
      newRoot = nodeHash(newRoot, sibling);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  if (sn !== 0n) throw new Fault("consistency_form");
  return [oldRoot, newRoot];
}

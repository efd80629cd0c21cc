// JSON as people's files spell it, but only what has one meaning: no name twice, no fraction, no null, 32 deep.
import { Fault } from "./bytes.js";

const DEPTH_LIMIT = 32;
const TOKENS = /"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|null|[{}[\]:]/g;

/**
 * The value of a file's text. JSON.parse takes the last of two members of one name; another reader may take the first,
 * so such a file is refused, as the command refuses it.
 * @param {Uint8Array | string} untrustedFile
 * @param {string} code of the fault
 */
export function readJson(untrustedFile, code) {
  try {
    const text = typeof untrustedFile === "string" ? untrustedFile : decode(untrustedFile);
    const value = JSON.parse(text);
    requireOneMeaning(text.match(TOKENS) ?? [], code);
    return value;
  } catch {
    throw new Fault(code);
  }
}

const decode = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);

// The text is known to be JSON: its tokens alone tell where a name stands.
function requireOneMeaning(tokens, code) {
  const open = [];
  tokens.forEach((token, at) => {
    if (token === "{" || token === "[") open.push(new Set());
    else if (token === "}" || token === "]") open.pop();
    else if (token.startsWith('"')) requireText(token, tokens[at + 1] === ":" ? open.at(-1) : null, code);
    else if (token !== ":" && !Number.isSafeInteger(/[.eE]/.test(token) ? NaN : Number(token))) throw new Fault(code);
    if (open.length > DEPTH_LIMIT) throw new Fault(code);
  });
}

function requireText(token, names, code) {
  const text = JSON.parse(token);
  if (!text.isWellFormed()) throw new Fault(code);
  if (names === null) return;
  if (names.has(text) || !/^[a-z0-9_]+$/.test(text)) throw new Fault(code);
  names.add(text);
}

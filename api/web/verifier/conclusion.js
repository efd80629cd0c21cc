// From the steps to the verdict, and to what is not proven by it.

/**
 * refused: a fault. incomplete: something that was asked could not be looked at. consistent: it agrees, but with keys
 * the archive itself names. proven: it agrees under the policy the reader chose.
 */
export function verdictOf(steps, own) {
  if (steps.some((step) => step.outcome === "refused")) return "refused";
  const open = (step) => ["file", "segments", "saved"].includes(step.name) && step.outcome === "unchecked";
  if (steps.some(open)) return "incomplete";
  return own ? "proven" : "consistent";
}

/** Codes and values of the sentences; made only from what was really looked at. */
export function whatIsNotProven(found, verdict) {
  if (verdict === "refused") return [["limit_refused", {}]];
  const limits = [["limit_before", {}], ["limit_never", {}], ["limit_later", {}]];
  if (found.trust === "named_only") limits.push(["limit_named", {}]);
  if (found.trust === "adopted") limits.push(["limit_adopted", {}]);
  if (!found.own) limits.push(["limit_claim", {}]);
  if (!found.fileChecked) limits.push(["limit_file", {}]);
  const count = found.lines.length;
  limits.push(count === 0 ? ["limit_operator", {}] : ["limit_lines", { count, lines: found.lines.join(", ") }]);
  limits.push([found.stamps > 0 ? "limit_stamp" : "limit_time", {}]);
  if (found.withheld.length > 0) limits.push(["limit_withheld", { names: found.withheld.join(", ") }]);
  return [...limits, ["limit_page", {}]];
}

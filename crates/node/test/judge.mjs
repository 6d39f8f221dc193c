// When an answer agrees with a recorded one: the rules of tests/src/judge.rs.
const WHOLE = [
  ["lang.", ["value", "outputs", "documents", "values"]],
  ["appset.", ["applications", "create", "update", "value"]],
  ["application.", ["application", "spec"]],
  ["traffic.", ["objects"]],
  ["rollout.reconcile", ["status", "object", "change"]],
  ["rollout.simulate", ["virtualServices", "destinationRules", "ingresses", "trafficSplits"]],
  ["analysis.reconcile", ["status"]],
  ["analysis.build", ["spec"]],
  ["experiment.build", ["experiment"]],
  ["catalog.process", ["entities"]],
  ["catalog.query", ["items"]],
  ["scaffolder.render", ["value"]],
  ["scaffolder.dryRun", ["output", "input"]],
];
const NOT_A_REFUSAL = ["unknownoperation", "internal", "panic", "unimplemented", "unsupported"];
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

export function judge(vector, answer) {
  const { expect } = vector;
  if (isObject(expect) && expect.error === true && Object.keys(expect).length === 1) {
    if (!answer.error) return "answered what upstream refuses";
    const code = String(answer.error.code ?? "").toLowerCase();
    return NOT_A_REFUSAL.some((word) => code.includes(word)) ? `refused with ${code}` : undefined;
  }
  if (!("ok" in answer)) return `refused: ${JSON.stringify(answer.error)}`;
  const { ok } = answer;
  for (const key of vector.absent ?? []) if (isObject(ok) && ok[key] != null) return `/${key} present`;
  for (const key of vector.exact ?? []) {
    if (isObject(expect) && key in expect) {
      const bad = contains(expect[key], isObject(ok) ? ok[key] : undefined, `/${key}`, true, []);
      if (bad) return bad;
    }
  }
  const members = WHOLE.find(([prefix]) => vector.op.startsWith(prefix))?.[1] ?? [];
  return contains(expect, ok, "", false, members);
}

function contains(want, got, where, whole, members) {
  if (isObject(want)) {
    if (!isObject(got)) return where || "/";
    if (whole) for (const key of Object.keys(got)) if (got[key] != null && !(key in want)) return `${where}/${key} (not expected)`;
    for (const [key, value] of Object.entries(want)) {
      if (!(key in got)) {
        if (value === null) continue;
        return `${where}/${key}`;
      }
      const bad = contains(value, got[key], `${where}/${key}`, whole || members.includes(key), members);
      if (bad) return bad;
    }
    return undefined;
  }
  if (Array.isArray(want)) {
    if (!Array.isArray(got) || want.length !== got.length) return where || "/";
    for (let at = 0; at < want.length; at++) {
      const bad = contains(want[at], got[at], `${where}/${at}`, whole, members);
      if (bad) return bad;
    }
    return undefined;
  }
  return want === (got ?? null) || want === got ? undefined : where || "/";
}

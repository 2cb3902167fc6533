/**
 * A world as data, and what is checked before anything is built from it.
 *
 * A scenario names SMMUs, devices, groups, domains, what is attached at the start, the threads with their operations and
 * what may fail; its shape is in shape.ts. `readScenario` takes anything and either returns a scenario or throws one
 * sentence that says where it is wrong, what was expected and what was found.
 */
import * as v from "valibot";
import { isOffered, needsHardware, type OpKind, opKindIndex, opKinds, takesRid } from "../kernel/ops.ts";
import { NO_DOMAIN } from "./defaults.ts";
import { ScenarioError } from "./refused.ts";
import { type operation, scenario } from "./shape.ts";

/** A scenario as somebody writes it: members with a default may be left out. */
export type ScenarioInput = v.InferInput<typeof scenario>;
export type Scenario = v.InferOutput<typeof scenario>;
export type ScenarioOp = v.InferOutput<typeof operation>;

/** A value as a sentence shows it, cut where it is long; a text keeps its quotes. */
export const show = (value: unknown): string => {
  const json = JSON.stringify(value) ?? "nothing";
  if (json.length <= 60) return json;
  return typeof value === "string" ? `${json.slice(0, 56)}..."` : `${json.slice(0, 57)}...`;
};

/** Refuses with a place and a reason. */
function refuse(path: string, expected: string, found: unknown): never {
  throw new ScenarioError(`The scenario is wrong at ${path}: expected ${expected}, found ${show(found)}.`);
}

const KINDS: Readonly<Record<string, string>> = {
  Object: "an object",
  Array: "a list",
  string: "a text",
  number: "a number",
  boolean: "true or false",
  never: "no member of this name",
};

/** What an entry should have been: this file's own words where it has some. */
function wanted(issue: { readonly message: string; readonly expected: string | null }): string {
  if (!issue.message.startsWith("Invalid ")) return issue.message;
  // a member that is missing is named in quotes
  return KINDS[issue.expected ?? ""] ?? (issue.expected?.startsWith('"') ? "this member to be there" : issue.message);
}

/** A place as a sentence names it: members that nobody would write are quoted, and cut where they are long. */
const placeOf = (keys: readonly unknown[]): string =>
  keys.map((key) => (/^[\w$-]{1,40}$/.test(String(key)) ? String(key) : show(String(key)))).join(".") || "the top";

/** Where a valibot issue is, and what should have been there. */
export function issueText(issue: v.BaseIssue<unknown>): { path: string; expected: string } {
  return { path: placeOf(issue.path?.map((p) => p.key) ?? []), expected: wanted(issue) };
}

/** How deep a scenario is nested: no member lies deeper than `threads.0.ops.0.op`. */
const DEPTH = 6;

/**
 * Refuses what the shape does not look at: nesting without end, and members that every object has by birth, such as
 * `constructor`, which would count as known.
 */
function checkDepth(value: unknown, keys: readonly (string | number)[] = []): void {
  if (typeof value !== "object" || value === null) return;
  if (keys.length >= DEPTH) {
    // what is down there may have no end: its kind says enough
    const found = Array.isArray(value) ? "a list" : "an object";
    refuse(placeOf(keys), `at most ${DEPTH - 1} levels of lists and objects`, found);
  }
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value) && key in Object.prototype) refuse(placeOf([...keys, key]), KINDS.never ?? "", key);
    checkDepth(inner, [...keys, key]);
  }
}

const builtin = ["identity", "blocked"];

/** What each type of domain must say of itself, and must not. */
function checkDomain(
  s: Scenario,
  i: number,
  known: (member: string, what: string, names: readonly string[], value: string) => void,
): void {
  const d = s.domains[i] as Scenario["domains"][number];
  const at = (member: string) => `domains.${i}.${member}`;
  const paging = d.type === "UNMANAGED" || d.type === "DMA";
  const want = (member: "stage" | "vsmmu" | "mm", wanted: boolean, what: string) => {
    if (wanted && d[member] === undefined) refuse(at(member), `${what} for a domain of type ${d.type}`, d[member]);
    if (!wanted && d[member] !== undefined) refuse(at(member), `nothing for a domain of type ${d.type}`, d[member]);
  };
  want("stage", paging, "1 or 2");
  want("vsmmu", d.type === "NESTED", "the name of a vSMMU");
  want("mm", d.type === "SVA", "the name of a process");
  if (d.type !== "NESTED" && d.vste !== undefined) refuse(at("vste"), "nothing unless it is nested", d.vste);
  if (d.vste_ats !== undefined && (d.type !== "NESTED" || (d.vste ?? "s1") !== "s1"))
    refuse(at("vste_ats"), "nothing unless its vSTE translates", d.vste_ats);
  const has = (feature: Scenario["smmus"][number]["features"][number]) =>
    s.smmus.find((x) => x.name === d.smmu)?.features.includes(feature) ?? false;
  if (d.dirty_tracking && (d.stage !== 1 || !has("HD")))
    refuse(at("dirty_tracking"), "true for a stage 1 domain of an SMMU with HD only", true);
  if (d.pasid_compat && d.stage !== 1) refuse(at("pasid_compat"), "true for a stage 1 domain only", true);
  if (d.enforce_cache_coherency && !paging)
    refuse(at("enforce_cache_coherency"), "true for a paging domain only", true);
  if (d.type === "NESTED") {
    known(
      "vsmmu",
      "the name of a vSMMU of its SMMU",
      s.vsmmus.filter((x) => x.smmu === d.smmu).map((x) => x.name),
      d.vsmmu ?? "",
    );
  }
  if (d.type === "SVA") {
    known(
      "mm",
      "the name of a process",
      s.mms.map((m) => m.name),
      d.mm ?? "",
    );
    const first = s.domains.findIndex((o) => o.type === "SVA" && o.mm === d.mm && o.smmu === d.smmu);
    if (first !== i) refuse(at("mm"), "a process without another SVA domain on this SMMU", d.mm);
  }
}

/** Checks anything that claims to be a scenario. Throws a ScenarioError with one sentence. */
export function readScenario(input: unknown): Scenario {
  checkDepth(input);
  if (Array.isArray(input)) refuse("the top", KINDS.Object ?? "", input);
  const result = v.safeParse(scenario, input, { abortEarly: true });
  if (!result.success) {
    const issue = result.issues[0];
    const { path, expected } = issueText(issue);
    // of a list that is too long its length is what was found
    const long = issue.type === "max_length" && Array.isArray(issue.input);
    if (long)
      throw new ScenarioError(`The scenario is wrong at ${path}: expected ${expected}, found ${issue.input.length}.`);
    refuse(path, expected, issue.input);
  }
  const s = result.output;
  const unique = (what: string, names: readonly string[]) => {
    names.forEach((n, i) => {
      if (names.indexOf(n) !== i) refuse(`${what}.${i}.name`, "a name that no other entry has", n);
    });
  };
  const devices = s.devices.map((d) => d.name);
  const groups = s.groups.map((g) => g.name);
  const smmus = s.smmus.map((x) => x.name);
  const domains = [...builtin, ...s.domains.map((d) => d.name)];
  unique("smmus", smmus);
  unique("devices", devices);
  unique("groups", groups);
  unique("domains", domains.slice(builtin.length));
  s.domains.forEach((d, i) => {
    if (builtin.includes(d.name) || d.name === NO_DOMAIN)
      refuse(`domains.${i}.name`, "a name other than the two static domains", d.name);
  });
  const known = (path: string, what: string, names: readonly string[], value: string) => {
    const which = names.length === 0 ? "of which there is none" : `one of ${names.join(", ")}`;
    if (!names.includes(value)) refuse(path, `${what}, ${which}`, value);
  };
  s.smmus.forEach((x, i) => {
    x.features.forEach((feature, j) => {
      const place = `smmus.${i}.features.${j}`;
      if (x.features.indexOf(feature) !== j) refuse(place, "a feature that is not listed before", feature);
      const needs = ({ HD: "HA", HAFT: "HD", STALL_FORCE: "STALLS" } as const)[feature as "HD"];
      if (needs !== undefined && !x.features.includes(needs)) refuse(place, `${needs} beside it`, feature);
    });
  });
  if (s.hardware.includes("cache") && !s.hardware.includes("cmdq"))
    refuse("hardware", '"cmdq" beside "cache": what is held goes when commands are taken', s.hardware);
  const home = new Map<string, string>();
  s.devices.forEach((d, i) => known(`devices.${i}.smmu`, "the name of an SMMU", smmus, d.smmu));
  const sids = new Map<string, string>();
  s.devices.forEach((d, i) =>
    d.sids.forEach((x, j) => {
      const key = `${d.smmu} ${Number(x)}`;
      const other = sids.get(key) ?? d.name;
      const together = s.groups.some((g) => g.devices.includes(d.name) && g.devices.includes(other));
      if (other !== d.name && !together)
        refuse(`devices.${i}.sids.${j}`, "a StreamID that no other device of the SMMU has, unless of its group", x);
      sids.set(key, d.name);
    }),
  );
  s.groups.forEach((g, i) => {
    known(`groups.${i}.default_domain`, "the name of a domain", [...domains, NO_DOMAIN], g.default_domain);
    g.devices.forEach((d, j) => {
      known(`groups.${i}.devices.${j}`, "the name of a device", devices, d);
      if (home.has(d)) refuse(`groups.${i}.devices.${j}`, "a device that is in no other group", d);
      home.set(d, g.name);
    });
  });
  s.devices.forEach((d, i) => {
    if (!home.has(d.name)) refuse(`devices.${i}.name`, "a device that some group lists", d.name);
  });
  s.groups.forEach((g, i) => {
    if (g.devices.every((name) => s.devices.find((d) => d.name === name)?.hot_added))
      refuse(`groups.${i}.devices`, "a device that is there from the start", g.devices);
  });
  s.devices.forEach((d, i) => {
    if (d.physfn === undefined) return;
    const functions = s.devices.filter((x) => x.physfn === undefined && x.name !== d.name).map((x) => x.name);
    known(`devices.${i}.physfn`, "the name of a function that is no VF", functions, d.physfn);
  });
  const vsmmus = s.vsmmus.map((x) => x.name);
  const mms = s.mms.map((m) => m.name);
  unique("vsmmus", vsmmus);
  unique("mms", mms);
  const entries = s.entries.map((e) => e.name);
  const lists = s.inv_lists.map((x) => x.name);
  unique("entries", entries);
  unique("inv_lists", lists);
  s.entries.forEach((e, i) => {
    e.qwords.forEach((q, j) => {
      const never = j > 3 || (e.kind === "cd" && j === 2);
      if (never && BigInt(q) !== 0n) refuse(`entries.${i}.qwords.${j}`, "0x0: the driver never uses this qword", q);
    });
  });
  s.mms.forEach((m, i) => {
    if (s.mms.findIndex((other) => other.pasid === m.pasid) !== i)
      refuse(`mms.${i}.pasid`, "a PASID that no other process has", m.pasid);
  });
  s.vsmmus.forEach((x, i) => known(`vsmmus.${i}.smmu`, "the name of an SMMU", smmus, x.smmu));
  s.domains.forEach((d, i) => {
    known(`domains.${i}.smmu`, "the name of an SMMU", smmus, d.smmu);
    checkDomain(s, i, (member, what, names, value) => known(`domains.${i}.${member}`, what, names, value));
  });
  s.vsmmus.forEach((x, i) => {
    const parents = s.domains.filter((d) => d.stage === 2 && d.smmu === x.smmu).map((d) => d.name);
    known(`vsmmus.${i}.s2_parent`, "the name of a stage 2 domain of its SMMU", parents, x.s2_parent);
  });
  s.groups.forEach((g, i) => {
    const paging = [NO_DOMAIN, ...builtin, ...s.domains.filter((d) => d.stage !== undefined).map((d) => d.name)];
    known(`groups.${i}.default_domain`, "the name of a domain that a group can start with", paging, g.default_domain);
  });
  const check = (path: string, op: ScenarioOp) => {
    const index = opKindIndex(op.op, op.caller);
    const kind: OpKind | undefined = opKinds[index];
    if (kind === undefined || !isOffered(kind)) {
      const offered = opKinds.filter(isOffered).map((k) => `${k.op}/${k.caller}`);
      refuse(path, `an operation and a caller of ${[...new Set(offered)].join(", ")}`, `${op.op}/${op.caller}`);
    }
    const needed = needsHardware(kind);
    if (needed !== null && !s.hardware.includes(needed))
      refuse(`${path}.op`, `a scenario with "${needed}" in hardware for ${op.op}`, s.hardware);
    for (const param of ["group", "device", "domain", "pasid", "mm", "vsmmu", "entry", "inv_list"] as const) {
      const wanted = kind.params.includes(param);
      const value = op[param];
      if (wanted && value === undefined) refuse(`${path}.${param}`, `a ${param} for ${op.op}`, value);
      if (!wanted && value !== undefined) refuse(`${path}.${param}`, `no ${param} for ${op.op}`, value);
      if (param === "pasid" && value === 0 && !takesRid(kind)) {
        refuse(`${path}.pasid`, `a PASID from 1 for ${op.op}`, value);
      }
      if (param !== "pasid" && wanted) {
        known(
          `${path}.${param}`,
          `the name of a ${param}`,
          { group: groups, device: devices, domain: domains, mm: mms, vsmmu: vsmmus, entry: entries, inv_list: lists }[
            param
          ],
          String(value),
        );
      }
    }
    const paging = s.domains.filter((d) => d.stage !== undefined).map((d) => d.name);
    if (/^(map|unmap|enforce_coherency|free|destroy|invs_.*)$/.test(op.op))
      known(`${path}.domain`, "the name of a paging domain", paging, String(op.domain));
    if (op.op === "bind_sva") {
      const smmu = s.devices.find((d) => d.name === op.device)?.smmu;
      if (!s.domains.some((d) => d.type === "SVA" && d.mm === op.mm && d.smmu === smmu))
        refuse(`${path}.mm`, `a process with an SVA domain of ${smmu}`, op.mm);
    }
  };
  s.attached.forEach((op, i) => check(`attached.${i}`, op));
  s.threads.forEach((t, i) => t.ops.forEach((op, j) => check(`threads.${i}.ops.${j}`, op)));
  return s;
}

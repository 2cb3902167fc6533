/**
 * A capture as its file has it: what a real Linux did to an SMMU, checked before anything is compared with it.
 *
 * `readCapture` takes anything and either returns a capture or throws one sentence that says where it is wrong. Members
 * that nothing here reads may be there and may be anything.
 */
import * as v from "valibot";
import { issueText, show } from "../schema.ts";

const qword = v.pipe(v.string(), v.regex(/^(0x)?[0-9a-f]{1,16}$/i, "a qword of 1 to 16 hexadecimal digits"));
const entry = v.pipe(v.array(qword), v.length(8, "8 qwords"));
const sid = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{1,8}$/, "a StreamID such as 0x100"));
const text = v.nullish(v.string());
/** A number of bytes or an address: `0x10000000`, `64K`, `4096` or a plain number. */
const amount = v.nullish(
  v.union([
    v.pipe(v.string(), v.regex(/^(0x[0-9a-f]{1,16}|[0-9]{1,15}[KMG]?)$/i, "an amount such as 64K or 0x10000000")),
    v.pipe(v.number(), v.safeInteger("a whole number"), v.minValue(0, "0 or more")),
  ]),
);

const op = v.object({
  op: v.string(),
  result: v.string(),
  device: text,
  during_reset_of: text,
  /** of set_default_domain_type */
  type: text,
  /** of reset */
  method: text,
  through: text,
  /** of attach, replace, map and unmap */
  domain: text,
  /** of map and unmap */
  iova: amount,
  size: amount,
  /** of other */
  text,
});

const step = v.pipe(
  v.object({
    ms: v.nullish(v.number()),
    cmd: v.optional(v.pipe(v.array(qword), v.length(2, "2 qwords"))),
    ste: v.optional(entry),
    cd: v.optional(entry),
    sid: v.optional(sid),
    ssid: v.optional(v.number()),
    referenced_by_ste: v.optional(v.boolean()),
  }),
  v.check(
    (t) => t.cmd !== undefined || ((t.ste !== undefined || t.cd !== undefined) && t.sid !== undefined),
    "a command, or an STE or a CD with its sid",
  ),
);

const rest = v.record(sid, v.object({ ste: entry, cd0: v.nullish(entry) }));

const capture = v.object({
  run: v.optional(v.string(), ""),
  kernel: v.optional(v.string(), ""),
  iommu_default: v.optional(v.string(), ""),
  tlb_policy: v.optional(v.string(), ""),
  idr: v.pipe(v.array(qword), v.minLength(6, "IDR0 to IDR5")),
  smmu_probe: v.optional(v.string(), ""),
  registers_at_boot: v.optional(v.object({ CR2: v.optional(qword) }), {}),
  devices: v.pipe(
    v.array(
      v.object({
        bdf: v.pipe(v.string(), v.regex(/^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/, "a function as 0000:01:00.0")),
        sid,
        group: v.string(),
        type: v.optional(v.string(), "DMA"),
        reset_methods: v.optional(v.array(v.string()), []),
      }),
    ),
    v.minLength(1, "at least one device"),
  ),
  scenarios: v.pipe(
    v.array(
      v.object({
        label: v.string(),
        judged: v.boolean(),
        ops: v.array(op),
        before: rest,
        trace: v.array(step),
        after: rest,
        pci_ats_control: v.optional(v.record(v.string(), qword), {}),
      }),
    ),
    v.minLength(1, "at least one scenario"),
  ),
});

export type Capture = v.InferOutput<typeof capture>;
export type CaptureScenario = Capture["scenarios"][number];
export type CaptureDevice = Capture["devices"][number];
export type CaptureOp = CaptureScenario["ops"][number];
/** STE and CD 0 of each StreamID concerned, while nothing goes on. */
export type Rest = CaptureScenario["before"];

/** A capture that cannot be used; the message is the one sentence to show. */
export class CaptureError extends Error {}

function refuse(path: string, expected: string, found: unknown): never {
  throw new CaptureError(`The capture is wrong at ${path}: expected ${expected}, found ${show(found)}.`);
}

/** What an amount says; undefined where there is none. */
export function amountOf(said: string | number | null | undefined): bigint | undefined {
  if (said == null) return undefined;
  const [, digits = "", unit = ""] = /^(0x[0-9a-f]+|[0-9]+)([KMG]?)$/i.exec(String(said)) ?? [];
  const shift = { "": 0n, K: 10n, M: 20n, G: 30n }[unit.toUpperCase()] ?? 0n;
  return BigInt(digits) << shift;
}

/** Checks anything that claims to be a capture. Throws a CaptureError with one sentence. */
export function readCapture(input: unknown): Capture {
  const result = v.safeParse(capture, input, { abortEarly: true });
  if (!result.success) {
    const issue = result.issues[0];
    const { path, expected } = issueText(issue);
    refuse(path, expected, issue.input);
  }
  const c = result.output;
  const bdfs = new Set<string>();
  const sids = new Set<string>();
  c.devices.forEach((d, i) => {
    if (bdfs.has(d.bdf)) refuse(`devices.${i}.bdf`, "a function that is listed once", d.bdf);
    if (sids.has(d.sid)) refuse(`devices.${i}.sid`, "a StreamID that no other device has", d.sid);
    bdfs.add(d.bdf);
    sids.add(d.sid);
  });
  c.scenarios.forEach((s, i) => {
    for (const when of ["before", "after"] as const) {
      for (const key of Object.keys(s[when])) {
        if (!sids.has(key)) refuse(`scenarios.${i}.${when}`, "StreamIDs of devices that are listed", key);
      }
    }
    s.ops.forEach((o, j) => {
      for (const key of ["device", "during_reset_of"] as const) {
        const name = o[key];
        if (name != null && !bdfs.has(name)) refuse(`scenarios.${i}.ops.${j}.${key}`, "a device that is listed", name);
      }
    });
  });
  return c;
}

/**
 * How the SMMUv3 driver writes STEs and CDs: drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c of Linux 7.3.
 *
 * An entry is written store by store; the writer is a group, see `atomic`.
 */
import type { Entries } from "../hw/entries.ts";
import { CFG_NESTED, CFG_S1_TRANS, CFG_S2_TRANS, S1FMT_64K_L2 } from "../hw/answers.ts";
import { cdFacts, cdIn, steIn } from "../hw/tables.ts";
import { atomic } from "../sim/proc.ts";
import { cdKey, steKey } from "./arm-smmu-v3-entries.ts";
import { CMD, hasQueue, hasSpace, pushSynced } from "./cmdq.ts";
import {
  alwaysAts,
  canFail,
  COMMAND,
  define,
  devicesDomain,
  fails,
  IOMMU_NO_PASID,
  type KernelState,
  maxPasids,
  nextStream,
  smmuOf,
  streamsOf,
  type World,
} from "./structs.ts";

const source = { file: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c" };

const arm_smmu_install_ste_for_dev = define(
  "arm_smmu_install_ste_for_dev: void",
  source,
  ["dev", "Config", "S1DSS", "EATS", "domain"],
  ["stream"],
  (b) => [
    b.step(
      "`in_ste` and `ste_ats_enabled` := what the new STE will hold",
      (s, l) => {
        s.master[l.dev].in_ste = l.Config === CFG_S1_TRANS ? 1 : 0;
        s.master[l.dev].ste_ats_enabled = l.EATS;
      },
      "tracked",
    ),
    b.each("for each StreamID of {dev}, each once", "stream", (l, w) => nextStream(w, l.dev, l.stream), [
      b.call(
        "arm_smmu_write_ste",
        (l, w) => [l.dev, l.stream, w.ste[l.stream]?.entries.number(steTarget(l, w)) ?? 0],
        null,
        "write STE {stream}: {ste}",
      ),
    ]),
  ],
);

/** What does not count for a Config is left out: entries that are built alike are one. */
function steTarget(l: { Config: number; S1DSS: number; EATS: number; domain: number }, w: World): number {
  switch (l.Config) {
    case CFG_S1_TRANS:
      return steKey(l.Config, l.S1DSS, l.EATS, 0);
    case CFG_S2_TRANS:
      return steKey(l.Config, 0, l.EATS, devicesDomain(w, l.domain));
    case CFG_NESTED:
      return steKey(l.Config, 0, l.EATS, l.domain);
    default:
      return steKey(l.Config, 0, 0, 0);
  }
}

const arm_smmu_write_ste = atomic(
  define("arm_smmu_write_ste: void", source, ["dev", "stream", "target"], [], (b) => [
    b.call("arm_smmu_write_entry", (l) => [l.dev, l.stream, 0, l.target]),
    b.moment("ste_written", (l) => [l.dev, l.stream]),
    b.when("may the SMMU be told to prefetch?", (l, w) => !(w.smmu[smmuOf(w, l.dev)]?.skip_prefetch ?? false), [
      b.when(
        "",
        (_l, w) => hasQueue(w),
        [b.call("arm_smmu_cmdq_issue_cmd", (l, w) => [smmuOf(w, l.dev), CMD.PREFETCH_CFG, l.stream, 0, 0])],
        [b.step("PREFETCH_CFG {stream}: nobody waits for it", () => {})],
      ),
      b.moment("command", (l) => [COMMAND.PREFETCH_CFG, l.dev, 0, 0, l.stream]),
    ]),
  ]),
);

/** Which entry is written: an STE by its StreamID, or with none the CD of a device and ssid. */
interface Written {
  readonly dev: number;
  readonly stream: number;
  readonly ssid: number;
}

/** A qword of the entry, by its place among those that can differ. */
function load(s: KernelState, l: Written, place: number): number {
  if (l.stream > 0) {
    const ste = s.ste[l.stream];
    return place === 0 ? ste.q0 : place === 1 ? ste.q1 : place === 2 ? ste.q2 : ste.q3;
  }
  const master = s.master[l.dev];
  const cells = place === 0 ? master.cd_q0 : place === 1 ? master.cd_q1 : master.cd_q3;
  return cells[l.ssid] as number;
}

function store(s: KernelState, l: Written, place: number, value: number): void {
  if (l.stream > 0) {
    const ste = s.ste[l.stream];
    if (place === 0) ste.q0 = value;
    else if (place === 1) ste.q1 = value;
    else if (place === 2) ste.q2 = value;
    else ste.q3 = value;
    return;
  }
  const master = s.master[l.dev];
  const cells = place === 0 ? master.cd_q0 : place === 1 ? master.cd_q1 : master.cd_q3;
  cells[l.ssid] = value;
}

/** The values that the entry's qwords can have. */
export const entriesOfWritten = (w: World, l: Written): Entries =>
  ((l.stream > 0 ? w.ste[l.stream] : w.cd[l.dev]) as { readonly entries: Entries }).entries;

/** A qword that `entry_set` is not to look at. */
const NOT_SET = -1;

/** The target's qwords that a set consists of, those from `first` to `last`; a CD has one place less. */
function fromTarget(
  l: Written & { readonly target: number },
  w: World,
  first: number,
  last: number,
): readonly number[] {
  const entries = entriesOfWritten(w, l);
  const target = entries.target(l.target);
  const places = entries.qwords.length;
  const args = [l.dev, l.stream, l.ssid, NOT_SET, NOT_SET, NOT_SET, NOT_SET];
  for (let place = 0; place < places; place++) {
    const qword = entries.qwords[place] as number;
    if (qword >= first && qword <= last) args[3 + place] = target[place] as number;
  }
  return args;
}

/** The only bit of a mask that is set. */
const bitOf = (mask: number) => 31 - Math.clz32(mask);

/**
 * `unused_update`, then what is critical, then the whole target; with two critical qwords V goes first. Which way is
 * taken is decided from the entry as it is at the start: writers that share no lock do not hear of each other.
 */
const arm_smmu_write_entry = atomic(
  define(
    "arm_smmu_write_entry: void",
    source,
    ["dev", "stream", "ssid", "target"],
    ["used_qword_diff", "u0", "u1", "u2", "u3"],
    (b) => [
      b.step("`arm_smmu_entry_qword_diff`: {entry} and the target{diff}", (s, l, w) => {
        const now = l.stream > 0 ? steIn(s, l.stream) : cdIn(s, l.dev, l.ssid);
        const { used_qword_diff, unused } = entriesOfWritten(w, l).plan(now, l.target);
        l.used_qword_diff = used_qword_diff;
        l.u0 = unused[0];
        l.u1 = unused[1];
        l.u2 = unused[2];
        l.u3 = unused[3];
      }),
      b.when(
        "is one qword critical?",
        ({ used_qword_diff }) => used_qword_diff !== 0 && (used_qword_diff & (used_qword_diff - 1)) === 0,
        [
          b.call(
            "entry_set",
            (l) => [l.dev, l.stream, l.ssid, l.u0, l.u1, l.u2, l.stream > 0 ? l.u3 : NOT_SET],
            null,
            "`entry_set`: `unused_update`, bits that the SMMU ignores now",
          ),
          b.call(
            "entry_set",
            (l, w) => fromTarget(l, w, bitOf(l.used_qword_diff), bitOf(l.used_qword_diff)),
            null,
            "`entry_set`: the critical qword",
          ),
          b.call(
            "entry_set",
            (l, w) => fromTarget(l, w, 0, 7),
            null,
            "`entry_set`: all of the target, what the SMMU ignores from now on",
          ),
        ],
        [
          b.when(
            "are there several?",
            (l) => l.used_qword_diff !== 0,
            [
              b.call(
                "entry_set",
                (l) => [l.dev, l.stream, l.ssid, 0, NOT_SET, NOT_SET, NOT_SET],
                null,
                "`entry_set`: qword 0 := 0, so that V is 0",
              ),
              b.call("entry_set", (l, w) => fromTarget(l, w, 1, 7), null, "`entry_set`: the target but for qword 0"),
              b.call("entry_set", (l, w) => fromTarget(l, w, 0, 0), null, "`entry_set`: qword 0 of the target"),
            ],
            [
              b.call(
                "entry_set",
                (l, w) => fromTarget(l, w, 0, 7),
                null,
                "`entry_set`: the target, in which only safe bits differ",
              ),
            ],
          ),
        ],
      ),
      b.moment("written", (l) => [l.dev, l.stream, l.ssid, l.target]),
    ],
  ),
);

type Set = Written & { readonly v0: number; readonly v1: number; readonly v2: number; readonly v3: number };

/** The first place, from one of them, at which memory does not hold what is to be set; counted from 1, 0 for none. */
function nextToStore(s: KernelState, l: Set, from: number): number {
  for (let place = from; place < 4; place++) {
    const value = place === 0 ? l.v0 : place === 1 ? l.v1 : place === 2 ? l.v2 : l.v3;
    if (value !== NOT_SET && load(s, l, place) !== value) return place + 1;
  }
  return 0;
}

const entry_set = define(
  "entry_set: void",
  {
    ...source,
    note: "Reading whether the next qword differs goes with the store before it: in C it is a plain load, which may come early.",
  },
  ["dev", "stream", "ssid", "v0", "v1", "v2", "v3"],
  ["place", "next", "changed"],
  (b) => [
    b.step("compare them with memory{held}", (s, l) => {
      l.next = nextToStore(s, l, 0);
    }),
    b.each("for each that differs", "place", (l) => l.next, [
      b.step("store {store}", (s, l) => {
        store(s, l, l.place - 1, l.place === 1 ? l.v0 : l.place === 2 ? l.v1 : l.place === 3 ? l.v2 : l.v3);
        l.changed = 1;
        l.next = nextToStore(s, l, l.place);
      }),
      b.moment("stored", (l) => [l.dev, l.stream, l.ssid]),
    ]),
    b.when("was anything stored?", (l) => l.changed === 1, [
      b.when(
        "is it an STE?",
        (l) => l.stream > 0,
        [
          b.call(
            "arm_smmu_ste_writer_sync_entry",
            (l) => [l.dev, l.stream],
            null,
            "`sync`: `arm_smmu_ste_writer_sync_entry`",
          ),
        ],
        [
          b.call(
            "arm_smmu_sync_cd",
            (l) => [l.dev, l.ssid, 1],
            null,
            "`sync`: `arm_smmu_cd_writer_sync_entry`, `arm_smmu_sync_cd`",
          ),
        ],
      ),
    ]),
  ],
);

const arm_smmu_ste_writer_sync_entry = define(
  "arm_smmu_ste_writer_sync_entry: void",
  source,
  ["dev", "stream"],
  [],
  (b) => [
    b.when(
      "",
      (_l, w) => hasQueue(w),
      [b.call("arm_smmu_cmdq_issue_cmd_with_sync", (l, w) => [smmuOf(w, l.dev), CMD.CFGI_STE, l.stream, 0, 0])],
      [
        b.step("CFGI_STE {stream}, CMD_SYNC", () => {}),
        b.moment("command", (l) => [COMMAND.CFGI_STE, l.dev, 0, 0, l.stream]),
      ],
    ),
  ],
);

/** One CFGI_CD for each StreamID, then one CMD_SYNC. */
const arm_smmu_sync_cd = define("arm_smmu_sync_cd: void", source, ["dev", "ssid", "leaf"], ["smmu", "slot"], (b) => [
  b.when(
    "",
    (_l, w) => hasQueue(w),
    [
      b.local("", (l, w) => {
        l.smmu = smmuOf(w, l.dev);
      }),
      b.poll(
        "insert CFGI_CD of ssid {ssid} for each StreamID of {dev} and a CMD_SYNC",
        (s, l, w) => hasSpace(s, l.smmu, (w.device[l.dev]?.streams.length ?? 0) + 1),
        (s, l, w) => {
          const streams = streamsOf(w, l.dev);
          l.slot = pushSynced(
            s,
            l.smmu,
            streams.map((stream) => [CMD.CFGI_CD, stream, l.ssid, l.leaf]),
          );
        },
      ),
    ],
    [b.step("CFGI_CD of ssid {ssid} for each StreamID of {dev}, CMD_SYNC", () => {})],
  ),
  b.moment("command", (l) => [COMMAND.CFGI_CD, l.dev, l.ssid, l.leaf]),
  b.when("", (_l, w) => hasQueue(w), [b.call("arm_smmu_cmdq_poll_until_sync", (l) => [l.smmu, l.slot])]),
]);

/** PASIDs of a world go up to 7: all of them have their CDs in the first of the second levels. */
const hasTwoLevels = (w: World, dev: number) => w.device[dev]?.s1fmt === S1FMT_64K_L2;

const arm_smmu_alloc_cd_ptr = define("arm_smmu_alloc_cd_ptr", source, ["dev", "ssid"], ["failed"], (b) => [
  b.if("has {dev} no CD table yet?", (s, l) => s.master[l.dev].cdtab === 0, [
    b.choose(
      "allocate the CD table",
      ["it works", "-ENOMEM"],
      (_l, w) => w.mayFail.has("cd_table"),
      canFail,
      fails,
      "failed",
    ),
    b.when("out of memory?", (l) => l.failed === 1, [b.return(0, "return NULL")]),
    b.step("hang the CD table into `master->cd_table`", (s, l) => {
      s.master[l.dev].cdtab = 1;
    }),
  ]),
  b.when("has its CD table two levels?", (l, w) => hasTwoLevels(w, l.dev), [
    b.if("is the second level for ssid {ssid} not there?", (s, l) => s.master[l.dev].cdtab_l2 === 0, [
      b.choose(
        "allocate the second level",
        ["it works", "-ENOMEM"],
        (_l, w) => w.mayFail.has("cd_table"),
        canFail,
        fails,
        "failed",
      ),
      b.when("out of memory?", (l) => l.failed === 1, [b.return(0, "return NULL")]),
      b.step("`arm_smmu_write_cd_l1_desc`: the descriptor of the second level", (s, l) => {
        s.master[l.dev].cdtab_l2 = 1;
      }),
      b.call("arm_smmu_sync_cd", (l) => [l.dev, l.ssid, 0], null, "`arm_smmu_sync_cd`: an invalid one may be cached"),
    ]),
  ]),
  b.return(1, "return the CD of ssid {ssid}"),
]);

/** `domain` 0 clears the CD; `EPD0` 1 keeps it valid and stops every walk. */
const arm_smmu_write_cd_entry = define(
  "arm_smmu_write_cd_entry: void",
  source,
  ["dev", "ssid", "domain", "EPD0"],
  ["cur_valid", "used_ssids"],
  (b) => [
    b.when("is it an ssid above 0?", (l) => l.ssid !== IOMMU_NO_PASID, [
      b.step("look at V of CD {ssid}: {cur_valid}", (s, l, w) => {
        l.cur_valid = cdFacts(s, w, l.dev, l.ssid).V;
      }),
      b.when("does V change?", (l) => l.cur_valid !== (l.domain === 0 ? 0 : 1), [
        // its writers share no lock: `arm_smmu_asid_lock` here, a `devices_lock` in `arm_smmu_mm_release`
        b.step("read `used_ssids`: {used_ssids}", (s, l) => {
          l.used_ssids = s.master[l.dev].used_ssids;
        }),
        b.step("`used_ssids` := one {more} than that", (s, l) => {
          s.master[l.dev].used_ssids = l.used_ssids + (l.domain === 0 ? -1 : 1);
        }),
      ]),
    ]),
    b.call(
      "arm_smmu_write_entry",
      (l, w) => [l.dev, 0, l.ssid, w.cd[l.dev]?.entries.number(cdKey(l.domain, l.EPD0)) ?? 0],
      null,
      "write CD {ssid}: {cd}",
    ),
  ],
);

const arm_smmu_clear_cd = define("arm_smmu_clear_cd: void", source, ["dev", "ssid"], [], (b) => [
  b.if("has {dev} no CD table?", (s, l) => s.master[l.dev].cdtab === 0, [b.return(0, "nothing to clear")]),
  b.warnOn(
    "arm_smmu_clear_cd",
    "the CD table of {dev} has no CD {ssid}",
    (l, w) => l.ssid > 0 && l.ssid >= maxPasids(w, l.dev),
    [b.return(0, "nothing to clear")],
  ),
  b.when("has its CD table two levels?", (l, w) => hasTwoLevels(w, l.dev), [
    b.if("is the second level for ssid {ssid} not there?", (s, l) => s.master[l.dev].cdtab_l2 === 0, [
      b.warnOn(
        "arm_smmu_clear_cd",
        "ATS of {dev} need not stay on, or it is not CD 0",
        (l, w) => !alwaysAts(w, l.dev) || l.ssid > 0,
      ),
      b.return(0, "nothing to clear"),
    ]),
  ]),
  b.call("arm_smmu_write_cd_entry", (l) => [l.dev, l.ssid, 0, 0]),
]);

export const tables = {
  arm_smmu_install_ste_for_dev,
  arm_smmu_write_ste,
  arm_smmu_write_entry,
  entry_set,
  arm_smmu_ste_writer_sync_entry,
  arm_smmu_sync_cd,
  arm_smmu_alloc_cd_ptr,
  arm_smmu_write_cd_entry,
  arm_smmu_clear_cd,
};

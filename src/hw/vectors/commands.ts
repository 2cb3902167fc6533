/** `commands.json`: single commands, what an invalidation and an entry's update send, a guest's commands, events. */
import { OPCODES } from "../command-fields.ts";
import {
  cdUpdateCommands,
  makeAtcInv,
  makeAtcInvAll,
  makeAtcInvRange,
  makeCfgiAll,
  makeCfgiCd,
  makeCfgiSte,
  makePrefetchCfg,
  makePriResp,
  makeResume,
  makeSync,
  makeTlbi,
  type Queued,
  steUpdateCommands,
  usedSsidsAfter,
} from "../commands.ts";
import { CD } from "../cd-fields.ts";
import { decodeEvent } from "../event-fields.ts";
import { get, type Qwords } from "../fields.ts";
import { guestCommand } from "../guest-commands.ts";
import { invRangeCommands } from "../inv-ranges.ts";
import { describeUpdate } from "../writer.ts";
import { usedItems } from "./invs.ts";
import {
  checkList,
  flag,
  integer,
  list,
  Malformed,
  names,
  object,
  qword,
  qwords,
  type Section,
  symbol,
  text,
} from "./read.ts";

type Args = Readonly<Record<string, unknown>>;

const MAKE: Readonly<Record<string, (a: Args) => Qwords>> = {
  cfgi_all: () => makeCfgiAll(),
  prefetch_cfg: (a) => makePrefetchCfg(integer(a.sid, "sid")),
  cfgi_ste: (a) => makeCfgiSte(integer(a.sid, "sid"), flag(a.leaf, "leaf")),
  cfgi_cd: (a) => makeCfgiCd(integer(a.sid, "sid"), integer(a.ssid, "ssid"), flag(a.leaf, "leaf")),
  resume: (a) => makeResume(integer(a.sid, "sid"), integer(a.stag, "stag"), integer(a.resp, "resp")),
  pri_resp: (a) =>
    makePriResp(
      integer(a.sid, "sid"),
      integer(a.ssid, "ssid"),
      flag(a.ssv, "ssv"),
      integer(a.grpid, "grpid"),
      integer(a.resp, "resp"),
    ),
  atc_inv: (a) =>
    makeAtcInv(integer(a.sid, "sid"), integer(a.ssid, "ssid"), qword(a.addr, "addr"), integer(a.size, "size")),
  atc_inv_all: (a) => makeAtcInvAll(integer(a.sid, "sid"), integer(a.ssid, "ssid")),
  atc_inv_range: (a) =>
    makeAtcInvRange(integer(a.sid, "sid"), integer(a.ssid, "ssid"), qword(a.iova, "iova"), qword(a.size, "size")),
  sync: (a) => makeSync(integer(a.cs, "cs"), qword(a.msiaddr, "msiaddr")),
  tlbi: (a) => makeTlbi(symbol(a.op, OPCODES, "op"), integer(a.asid, "asid"), integer(a.vmid, "vmid")),
};

/** Commands as they can be compared: an absent `sync` is 0. */
const queued = (value: unknown): unknown =>
  list(value, "commands").map((command, i) => {
    const c = object(command, `commands[${i}]`);
    return { data: c.data, sync: c.sync ?? 0 };
  });

/** The entries that `entry_writes` names, from the transition files of the same set. */
export interface NamedEntries {
  readonly ste: ReadonlyMap<string, Qwords>;
  readonly cd: ReadonlyMap<string, Qwords>;
}

function entryWrite(value: unknown, entries: NamedEntries): readonly [unknown, unknown] {
  const r = object(value, "the record");
  if (r.kind !== "ste" && r.kind !== "cd") throw new Malformed(`kind is ${JSON.stringify(r.kind)}, not ste or cd`);
  const [from, to] = [r.from, r.to].map((name) => {
    const entry = entries[r.kind as "ste" | "cd"].get(text(name, "an entry's name"));
    if (entry === undefined) throw new Malformed(`there is no entry ${JSON.stringify(name)}`);
    return entry;
  });
  const { syncs } = describeUpdate(r.kind, from, to);
  if (r.kind === "ste") {
    const commands: Queued[] = steUpdateCommands(integer(r.sid, "sid"), syncs, names(r.options, "options"));
    return [{ commands: queued(r.commands) }, { commands }];
  }
  const sids = list(r.sids, "sids").map((sid, i) => integer(sid, `sids[${i}]`));
  const ssid = integer(r.ssid, "ssid");
  const valid = [from, to].map((entry) => get(entry, CD.V) === 1n);
  return [
    { commands: queued(r.commands), used_ssids_after: r.used_ssids_after },
    {
      commands: cdUpdateCommands(sids, ssid, syncs),
      used_ssids_after: usedSsidsAfter(integer(r.used_ssids_before, "used_ssids_before"), ssid, valid[0], valid[1]),
    },
  ];
}

export function checkCommands(input: unknown, entries: NamedEntries): Section[] {
  const file = object(input, "the file");
  return [
    ...checkList(file, "make", (record, i, counter) => {
      counter.check(`number ${i}`, () => {
        const r = object(record, "the record");
        const name = text(r.make, "make");
        if (!Object.hasOwn(MAKE, name)) throw new Malformed(`there is no command ${name}`);
        return [r, { data: MAKE[name](object(r.args, "args")) }];
      });
    }),
    ...checkList(file, "inv_ranges", (record, i, counter) => {
      counter.check(`number ${i}`, () => {
        const r = object(record, "the record");
        const commands = invRangeCommands(usedItems(r.invs, "invs"), {
          range_inv: names(r.features, "features").has("RANGE_INV"),
          iova: qword(r.iova, "iova"),
          size: qword(r.size, "size"),
          granule: qword(r.granule, "granule"),
          leaf: flag(r.leaf, "leaf"),
        });
        return [{ commands: queued(r.commands) }, { commands }];
      });
    }),
    ...checkList(file, "entry_writes", (record, i, counter) => {
      counter.check(`number ${i}`, () => entryWrite(record, entries));
    }),
    ...checkList(file, "user_commands", (record, i, counter) => {
      counter.check(`number ${i}`, () => {
        const r = object(record, "the record");
        const base = integer(r.sid_base, "sid_base");
        const fails = flag(r.lookup_fails, "lookup_fails");
        const found = guestCommand(qwords(r.cmd, "cmd", 2), {
          features: names(r.features, "features"),
          asid_bits: integer(r.asid_bits, "asid_bits"),
          ssid_bits: integer(r.ssid_bits, "ssid_bits"),
          vmid: integer(r.vmid, "vmid"),
          sidOf: (vsid) => (fails ? null : (vsid + base) % 2 ** 32),
        });
        return [r, found];
      });
    }),
    ...checkList(file, "events", (record, i, counter) => {
      counter.check(`number ${i}`, () => {
        const r = object(record, "the record");
        return [r.decoded, decodeEvent(qwords(r.raw, "raw", 4))];
      });
    }),
  ];
}

/** Statements in words: the values of locals in place of `{name}`, by what the kernel calls such a variable. */
import {
  CFG_ABORT,
  CFG_BYPASS,
  CFG_NESTED,
  CFG_S1_TRANS,
  CFG_S2_TRANS,
  S1DSS_BYPASS,
  S1DSS_SSID0,
  S1DSS_TERMINATE,
} from "../hw/answers.ts";
import { FORMATS, OPCODES } from "../hw/command-fields.ts";
import { hex, symbolOf } from "../hw/fields.ts";
import { CMD, type Command, commandQwords } from "./cmdq.ts";
import { eventName, type EventWords, HOW } from "./evtq.ts";
import { devicesDomain, errnoName, IOMMU_NO_PASID, type World } from "./structs.ts";

export const CONFIG_NAMES: Readonly<Record<number, string>> = {
  [CFG_ABORT]: "abort",
  [CFG_BYPASS]: "bypass",
  [CFG_S1_TRANS]: "S1_trans",
  [CFG_S2_TRANS]: "S2_trans",
  [CFG_NESTED]: "nested",
};

export const S1DSS_NAMES: Readonly<Record<number, string>> = {
  [S1DSS_TERMINATE]: "TERMINATE",
  [S1DSS_BYPASS]: "BYPASS",
  [S1DSS_SSID0]: "SSID0",
};

export const sidName = (sid: number) => `0x${sid.toString(16)}`;

/** A command of the queue, in short: "CFGI_STE 0x100", "TLBI_NH_VA for D0". */
export function commandName(w: World, command: Command): string {
  const { kind, a, b } = command;
  if (kind === 0) return "a command";
  const [q0] = commandQwords(w, command);
  const name = Object.entries(OPCODES).find(([, op]) => BigInt(op) === (q0 & 255n))?.[0] ?? "?";
  const sid = sidName(w.stream[a]?.sid ?? 0);
  if (kind === CMD.SYNC) return "CMD_SYNC";
  if (kind === CMD.CFGI_ALL) return name;
  if (kind === CMD.CFGI_CD || kind === CMD.ATC_INV_ALL) return `${name} ${sid} ssid ${b}`;
  if (kind !== CMD.INV) return `${name} ${sid}`;
  return `${name} for ${w.domain[a]?.name}${name === "ATC_INV" ? `, ${invName(w, a, b - 1)}` : ""}`;
}

/** An event in short: "F_TRANSLATION of 0x100 ssid 1, stalls". */
export function eventText(w: World, { event, stream, ssid, how }: EventWords): string {
  if (event === 0) return "an event";
  const said = [how & HOW.S2 ? ", stage 2" : "", how & HOW.STALL ? ", stalls" : "", how & HOW.LOST ? ", lost" : ""];
  return `${eventName(event)} of ${sidName(w.stream[stream]?.sid ?? 0)}${ssid > 0 ? ` ssid ${ssid}` : ""}${said.join("")}`;
}

/** An item of a domain's invalidation array: "S1_ASID 1", "ATS 0x100 ssid 0". */
export function invName(w: World, domain: number, place: number): string {
  const item = w.invs.items[domain]?.[place];
  if (item === undefined) return "?";
  if (item.type === "ATS") return `ATS ${sidName(item.id)} ssid ${item.ssid}`;
  return `${item.type} ${item.type === "ATS_FULL" ? sidName(item.id) : item.id}`;
}

/** How a value of this variable is said; `as` overrides the name. */
function say(w: World, as: string, value: number): string {
  if (/domain|^old$|^new$|hwpt|^dom$|old_dom|curr/.test(as)) return w.domain[value]?.name ?? "NULL";
  if (/^(dev|member|last)$/.test(as)) return w.device[value]?.name ?? as;
  if (as === "mm") return w.mm[value]?.name ?? as;
  if (as === "list") return w.inv_list[value]?.name ?? as;
  if (as === "vsmmu") return value === 0 ? "none" : (w.vsmmu[value]?.name ?? as);
  if (as === "group") return w.group[value]?.name ?? as;
  if (as === "stream") return value === 0 ? "" : sidName(w.stream[value]?.sid ?? 0);
  if (as === "index") return String(value);
  if (as === "pasid") return value === IOMMU_NO_PASID ? "0 (RID)" : String(value);
  if (as === "yes") return value === 1 ? "yes" : "no";
  if (as === "Config") return CONFIG_NAMES[value] ?? String(value);
  if (as === "S1DSS") return S1DSS_NAMES[value] ?? String(value);
  if (as === "CERROR") return value === 0 ? "" : "; CERROR_ATC_INV_SYNC: the queue stops here";
  if (as === "OVFLG") return value === 1 ? "; the queue overflowed" : "";
  if (as === "RESUMED") return value === 0 ? "" : `: ${say(w, "RESP", value - 1)}`;
  if (as === "RESP") return symbolOf(FORMATS.RESUME.fields.RESP, BigInt(value));
  if (/ret|result|again/.test(as)) return errnoName(value);
  return String(value);
}

/** The entry that the writer's procedures work on, and what they found or do, from their locals. */
function writing(w: World, what: string, l: Readonly<Record<string, number>>): string {
  const stream = l.stream ?? 0;
  const entries = (stream > 0 ? w.ste[stream] : w.cd[l.dev ?? 0])?.entries;
  const entry = stream > 0 ? `STE ${sidName(w.stream[stream]?.sid ?? 0)}` : `CD ${l.ssid ?? 0}`;
  const qword = (place: number) => entries?.qwords[place - 1] ?? place - 1;
  if (what === "entry") return entry;
  if (what === "held") {
    return l.next === undefined ? "" : l.next === 0 ? ": nothing differs" : `: qword ${qword(l.next)} differs`;
  }
  if (what === "store") {
    const place = l.place ?? 0;
    if (place === 0) return "the qword";
    const value = entries?.values[place - 1]?.[l[`v${place - 1}`] ?? 0] ?? 0n;
    return `qword ${qword(place)} of ${entry}: ${hex(value)}`;
  }
  const diff = l.used_qword_diff;
  if (diff === undefined) return "";
  const critical = [0, 1, 2, 3].filter((i) => ((diff >> i) & 1) === 1);
  if (critical.length === 0) return ": no qword is critical";
  return critical.length === 1 ? `: qword ${critical[0]} is critical` : `: qwords ${critical.join(", ")} are critical`;
}

/** Contents of an entry, from the locals of the procedure that writes it. */
function contents(w: World, what: string, locals: Readonly<Record<string, number>>): string {
  const domain = w.domain[locals.domain ?? 0];
  if (what === "cd") {
    if ((locals.domain ?? 0) === 0) return "V 0";
    return `V 1, ${domain?.name} (ASID ${domain?.tag})${locals.EPD0 === 1 ? ", EPD0 1" : ""}`;
  }
  if (what === "cmd")
    return commandName(w, { kind: locals.kind ?? 0, a: locals.a ?? 0, b: locals.b ?? 0, c: locals.c ?? 0 });
  if (what === "ev") {
    const { event = 0, stream = 0, ssid = 0, how = 0, of = 0 } = locals;
    return eventText(w, { event, stream, ssid, how, of });
  }
  if (what === "inv") return (locals.inv ?? 0) === 0 ? "none" : invName(w, locals.domain ?? 0, (locals.inv ?? 0) - 1);
  if (what === "more") return (locals.domain ?? 0) === 0 ? "less" : "more";
  const config = `Config ${CONFIG_NAMES[locals.Config ?? 0]}`;
  const parent = w.domain[devicesDomain(w, locals.domain ?? 0)];
  if (locals.Config === CFG_S2_TRANS) return `${config}, ${parent?.name} (VMID ${parent?.tag}), EATS ${locals.EATS}`;
  if (locals.Config === CFG_NESTED) {
    return `${config}, vSTE of ${domain?.name} over ${parent?.name} (VMID ${parent?.tag}), EATS ${locals.EATS}`;
  }
  return locals.Config === CFG_S1_TRANS
    ? `${config}, S1DSS ${S1DSS_NAMES[locals.S1DSS ?? 0]}, EATS ${locals.EATS}`
    : config;
}

/** Fills `{name}` and `{name:as}`; without locals the names themselves stay. */
export function fill(w: World, text: string, locals: Readonly<Record<string, number>> | null): string {
  return text.replace(/\{(\w+)(?::(\w+))?\}/g, (_all, name: string, as: string | undefined) => {
    if (locals !== null && /^(ste|cd|more|inv|cmd|ev)$/.test(name)) return contents(w, name, locals);
    if (/^(entry|held|store|diff)$/.test(name)) return writing(w, name, locals ?? {});
    const value = locals?.[name];
    // an error that nobody knows of yet is none
    if (value === undefined && /^(CERROR|OVFLG|RESUMED)$/.test(as ?? "")) return "";
    return value === undefined ? name : say(w, as ?? name, value);
  });
}

/** A structure in one sentence: what it makes of a request, what a command does, what an event reports. */
import { CD } from "./cd-fields.ts";
import { ATC_INV_SIZE_ALL } from "./command-fields.ts";
import type { Structure } from "./decode.ts";
import { EVENT, LOG_GROUPS } from "./event-fields.ts";
import { type Field, type Fields, get, hex, type Qwords, symbolOf } from "./fields.ts";
import { commandName, eventName, formatOf } from "./queue-words.ts";
import { STE } from "./ste-fields.ts";

const number = (q: Qwords, f: Field) => Number(get(q, f));

const ATS_WORDS = ["ATS refused", "ATS on", "ATS of stage 1 only", "ATS refused"];

/** What S1DSS gives a request without a SubstreamID. */
const S1DSS_WORDS = ["is refused", "passes untranslated", "takes CD 0", "is refused"];

function cdTable(q: Qwords): string {
  const max = number(q, STE.S1CDMAX);
  if (max === 0) return "one CD at S1CTXPTR, no SubstreamIDs";
  return `a table of 2^${max} CDs at S1CTXPTR; a request without a SubstreamID ${S1DSS_WORDS[number(q, STE.S1DSS)]}`;
}

function steSummary(q: Qwords): string {
  if (number(q, STE.V) === 0) return "Not valid: every request of the stream is aborted with C_BAD_STE.";
  const ats = ATS_WORDS[number(q, STE.EATS)];
  const vmid = `VMID ${number(q, STE.S2VMID)}`;
  switch (number(q, STE.CFG)) {
    case STE.CFG.values.BYPASS:
      return "Valid, bypass: requests pass untranslated, and one with a SubstreamID is refused.";
    case STE.CFG.values.S1_TRANS:
      return `Valid, stage 1 only, ${ats}: ${cdTable(q)}.`;
    case STE.CFG.values.S2_TRANS:
      return `Valid, stage 2 only, ${vmid}, ${ats}: nothing in it leads to a CD table.`;
    case STE.CFG.values.NESTED:
      return `Valid, stage 1 over stage 2, ${vmid}, ${ats}: ${cdTable(q)}.`;
    default:
      return "Valid, abort: every request of the stream is refused, and nothing is recorded.";
  }
}

function cdSummary(q: Qwords): string {
  if (number(q, CD.V) === 0) return "Not valid: every request that gets here is aborted with C_BAD_CD.";
  const asid = `ASID ${number(q, CD.ASID)}`;
  if (number(q, CD.TCR_EPD0) === 1)
    return `Valid, ${asid}, without walks: whatever is not cached is a translation fault.`;
  const size = `addresses of ${64 - number(q, CD.TCR_T0SZ)} bits`;
  const granule = symbolOf(CD.TCR_TG0, get(q, CD.TCR_TG0)) || "no";
  const ends = number(q, CD.A) === 1 ? "a fault aborts the request" : "a request that faults reads zeros";
  return `Valid, ${asid}: ${size}, granule ${granule}; ${number(q, CD.S) === 1 ? "a fault stalls the request" : ends}.`;
}

/** Which addresses a TLBI or an ATC_INV names. */
function rangeOf(q: Qwords, f: Fields): string {
  if (f.SIZE !== undefined) {
    const size = number(q, f.SIZE);
    return size >= ATC_INV_SIZE_ALL ? "everything" : `2^${size} pages of 4K from ${hex(get(q, f.ADDR))}`;
  }
  const from = hex(get(q, f.VA ?? f.IPA));
  const granule = symbolOf(f.TG, get(q, f.TG));
  return granule === ""
    ? from
    : `${number(q, f.NUM) + 1} * 2^${number(q, f.SCALE)} granules of ${granule} from ${from}`;
}

function commandSummary(q: Qwords): string {
  const name = commandName(q);
  const f = formatOf(q);
  const of = (key: string) => number(q, f[key]);
  const stream = f.SID === undefined ? "" : `StreamID ${hex(get(q, f.SID))}`;
  const leaf = f.LEAF !== undefined && of("LEAF") === 1 ? "" : ", and what is cached above it";
  switch (name) {
    case "":
      return "No command of the architecture has this opcode.";
    case "PREFETCH_CFG":
      return `The configuration of ${stream} may be fetched: nobody waits for it.`;
    case "CFGI_STE":
      return `What is cached of the STE of ${stream} is dropped${leaf}.`;
    case "CFGI_ALL":
      return of("RANGE") === 31 ? "All cached configuration is dropped." : "Cached STEs of a range are dropped.";
    case "CFGI_CD":
      return `What is cached of CD ${of("SSID")} of ${stream} is dropped${leaf}.`;
    case "CFGI_CD_ALL":
      return `What is cached of all CDs of ${stream} is dropped.`;
    case "TLBI_NH_ALL":
      return `Translations of stage 1 of VMID ${of("VMID")} are dropped.`;
    case "TLBI_NH_ASID":
      return `Translations of ASID ${of("ASID")}, VMID ${of("VMID")} are dropped.`;
    case "TLBI_NH_VA":
      return `Translations of ASID ${of("ASID")}, VMID ${of("VMID")} are dropped: ${rangeOf(q, f)}.`;
    case "TLBI_NH_VAA":
      return `Translations of any ASID of VMID ${of("VMID")} are dropped: ${rangeOf(q, f)}.`;
    case "TLBI_EL2_ALL":
      return "All translations of EL2 are dropped.";
    case "TLBI_EL2_ASID":
      return `Translations of ASID ${of("ASID")} of EL2 are dropped.`;
    case "TLBI_EL2_VA":
      return `Translations of ASID ${of("ASID")} of EL2 are dropped: ${rangeOf(q, f)}.`;
    case "TLBI_S12_VMALL":
      return `Translations of both stages of VMID ${of("VMID")} are dropped.`;
    case "TLBI_S2_IPA":
      return `Translations of stage 2 of VMID ${of("VMID")} are dropped: ${rangeOf(q, f)}.`;
    case "TLBI_NSNH_ALL":
      return "All translations outside of EL2 are dropped.";
    case "ATC_INV": {
      const pasid = of("SSV") === 0 ? "" : of("GLOBAL") === 1 ? ", whatever the PASID" : `, PASID ${of("SSID")}`;
      return `The function behind ${stream} drops what its ATC holds${pasid}: ${rangeOf(q, f)}.`;
    }
    case "PRI_RESP":
      return `Group ${of("GRPID")} of page requests of ${stream} is answered: ${symbolOf(f.RESP, get(q, f.RESP)) || "a reserved answer"}.`;
    case "RESUME":
      return `The stalled request ${of("STAG")} of ${stream} goes on: ${symbolOf(f.RESP, get(q, f.RESP)) || "a reserved answer"}.`;
    case "CMD_SYNC":
      return "Is done when all commands before it are.";
    default:
      return "A command of the architecture that the driver never sends.";
  }
}

const EVENT_WORDS: Readonly<Record<string, string>> = {
  C_BAD_STREAMID: "it lies outside of the Stream Table",
  F_STE_FETCH: "its STE could not be fetched",
  C_BAD_STE: "its STE is not valid, or illegal",
  F_STREAM_DISABLED: "a request without SubstreamID, which S1DSS refuses",
  C_BAD_SUBSTREAMID: "a SubstreamID that the STE does not allow",
  F_CD_FETCH: "its CD could not be fetched",
  C_BAD_CD: "its CD is not valid, or illegal",
  F_TRANSLATION: "nothing is mapped there",
  F_ADDR_SIZE: "an address is wider than the tables allow",
  F_ACCESS: "the access flag is not set",
  F_PERMISSION: "the access is not allowed",
  F_VMS_FETCH: "its VMS could not be fetched",
  F_UUT: "a request of no kind that is supported",
  F_BAD_ATS_TREQ: "an ATS translation request where ATS is off",
  F_TRANSL_FORBIDDEN: "a request with a translated address where that is off",
  F_WALK_EABT: "a walk met an external abort",
  F_TLB_CONFLICT: "cached translations overlap",
  F_CFG_CONFLICT: "cached configurations overlap",
  E_PAGE_REQUEST: "a hint that a page will be wanted",
};

function eventSummary(q: Qwords): string {
  const name = eventName(q);
  if (name === "") return "No event of the architecture has this number.";
  const pasid = get(q, EVENT.SSV) === 1n ? `, SubstreamID ${number(q, EVENT.SSID)}` : "";
  const at = LOG_GROUPS.address_faults.includes(name) ? ` at ${hex(get(q, EVENT.ADDR))}` : "";
  const stalls = at !== "" && get(q, EVENT.STALL) === 1n ? " The request waits for a RESUME." : "";
  return `${name} of StreamID ${hex(get(q, EVENT.SID))}${pasid}${at}: ${EVENT_WORDS[name]}.${stalls}`;
}

const SUMMARIES: Readonly<Record<Structure, (q: Qwords) => string>> = {
  ste: steSummary,
  cd: cdSummary,
  cmd: commandSummary,
  event: eventSummary,
};

/** One sentence on a structure of `LENGTHS` qwords. */
export const summary = (structure: Structure, q: Qwords): string => SUMMARIES[structure](q);

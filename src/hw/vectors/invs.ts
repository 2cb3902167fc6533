/** `invs.json`: merges, unrefs and purges, each applied to what the one before left. */
import { OPCODES } from "../command-fields.ts";
import {
  INV_TYPES,
  type Inv,
  type InvItem,
  type Invs,
  type InvType,
  mergeInvs,
  purgeInvs,
  unrefInvs,
} from "../invs.ts";
import { checkList, flag, integer, list, Malformed, object, type Section, symbol, text } from "./read.ts";

function item(value: unknown, what: string): InvItem {
  const r = object(value, what);
  const type = text(r.type, `${what}.type`);
  if (!Object.hasOwn(INV_TYPES, type)) throw new Malformed(`${what}.type is ${type}, which is none`);
  const ats = type === "ATS" || type === "ATS_FULL";
  return {
    smmu: integer(r.smmu, `${what}.smmu`),
    type: type as InvType,
    id: integer(r.id, `${what}.id`),
    size_op: symbol(r.size_op, OPCODES, `${what}.size_op`),
    nsize_op: symbol(r.nsize_op, OPCODES, `${what}.nsize_op`),
    pgsize: ats ? 0 : integer(r.pgsize, `${what}.pgsize`),
    ssid: ats ? integer(r.ssid, `${what}.ssid`) : 0,
  };
}

const items = (value: unknown, what: string): InvItem[] => list(value, what).map((v, i) => item(v, `${what}[${i}]`));

/** Items that have users. */
export const usedItems = (value: unknown, what: string): Inv[] =>
  list(value, what).map((v, i) => {
    const at = `${what}[${i}]`;
    return { ...item(v, at), users: integer(object(v, at).users, `${at}.users`) };
  });

function state(value: unknown, what: string): Invs {
  const r = object(value, what);
  const invs = usedItems(r.invs, `${what}.invs`);
  if (integer(r.num_invs, `${what}.num_invs`) !== invs.length)
    throw new Malformed(`${what}.num_invs is not the length of its list`);
  return { invs, num_trashes: integer(r.num_trashes, "num_trashes"), has_ats: flag(r.has_ats, "has_ats") };
}

interface Step {
  readonly expected: unknown;
  readonly actual: unknown;
  readonly after: Invs;
}

function step(before: Invs, value: unknown): Step {
  const r = object(value, "the step");
  const expected = r.result === null ? null : state(r.result, "result");
  switch (r.op) {
    case "merge": {
      const after = mergeInvs(before, items(r.arg, "arg"));
      return { expected: { result: expected }, actual: { result: after }, after };
    }
    case "unref": {
      const { array, used, warnings } = unrefInvs(before, items(r.arg, "arg"));
      return {
        expected: { result: expected, arg_users_after: r.arg_users_after, warnings: r.warnings ?? 0 },
        actual: { result: array, arg_users_after: used, warnings },
        after: array,
      };
    }
    case "purge": {
      const after = purgeInvs(before);
      return { expected: { result: expected }, actual: { result: after }, after: after ?? before };
    }
    default:
      throw new Malformed(`there is no operation ${JSON.stringify(r.op)}`);
  }
}

/** Each step is a record; after one that cannot be made the rest of its sequence counts as failed. */
function checkSequences(file: Readonly<Record<string, unknown>>, name: string): Section[] {
  return checkList(file, name, (record, i, counter) => {
    let at: Invs | null;
    let label: string;
    let steps: readonly unknown[];
    try {
      const r = object(record, "the sequence");
      label = text(r.name, "name");
      at = state(r.start, "start");
      steps = list(r.steps, "steps");
    } catch (error) {
      counter.check(`number ${i}`, () => {
        throw error;
      });
      return;
    }
    steps.forEach((value, n) => {
      counter.check(`${label}, step ${n}`, () => {
        if (at === null) throw new Malformed("the step before it could not be made");
        const before = at;
        at = null;
        const { expected, actual, after } = step(before, value);
        at = after;
        return [expected, actual];
      });
    });
  });
}

export function checkInvs(input: unknown): Section[] {
  const file = object(input, "the file");
  return [...checkSequences(file, "sequences"), ...checkSequences(file, "single")];
}

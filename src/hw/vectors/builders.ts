/** `builders.json`: entries from inputs, a guest's STE, first-level descriptors, used and safe bits. */
import { l1CdDesc, l1StreamDesc, validateVste } from "../builders.ts";
import { safeBits, usedBits } from "../writer.ts";
import { build } from "./inputs.ts";
import { checkList, Malformed, object, qword, qwords, type Section, text } from "./read.ts";

/** One of two words. */
function either<A extends string, B extends string>(value: unknown, a: A, b: B): A | B {
  if (value === a || value === b) return value as A | B;
  throw new Malformed(`${JSON.stringify(value)} is neither ${a} nor ${b}`);
}

export function checkBuilders(input: unknown): Section[] {
  const file = object(input, "the file");
  return [
    ...checkList(file, "cases", (record, i, counter) => {
      counter.check(`number ${i}`, () => {
        const r = object(record, "the record");
        return [r, { qwords: build(text(r.builder, "builder"), r.inputs) }];
      });
    }),
    ...checkList(file, "validate_vste", (record, i, counter) => {
      counter.check(`number ${i}`, () => {
        const r = object(record, "the record");
        return [r, validateVste(qwords(r.vste, "vste", 2))];
      });
    }),
    ...checkList(file, "l1_descriptors", (record, i, counter) => {
      counter.check(`number ${i}`, () => {
        const r = object(record, "the record");
        const make = either(r.table, "stream", "cd") === "cd" ? l1CdDesc : l1StreamDesc;
        return [r, { desc: make(qword(r.l2_dma, "l2_dma")) }];
      });
    }),
    ...checkList(file, "used_bits", (record, i, counter) => {
      counter.check(`number ${i}`, () => {
        const r = object(record, "the record");
        return [r, { used: usedBits(either(r.kind, "ste", "cd"), qwords(r.entry, "entry")) }];
      });
    }),
    ...checkList(file, "ste_update_safe", (record, i, counter) => {
      counter.check(`number ${i}`, () => {
        const r = object(record, "the record");
        return [r, { safe: safeBits("ste", qwords(r.current, "current"), qwords(r.target, "target")) }];
      });
    }),
  ];
}

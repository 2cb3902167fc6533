import { describe, expect, test } from "vitest";
import { type Dump, readDumps, WordsError } from "./read-words.ts";

const words = ["0x000000000000000d", "0x0000100010000000", "0x044d359000000003", "0x000000010a2c4000"];
const zeros = Array<string>(4).fill("0x0000000000000000");
const entry = [...words, ...zeros];
const values = entry.map(BigInt);

const one = (text: string): Dump => {
  const dumps = readDumps(text);
  expect(dumps).toHaveLength(1);
  return dumps[0];
};

describe("qwords are found", () => {
  test.each([
    ["in a row", entry.join(" ")],
    ["without 0x", entry.map((word) => word.slice(2)).join("\n")],
    ["in capitals, with commas", entry.map((word) => word.toUpperCase()).join(",")],
    ["short", "d 100010000000 44d359000000003 10a2c4000 0 0 0 0"],
    ["as C writes them", entry.map((word) => `${word}ULL`).join(", ")],
    ["with digits in groups", entry.map((word) => word.replace(/(\w{4})$/, "_$1")).join(" ")],
    ["as JSON", JSON.stringify(entry)],
    ["quoted in a mail", entry.map((word) => `> > ${word}`).join("\r\n")],
    [
      "in two columns of a hex dump",
      entry.map((w, i) => (i % 2 === 0 ? `\n0000000${i}: ${w.slice(2)}` : ` ${w.slice(2)}`)).join(""),
    ],
    ["with the kernel's time in front", entry.map((word) => `[   12.345678] ${word}`).join("\n")],
    ["four to a line", `u64[0~3]:${words.join("|")}\nu64[4~7]:${zeros.join("|")}`],
    ["with numbers", entry.map((word, i) => `[${i}] = ${word}`).join("\n")],
    ["as decode prints them", entry.map((word, i) => `qword ${i}  ${word}  used 0xf\n  CFG [3:1] = 6`).join("\n")],
    ["below a sentence", `Here is what I see on that machine:\n\n${entry.join("\n")}\n\nDoes that make sense?`],
  ])("%s", (_name, text) => {
    expect(one(text).qwords).toEqual(values);
  });

  test("in the text proposed for debugfs, which says what they are", () => {
    const ste = [
      "STE for Stream ID 256",
      "  Valid: Yes",
      "  Config: only S2_TRANS",
      "  S2TTB: 0x000000010a2c4000",
      "  Raw Data:",
      ...entry.map((word, i) => `    STE[${i}]: ${word}`),
    ].join("\n");
    expect(one(ste)).toEqual({ structure: "ste", title: "STE for Stream ID 256", qwords: values });
    expect(one(ste.replace(/^/gm, "> ")).qwords).toEqual(values);
    expect(one(ste.split(/\s+/).join(" ")).qwords).toEqual(values);
    const cds = [0, 1].flatMap((ssid) => [
      `Context Descriptor for SSID ${ssid}`,
      "  T0SZ: 0x10",
      "  EPD0: 0",
      "  TTBR0: 0x0000000000001000",
      "  Raw Data:",
      ...entry.map((word, i) => `    CD[${i}]: ${word}`),
    ]);
    expect(readDumps(cds.join("\n"))).toEqual(
      [0, 1].map((ssid) => ({ structure: "cd", title: `Context Descriptor for SSID ${ssid}`, qwords: values })),
    );
  });

  test("in older and other texts", () => {
    expect(one(`SMMUv3 CD values for device: 0000:01:00.0, ssid: 0x1\n${entry.join("\n")}`).structure).toBe("cd");
    const offsets = entry.map((word, i) => `STE[0x08: ${i * 4}/32]: ${word}`).join("\n");
    expect(one(offsets)).toMatchObject({ structure: "ste", qwords: values });
    const event = `arm-smmu-v3 arm-smmu-v3.0.auto: event 0x10 received:\n${words.map((w) => `\t${w}`).join("\n")}`;
    expect(one(event)).toMatchObject({ structure: "event", qwords: values.slice(0, 4) });
    expect(one(`cmd: ${words.slice(0, 2).join(" ")}`)).toMatchObject({ structure: "cmd", qwords: values.slice(0, 2) });
  });
});

describe("one sentence says what is wrong with", () => {
  test.each([
    ["a word", `${entry.slice(1).join(" ")} xyz`, '"xyz" is not hexadecimal.'],
    ["a word on its line", `${entry.slice(1).join("\n")}\nxyz`, '"xyz" is not hexadecimal.'],
    ["a digit", `${entry.slice(1).join("\n")}\n0x12g4 0x0`, '"0x12g4" is not hexadecimal.'],
    ["too many digits", `0x1${"0".repeat(16)}`, `"0x1${"0".repeat(16)}" has more than the 16 digits of a qword.`],
    ["prose alone", "add a bad face to it, please", '"to" is not hexadecimal.'],
    ["a named qword", "STE[0]: 0x1\nSTE[1]: nothing", '"nothing" is not hexadecimal.'],
    ["a qword that is left out", "STE[0]: 0x1\nSTE[2]: 0x1", "Qword 2 stands where qword 1 was expected."],
    ["two kinds in one", "STE[0]: 0x1\nCD[1]: 0x1", "One dump has lines of an STE and of a CD."],
    ["markup", "<img src=x onerror=alert(1)>", '"<img" is not hexadecimal.'],
    ["a long text", "0 ".repeat(60_000), "A text of more than 100000 characters is no dump of an entry."],
  ])("%s", (_name, text, said) => {
    expect(() => readDumps(text)).toThrow(WordsError);
    expect(() => readDumps(text)).toThrow(said);
  });
  test("nothing, by there being no qword", () => {
    expect(one(" \n ").qwords).toEqual([]);
  });
});

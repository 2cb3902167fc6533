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

describe("the driver's dump of an event is read", () => {
  const DRIVER = "arm-smmu-v3 arm-smmu-v3.0.auto:";
  const lines = ["event 0x10 received:", ...words.map((word) => `\t${word}`)].map((line) => `${DRIVER} ${line}`);
  const said = "event: F_TRANSLATION client: 0000:01:00.0 sid: 0x100 ssid: 0x0 iova: 0xdead0000 ipa: 0x0";
  test.each([
    ["as it is", ""],
    ["with the kernel's time", "[   12.345678] "],
    ["with a level, the time and the thread", "<3>[   12.345678][  T123] "],
    ["as dmesg -T prints it", "[Mon Oct 12 10:11:12 2026] "],
    ["out of a journal", "Oct 12 10:11:12 host kernel: "],
    ["out of a journal, with both times", "2026-10-12T10:11:12+0200 host kernel: [   12.345678] "],
    ["quoted in a mail", "> > "],
    ["out of a journal, quoted", "> Oct  2 10:11:12 host kernel: "],
  ])("%s", (_name, prefix) => {
    const text = [...lines, `${DRIVER} ${said}`].map((line) => prefix + line).join("\n");
    expect(one(text)).toMatchObject({ structure: "event", qwords: values.slice(0, 4) });
    expect(readDumps(`${text}\n${text}`)).toHaveLength(2);
  });
});

describe("a hex dump is read", () => {
  const bytes = values.flatMap((word) =>
    Array.from({ length: 8 }, (_x, i) =>
      Number((word >> BigInt(8 * i)) & 255n)
        .toString(16)
        .padStart(2, "0"),
    ),
  );
  const dots = ".".repeat(16);
  const rows = (say: (offset: string, row: readonly string[]) => string) =>
    Array.from({ length: 4 }, (_x, i) => say((i * 16).toString(16).padStart(8, "0"), bytes.slice(i * 16, i * 16 + 16)));
  const pairs = (row: readonly string[]) => row.join("").match(/.{4}/g)?.join(" ");
  const canonical = rows((at, row) => `${at}  ${row.slice(0, 8).join(" ")}  ${row.slice(8).join(" ")}  |${dots}|`);
  const kernel = rows((at, row) => `ste: ${at}: ${row.join(" ")}  ${dots}`);
  test.each([
    ["of xxd", rows((at, row) => `${at}: ${pairs(row)}  ${dots}`).join("\n")],
    ["of xxd -g1", rows((at, row) => `${at}: ${row.join(" ")}  a b c ff 00`).join("\n")],
    ["of hexdump -C", [...canonical, "00000040"].join("\n")],
    ["of hexdump -C, cut at the right", canonical.map((line) => line.replace(/ {2}\|.*/, "")).join("\n")],
    ["of hexdump -C, with * for what repeats", [...canonical.slice(0, 3), "*", "00000040"].join("\n")],
    ["of print_hex_dump", kernel.join("\n")],
    ["of print_hex_dump, in a log", kernel.map((line) => `[   12.345678] arm-smmu-v3 smmu.0: ${line}`).join("\n")],
    ["of print_hex_dump by addresses", kernel.map((l) => l.replace("ste: ", "ste: ffff8001")).join("\n")],
    [
      "of print_hex_dump by qwords, with its text",
      [0, 2, 4, 6].map((i) => `ste: 000000${i}0: ${entry[i].slice(2)} ${entry[i + 1].slice(2)}  ${dots}`).join("\n"),
    ],
    [
      "quoted in a mail, below a sentence",
      `This is what I see:\n\n${canonical.map((l) => `> ${l}`).join("\n")}\n\nHm?`,
    ],
  ])("%s", (_name, text) => {
    expect(one(text).qwords).toEqual(values);
  });
  test("and its prefix, or what stands above it, says what it holds", () => {
    expect(one(kernel.join("\n")).structure).toBe("ste");
    expect(one(`CD of ssid 1:\n${canonical.join("\n")}`).structure).toBe("cd");
    expect(readDumps(`${kernel.join("\n")}\n${kernel.join("\n").replaceAll("ste", "cd")}`)).toEqual(
      (["ste", "cd"] as const).map((structure) => ({ structure, title: "", qwords: values })),
    );
    expect(readDumps([...canonical, ...canonical].join("\n"))).toHaveLength(2);
  });
  test.each([
    ["a row left out", [canonical[0], canonical[2]], "The hex dump goes on at 0x20, where 0x10 was expected."],
    ["half a qword", ["00000000: 0b00 0000"], "A hex dump of 4 bytes is no whole number of qwords."],
    ["a * without an end", [canonical[0], "*"], 'The hex dump ends with "*": the offset at which it ends is missing.'],
    ["a * for too much", [canonical[0], "*", "ffffff0"], "A hex dump of more than 4096 bytes is no dump of an entry."],
    ["groups of four bytes", ["00000000: 0000000b 00000000"], "in groups of 8 digits may have either order of bytes"],
    ["the kernel's pairs", ["ste: 00000000: 000b 0000"], "in groups of 4 digits may have either order of bytes"],
  ])("but not with %s", (_name, lines, said) => {
    expect(() => readDumps(lines.join("\n"))).toThrow(WordsError);
    expect(() => readDumps(lines.join("\n"))).toThrow(said);
  });
  test("cut and mixed anywhere: qwords or one sentence, nothing else", () => {
    const all = [...canonical, "00000040", "*", ...kernel, ...rows((at, row) => `${at}: ${pairs(row)}  ${dots}`)];
    let seed = 1;
    const random = (n: number) => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((seed / 2 ** 32) * n);
    };
    for (let i = 0; i < 3000; i++) {
      const lines = Array.from({ length: 1 + random(6) }, () => all[random(all.length)] ?? "");
      const text = lines.join("\n");
      const at = random(text.length);
      const cut = [text.slice(at), text.slice(0, at), text.slice(0, at) + text.slice(at + 1)][random(3)] ?? "";
      try {
        readDumps(cut);
      } catch (error) {
        expect(error).toBeInstanceOf(WordsError);
        expect((error as Error).message).toMatch(/^[^\n]+\.$/);
      }
    }
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

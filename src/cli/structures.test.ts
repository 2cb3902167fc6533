import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { COLUMNS } from "../worker/reply/lines.ts";
import { answer } from "./command.ts";
import { decodeText, diffText } from "./decode.ts";
import { Refused } from "./refused.ts";
import { vectors, vectorsText } from "./vectors.ts";

const tsx = createRequire(import.meta.url).resolve("tsx/cli");
const main = fileURLToPath(new URL("main.ts", import.meta.url));
const set = fileURLToPath(new URL("../hw/vectors/", import.meta.url));

function smmu(args: readonly string[], input = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsx, main, ...args], { encoding: "utf8", input });
  return { status, stdout, stderr };
}

const wide = (text: string) => text.split("\n").filter((line) => line.length > COLUMNS);
const s1 = "0x50078d498244c3ab 80000d6 0 0 0 0 0 0";
const s2 = "d 100000000000 64b9aa50000e4e6 4da9949745000 0 0 0 0";

const folder = mkdtempSync(join(tmpdir(), "vectors-"));
afterAll(() => rmSync(folder, { recursive: true }));
/** A copy of the set, one file of which holds this. */
function changed(name: string, file: string, text: string | null): string {
  const copy = join(folder, name);
  cpSync(set, copy, { recursive: true, filter: (path) => !path.endsWith(".ts") });
  if (text === null) rmSync(join(copy, file));
  else writeFileSync(join(copy, file), text);
  return copy;
}

describe("decode", () => {
  test("prints every qword and field, what is ignored and what is illegal, in 72 columns", () => {
    const text = decodeText("ste", s1);
    expect(wide(text)).toEqual([]);
    expect(text).toContain("qword 0  0x50078d498244c3ab  used 0xf80fffffffffffff");
    expect(text).toMatch(/^ {2}CFG \[3:1\] = 5 S1_TRANS$/m);
    expect(text).toMatch(/^ {2}S2TTB \[51:4\] = 0, ignored$/m);
    const random = "f".repeat(16);
    for (const kind of ["ste", "cd", "cmd", "event"] as const) {
      const count = { ste: 8, cd: 8, cmd: 2, event: 4 }[kind];
      expect(wide(decodeText(kind, Array(count).fill(random).join(" ")))).toEqual([]);
    }
    expect(decodeText("ste", `${s2.replace("100000000000", "100010000000").replace("64b", "66b")}`)).toMatch(
      /^illegal +EATS with S2S/m,
    );
  });
  test("takes hexadecimal in every form that logs have", () => {
    const words = s1.split(" ").map((word) => word.replace("0x", "").padStart(16, "0"));
    for (const text of [words.join(" "), words.join("\n"), words.join(", "), `0X${words.join(",0x").toUpperCase()}`]) {
      expect(decodeText("ste", text)).toBe(decodeText("ste", s1));
    }
  });
  test("says in one sentence what is wrong with the words", () => {
    for (const [text, said] of [
      ["xyz", /^"xyz" is not hexadecimal\.$/],
      ["0x", /not hexadecimal\.$/],
      [`${"1".repeat(17)} 0`, /16 digits/],
      ["1 2 3", /^An STE has 8 qwords, and here are 3\.$/],
      [`${s1} 0`, /here are 9\.$/],
      ["", /here are 0\.$/],
    ] as const) {
      expect(() => decodeText("ste", text)).toThrow(Refused);
      expect(() => decodeText("ste", text)).toThrow(said);
    }
  });
});

describe("decode takes a dump", () => {
  const dump = (name: string, title: string, words: readonly string[]) =>
    [
      title,
      "  Valid: Yes",
      "  Raw Data:",
      ...words.map((word, i) => `    ${name}[${i}]: 0x${word.padStart(16, "0")}`),
    ].join("\n");
  const ste = dump("STE", "STE for Stream ID 8", s2.split(" "));
  const cd = (ssid: number) => dump("CD", `CD for SSID ${ssid}`, ["80000000", "0", "0", "0", "0", "0", "0", "0"]);
  test("as debugfs would have it, and of several CDs each", () => {
    expect(decodeText("ste", ste)).toBe(decodeText("ste", s2));
    expect(decodeText("cd", `${cd(0)}\n\n${cd(1)}`)).toMatch(/^CD for SSID 0\nCD  [\s\S]+^CD for SSID 1\nCD  /m);
    expect(diffText("ste", `${ste}\n${ste.replace("Stream ID 8", "Stream ID 9")}`)).toBe(
      "The two entries are the same.",
    );
    // what it prints is a dump as well
    expect(decodeText("ste", decodeText("ste", s2))).toBe(decodeText("ste", s2));
  });
  test("and says so when it is one of something else, or a part of it", () => {
    expect(() => decodeText("ste", cd(0))).toThrow("The text says that it holds a CD, not an STE.");
    expect(() => decodeText("ste", ste.replace(/\n.*$/, ""))).toThrow("An STE has 8 qwords, and here are 7.");
    expect(() => diffText("cd", `${cd(0)}\n${cd(1)}\n${cd(2)}`)).toThrow("Two entries are compared, and here are 3.");
  });
});

describe("decode --diff", () => {
  test("prints what differs and the driver's stores and syncs, in 72 columns", () => {
    const text = diffText("ste", `${s1} -- ${s2}`);
    expect(wide(text)).toEqual([]);
    expect(text).toMatch(/^ {2}CFG +5 S1_TRANS +6 S2_TRANS$/m);
    expect(text).toMatch(/^the driver's way +disruptive$/m);
    expect(text.match(/^ {2}sync$/gm)).toHaveLength(3);
    expect(diffText("ste", `${s1} ${s2}`)).toBe(text);
    expect(wide(diffText("cd", `${Array(8).fill("0").join(" ")} ${Array(8).fill("f".repeat(16)).join(" ")}`))).toEqual(
      [],
    );
  });
  test("says so when nothing does", () => {
    expect(diffText("cd", `${s1} -- ${s1}`)).toBe("The two entries are the same.");
  });
  test("says in one sentence what is wrong with the words", () => {
    expect(() => diffText("ste", `${s1} --`)).toThrow("The STE after -- has 8 qwords, and here are 0.");
    expect(() => diffText("ste", s1)).toThrow("Two entries have 16 qwords, and here are 8.");
    expect(() => diffText("ste", `${s1} -- ${s2} -- ${s2}`)).toThrow(Refused);
  });
});

describe("vectors", () => {
  test("prints each file with its lists, and the sum last", () => {
    const text = vectorsText(vectors(set));
    expect(wide(text.slice(text.indexOf("set ")))).toEqual([]);
    expect(text).toMatch(/^ste_transitions\.json +2437 +0$/m);
    expect(text.split("\n").at(-1)).toBe("4750 passed, 0 failed");
  });
  test("prints the first mismatches, with what was expected and what came out", () => {
    const text = vectorsText(
      vectors(
        changed("other", "builders.json", '{"cases":[{"builder":"abort_ste","inputs":{},"qwords":["0x3","0x0"]}]}'),
      ),
    );
    expect(text.replace(/\s+/g, " ")).toContain('number 0 at qwords[0]: expected "0x3", here "0x1"');
    expect(text.split("\n").at(-1)).toBe("4228 passed, 5 failed");
  });
  test("counts a file that is missing or none as failed, and checks the others", () => {
    for (const [name, file, text, why] of [
      ["missing", "invs.json", null, "cannot be read"],
      ["broken", "invs.json", "{", "is not JSON"],
      ["list", "invs.json", "[]", "holds no JSON object"],
      ["no map", "field_map.json", null, "cannot be read"],
    ] as const) {
      const report = vectors(changed(name, file, text));
      expect(report.files).toHaveLength(6);
      expect(report.failed).toBe(1);
      const lines = vectorsText(report).split("\n");
      expect(lines.find((line) => line.includes("expected a JSON object"))).toContain(file);
      expect(vectorsText(report).replace(/\s+/g, " ")).toContain(`here the file ${why}`);
      expect(lines.at(-1)).toBe(`${report.passed} passed, 1 failed`);
    }
  });
  test("says in one sentence that there is nothing to check", () => {
    expect(() => vectors(join(folder, "nowhere"))).toThrow(/^There is no directory .*nowhere\.$/);
    expect(() => vectors(main)).toThrow(Refused);
    expect(() => vectors(folder)).toThrow(/^There is no file of vectors in .*\.$/);
  });
});

describe("the command", () => {
  test("reads words, standard input and -- between two entries", () => {
    const one = smmu(["decode", "ste"], s1);
    expect([one.status, one.stderr, one.stdout]).toEqual([0, "", `${decodeText("ste", s1)}\n`]);
    const two = answer(["decode", "--diff", "ste", ...s1.split(" "), "--", ...s2.split(" ")]);
    expect(two).toEqual({ status: 0, stderr: "", stdout: `${diffText("ste", `${s1} -- ${s2}`)}\n` });
    expect(diffText("ste", `${s1}\n--\n${s2}\n`)).toBe(diffText("ste", `${s1} -- ${s2}`));
  });
  test("exits with 1 and one sentence for words that are none, and for a set that fails", () => {
    expect(answer(["decode", "cmd", "12"])).toEqual({
      status: 1,
      stdout: "",
      stderr: "A command has 2 qwords, and here is 1.\n",
    });
    const missing = answer(["vectors", `${set}nowhere`]);
    expect([missing.status, missing.stdout]).toEqual([1, ""]);
    expect(missing.stderr).toMatch(/^[^\n]+\.\n$/);
    const whole = answer(["vectors", set]);
    expect([whole.status, whole.stderr]).toEqual([0, ""]);
    // another set's driver: every record of one file fails, and so does the call
    expect(answer(["vectors", changed("none", "invs.json", "{}")]).status).toBe(1);
  });
  test("exits with 2 on wrong usage", () => {
    for (const args of [
      ["decode", "page", "1"],
      ["decode", "--diff", "cmd", "1"],
      ["vectors", "a", "b"],
      ["decode", "--mutations", "ste", "1"],
    ]) {
      const { status, stdout, stderr } = answer(args);
      expect([args, status, stdout]).toEqual([args, 2, ""]);
      expect(stderr).toContain("usage:");
    }
  });
});

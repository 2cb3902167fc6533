import { expect, test } from "vitest";
import { columnsOf, writesText } from "./arrange.ts";

test("columns keep the order of the first entry and add what later ones have more", () => {
  const entries = [
    {
      fields: [
        { name: "V", value: "1" },
        { name: "Config", value: "ABORT" },
      ],
    },
    {
      fields: [
        { name: "V", value: "1" },
        { name: "EATS", value: "TRANS" },
      ],
    },
  ];
  expect(columnsOf(entries)).toEqual(["V", "Config", "EATS"]);
});

test("an entry names every step that changed it, counts what is too much, and says when there is none", () => {
  expect(writesText([9, 30])).toBe("9, 30");
  expect(writesText([1, 2, 3, 4, 5, 6, 7, 8])).toBe("2 earlier, 3, 4, 5, 6, 7, 8");
  expect(writesText([])).toBe("none");
});

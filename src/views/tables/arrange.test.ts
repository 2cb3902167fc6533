import { expect, test } from "vitest";
import { columnsOf, writtenBy } from "./arrange.ts";

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

test("an entry names each step that wrote it once, in order", () => {
  expect(
    writtenBy([
      { name: "a", value: "", by: 30 },
      { name: "b", value: "", by: 9 },
      { name: "c", value: "" },
      { name: "d", value: "", by: 30 },
    ]),
  ).toEqual([9, 30]);
});

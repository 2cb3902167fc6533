import { expect, test } from "vitest";
import { moment } from "../../session/moment.ts";
import { columnsFor } from "./columns.ts";

const [rid, pasid1] = moment.devices[0].rows;
const pasid2 = { ...rid, id: "dev0/2", pasid: 2, label: "PASID 2" };

test("the RID stands beside the stream in focus", () => {
  expect(columnsFor([rid, pasid1, pasid2], pasid2)).toEqual([rid, pasid2]);
});

test("beside the RID in focus stands the stream that diverges", () => {
  expect(columnsFor([rid, pasid2, pasid1], rid)).toEqual([rid, pasid1]);
});

test("a device with one stream has one column", () => {
  expect(columnsFor([rid], rid)).toEqual([rid]);
});

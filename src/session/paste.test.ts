import { expect, test } from "vitest";
import { mayHoldLink } from "./paste.ts";

test.each([
  "https://example.org/smmu/#1/used-ssids/test-dev-v1/SHg/_t2/Yz7VGWdr",
  "#1/used-ssids/test-dev-v1//_0/Yz7VGWdr",
  "> > https://example.org/#1/used-\n> > ssids/test-dev-v1/SHg/_t2/Yz7",
  "see <https://example.org/#1/\n  used-ssids/x>, please",
])("may hold a link: %j", (text) => expect(mayHoldLink(text)).toBe(true));

test.each(["", "hello", "issue #12 is open", "drivers/iommu/iommu.c", "# heading", "#"])("is no link: %j", (text) =>
  expect(mayHoldLink(text)).toBe(false),
);

import { accessibilityFaults, addressOf, expect, test } from "./fixtures.ts";

// The sheets that say more than the run: the twelve checks, the designs. Reached by a key or the bar, left by Escape, at three sizes.

/** The table of checks is there when the worker has built 24 models and played them. */
const PLAYS = { timeout: 15_000 };

test("c opens the twelve checks, Tab reaches a run, Enter opens it where the answer is, and Back leads to the table", async ({
  page,
}) => {
  await page.goto("");
  await expect(page.locator(".pos output")).toContainText(/^0 /);
  await page.keyboard.press("c");
  const sheet = page.getByRole("region", { name: "The twelve checks of arm_smmu_domain_test_dev" });
  await expect(sheet.getByRole("link")).toHaveCount(24, PLAYS);
  await expect(sheet).toContainText("Jason Gunthorpe");
  const link = sheet.getByRole("link", { name: /^-EBUSY in test_dev v1: stage 2, and SSIDs are in use$/ });
  const href = await link.getAttribute("href");
  for (let i = 0; i < 40 && !(await link.evaluate((a) => a === document.activeElement)); i++)
    await page.keyboard.press("Tab");
  await expect(link).toBeFocused();
  const table = await addressOf(page);
  await page.keyboard.press("Enter");
  await expect(sheet).toHaveCount(0);
  await expect(page.getByRole("combobox", { name: "scenario" })).toHaveValue("check-ssids");
  await expect(page.locator(".say")).toContainText("arm_smmu_domain_test_dev");
  await expect(page.getByRole("region", { name: "CPU0", exact: true })).toContainText("-EBUSY");
  const [scenario, design] = (href ?? "").split("#1/")[1]?.split("/") ?? [];
  await expect(page).toHaveURL(new RegExp(`#1/${scenario}/${design}/`));
  await page.goBack();
  await expect(page).toHaveURL(table);
  await expect(sheet.getByRole("link")).toHaveCount(24);
  await page.keyboard.press("Escape");
  await expect(sheet).toHaveCount(0);
});

test("the bar opens the twelve checks, and every errno is the same before and after", async ({ page }) => {
  await page.goto("");
  await page.getByRole("button", { name: "Checks" }).click();
  const links = page.locator(".checks").getByRole("link");
  await expect(links).toHaveCount(24, PLAYS);
  const errnos = await links.allTextContents();
  for (let i = 0; i < errnos.length; i += 2) expect(errnos[i]).toBe(errnos[i + 1]);
});

test("d opens the designs: the present one stands open, says what it changes, and another can be chosen", async ({
  page,
}) => {
  await page.goto("");
  await expect(page.locator(".pos output")).toContainText(/^0 /);
  await page.keyboard.press("d");
  const open = page.locator(".designs details[open]");
  await expect(open).toHaveCount(1);
  await expect(open).toContainText("the present one");
  await expect(open).toContainText(/drivers\/iommu\/iommu\.c.*__iommu_domain_test_device new/);
  await expect(open).toContainText("option retest");
  const landed = page.locator(".designs details").filter({ hasText: "Linux 7.0" }).locator("summary");
  for (let i = 0; i < 30 && !(await landed.evaluate((s) => s === document.activeElement)); i++)
    await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(open).toHaveCount(2);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("combobox", { name: "design" })).toHaveValue("linux-7.0");
  await page.keyboard.press("Escape");
  await expect(page.locator(".sheet")).toHaveCount(0);
  await page.getByRole("button", { name: "notes on the designs" }).click();
  await expect(open).toContainText("pci_dev_reset_iommu_prepare");
});

for (const [width, height, colorSchemes] of [
  [1440, 900, ["light", "dark"]],
  [1024, 768, ["dark"]],
  [390, 844, ["light"]],
] as const) {
  for (const [sheet, letter, shown] of [
    ["checks", "c", ".checks table"],
    ["designs", "d", ".designs details[open] .differing"],
  ] as const) {
    test(`${width}x${height}, ${colorSchemes.join(" and ")}: the ${sheet} spill nothing and break no rule of accessibility`, async ({
      page,
    }) => {
      await page.setViewportSize({ width, height });
      await page.goto(`#1/used-ssids/test-dev-v1/A/_x${letter}/`);
      await expect(page.locator(shown).first()).toBeVisible(PLAYS);
      const wider = await page.evaluate(() => {
        const sheet = document.querySelector(".sheet");
        const page = document.documentElement;
        return [page, sheet].map((box) => (box ? box.scrollWidth - box.clientWidth : -1));
      });
      expect(wider).toEqual([0, 0]);
      for (const colorScheme of colorSchemes) {
        await page.emulateMedia({ colorScheme });
        expect(await accessibilityFaults(page)).toEqual([]);
      }
    });
  }
}

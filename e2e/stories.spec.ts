import { accessibilityFaults, expect, test } from "./fixtures.ts";

// The reviewers' questions, told over the state; the same schedule in another design; the run on a machine.

test("q lists the questions, a run is told move by move, and Escape ends the story", async ({ page }) => {
  await page.goto("");
  await expect(page.locator(".pos output")).toContainText(/^0 /);
  await page.keyboard.press("q");
  const sheet = page.getByRole("region", { name: "The reviewers' questions" });
  await sheet.getByText(/^A test says that no S1 PASID/).click();
  const row = sheet.getByRole("list", { name: "I-RESTORE in used-ssids" });
  await expect(row.getByRole("listitem").filter({ hasText: "test-dev-v1" })).toContainText(/violated, \d+ steps/, {
    timeout: 20_000,
  });
  await expect(row.getByRole("listitem").filter({ hasText: "linux-7.3" })).toContainText(/no violation in \d+ states/);
  expect(await accessibilityFaults(page)).toEqual([]);
  await sheet.getByRole("button", { name: "refused", exact: true }).click();
  const story = page.getByRole("region", { name: "the story that is told" });
  await expect(story).toContainText("move 1 of 3");
  await expect(page.locator(".say")).toContainText("set Initiate FLR");
  await page.keyboard.press("n");
  await expect(story).toContainText("move 2 of 3");
  await expect(story).toContainText("The replace gets -EBUSY");
  await expect(page.getByRole("region", { name: "CPU0", exact: true })).toContainText("-EBUSY");
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.keyboard.press("p");
  await expect(story).toContainText("move 1 of 3");
  await page.keyboard.press("Escape");
  await expect(story).toHaveCount(0);
  await expect(page).toHaveURL(/#1\/used-ssids\/linux-7_3\//);
});

test("a story's short link opens its state told, and one that names nothing gets a sentence", async ({ page }) => {
  await page.goto("#story/tested-then-not/3/2");
  await expect(page.getByRole("region", { name: "CPU0", exact: true })).toContainText("-EBUSY");
  const story = page.getByRole("region", { name: "the story that is told" });
  await expect(story).toContainText("A test says that no S1 PASID");
  await expect(story).toContainText("move 2 of 3");
  await page.keyboard.press("n");
  await expect(story).toContainText("move 3 of 3");
  await page.keyboard.press("p");
  await expect(story).toContainText("move 2 of 3");
  // without a move it is told from its end
  await page.goto("about:blank");
  await page.goto("#story/each-store/1");
  await expect(story).toContainText(/move (\d+) of \1/);
  await page.goto("#story/nothing");
  await expect(page.locator(".notice")).toContainText('names the story "nothing"');
});

test("w plays the schedule in another design, h says what would do it on a machine", async ({ page }) => {
  await page.goto("#story/tested-then-not/1");
  await expect(page.locator(".say")).toContainText("I-REPORT");
  await page.keyboard.press("w");
  const compare = page.getByRole("region", { name: "The same schedule in another design" });
  await expect(compare.getByRole("row", { name: /^CPU0, replace .* 0 -EBUSY$/ })).toBeVisible();
  expect(await accessibilityFaults(page)).toEqual([]);
  await compare.getByRole("button", { name: "Open the run in Linux 7.3" }).click();
  await expect(page.getByRole("combobox", { name: "design" })).toHaveValue("linux-7.3");
  await page.goto("about:blank");
  await page.goto("#story/tested-then-not/1");
  await expect(page.locator(".say")).toContainText("I-REPORT");
  await page.keyboard.press("h");
  const machine = page.getByRole("region", { name: "On a machine" });
  await expect(machine).toContainText("echo 1 > /sys/bus/pci/devices/0000:01:00.0/reset");
  await expect(machine).toContainText("iommufd_hwpt_pasid_compat refuses it with -EINVAL");
  expect(await accessibilityFaults(page)).toEqual([]);
});

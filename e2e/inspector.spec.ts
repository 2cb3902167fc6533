import type { Page } from "@playwright/test";
import { accessibilityFaults, addressOf, expect, test } from "./fixtures.ts";

// The inspector: qwords bit by bit, pasted anywhere or of the model, by pointer and by keys alone.

const ste = "0xd 0x100010000000 0x44d359000000003 0x10a2c4000 0 0 0 0";
const debugfs = [
  "> STE for Stream ID 256",
  ">   Valid: Yes",
  ">   Config: only S1_TRANS",
  ">   Raw Data:",
  ...["50078d498244c3ab", "80000d6", ...Array<string>(6).fill("0")].map(
    (q, i) => `>     STE[${i}]: 0x${q.padStart(16, "0")}`,
  ),
].join("\n");

/** Pastes as a browser would, at what has the focus. */
async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate((pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text", pasted);
    const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
    (document.activeElement ?? document.body).dispatchEvent(event);
  }, text);
}

async function open(page: Page): Promise<void> {
  await page.goto("");
  await expect(page.locator(".pos output")).toContainText(/^0 /);
}

test("eight qwords pasted anywhere are decoded, one key reads them as the other kind, and nothing is lost by Escape", async ({
  page,
}) => {
  await open(page);
  const before = await addressOf(page);
  await paste(page, ste);
  const sheet = page.getByRole("region", { name: "Inspector" });
  await expect(sheet).toContainText("Valid, stage 2 only, VMID 3, ATS on");
  await expect(sheet).toContainText("read as an STE, by a guess: as a CD it would have");
  await expect(sheet.getByRole("row", { name: /^CFG 0:3-1 6 S2_TRANS/ })).toBeVisible();
  await expect(sheet).toContainText("No illegal combination found");
  await page.keyboard.press("x");
  await expect(sheet).toContainText("Pasted, read as a CD");
  await expect(sheet).toContainText("Not valid: every request that gets here is aborted with C_BAD_CD.");
  await page.keyboard.press("Escape");
  await expect(sheet).toHaveCount(0);
  await page.keyboard.press("i");
  await expect(sheet).toContainText("Pasted, read as a CD");
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(before);
});

test("what is pasted is compared with a pin: fields, stores and syncs", async ({ page }) => {
  await open(page);
  await paste(page, debugfs);
  const sheet = page.getByRole("region", { name: "Inspector" });
  await expect(sheet).toContainText("STE for Stream ID 256");
  await sheet.getByRole("button", { name: "Pin", exact: true }).press("Enter");
  await paste(page, ste);
  await expect(sheet).toContainText("stage 2 only");
  await sheet.getByRole("combobox", { name: "compare with" }).selectOption({ label: "pasted" });
  await expect(sheet.getByRole("row", { name: /^differs CFG 0:3-1 5 S1_TRANS 6 S2_TRANS/ })).toBeVisible();
  const stores = sheet.getByRole("table", { name: "Stores and syncs in order" });
  await expect(stores.getByRole("row")).toHaveText([
    /store or sync/,
    /qword 0.*0x0{16}not valid/,
    "CFGI_STE, CMD_SYNCnot valid",
    /qword 1.*not valid/,
    /qword 2.*not valid/,
    /qword 3.*not valid/,
    "CFGI_STE, CMD_SYNCnot valid",
    /qword 0.*0x0{15}das after/,
    "CFGI_STE, CMD_SYNCas after",
  ]);
  await sheet.getByRole("checkbox", { name: "used, safe and ignored bits" }).press("Space");
  await expect(sheet.getByRole("table", { name: "Bits by what the SMMU makes of them" }).getByRole("row")).toHaveCount(
    9,
  );
  expect(await accessibilityFaults(page)).toEqual([]);
});

test("nonsense gets one sentence and opens nothing, and markup stays text", async ({ page }) => {
  await open(page);
  const notice = page.locator(".notice");
  await paste(page, "<img src=x onerror=alert(1)>");
  await expect(notice).toContainText('The pasted text is no link, and "<img" is not hexadecimal.');
  await paste(page, "0x1 0x2 0x3");
  await expect(notice).toContainText("and here are 3 qwords: a command has 2, an event 4, an STE or a CD 8.");
  await expect(page.getByRole("region", { name: "Inspector" })).toHaveCount(0);
  await expect(page.locator("img")).toHaveCount(0);
  // typed into the box of the inspector it is the same
  await page.keyboard.press("i");
  const sheet = page.getByRole("region", { name: "Inspector" });
  const box = page.getByRole("textbox", { name: /^Paste qwords here/ });
  await box.fill("44 88");
  await page.getByRole("button", { name: "Decode" }).press("Enter");
  await expect(sheet).toContainText("read as a command");
  await expect(sheet).toContainText("RESUME");
  // what could be read takes the older notice away
  await expect(notice.locator("p")).toHaveCount(0);
  // a notice lies on the sheet, so it goes first
  await box.fill("44");
  await page.getByRole("button", { name: "Decode" }).press("Enter");
  await expect(notice).toContainText("here is 1 qword");
  await page.keyboard.press("Escape");
  await expect(notice.locator("p")).toHaveCount(0);
  await expect(sheet).toHaveCount(1);
  await page.keyboard.press("Escape");
  await expect(sheet).toHaveCount(0);
});

test("an STE of the model is inspected from the tables and from the picture, and its write is shown store by store", async ({
  page,
}) => {
  await page.goto("#1/ste-s1-s2/linux-7_3");
  await expect(page.locator(".say")).toContainText("expects 3 syncs, hitless");
  for (let i = 0; i < 5; i++) await page.keyboard.press("s");
  await expect(page.locator(".say")).toContainText("store qword 3 of STE 0x1");
  await page.getByRole("button", { name: "inspect STE 0x1" }).press("Enter");
  const sheet = page.getByRole("region", { name: "Inspector" });
  await expect(sheet).toContainText("STE 0x1 0000:01:00.0, step 5; last written by CPU0 at step 5");
  await expect(sheet.getByRole("row", { name: /^differs S2TTB 3:51-4 0 0xdbeefdeadbee0/ })).toBeVisible();
  const stores = sheet.getByRole("table", { name: "Stores and syncs in order" });
  await expect(stores.getByRole("img", { name: "made", exact: true })).toHaveCount(3);
  await expect(stores.getByRole("img", { name: "to come" })).toHaveCount(5);
  // the page goes on under it, and the ruler follows
  for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
  await expect(sheet).toContainText("Valid, stage 2 only");
  await expect(stores.getByRole("img", { name: "made", exact: true })).toHaveCount(5);
  expect(await accessibilityFaults(page)).toEqual([]);
  // what is shown is in the link
  await page.reload();
  await expect(sheet).toContainText("STE 0x1 0000:01:00.0, step 8");
  await expect(stores.getByRole("img", { name: "made", exact: true })).toHaveCount(5);
  // a pasted entry is compared with the selected one
  await paste(page, ste);
  await expect(sheet.getByRole("combobox", { name: "compare with" })).toHaveValue("selected");
  await expect(sheet.getByRole("row", { name: /^differs S2VMID/ })).toBeVisible();
  await sheet.getByRole("button", { name: "Back to STE 0x1" }).press("Enter");
  await expect(sheet).toContainText("STE 0x1 0000:01:00.0, step 8");
  await page.keyboard.press("Escape");
  await expect(sheet).toHaveCount(0);
  // from the picture, by keys: the STE lies right of the RID
  const graph = page.getByRole("application");
  await graph.focus();
  const ste1 = graph.getByRole("button", { name: /^STE 0x1 of 0000:01:00.0, V 1/ });
  const at = async () => (await graph.getAttribute("aria-activedescendant")) === (await ste1.getAttribute("id"));
  for (let i = 0; i < 8 && !(await at()); i++) await page.keyboard.press(i % 2 === 0 ? "ArrowRight" : "ArrowDown");
  await page.keyboard.press("Enter");
  await expect(sheet).toContainText("STE 0x1 0000:01:00.0, step 8");
});

test("the step that changes an entry next is one press away, and where there is none the reason is said", async ({
  page,
}) => {
  await page.goto("#1/used-ssids/test-dev-v1/IgyBiDY/20_/PPWzlDCQ");
  await expect(page.locator(".pos output")).toContainText(/^20 /);
  await page.keyboard.press("i");
  const sheet = page.getByRole("region", { name: "Inspector" });
  await sheet.getByRole("combobox", { name: "inspect", exact: true }).selectOption({ label: "STE 0x100" });
  const next = sheet.getByRole("button", { name: "Next change" });
  const who = sheet.getByRole("button", { name: "Who wrote this?" });
  await expect(next).toHaveAccessibleDescription("changed next at step 73");
  await next.press("Enter");
  await expect(sheet).toContainText("STE 0x100 0000:01:00.0, step 73; last written by CPU1 at step 73");
  await expect(who).toHaveAttribute("aria-disabled", "true");
  await expect(who).toHaveAccessibleDescription("last written by CPU1 at step 73");
  while ((await next.getAttribute("aria-disabled")) !== "true") {
    const at = (await sheet.locator(".who").textContent()) ?? "";
    await next.press("Enter");
    await expect(sheet.locator(".who")).not.toHaveText(at);
  }
  await expect(next).toHaveAccessibleDescription("no later step of this run changes it");
});

test("an event is inspected from its queue, from the list of its step and from the lane of the SMMU", async ({
  page,
}) => {
  await page.goto("#1/recorded-switch/linux-7_3");
  await expect(page.locator(".say")).toContainText("which events are recorded");
  await page.keyboard.press("2");
  await page.keyboard.press("s");
  await page.keyboard.press("s");
  await expect(page.locator(".say")).toContainText("PASID 2: C_BAD_CD; the SMMU records C_BAD_CD of 0x100 ssid 2");
  const sheet = page.getByRole("region", { name: "Inspector" });
  await page.getByRole("button", { name: "inspect 0, next: C_BAD_CD" }).press("Enter");
  await expect(sheet).toContainText("C_BAD_CD of StreamID 0x100, SubstreamID 2: its CD is not valid, or illegal.");
  await expect(sheet.getByRole("row", { name: /^SSID 0:31-12 2/ })).toBeVisible();
  // what is shown is in the link
  await page.reload();
  await expect(sheet).toContainText("C_BAD_CD, number 0 event queue of smmu0, step 2");
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "inspect C_BAD_CD of 0x100 ssid 2" }).press("Enter");
  await expect(sheet).toContainText("recorded until this step, step 2; by CPU1");
  await page.keyboard.press("Escape");
  await page.keyboard.press("s");
  await page.locator(".time .told .hit").click();
  await expect(sheet).toContainText("recorded until this step, step 2; by CPU1");
});

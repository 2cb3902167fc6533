import { addressOf, expect, test } from "./fixtures.ts";

// Links that are broken, foreign, oversized or from another time: one sentence, nothing lost, nothing on the console.

/** What is wrong, the text after the page's address, and what the sentence must speak of. */
const bad: readonly [what: string, hash: string, sentence: RegExp][] = [
  ["no link at all", "#hello", /no link/],
  ["a word of another tool", "#state=eyJhIjoxfQ==", /no link/],
  ["only a slash", "#/", /no link/],
  ["no version", "#used-ssids/test-dev-v1/A/_/AAAAAAAA", /no link|begins with/],
  ["a newer format", "#2/used-ssids/test-dev-v1/A/_/AAAAAAAA", /format 2/],
  ["format 0", "#0/used-ssids/test-dev-v1/A/_/AAAAAAAA", /format 0/],
  ["a huge version", "#99999999999999999999/x", /format 999/],
  ["nothing after the version", "#1/", /names no scenario/],
  ["no scenario", "#1//test-dev-v1/A/_/AAAAAAAA", /names no scenario/],
  ["an unknown scenario", "#1/nowhere/test-dev-v1/A/_/AAAAAAAA", /"nowhere"/],
  ["a scenario of an object's prototype", "#1/constructor/test-dev-v1/A/_/AAAAAAAA", /"constructor"/],
  ["__proto__ as scenario", "#1/__proto__/test-dev-v1/A/_/AAAAAAAA", /world has form "__"/],
  ["nothing after the scenario", "#1/used-ssids", /names no design/],
  ["an empty design", "#1/used-ssids//A/_/AAAAAAAA", /names no design/],
  ["an unknown design", "#1/used-ssids/linux-9_9/A/_/AAAAAAAA", /"linux-9_9"/],
  ["an option of another design", "#1/used-ssids/linux-7_3--retest-yes/g/_/AAAAAAAA", /"retest-yes"/],
  ["an option with an unknown value", "#1/used-ssids/test-dev-v1--retest-maybe/g/_/AAAAAAAA", /"retest-maybe"/],
  ["an option without a value", "#1/used-ssids/test-dev-v1--retest/g/_/AAAAAAAA", /"retest"/],
  ["nothing after the design", "#1/used-ssids/test-dev-v1", /before its run/],
  ["an empty run", "#1/used-ssids/test-dev-v1//_/AAAAAAAA", /before its run/],
  ["a run that is cut off", "#1/used-ssids/test-dev-v1/A/_/AAAAAAAA", /damaged/],
  ["a run of zeros", "#1/used-ssids/test-dev-v1/AAAAAAAAAAAAAAAA/_/AAAAAAAA", /damaged/],
  ["a run of ones", "#1/used-ssids/test-dev-v1/________________/_/AAAAAAAA", /damaged|does not replay|follows/],
  ["noise in the run", "#1/used-ssids/test-dev-v1/Qz9x-_k3Lm0PqR7/_/AAAAAAAA", /damaged|does not replay/],
  ["something after the run's end", "#1/used-ssids/test-dev-v1/gAAAA/_/AAAAAAAA", /damaged/],
  ["a run of too many steps", "#1/used-ssids/test-dev-v1/QAAAf__w/_/AAAAAAAA", /damaged|does not replay/],
  ["a position that is no number", "#1/used-ssids/test-dev-v1/g/x_/AAAAAAAA", /position|check/],
  ["a position beyond the end", "#1/used-ssids/test-dev-v1/g/999_/AAAAAAAA", /999|check|revision/],
  ["no check", "#1/used-ssids/test-dev-v1/g/_", /check/],
  ["a short check", "#1/used-ssids/test-dev-v1/g/_/AAA", /check/],
  ["a wrong check", "#1/used-ssids/test-dev-v1/g/_/AAAAAAAA", /revision|check/],
  ["more parts than there are", "#1/used-ssids/test-dev-v1/g/_/AAAAAAAA/more", /end|check/],
  ["markup", "#1/<img src=x onerror=alert(1)>/y", /.+/],
  ["encoded markup", "#1/%3Cscript%3Ealert(1)%3C/script%3E", /.+/],
  ["a percent sign alone", "#1/%/%/%", /.+/],
  ["other alphabets", "#1/ünïcode/дизайн", /.+/],
  ["right-to-left marks", "#1/\u202eused-ssids/x", /.+/],
  ["a huge link", `#1/used-ssids/test-dev-v1/${"A".repeat(20_000)}/_/AAAAAAAA`, /characters/],
  ["a link made of slashes", `#${"/".repeat(500)}`, /.+/],
];

test("there are at least 30 kinds of bad link", () => {
  expect(new Set(bad.map(([what]) => what)).size).toBeGreaterThanOrEqual(30);
});

test("each bad link gets one sentence, in a page that stays usable", async ({ page }) => {
  test.slow();
  await page.goto("");
  const notice = page.locator(".notice");
  for (const [what, hash, sentence] of bad) {
    await test.step(what, async () => {
      await page.evaluate((link) => {
        location.hash = link;
      }, hash);
      await expect(notice).toHaveText(sentence);
      const text = ((await notice.locator("p, span").first().textContent()) ?? "").trim();
      expect(text, "one sentence").toMatch(/^[^\n]{10,400}$/);
      await expect(page.locator(".say")).not.toBeEmpty();
      await expect(page.getByRole("region", { name: "CPU0", exact: true })).toBeVisible();
      await page.keyboard.press("Escape");
      await expect(notice.locator("p")).toHaveCount(0);
    });
  }
});

for (const [what, hash, sentence] of bad.filter((_link, i) => i % 6 === 0)) {
  test(`a page that is opened with ${what} says so and shows a run`, async ({ page }) => {
    await page.goto(hash);
    await expect(page.locator(".notice")).toHaveText(sentence);
    await expect(page.locator(".pos output")).toContainText(/^\d+ of \d+/);
  });
}

test("a bad link in an open page loses nothing of the run that is there", async ({ page }) => {
  await page.goto("");
  const step = page.getByRole("region", { name: "CPU1", exact: true }).getByRole("button", { name: /^Step/ });
  await step.click();
  await step.click();
  await expect(page.locator(".pos output")).toContainText("2 of 2");
  await page.evaluate(() => {
    location.hash = "#1/nowhere/x";
  });
  await expect(page.locator(".notice")).toContainText("nowhere");
  await expect(page.locator(".pos output")).toContainText("2 of 2");
  await page.keyboard.press("Escape");
  await expect(page.locator(".notice p")).toHaveCount(0);
});

test("what could be replayed of a damaged link is shown", async ({ page }) => {
  await page.goto("");
  const reset = page.getByRole("region", { name: "CPU1", exact: true });
  for (let i = 0; i < 6; i++) await reset.getByRole("button", { name: /^Step/ }).click();
  await expect(page.locator(".pos output")).toContainText("6 of 6");
  const hash = new URL(await addressOf(page)).hash;
  const other = hash.replace("/test-dev-v1/", "/linux-7_3/");
  await page.goto("about:blank");
  await page.goto(other);
  await expect(page.locator(".notice")).toContainText(/revision|check/);
  await expect(page.locator(".pos output")).toContainText("6 of 6");
});

test("a link that a mailer wrapped and quoted still pastes", async ({ page }) => {
  await page.goto("");
  const reset = page.getByRole("region", { name: "CPU1", exact: true });
  for (let i = 0; i < 3; i++) await reset.getByRole("button", { name: /^Step/ }).click();
  await expect(page.locator(".pos output")).toContainText("3 of 3");
  const url = await addressOf(page);
  const cut = url.length - 20;
  const mail = `On Monday somebody wrote:\n> see ${url.slice(0, cut)}\n> ${url.slice(cut)}\n>\n> Regards\n`;
  await page.goto("about:blank");
  await page.goto("");
  await expect(page.locator(".pos output")).toContainText("0 of 0");
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, mail);
  await expect(page.locator(".pos output")).toContainText("3 of 3");
  expect(await addressOf(page)).toBe(url);
});

test("zero choices are a link", async ({ page }) => {
  await page.goto("");
  await expect(page).toHaveURL(/#1\/used-ssids\/test-dev-v1\//);
  const url = await addressOf(page);
  await page.goto("about:blank");
  await page.goto(url);
  await expect(page.locator(".pos output")).toContainText("0 of 0");
  await expect(page.locator(".notice p")).toHaveCount(0);
});

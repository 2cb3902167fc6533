import type { Page } from "@playwright/test";
import { addressOf, expect, test } from "./fixtures.ts";

// The job itself: find the seed's hole by clicking and stepping, copy the link, and find it again elsewhere.

const thread = (page: Page, n: number) => page.getByRole("region", { name: `CPU${n}`, exact: true });
const position = (page: Page) => page.locator(".pos output");
const say = (page: Page) => page.locator(".say");
const picture = (page: Page) => page.getByRole("application");

async function at(page: Page, step: number): Promise<void> {
  await expect(position(page)).toContainText(new RegExp(`^${step} `));
  await addressOf(page);
}

/** Presses a button of a thread and waits for the position to move. */
async function press(page: Page, n: number, name: string | RegExp): Promise<void> {
  const before = await position(page).textContent();
  await thread(page, n).getByRole("button", { name }).click();
  await expect(position(page)).not.toHaveText(before ?? "");
}

/** Steps the reset into its FLR, then the other thread to its end, then the reset to its end. */
async function playTheHole(page: Page): Promise<void> {
  for (let i = 0; i < 120; i++) {
    if (await page.getByText("in its FLR").first().isVisible()) break;
    await press(page, 1, i < 5 ? /^Step/ : "over");
  }
  await expect(page.getByText("in its FLR").first()).toBeVisible();
  await press(page, 0, "until blocked");
  await press(page, 1, "until blocked");
}

test("a first visit shows the thread's question, ready to be stepped", async ({ page }) => {
  await page.goto("");
  await expect(say(page)).toContainText("During a reset the RID is to go to D2");
  await at(page, 0);
  await expect(thread(page, 0)).toContainText("replace the RID's domain of group 7 with D2");
  await expect(thread(page, 1)).toContainText("reset 0000:01:00.0 through sysfs");
  await press(page, 1, /^Step/);
  await at(page, 1);
  expect(new URL(await addressOf(page)).hash).toMatch(
    /^#1\/used-ssids\/test-dev-v1\/[A-Za-z0-9_-]+\/_[A-Za-z0-9_-]*\/[A-Za-z0-9_-]{8}$/,
  );
});

test("the tested replace goes wrong across the FLR in test-dev-v1, and the link shows it to somebody else", async ({
  page,
  browser,
  baseURL,
}) => {
  await page.goto("");
  await playTheHole(page);
  await expect(thread(page, 0)).toContainText("returned 0");
  await expect(page.getByText("I-USERWARN").first()).toBeVisible();
  await expect(page.getByText("I-RESTORE").first()).toBeVisible();
  await expect(page.getByText("The core holds D2 for the RID; the tables lead nowhere").first()).toBeVisible();
  // the reasons come after the state
  await expect(page.getByText(/^Why I-REPORT/)).toBeVisible();
  const url = await addressOf(page);
  const text = await page.locator("main").innerText();
  const other = await browser.newContext({ viewport: page.viewportSize() });
  const theirs = await other.newPage();
  await theirs.goto(`${baseURL}${new URL(url).hash}`);
  await expect(position(theirs)).toHaveText((await position(page).textContent()) ?? "");
  await expect(theirs.getByText(/^Why I-REPORT/)).toBeVisible();
  await expect(theirs.locator("main")).toHaveText((await page.locator("main").textContent()) ?? "", {
    useInnerText: false,
  });
  expect(await theirs.locator("main").innerText()).toBe(text);
  expect(await addressOf(theirs)).toBe(url);
  await other.close();
});

test("in linux-7.3 the same replace gets -EBUSY and nothing is broken but what each reset breaks", async ({ page }) => {
  await page.goto("");
  await page.getByRole("combobox", { name: "design" }).selectOption("linux-7.3");
  await expect(page).toHaveURL(/linux-7_3/);
  await playTheHole(page);
  await expect(thread(page, 0)).toContainText("returned -EBUSY");
  await expect(page.getByRole("img", { name: /properties: 1 violated/ })).toBeVisible();
});

test("clicking a device starts a reset; a device in its reset refuses another one with the reason", async ({
  page,
}) => {
  await page.goto("");
  await picture(page)
    .getByRole("button", { name: /^0000:01:00\.0(,|$)/ })
    .click({ position: { x: 40, y: 12 } });
  await page.getByRole("menuitem", { name: /Reset 0000:01:00\.0 through VFIO/ }).click();
  await expect(thread(page, 2)).toContainText("reset 0000:01:00.0 through VFIO");
  await at(page, 1);
  for (let i = 0; i < 4; i++) await press(page, 2, /^Step/);
  await picture(page)
    .getByRole("button", { name: /^0000:01:00\.0(,|$)/ })
    .click({ position: { x: 40, y: 12 } });
  const item = page.getByRole("menuitem", { name: /Reset 0000:01:00\.0 through sysfs/ });
  await expect(item).toHaveAttribute("aria-disabled", "true");
  await expect(item).toContainText("0000:01:00.0 is in a reset");
});

test("clicking a domain attaches it: iommufd refuses stage 2 while a PASID is attached", async ({ page }) => {
  await page.goto("");
  await picture(page)
    .getByRole("button", { name: /^group 7,/ })
    .click({ position: { x: 40, y: 10 } });
  await page.getByRole("menuitem", { name: /Replace the RID's domain of group 7 with D2.*iommufd/ }).click();
  await expect(thread(page, 2)).toContainText("iommufd");
  await press(page, 2, "until blocked");
  await expect(thread(page, 2)).toContainText("returned -EINVAL");
});

test("the RID offers the group's replace, under headings; the static blocked domain says why it is nobody's to attach", async ({
  page,
}) => {
  await page.goto("");
  await page.getByRole("application").focus();
  for (let i = 0; i < 2; i++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const menu = page.getByRole("menu");
  await expect(menu.getByRole("group", { name: "Reset" })).toBeVisible();
  const replace = menu.getByRole("group", { name: "Replace the domain of the RID" });
  await expect(replace.getByRole("menuitem", { name: /with D2.*iommufd/ })).toBeVisible();
  await page.keyboard.press("Escape");
  await picture(page)
    .getByRole("button", { name: /^domain blocked/ })
    .click();
  const attach = page.getByRole("menuitem", { name: /Attach it by hand/ });
  await expect(attach).toHaveAttribute("aria-disabled", "true");
  await expect(attach).toContainText("the core takes it by itself");
});

test("another design says that the run is a fresh one, and Back leads to the one before", async ({ page }) => {
  await page.goto("");
  await press(page, 1, /^Step/);
  await press(page, 1, /^Step/);
  await at(page, 2);
  await page.getByRole("combobox", { name: "design" }).selectOption("linux-7.3");
  await expect(page.locator(".notice")).toContainText(
    "A fresh run of used_ssids vs FLR in Linux 7.3. Back returns to step 2 of the run before.",
  );
  await at(page, 0);
  await page.goBack();
  await at(page, 2);
  await expect(page.locator(".notice p")).toHaveCount(0);
});

test("a menu that was pointed at leaves letters and arrows to the page, one that has the keyboard keeps them", async ({
  page,
}) => {
  await page.goto("");
  const design = page.getByRole("combobox", { name: "design" });
  await design.focus();
  await design.selectOption("linux-7.3");
  await expect(design).toBeFocused();
  await design.dispatchEvent("pointerdown");
  await design.selectOption("v3-defer");
  await expect(design).not.toBeFocused();
  await page.keyboard.press("s");
  await at(page, 1);
  await expect(design).toHaveValue("v3-defer");
});

test("a DMA can be fired and says what it reached", async ({ page }) => {
  await page.goto("");
  await picture(page)
    .getByRole("button", { name: /^0000:01:00\.0(,|$)/ })
    .click({ position: { x: 40, y: 12 } });
  await page.getByRole("menuitem", { name: /DMA of 0000:01:00\.0, PASID 1/ }).click();
  await expect(thread(page, 2)).toContainText("DMA of 0000:01:00.0, PASID 1");
  await press(page, 2, /^Step/);
  await expect(thread(page, 2)).toContainText("reached D1");
});

test("Back undoes a step and an action, Forward does them again", async ({ page }) => {
  await page.goto("");
  await press(page, 1, /^Step/);
  await press(page, 1, /^Step/);
  await at(page, 2);
  await page.goBack();
  await at(page, 1);
  await page.goBack();
  await at(page, 0);
  await page.goForward();
  await at(page, 1);
  await picture(page)
    .getByRole("button", { name: /^domain D0,/ })
    .click();
  await page.getByRole("menuitem", { name: /Unmap a page of D0/ }).click();
  await expect(thread(page, 2)).toBeVisible();
  await page.goBack();
  await expect(thread(page, 2)).toHaveCount(0);
  await at(page, 1);
});

test("the slider goes anywhere in the run and leaves no entry for Back", async ({ page }) => {
  await page.goto("");
  await press(page, 1, "until blocked");
  const slider = page.getByRole("slider", { name: "position in the run" });
  await slider.focus();
  await page.keyboard.press("Home");
  await at(page, 0);
  await page.keyboard.press("End");
  const { last } = await position(page).evaluate((output) => ({ last: Number(output.textContent?.split(" of ")[1]) }));
  await at(page, last);
  await expect(slider).toHaveAttribute("aria-valuetext", new RegExp(`^step ${last} of ${last}`));
  await page.keyboard.press("ArrowLeft");
  await at(page, last - 1);
  await expect(page).toHaveURL(new RegExp(`/${last - 1}_`));
  const url = await addressOf(page);
  await page.reload();
  await expect(page).toHaveURL(url);
  await page.goBack();
  await at(page, 0);
});

// what every world looks like in every design is held by src/views/walks.test.ts; here is the way from one to the next
test("worlds open one after the other, each design in turn, and the first step can be made", async ({ page }) => {
  test.slow();
  await page.goto("");
  await at(page, 0);
  const optionsOf = (name: string) =>
    page
      .getByRole("combobox", { name })
      .locator("option")
      .evaluateAll((options) => options.map((o) => (o as HTMLOptionElement).value));
  await expect(page.getByRole("combobox", { name: "scenario" }).locator("optgroup")).not.toHaveCount(0);
  const [worlds, designs] = await Promise.all([optionsOf("scenario"), optionsOf("design")]);
  const some = worlds.filter((_id, i) => i % 5 === 1);
  expect(some.length).toBeGreaterThanOrEqual(7);
  for (const [i, id] of some.entries()) {
    await page.getByRole("combobox", { name: "scenario" }).selectOption(id);
    await expect(page).toHaveURL(new RegExp(`#1/${id}/`));
    const design = designs[i % designs.length] ?? "";
    await page.getByRole("combobox", { name: "design" }).selectOption(design);
    await expect(page).toHaveURL(new RegExp(`#1/${id}/${design.replace(".", "_")}`));
    // whoever can run: a thread may be refused before its first step
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.keyboard.press("ArrowRight");
    await at(page, 1);
  }
});

test("a step that changes nothing in memory draws nothing again but its own thread, the sentence and two marks of the run", async ({
  page,
}) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto("");
  const position = page.locator(".pos output");
  await expect(position).toContainText(/^0 /);
  // the first step takes the place of the hint
  await page.keyboard.press("s");
  await expect(position).toContainText(/^1 /);
  await page.evaluate(() => {
    const own = window as unknown as { drawn: Record<string, number> };
    own.drawn = {};
    new MutationObserver((changes) => {
      for (const { target, type, attributeName } of changes) {
        const element = target instanceof Element ? target : target.parentElement;
        // the mark that lets the motion begin
        if (type === "attributes" && attributeName === "data-beat") continue;
        const panes = [".graph", ".mem", ".props", ".truth", ".thread:not(.cur)", ".cpus svg", ".devices svg"];
        const pane = panes.find((selector) => element?.closest(selector));
        if (pane) own.drawn[pane] = (own.drawn[pane] ?? 0) + 1;
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  await page.keyboard.press("s");
  await expect(position).toContainText(/^2 /);
  const drawn = await page.evaluate(() => (window as unknown as { drawn: Record<string, number> }).drawn);
  expect(Object.keys(drawn).toSorted()).toEqual([".cpus svg", ".devices svg"]);
  // the line of the present position, the dot of the step before and the new one, and what is held so far
  expect(drawn[".devices svg"]).toBe(1);
  expect(drawn[".cpus svg"]).toBeLessThanOrEqual(8);
});

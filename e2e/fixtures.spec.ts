import { expect, test } from "./fixtures.ts";

/** Each kind of trouble, made on purpose: the fixture must notice it. */
const troubles = [
  { what: "console", sign: "console log: hello", make: () => console.log("hello") },
  {
    what: "error",
    sign: "page error: Unexpected token 'o', \"oops\" is not valid JSON",
    make: () => void setTimeout(() => JSON.parse("oops")),
  },
  {
    what: "policy violation",
    sign: "policy: style-src-attr blocked inline",
    make: () => document.body.setAttribute("style", "color: red"),
  },
  {
    what: "inline script",
    sign: "policy: script-src-elem blocked inline",
    make: () => document.body.append(Object.assign(document.createElement("script"), { textContent: "1" })),
  },
];

for (const { what, sign, make } of troubles) {
  test(`trouble is noticed: ${what}`, async ({ page, trouble }) => {
    await page.goto("./");
    expect(trouble).toEqual([]);
    await page.evaluate(make);
    await expect.poll(() => trouble).toContain(sign);
    trouble.length = 0;
  });
}

test("trouble is noticed: a request to another origin", async ({ page, trouble, baseURL }) => {
  // The page itself cannot ask another origin, its policy forbids that; an empty page can.
  const elsewhere = `${new URL(baseURL!).origin.replace("127.0.0.1", "localhost")}/x.png`;
  await page.goto("about:blank");
  trouble.length = 0;
  await page.evaluate((url) => void (new Image().src = url), elsewhere);
  await expect.poll(() => trouble).toContain(`other origin: ${elsewhere}`);
  await page.close();
  trouble.length = 0;
});

test.fail("trouble that nobody looked at fails the test", async ({ page }) => {
  await page.goto("./");
  await page.evaluate(() => console.log("hello"));
});

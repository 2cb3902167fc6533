import fc from "fast-check";
import { expect, test } from "vitest";
import { menuWidth, placeMenu } from "./place.ts";

const frame = { x: 0, y: 40, width: 1440, height: 620 };

test("a menu stands right of its thing, or left of it where the frame ends", () => {
  expect(placeMenu({ x: 460, y: 150, width: 150, height: 230 }, frame, 200)).toEqual({ x: 618, y: 110 });
  expect(placeMenu({ x: 1200, y: 150, width: 96, height: 36 }, frame, 200)).toEqual({ x: 862, y: 110 });
});

test("a menu at the foot of the frame moves up until it is whole", () => {
  expect(placeMenu({ x: 460, y: 600, width: 96, height: 36 }, frame, 300).y).toBe(312);
});

test("a menu that fits never leaves its frame", () => {
  const place = fc.integer({ min: -500, max: 2000 });
  const size = fc.integer({ min: 1, max: 700 });
  fc.assert(
    fc.property(place, place, size, size, fc.integer({ min: 20, max: 600 }), (x, y, width, height, menuHeight) => {
      const at = placeMenu({ x, y, width, height }, frame, menuHeight);
      expect(at.x).toBeGreaterThanOrEqual(8);
      expect(at.y).toBeGreaterThanOrEqual(8);
      expect(at.x + menuWidth).toBeLessThanOrEqual(frame.width - 8);
      expect(at.y + menuHeight).toBeLessThanOrEqual(frame.height - 8 + Math.max(0, menuHeight + 16 - frame.height));
    }),
  );
});

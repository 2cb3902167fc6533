import { describe, expect, test } from "vitest";
import { reach } from "../../hw/tables.ts";
import { findDesign } from "../../kernel/designs/index.ts";
import { errnoName } from "../../kernel/structs.ts";
import { makeModel } from "../build.ts";
import { Play } from "../play.ts";
import { findScenario } from "./find.ts";

// What happens around a reset, in Linux 7.3 unless another design is named.

class World {
  readonly play: Play;
  constructor(id: string, design = "linux-7.3") {
    this.play = new Play(makeModel(findScenario(id) as never, findDesign(design) as never, {}));
  }
  get s() {
    return this.play.machine.state;
  }
  /** Runs a thread until something holds, or to its end; its errno. */
  run(thread: number, until: () => boolean = () => false): string {
    const { machine } = this.play;
    while (!until() && machine.outcomes(thread) > 0) this.play.append({ kind: "choice", thread, outcome: 0 });
    return errnoName(machine.result(thread));
  }
  reached = (dev: number) => this.play.model.world.domain[reach(this.s, this.play.model.world, dev, 0)]?.name;
  broken = () => [...this.play.violations().keys()];
}

describe("asking for reset methods", () => {
  test("docks the function: the bus reset tells the IOMMU before it looks at `probe`", () => {
    const w = new World("reset-method");
    w.run(0, () => w.s.group[1].recovery_cnt === 1 && !w.play.machine.next(0).text.startsWith("unlock"));
    expect([w.reached(1), w.run(1)]).toEqual(["NULL", "-EBUSY"]);
    expect([w.run(0), w.reached(1), w.broken()]).toEqual(["0", "D0", ["I-PROBE"]]);
    expect(w.s.pdev[1].in_reset).toBe(0);
  });
  test("did nothing to it before 7.0", () => {
    const w = new World("reset-method", "v3-defer");
    w.run(0);
    expect(w.broken()).toEqual([]);
  });
});

test("a VF loses its enables with its PF, and its owner attaches as if nothing were", () => {
  const w = new World("pf-vfs");
  w.run(0, () => w.s.pdev[1].in_reset === 1);
  expect([w.s.pdev[2].ats_ctrl, w.s.pdev[2].ats_enabled, w.s.pdev[2].bus_master]).toEqual([0, 1, 0]);
  expect([w.run(1), w.reached(2), w.reached(1)]).toEqual(["0", "D2", "NULL"]);
});

test("v4 resets a PF with a VF without blocking it", () => {
  const w = new World("pf-vfs", "v4-ebusy");
  w.run(0, () => w.s.pdev[1].in_reset === 1);
  expect(w.reached(1)).toBe("D0");
});

test("of two DMA aliases the one that is done first gives the other its domain back while it is in reset", () => {
  const w = new World("dma-alias");
  w.run(0, () => w.s.pdev[1].in_reset === 1);
  w.run(1, () => w.s.pdev[2].in_reset === 1);
  w.run(0);
  expect([w.s.gdev[2].blocked, w.reached(2)]).toEqual([1, "D0"]);
  expect(w.broken()).toEqual(expect.arrayContaining(["I-RESTORE", "I-BLOCK"]));
});

describe("a hot reset", () => {
  test("tells nobody: D0 stays in the tables, and an unmap sends ATC_INVs to functions in reset", () => {
    const w = new World("hot-reset");
    w.run(0, () => w.s.pdev[1].in_reset === 1);
    w.run(1);
    expect([w.reached(1), w.reached(2), w.broken()]).toEqual(["D0", "D0", ["I-BLOCK", "I-ATSREQ", "I-NOATC"]]);
  });
  test("gives up with -EBUSY where a function's `memory_lock` is taken, and leaves no lock behind", () => {
    const w = new World("hot-reset");
    w.run(2, () => w.s.pdev[2].in_reset === 1);
    expect(w.run(0)).toBe("-EBUSY");
    const { machine } = w.play;
    expect(machine.layout.locks.filter((_lock, i) => machine.owner(i) === 1)).toEqual([]);
    expect([w.run(2), w.broken()]).toEqual(["0", []]);
  });
  test("restores every function", () => {
    const w = new World("hot-reset");
    expect(w.run(0)).toBe("0");
    expect([1, 2].map((d) => [w.s.pdev[d]?.bus_master, w.s.pdev[d]?.ats_ctrl])).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });
});

test("a contained error is heard of afterwards: the function is restored by its driver, and was never blocked", () => {
  const w = new World("dpc");
  w.run(0, () => w.s.pdev[1].in_reset === 1);
  expect(w.reached(1)).toBe("DMA0");
  w.run(0);
  expect([w.s.pdev[1].bus_master, w.s.pdev[1].ats_ctrl]).toEqual([1, 1]);
});

test("a function that is hot-added during the reset of another gets the domain of the group at once", () => {
  const w = new World("hot-add");
  w.run(1, () => w.s.pdev[1].in_reset === 1);
  expect([w.run(0), w.reached(1), w.reached(2), w.run(2)]).toEqual(["0", "NULL", "D0", "-EBUSY"]);
  w.run(1);
  expect([w.reached(1), w.reached(2), w.broken()]).toEqual(["D0", "D0", []]);
});

describe("a deferred attach", () => {
  test("is made by the first DMA map", () => {
    const w = new World("deferred");
    expect(w.reached(1)).toBe("NULL");
    expect([w.run(0), w.reached(1)]).toEqual(["0", "DMA0"]);
  });
  test("is made by prepare and done otherwise, and the map that comes between is not refused any more", () => {
    const w = new World("deferred");
    w.run(1, () => w.s.pdev[1].in_reset === 1);
    expect([w.run(0), w.s.dev_iommu[1].attach_deferred]).toEqual(["0", 0]);
    w.run(1);
    expect(w.reached(1)).toBe("DMA0");
  });
  test("gets -EBUSY where the map had looked at the flag before prepare cleared it", () => {
    const w = new World("deferred");
    w.run(0, () => w.play.machine.next(0).text.includes("lock `group->mutex`"));
    w.run(1, () => w.s.pdev[1].in_reset === 1);
    expect(w.run(0)).toBe("-EBUSY");
  });
});

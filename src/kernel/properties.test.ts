import { describe, expect, test } from "vitest";
import { attach, attachPasid, Lab, labScenario, pair } from "../scenarios/lab.testkit.ts";
import { properties } from "./properties.ts";
import { EINVAL } from "./structs.ts";

// For each property a run that breaks it, or at least gives it something to judge, and one in which it is vacuous.

type Given = NonNullable<Parameters<typeof labScenario>[0]>;
interface Case {
  readonly design: string;
  readonly options?: Record<string, string>;
  readonly given?: Given;
  readonly run: (l: Lab) => void;
}
const play = ({ design, options = {}, given = {}, run }: Case): Lab => {
  const l = new Lab(labScenario(given), design, options);
  run(l);
  return l;
};

const withPasid: Given = { attached: [attach("D0"), attachPasid("D1")] };
/** The seed's schedule. */
const hole = (l: Lab) => {
  const reset = l.reset();
  l.call("replace", "core", "G", "D2");
  l.run(reset);
};
const justReset = (l: Lab) => void l.call("reset", "reset via sysfs", "A");
const justDma = (l: Lab) => void l.dma();
const nested = (l: Lab) => {
  const outer = l.reset();
  l.call("reset", "core", "A");
  l.run(outer);
};

const broken: Record<string, Case> = {
  "I-TEST2": {
    design: "test-dev-v1",
    options: { retest: "yes" },
    given: { attached: [attach("D0")] },
    run: twoPromises,
  },
  "I-USERWARN": { design: "test-dev-v1", given: withPasid, run: hole },
  "I-RESTORE": { design: "test-dev-v1", given: withPasid, run: hole },
  "I-BLOCK": { design: "test-dev-v1", given: { attached: [attachPasid("D1")] }, run: justReset },
  "I-OLD": { design: "test-dev-v1", given: { attached: [attachPasid("D1")] }, run: justReset },
  "I-NOATC": {
    design: "test-dev-v1",
    given: withPasid,
    run: (l) => {
      l.reset();
      // ATS is still on in the driver's book, so the remove sends one
      l.call("detach_pasid", "core", "A", 1, "D1");
    },
  },
  "I-NEST": { design: "test-dev-v1", given: { attached: [attach("D0")] }, run: nested },
  "I-OOPS": {
    design: "linux-7.3",
    run: (l) => {
      l.s.domain[l.domain("D0")].freed = 1;
      l.call("attach", "core", "G", "D0");
    },
  },
};

/** In the window a stage 2 domain is accepted for the RID and then, the test passing as well, a PASID. */
function twoPromises(l: Lab): void {
  const reset = l.reset();
  l.call("replace", "core", "G", "identity");
  l.call("attach_pasid", "core", "A", 1, "D1");
  l.call("replace", "core", "G", "D2");
  l.run(reset);
}

describe("is broken by some run", () => {
  test.each(Object.entries(broken))("%s", (id, given) => {
    const l = play(given);
    expect(l.violated()).toContain(id);
    expect(l.play.exercised()).toContain(id);
    expect(l.play.violations().get(id)?.why).toMatch(/^[A-Z`].*\.$/);
  });
});

const held: Record<string, Case> = {
  "I-TEST": { design: "test-dev-v1", run: (l) => void l.call("attach", "core", "G", "D0") },
  "I-TEST2": {
    design: "test-dev-v1",
    given: { attached: [attach("D0")] },
    run: (l) => {
      const reset = l.reset();
      l.call("replace", "core", "G", "D1");
      l.run(reset);
    },
  },
  "I-USERWARN": { design: "linux-7.3", given: withPasid, run: justReset },
  "I-RESTORE": { design: "linux-7.3", given: withPasid, run: justReset },
  "I-BLOCK": { design: "linux-7.3", given: withPasid, run: justReset },
  "I-NOATC": {
    design: "linux-7.3",
    given: { ...pair, attached: [attach("D0")] },
    run: (l) => {
      const reset = l.reset("A");
      l.call("unmap", "unmap", "D0");
      l.run(reset);
    },
  },
  "I-OLD": { design: "linux-7.3", given: { attached: [attachPasid("D1")] }, run: justReset },
  "I-EBUSY": { design: "linux-7.3", given: withPasid, run: hole },
  "I-NEST": { design: "linux-7.3", given: withPasid, run: nested },
  "I-CNT": { design: "linux-7.3", given: withPasid, run: justReset },
  "I-OOPS": { design: "linux-7.3", run: (l) => void l.call("attach", "core", "G", "D0") },
};

describe("is broken by a state that no run leads to", () => {
  test("I-CNT: a count that nobody counted", () => {
    const l = play({ design: "linux-7.3", run: (x) => void x.s.group[1].recovery_cnt++ });
    l.dma();
    expect(l.violated()).toEqual(["I-CNT"]);
  });
  test("I-EBUSY: a group whose domain moves under a refused call", () => {
    const l = play({ design: "linux-7.3", given: { attached: [attach("D0")] }, run: () => {} });
    const thread = l.start("attach", "core", "G", "D1");
    l.to(thread, "unlock `group->mutex`");
    l.s.group[1].domain = l.domain("D1");
    l.run(thread);
    expect(l.violated()).toContain("I-EBUSY");
  });
  test("I-TEST: a callback that fails after its test", () => {
    const l = play({ design: "test-dev-v1", given: { attached: [attach("D0")] }, run: () => {} });
    const thread = l.start("replace", "core", "G", "D1");
    l.until(thread, () => l.s.gdev[1].tested[0] === l.domain("D1"));
    l.play.machine.observer?.moment(thread, "callback_return", [1, 0, l.domain("D1"), EINVAL], l.s);
    l.run(thread);
    expect(l.violated()).toEqual(["I-TEST"]);
  });
});

describe("is exercised by some run, and holds in it", () => {
  test.each(Object.entries(held))("%s", (id, given) => {
    const l = play(given);
    expect(l.play.exercised()).toContain(id);
    expect(l.violated()).toEqual([]);
  });
  test("every property is among them", () => {
    expect(Object.keys(held).sort()).toEqual(properties.map((p) => p.id).sort());
  });
});

describe("is vacuous in a run without anything to judge", () => {
  test.each(properties.map((p) => p.id))("%s", (id) => {
    const l = play({ design: "linux-7.3", given: withPasid, run: justDma });
    expect(l.play.exercised()).not.toContain(id);
  });
  test.each(["I-TEST", "I-TEST2"])("%s in linux-7.3, which has no test", (id) => {
    expect(play({ design: "linux-7.3", given: withPasid, run: hole }).play.exercised()).not.toContain(id);
  });
  test("I-CNT in test-dev-v1, which has no count", () => {
    expect(play({ design: "test-dev-v1", given: withPasid, run: hole }).play.exercised()).not.toContain("I-CNT");
  });
  test("I-NEST in a run whose resets do not nest", () => {
    expect(play({ design: "linux-7.3", given: withPasid, run: justReset }).play.exercised()).not.toContain("I-NEST");
  });
  test("I-EBUSY in a run without that errno", () => {
    const l = play({ design: "linux-7.3", run: (x) => void x.call("attach", "core", "G", "D0") });
    expect(l.play.exercised()).not.toContain("I-EBUSY");
  });
  test("I-BLOCK and I-NOATC for a function without ATS", () => {
    const l = play({ design: "linux-7.3", given: { devices: [{ ats: false }] }, run: justReset });
    expect(l.play.exercised()).not.toContain("I-BLOCK");
    expect(l.play.exercised()).not.toContain("I-NOATC");
  });
});

describe("the list", () => {
  test("names each property once, with a sentence, a source and a moment", () => {
    const ids = properties.map((p) => p.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const p of properties) {
      expect(p.sentence).toMatch(/^[A-Z`].*\.$/);
      expect(p.source).not.toBe("");
      expect(p.moment).not.toBe("");
    }
  });
});

import { describe, expect, test } from "vitest";
import { designs } from "../kernel/designs/index.ts";
import { makeModel } from "./build.ts";
import { library } from "./library/index.ts";
import { Play } from "./play.ts";

/** Runs thread after thread to its end, each time with the last outcome where there is a choice. */
function run(scenarioId: string, designId: string, threads: readonly number[], fails = false): string[] {
  const scenario = library.find(({ id }) => id === scenarioId);
  const design = designs.find(({ id }) => id === designId);
  if (scenario === undefined || design === undefined) throw new Error("no such world or design");
  const play = new Play(makeModel(scenario, design, {}));
  for (const thread of threads) {
    while (play.machine.outcomes(thread) > 0) {
      const outcome = fails ? play.machine.outcomes(thread) - 1 : 0;
      play.append({ kind: "choice", thread, outcome });
    }
  }
  return play.records.map(({ sentence }) => sentence);
}

const errnos = (sentences: readonly string[]) => sentences.filter((sentence) => / returns `-E/.test(sentence));

describe("a sentence with an errno says what decided", () => {
  test("here and now: the check, and for another SMMU whose is whose", () => {
    expect(errnos(run("foreign-smmu", "linux-7.3", [1]))).toEqual([
      "call `attach_dev` of D9 for 0000:05:00.0, old is identity; `arm_smmu_attach_dev` returns `-EINVAL`: " +
        "is D9 of another SMMU? yes, D9 belongs to smmu1, 0000:05:00.0 to smmu0",
      "unlock `group->mutex`; `iommu_attach_group` returns `-EINVAL`, decided at step 7 by `arm_smmu_attach_dev`: " +
        "is D9 of another SMMU? yes, D9 belongs to smmu1, 0000:05:00.0 to smmu0; CPU1 is done",
    ]);
  });
  test("steps ago, in a callee: the step and the procedure", () => {
    const [, last] = errnos(run("s2-ssids", "test-dev-v1", [0]));
    expect(last).toMatch(
      /^unlock `group->mutex`; `iommu_replace_group_handle` returns `-EBUSY`, decided at step \d+ by `arm_smmu_domain_test_dev`: does 0000:01:00\.0 use ssids, `used_ssids` > 0\? yes; CPU0 is done$/,
    );
  });
  test("not twice: a statement that is the check, or whose outcome is the errno, says it already", () => {
    expect(errnos(run("s2-ssids", "test-dev-v1", [0]))[0]).toBe(
      "does 0000:01:00.0 use ssids, `used_ssids` > 0? yes; `arm_smmu_domain_test_dev` returns `-EBUSY`",
    );
    const [first] = errnos(run("foreign-smmu", "linux-7.3", [0], true));
    expect(first).toMatch(/: -ENOMEM; `arm_smmu_\w+` returns `-ENOMEM`$/);
  });
  test("a check that only points back is told together with what it points to", () => {
    const [, last] = errnos(run("foreign-smmu", "linux-7.3", [0], true));
    expect(last).toMatch(/decided at step \d+ by `arm_smmu_\w+`: allocate the CD table; no CD\? yes/);
  });
});

test("every errno that a library run ends with names a check of a step before or of this one", () => {
  for (const [i, { id, threads }] of library.entries()) {
    // every world with a third of the designs, in turn
    for (const design of designs.filter((_design, j) => j % 3 === i % 3)) {
      for (const sentence of errnos(run(id, design.id, [...threads.keys()]))) {
        expect([id, design.id, sentence]).toEqual([id, design.id, expect.stringMatching(/\? yes\b/)]);
      }
    }
  }
});

/** What a design is: one version of the kernel, as the difference to Linux 7.3, with where it comes from. */
import type { Procs } from "../sim/proc.ts";
import type { KernelState, World } from "./structs.ts";

export interface DesignOption {
  readonly id: string;
  /** A word or two, for the bar. */
  readonly title: string;
  /** What it decides. */
  readonly about: string;
  /** The first one is the default. */
  readonly values: readonly { readonly id: string; readonly title: string; readonly about: string }[];
}

export interface Design {
  readonly id: string;
  /** The design that it is first compared with: the one before it, or the one that it is written against. */
  readonly grewFrom: string;
  readonly title: string;
  /** Posted, landed or voiced; what it does. */
  readonly about: string;
  /** Subject, date and Message-ID, or commits. */
  readonly source: string;
  /** Which driver it carries. */
  readonly driver: string;
  /** What its source leaves open, and how it was read. */
  readonly open: readonly string[];
  readonly options: readonly DesignOption[];
  /** Only what differs from Linux 7.3. */
  readonly procs: (options: Readonly<Record<string, string>>) => Procs<KernelState, World>;
  /** Properties that this design has nothing to be judged by. */
  readonly notApplicable: readonly string[];
  /** Whether the kernel knows that a device is in a reset: from prepare to done. */
  readonly docked: (s: KernelState, w: World, device: number) => boolean;
  /** The field that says so; empty where there is none. */
  readonly dockedFlag: string;
  /** Fields of the structs that this kernel has, as shown. */
  readonly groupFields: readonly ("recovery_cnt" | "resetting_domain")[];
  readonly gdevFields: readonly ("blocked" | "reset_depth" | "pending_reset")[];
  /** The procedure that puts the device back; empty where no reset tells the IOMMU. */
  readonly doneProc: string;
}

/** The options of a design with defaults filled in. Unknown options or values throw with one sentence. */
export function readOptions(design: Design, given: Readonly<Record<string, string>>): Record<string, string> {
  const options: Record<string, string> = {};
  for (const option of design.options) {
    const value = given[option.id] ?? option.values[0]?.id ?? "";
    if (!option.values.some((v) => v.id === value)) {
      const values = option.values.map((v) => v.id).join(" or ");
      throw new Error(`option ${option.id} of ${design.id} is ${values}, not "${value}"`);
    }
    options[option.id] = value;
  }
  for (const id of Object.keys(given)) {
    if (!design.options.some((o) => o.id === id)) throw new Error(`${design.id} has no option "${id}"`);
  }
  return options;
}

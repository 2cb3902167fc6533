/**
 * Which recorded number stands for which object of the model: ASIDs, VMIDs and page tables for domains, addresses of CD
 * tables for devices. One to one, for as long as the object lives; what was freed may come back as something else.
 */

export type Space = "ASID" | "VMID" | "page table" | "CD table";

export class Names {
  readonly #recorded = new Map<string, string>();
  readonly #objects = new Map<string, string>();

  /** Says why a recorded value cannot stand for an object; empty when it can, and from then on it does. */
  bind(space: Space, value: string, object: string): string {
    const known = this.#recorded.get(`${space} ${object}`);
    const taken = this.#objects.get(`${space} ${value}`);
    if (known !== undefined && known !== value) return `${object}, whose ${space} has been ${known}`;
    if (taken !== undefined && taken !== object) return `${object}, but ${space} ${value} has been that of ${taken}`;
    this.#recorded.set(`${space} ${object}`, value);
    this.#objects.set(`${space} ${value}`, object);
    return "";
  }

  /** The object that a recorded value stands for so far. */
  objectOf(space: Space, value: string): string | undefined {
    return this.#objects.get(`${space} ${value}`);
  }

  /** The object is gone: its numbers are free again. */
  release(object: string): void {
    for (const space of ["ASID", "VMID", "page table", "CD table"] as const) {
      const value = this.#recorded.get(`${space} ${object}`);
      if (value === undefined) continue;
      this.#recorded.delete(`${space} ${object}`);
      this.#objects.delete(`${space} ${value}`);
    }
  }
}

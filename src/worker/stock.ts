/**
 * What the desk needs beyond a first visit: the other worlds and designs, links, and changes by hand. The worker fetches each
 * with the first request that needs it, so that none of it is part of the first load.
 */
import type { Design } from "../kernel/design.ts";
import { seedDesign } from "../kernel/designs/seed.ts";
import { seedScenario } from "../scenarios/library/seed.ts";
import { headOf, LinkError } from "../scenarios/find-link.ts";
import type { OpenedLink, Shelf } from "../scenarios/read-link.ts";
import type { Scenario } from "../scenarios/schema.ts";
import { isPacked } from "../scenarios/word.ts";
import { type DeskLater, type DeskRequest, type DeskStock, isBlank } from "./desk.ts";
import type { HardwareViews } from "./snapshot.ts";
import type { Play } from "../scenarios/play.ts";

/** A link to a story needs the stories. */
const storyLink = /#\s*story\//;

const notFetched = (): never => {
  throw new Error("this was not fetched");
};

export class Stock implements DeskStock, Shelf {
  scenario: (id: string) => Scenario | undefined = (id) => (id === seedScenario.id ? seedScenario : undefined);
  design: (id: string) => Design | undefined = (id) => (id === seedDesign.id ? seedDesign : undefined);
  unpack: (word: string) => Scenario = notFetched;
  open: (text: string) => OpenedLink = notFetched;
  change: (play: Play, word: string, on: boolean) => Play | string = notFetched;
  /** Hardware does nothing by itself in the world of a first visit. */
  hardware: HardwareViews | null = null;
  later: DeskLater | null = null;

  /** Fetches what a request needs. Rejects where a script does not come. */
  async fetch(request: DeskRequest): Promise<void> {
    if (request.kind === "settle" || request.kind === "act") this.later = (await import("./later.ts")).later;
    if (request.kind === "change") this.change = (await import("./toggles.ts")).toggled;
    if (request.kind === "choose") await this.#fetch(request.scenario, request.design);
    if (request.kind === "open" && !isBlank(request.text)) await this.#fetchLink(request.text);
  }

  async #fetchLink(text: string): Promise<void> {
    if (storyLink.test(text)) {
      // which world a story is told in is known once it is open
      const [{ openAny }] = await Promise.all([import("../scenarios/stories/open.ts"), this.#fetchHardware()]);
      this.open = openAny;
      return;
    }
    // all at once: one after the other they would keep a reader waiting for each
    await Promise.all([this.#fetchReader(), this.#fetchNamed(text)]);
  }

  async #fetchReader(): Promise<void> {
    const { openFrom } = await import("../scenarios/read-link.ts");
    this.open = (text) => openFrom(this, text);
  }

  async #fetchNamed(text: string): Promise<void> {
    let head: ReturnType<typeof headOf>;
    try {
      head = headOf(text);
    } catch (error) {
      // whoever opens it says so
      if (error instanceof LinkError) return;
      throw error;
    }
    await this.#fetch(head.scenario, head.design);
  }

  /** The world and the design of these names, as far as there are any. */
  async #fetch(scenario: string, design: string): Promise<void> {
    await Promise.all([
      isPacked(scenario) ? this.#fetchPacking() : this.#fetchLibrary(scenario),
      this.#fetchDesigns(design),
      // what a packed world has is not known yet
      isPacked(scenario) ? this.#fetchHardware() : undefined,
    ]);
    if (!isPacked(scenario) && (this.scenario(scenario)?.hardware.length ?? 0) > 0) await this.#fetchHardware();
  }

  async #fetchHardware(): Promise<void> {
    this.hardware = (await import("./hardware.ts")).hardwareViews;
  }

  async #fetchPacking(): Promise<void> {
    this.unpack = (await import("../scenarios/pack.ts")).unpackWorld;
  }

  async #fetchLibrary(id: string): Promise<void> {
    if (id !== "" && this.scenario(id) === undefined)
      this.scenario = (await import("../scenarios/library/find.ts")).findScenario;
  }

  async #fetchDesigns(id: string): Promise<void> {
    if (id !== "" && this.design(id) === undefined)
      this.design = (await import("../kernel/designs/index.ts")).findDesign;
  }
}

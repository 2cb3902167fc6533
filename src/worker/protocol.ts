/**
 * What the page asks and what the worker answers: two unions, and what the answers carry.
 *
 * Every kernel fact on screen is computed behind this file. Texts are plain sentences in which `backticks` mark kernel
 * words; nothing here is markup. Steps are numbered from 1; position 0 is the state before the first step.
 */

/** How far one press goes. `any` steps the thread that ran last, or the first that can run (play). */
export type StepMode = "step" | "over" | "out" | "block" | "any";

export type Request =
  /** A link as somebody pasted it: an address, a fragment, wrapped and quoted by a mailer or not. */
  | { readonly kind: "open"; readonly text: string }
  /** A fresh run. Options that the design does not know are refused with a sentence. */
  | {
      readonly kind: "choose";
      readonly scenario: string;
      readonly design: string;
      readonly options: Readonly<Record<string, string>>;
    }
  | { readonly kind: "step"; readonly thread: number; readonly outcome: number; readonly mode: StepMode }
  /** Start a thread: `action` is the `id` of an ActionView of the last snapshot. */
  | { readonly kind: "act"; readonly action: string }
  | { readonly kind: "seek"; readonly position: number }
  /** What a first state leaves out, so that it comes sooner: menus, actions, assumptions. Nothing moves. */
  | { readonly kind: "settle" }
  /** Take back the last step or action for good (the run gets shorter). */
  | { readonly kind: "undo" }
  /** Change one thing of the design or the world, or take a change back, and play the same schedule again. */
  | { readonly kind: "change"; readonly word: string; readonly on: boolean }
  /** What can be changed in a procedure, or with null among the operations of the threads. Nothing moves. */
  | { readonly kind: "changeable"; readonly proc: string | null }
  /** The run up to its position as a reply to a mail. Nothing moves. */
  | { readonly kind: "reply"; readonly options: ReplyOptions }
  /** Why the step at the position ended in an errno, a WARN or a broken property. Nothing moves. */
  | { readonly kind: "why" }
  /** Why the whole run switches threads where it does, and what it takes to get there. Nothing moves. */
  | { readonly kind: "explain" }
  /** The twelve checks of the patch, each played in both kernels. Nothing moves. */
  | { readonly kind: "checks" }
  /** What is to be known of every design. Nothing moves. */
  | { readonly kind: "designs" }
  /** One design as a patch to another, with their default options. Nothing moves. */
  | { readonly kind: "patch"; readonly from: string; readonly to: string }
  /** The questions of the reviewers. Nothing moves. */
  | { readonly kind: "stories" }
  /** The schedule of the run that is open, on another design with its default options. Nothing moves. */
  | { readonly kind: "compare"; readonly design: string }
  /** How to do on a machine what the run does. Nothing moves. */
  | { readonly kind: "recipe" }
  /** Qwords bit by bit: of the model, or as somebody pasted them. Nothing moves. */
  | ({ readonly kind: "inspect" } & InspectRequest);

/** What moves nothing. */
export type Aside = Exclude<
  Request,
  { kind: "open" | "choose" | "step" | "act" | "seek" | "settle" | "undo" | "change" }
>;

/** `known` where the page has shown already what it was told ahead. */
export type Ask = Request & { readonly id: number; readonly known?: boolean };

export type Reply =
  | {
      readonly kind: "state";
      readonly id: number;
      readonly snapshot: Snapshot;
      readonly notice: string;
      readonly look: string;
      /** The story that the link named. */
      readonly told?: ToldView;
    }
  | { readonly kind: "reply"; readonly id: number; readonly reply: ReplyView }
  | { readonly kind: "why"; readonly id: number; readonly why: WhyView | null }
  /** `of`: the head of the link of the run. */
  | { readonly kind: "explained"; readonly id: number; readonly of: string; readonly explanation: Explanation }
  | { readonly kind: "checks"; readonly id: number; readonly checks: readonly CheckView[] }
  | { readonly kind: "designs"; readonly id: number; readonly designs: readonly DesignNotes[] }
  | { readonly kind: "patch"; readonly id: number; readonly patch: PatchView }
  | { readonly kind: "changeable"; readonly id: number; readonly changeable: ChangeableView }
  | { readonly kind: "inspect"; readonly id: number; readonly inspected: InspectView }
  | { readonly kind: "stories"; readonly id: number; readonly stories: readonly StoryView[] }
  | { readonly kind: "compared"; readonly id: number; readonly compared: CompareView }
  | { readonly kind: "recipe"; readonly id: number; readonly recipe: RecipeView }
  /** Nothing changed; one sentence says why. */
  | { readonly kind: "refused"; readonly id: number; readonly notice: string };

/** Two designs by id, and the procedures in which they differ, file by file. */
export interface PatchView {
  readonly from: string;
  readonly to: string;
  readonly procs: readonly {
    readonly name: string;
    readonly file: string;
    /** Where it comes from, as its source says. */
    readonly note: string;
    readonly how: "new" | "gone" | "changed";
    /** What goes, what comes, and a little of what stays; `gap` for what is left out. Empty where it reads alike. */
    readonly lines: readonly {
      readonly mark: " " | "-" | "+" | "gap";
      readonly depth: number;
      readonly text: string;
    }[];
  }[];
}

/** A change that can be made or taken back. */
export interface ChangeChoice {
  /** As in a link; give it back in a `change` request. */
  readonly word: string;
  readonly label: string;
  /** False where it takes a change back. */
  readonly on: boolean;
}

/** A statement or an operation, and what can be changed of it. */
export interface Changeable {
  readonly title: string;
  readonly is: "" | "dropped" | "always" | "moved";
  /** Empty where it goes with another one, as an unlock with its lock. */
  readonly choices: readonly ChangeChoice[];
}

export interface ChangeableView {
  /** The head of the run's link: what was changed since is another matter. */
  readonly of: string;
  readonly proc: string | null;
  /** The statements of the procedure, in the order of its listing without heads; or the operations, by thread. */
  readonly groups: readonly { readonly title: string; readonly things: readonly Changeable[] }[];
}

/** What decided a step: the values that were read, the newest write first. */
export interface WhyView {
  readonly position: number;
  /** The errno, WARN, or the property that broke. */
  readonly about: string;
  /** It is a property that looked, not a statement. */
  readonly judges: boolean;
  readonly reads: readonly {
    readonly what: string;
    readonly value: string;
    /** The step that read it. */
    readonly read: number;
    /** The step that wrote it last, 0 where it was so from the start, and the thread that made that step. */
    readonly by: number;
    readonly thread: number;
  }[];
}

/** Which steps a reply shows. The rule of each stands beside `keep` in `reply/matters.ts`. */
export type ReplyLength = "every" | "shared" | "matters";

export interface ReplyOptions {
  readonly length: ReplyLength;
  /** Only the last so many steps up to the position; 0 for all of them. */
  readonly last: number;
  /** Threads, from 0, that get no column. */
  readonly without: readonly number[];
  /** The column of the tables, the function and the commands. */
  readonly hardware: boolean;
  readonly locks: boolean;
  /** What is broken, and where. */
  readonly property: boolean;
  /** Step numbers in front. */
  readonly numbers: boolean;
}

/** What is offered first, in the page and in the terminal. */
export const compactReply: ReplyOptions = {
  length: "matters",
  last: 0,
  without: [],
  hardware: true,
  locks: true,
  property: true,
  numbers: false,
};

export interface ReplyView {
  /** All lines but the last, which is the link on its own. */
  readonly lines: readonly string[];
  /** From its `#`: what stands before that only the page knows. */
  readonly link: string;
  /** Characters of the longest of the lines. */
  readonly widest: number;
  /** Steps that each length would show. */
  readonly counts: Readonly<Record<ReplyLength, number>>;
  /** All threads that ran, with the width that each got; threads are numbered from 0 here, as in CPU0. */
  readonly columns: readonly { readonly thread: number; readonly title: string; readonly width: number }[];
  readonly hardware: number;
  /** Too many threads for columns of their own: all share one. */
  readonly shared: boolean;
}

/** One run of a check, to the end of the thread that meets it. */
export interface CheckRunView {
  readonly design: Named;
  readonly errno: string;
  /** The procedure that decided. */
  readonly decided: string;
  /** The run, from its `#`. */
  readonly link: string;
}

/** One check of `arm_smmu_domain_test_dev`: what is asked, where it stands, and what a run of each kernel gives. */
export interface CheckView {
  /** The world that meets it. */
  readonly scenario: string;
  readonly about: string;
  /** Where it stands before the patch. */
  readonly before: string;
  /** What of it the patch leaves in the attach. */
  readonly after: string;
  readonly note?: string;
  /** In the kernel whose attach checks, and in the one that tests first. */
  readonly runs: { readonly before: CheckRunView; readonly after: CheckRunView };
}

/** One design: what it is, where it comes from, what was left open, and what it changes. */
export interface DesignNotes extends Named {
  /** The design that it is first compared with. */
  readonly grewFrom: string;
  /** Posted, landed or voiced; what it does. */
  readonly about: string;
  readonly source: string;
  /** Which driver it carries. */
  readonly driver: string;
  /** What its source leaves open, and how it was read. */
  readonly open: readonly string[];
  /** Of which worlds its source does not speak, and what the code of its day does there. */
  readonly silences: readonly { readonly worlds: readonly string[]; readonly says: string }[];
  /** The first value is the default. */
  readonly options: readonly (Named & {
    readonly about: string;
    readonly values: readonly (Named & { readonly about: string })[];
  })[];
  /** Properties that it has nothing to be judged by. */
  readonly notApplicable: readonly string[];
  /** Procedures that differ from Linux 7.3, by file; those that it does not have are new. */
  readonly differs: readonly {
    readonly file: string;
    readonly note: string;
    readonly procs: readonly { readonly name: string; readonly isNew: boolean }[];
  }[];
}

/** One step of a run beside another run. */
export interface ComparedStep {
  readonly step: number;
  readonly text: string;
  readonly proc: string;
  readonly errno: string;
  readonly warn: string;
  /** Properties that it was the first to break. */
  readonly broke: readonly string[];
}

/** A row of two runs as it is shown: one statement, or a stretch in which both did the same. */
export type ComparedRow =
  | {
      readonly kind: "pair";
      /** From 0. */
      readonly thread: number;
      readonly a: ComparedStep | null;
      readonly b: ComparedStep | null;
      /** The same statement with the same answer. */
      readonly same: boolean;
      /** Here the runs part. */
      readonly parts: boolean;
    }
  | {
      readonly kind: "alike";
      readonly thread: number;
      readonly count: number;
      /** Steps of each run, from and to: `6-24`. */
      readonly a: string;
      readonly b: string;
    };

/** A run, and the same schedule on another design. */
export interface CompareView {
  readonly scenario: Named;
  /** Each run with its link, from its `#`. */
  readonly a: Named & { readonly steps: number; readonly link: string };
  readonly b: Named & { readonly steps: number; readonly link: string };
  /** In the order of both runs; a statement that only one of them has stands alone. `thread` is from 0. */
  readonly rows: readonly {
    readonly thread: number;
    readonly a: ComparedStep | null;
    readonly b: ComparedStep | null;
    /** The same statement with the same answer. */
    readonly same: boolean;
  }[];
  /** Index of the first row that is not the same; -1 if there is none. */
  readonly diverges: number;
  /** The rows as they are shown: long stretches that are alike are one row. */
  readonly shown: readonly ComparedRow[];
  /** Starts of threads that the other design cannot do. */
  readonly refused: readonly { readonly step: number; readonly text: string; readonly why: string }[];
  readonly results: readonly {
    readonly thread: string;
    readonly title: string;
    readonly a: string;
    readonly b: string;
  }[];
  readonly properties: readonly {
    readonly id: string;
    readonly a: { readonly verdict: PropertyView["verdict"]; readonly since: number | null };
    readonly b: { readonly verdict: PropertyView["verdict"]; readonly since: number | null };
  }[];
  /** Facts of the two end states that differ; null where a design has no such fact. */
  readonly state: readonly { readonly what: string; readonly a: string | null; readonly b: string | null }[];
  readonly equalFacts: number;
}

/** How to do on a real kernel what a run does. */
export interface RecipeView {
  readonly kernel: string;
  readonly source: string;
  /** Functions, and what each must be able to do. */
  readonly machine: readonly string[];
  /** What user space does first, in order. */
  readonly setup: readonly string[];
  readonly threads: readonly {
    readonly name: string;
    /** How each operation is asked for, and what is to be known of that. */
    readonly ops: readonly {
      readonly title: string;
      readonly caller: string;
      readonly calls: readonly string[];
      readonly remarks: readonly string[];
      /** What it returned; empty while it has not, and for a void procedure. */
      readonly result: string;
    }[];
    /** It makes a step in this run. */
    readonly ran: boolean;
  }[];
  /** Threads take turns: who runs, how far, and what holds it there while others run. */
  readonly order: readonly {
    readonly thread: string;
    readonly from: number;
    readonly to: number;
    readonly until: string;
    /** Empty where nothing has to hold it. */
    readonly hold: string;
    readonly how: "ended" | "lock" | "sleep" | "breakpoint";
    /** What it holds meanwhile. */
    readonly locks: readonly string[];
  }[];
  /** What fails in the run, and how that is brought about. */
  readonly failures: readonly string[];
  /** What is to be seen at the end. */
  readonly expect: readonly string[];
}

/** A Stream Table Entry, a Context Descriptor, a command, an event. */
export type StructureKind = "ste" | "cd" | "cmd" | "event";

/** An update of an entry that a thread is in the middle of: its ends, and how many of its stores and syncs have been made. */
export interface UpdateUnderWay {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly made: number;
}

export interface InspectRequest {
  /** Qwords, or any text that holds them. */
  readonly text: string;
  /** What they are, null where that is to be guessed. */
  readonly as: StructureKind | null;
  /** What they are compared with, as hexadecimal words with or without `0x`; compared only if it is of the same kind. */
  readonly against: { readonly kind: StructureKind; readonly qwords: readonly string[] } | null;
  /** The update that is under way, shown in place of one from `against`. */
  readonly update: UpdateUnderWay | null;
}

export interface InspectField {
  readonly name: string;
  readonly qword: number;
  readonly hi: number;
  readonly lo: number;
  /** With its symbol, if it has one. */
  readonly value: string;
  /** The SMMU looks at it, given the rest; of an event, the record says something by it. */
  readonly used: boolean;
  /** The value that it is compared with, only where that is another one. */
  readonly was?: string;
  /** One sentence. */
  readonly about: string;
  /** The field that it is a piece of, "" for none. */
  readonly partOf: string;
}

/** One store or sync of the driver's update of an entry. */
export interface UpdateStep {
  /** Which qword gets which value; null for a sync: the SMMU drops its copy, and that is waited for. */
  readonly store: { readonly qword: number; readonly value: string } | null;
  /** What the entry in memory is like for the SMMU after it. */
  readonly like: "before" | "after" | "invalid" | "neither";
  /** Of an update that is under way: whether it has been made. */
  readonly made?: boolean;
}

/** How the driver gets from one entry to another (`arm_smmu_write_entry`). */
export interface UpdateView {
  readonly mode: "no_used_change" | "hitless" | "disruptive";
  readonly critical: readonly number[];
  readonly syncs: number;
  /** No sync while qword 0 is entirely 0. */
  readonly hitless: boolean;
  /** Both entries are valid, and V=0 can be seen in between. */
  readonly vDropped: boolean;
  /** Qwords of the new entry with bits that it ignores: the driver warns of them. */
  readonly illFormed: readonly number[];
  readonly steps: readonly UpdateStep[];
}

/** Qwords bit by bit. All words are `0x` and 16 digits. */
export interface InspectView {
  readonly kind: StructureKind;
  readonly qwords: readonly string[];
  /** The name of a command or an event, "" otherwise. */
  readonly name: string;
  /** What it comes to, one sentence. */
  readonly sentence: string;
  readonly fields: readonly InspectField[];
  /** Bits by what the SMMU makes of them. */
  readonly used: readonly string[];
  /** Bits that may differ for a moment in an update from what it is compared with; none without that. */
  readonly safe: readonly string[];
  /** Bits that are set and that no field names. */
  readonly unnamed: readonly string[];
  readonly faults: readonly { readonly kind: "illegal" | "reserved" | "note"; readonly text: string }[];
  /** What it is compared with. */
  readonly against?: readonly string[];
  /** From what it is compared with to this, or the update that is under way; of entries only. */
  readonly update?: UpdateView;
  /** The text did not say what it is: what it may be as well, and why this was taken. */
  readonly guess?: { readonly other: StructureKind; readonly why: string };
  /** The line above the qwords that said what they are, "" for none; and how many more dumps the text has. */
  readonly title: string;
  readonly more: number;
}

/** A run of a story, and the positions at which its moves end. */
export interface ToldView {
  readonly story: string;
  /** From 0. */
  readonly run: number;
  readonly positions: readonly number[];
}

/** A question of the reviewers, and runs that answer it. */
export interface StoryView {
  readonly id: string;
  readonly question: string;
  /** Mails by Message-ID; `archive` is an address that the page links to and never fetches. */
  readonly asked: readonly {
    readonly from: string;
    readonly subject: string;
    readonly date: string;
    readonly id: string;
    readonly archive: string;
  }[];
  readonly answer: string;
  readonly assumed: string;
  readonly runs: readonly {
    readonly title: string;
    readonly scenario: string;
    readonly design: string;
    /** `retest=yes` */
    readonly options: readonly string[];
    /** Its short link, from its `#`; with a slash and a number, counted from 1, it names a move. */
    readonly link: string;
    readonly moves: readonly string[];
  }[];
  /** The row of the matrix in which designs differ. */
  readonly row: { readonly scenario: string; readonly property: string } | null;
}

/** One value that a table or a box shows. */
export interface Field {
  readonly name: string;
  readonly value: string;
  /** The value before this step, only where this step changed it. */
  readonly was?: string;
  /** The step that last wrote it, absent where no step of this run did. */
  readonly by?: number;
  /** What the value means, in one short sentence, where that is not obvious. */
  readonly meaning?: string;
}

export interface Named {
  readonly id: string;
  readonly title: string;
}

export interface OptionView {
  readonly id: string;
  /** A word or two. */
  readonly title: string;
  /** What it decides, and what each value stands for. */
  readonly about: string;
  readonly value: string;
  readonly values: readonly (Named & { readonly about: string })[];
}

export type LineState = "done" | "now" | "next" | "todo" | "skipped";

/** One statement of a listing. */
export interface Line {
  readonly text: string;
  readonly depth: number;
  readonly state: LineState;
  /** The step that executed it last in this activation. */
  readonly step?: number;
  /** What it returned, for instance `-EINVAL` or `0`. */
  readonly ret?: string;
  /** Touches only the thread's own locals: it rides along with the step before. */
  readonly local: boolean;
  /** No statement: it says where the second branch of a decision begins. */
  readonly head?: boolean;
  /** No run of this world comes to it: it is not shown, and keeps its place. */
  readonly elsewhere?: boolean;
  /** What was changed of it by hand. */
  readonly changed?: "dropped" | "always" | "moved";
}

/** The listing of one procedure on a thread's call stack. */
export interface Listing {
  readonly proc: string;
  readonly file: string;
  readonly lines: readonly Line[];
}

export interface OpView {
  readonly title: string;
  readonly state: "done" | "now" | "todo";
  /** `0`, `-EBUSY`, or the answer of a DMA; absent while it runs, and for a void procedure. */
  readonly result?: string;
}

export interface LockView {
  readonly name: string;
  /** The step that took it. */
  readonly since: number;
}

export interface ThreadView {
  /** From 1, in the order in which threads appear. */
  readonly id: number;
  readonly name: string;
  readonly title: string;
  readonly caller: string;
  /** The locks and checks of this caller, in one sentence. */
  readonly callerNote: string;
  readonly status: "ready" | "blocked" | "finished" | "oops";
  /** For a blocked thread: the lock and the thread that holds it, or what else it waits for. For an oops: what it ran into. */
  readonly statusNote?: string;
  /** For a blocked thread: who holds the lock, for where there is no room for its name. */
  readonly heldBy?: string;
  /** For a blocked thread that waits for no lock: how. One that rests may do so for ever. */
  readonly waiting?: "sleeps" | "polls" | "rests";
  readonly ops: readonly OpView[];
  /** Outermost first; the last one is the current procedure. Empty before the start and after the end. */
  readonly stack: readonly Listing[];
  readonly locks: readonly LockView[];
  /** More than one where the next statement may fail: the reader chooses which. */
  readonly outcomes: readonly string[];
}

/** An entry in memory, to be inspected. */
export interface EntryView {
  /** Hexadecimal words, the first qword first. */
  readonly qwords: readonly string[];
  /** Before this step, only where this step changed them. */
  readonly was?: readonly string[];
  /** The update that a thread is in the middle of. */
  readonly update?: UpdateUnderWay;
}

/** What an SMMU holds of an entry. */
export interface HeldView {
  /** Which StreamID's SMMU read it through. */
  readonly sid: string;
  readonly held: boolean;
  /** Absent while nothing is held. */
  readonly entry?: EntryView;
  /** The fields of the copy; `-` while nothing is held. */
  readonly fields: readonly Field[];
  readonly changed: boolean;
  readonly writes: readonly number[];
  readonly next?: number;
  /** One that says something else than the entry does by now: since when, and whether a command that takes it away is on its way. */
  readonly stale?: string;
}

export interface SteView {
  readonly sid: string;
  /** Of a Stream Table of two levels: the first level's descriptor, `L1[1] 0x150000009`. */
  readonly level1?: string;
  /** Only in worlds whose SMMUs hold copies. */
  readonly held?: HeldView;
  /** Absent where the model has no qwords of it. */
  readonly entry?: EntryView;
  readonly fields: readonly Field[];
  /** Some qword of it changed in this step. */
  readonly changed: boolean;
  /** Every step until the position that changed it, in order. */
  readonly writes: readonly number[];
  /** The step that changes it next, where the run is recorded beyond the position. */
  readonly next?: number;
}

export interface CdView {
  readonly ssid: number;
  /** One for each StreamID of the device, only in worlds whose SMMUs hold copies. */
  readonly held?: readonly HeldView[];
  readonly entry?: EntryView;
  readonly fields: readonly Field[];
  readonly changed: boolean;
  readonly writes: readonly number[];
  readonly next?: number;
}

/** What one layer says a stream is attached to. `domain` is a domain id, or null for none. */
export interface Belief {
  readonly domain: string | null;
  readonly text: string;
  readonly where: string;
  readonly changed: boolean;
}

/** What a request would meet; where it reaches no domain, what the SMMU records. */
export interface HardwareBelief extends Belief {
  readonly event?: string;
}

/** One stream of a device: its RID, or one PASID. */
export interface RowView {
  readonly id: string;
  readonly device: string;
  readonly pasid: number;
  readonly label: string;
  readonly core: Belief;
  readonly driver: Belief;
  readonly tables: Belief;
  /** What a request would meet now, by ATC, TLB and held entries; absent where the SMMUs of a world hold nothing: as the tables. */
  readonly hardware?: HardwareBelief;
  /** The CD that the path goes through or stops at; absent where the STE alone decides. */
  readonly cd?: number;
  /** Where the path through the tables ends when it reaches no domain: the field, and what the SMMU records. */
  readonly stop?: { readonly field: string; readonly event: string };
  readonly agree: boolean;
  /** The layers that say something else than the core, and the hardware if it does something else than the tables say. */
  readonly apart: readonly ("driver" | "tables" | "hardware")[];
  /** Expected while the device is docked for a reset: shown quietly, not as a divergence. */
  readonly docked: boolean;
  /** One sentence, when the layers differ. */
  readonly sentence?: string;
}

export interface DeviceView {
  readonly id: string;
  readonly name: string;
  readonly group: string;
  readonly smmu: string;
  /** Of the function itself: bus master, ATS, PASID enable, ATC, and so on. */
  readonly pci: readonly Field[];
  /** `struct group_device` */
  readonly gdev: readonly Field[];
  /** `struct arm_smmu_master` */
  readonly master: readonly Field[];
  readonly stes: readonly SteView[];
  readonly cdTable: {
    readonly allocated: boolean;
    /** Of one of two levels: its first descriptor, which leads to all CDs that a run can name. */
    readonly level1?: Field;
    readonly referenced: boolean;
    readonly entries: readonly CdView[];
  };
  readonly rows: readonly RowView[];
  /** The kernel's window, from prepare to done. */
  readonly kernelWindow: boolean;
  /** The function's own reset, from the configuration write to the end of the wait. */
  readonly inReset: boolean;
  /** One or two short lines for the device's box, for instance "in its FLR" or "in its bus reset". Empty at rest. */
  readonly phase: string;
}

export interface GroupView {
  readonly id: string;
  readonly name: string;
  /** `domain`, `recovery_cnt`, `pasid_array[1]`, ... */
  readonly fields: readonly Field[];
  readonly devices: readonly string[];
  /** The run claims its DMA ownership or gives it back, so that its owner is worth seeing. */
  readonly owned: boolean;
}

export interface DomainView {
  readonly id: string;
  /** `S1`, `S2`, or what a domain without a page table does. */
  readonly stage: string;
  /** `ASID 9`, `VMID 3`, what a vSTE without translation does, or empty. */
  readonly tag: string;
  /** The stage 2 domain that a nested one lies on. */
  readonly parent?: string;
  /** Whose it is or what it is for, in a word or two: the process of an SVA domain, page requests. */
  readonly note?: string;
  /** The SMMU whose devices it serves; empty for the static domains, which serve all. */
  readonly smmu: string;
  readonly fields: readonly Field[];
  /** Rows (RowView.id) whose tables end here, and rows for which the core names it. */
  readonly tableRows: readonly string[];
  readonly coreRows: readonly string[];
}

export interface ChangeView {
  readonly layer: "core" | "driver" | "tables" | "hardware" | "reset" | "thread" | "property";
  readonly what: string;
  readonly was: string;
  readonly is: string;
}

export interface PropertyView {
  readonly id: string;
  /** What must hold, in one sentence. */
  readonly sentence: string;
  readonly source: string;
  /** When it is judged. */
  readonly moment: string;
  /**
   * `vacuous`: nothing in this run up to here exercised it. `pending`: it is judged when no thread can step, and one can.
   * `n/a`: the design has nothing to judge.
   */
  readonly verdict: "holds" | "violated" | "vacuous" | "pending" | "n/a";
  /** The step that broke it first. */
  readonly since?: number;
  /** One sentence that names what disagrees. */
  readonly why?: string;
}

export interface TimelineStep {
  readonly thread: number;
  readonly kind: "step" | "start";
  readonly text: string;
  readonly proc: string;
  readonly errno?: string;
  /** The errno is one that a callee had returned at an earlier step. */
  readonly passedOn?: boolean;
  readonly warn?: string;
  /** What it was the first to break. */
  readonly violated: readonly string[];
}

/** A span over steps: from is the first step inside; to is the last, or null while it is open. */
export interface Span {
  readonly from: number;
  readonly to: number | null;
}

export interface TimelineView {
  /** steps[0] is step 1. All steps of the run, also those after the position. */
  readonly steps: readonly TimelineStep[];
  readonly locks: readonly (Span & { readonly thread: number; readonly lock: string })[];
  readonly calls: readonly (Span & {
    readonly thread: number;
    readonly proc: string;
    /** A whole operation of the thread, with how it ended. */
    readonly root: boolean;
    readonly result?: string;
  })[];
  /** Outer ones before those that lie inside: the kernel's, a prepare nested in it, the function's own reset. */
  readonly windows: readonly (Span & {
    readonly device: string;
    readonly kind: "kernel" | "nested" | "function";
    readonly label: string;
  })[];
  /** Commands to the SMMU: C CFGI, T TLBI, A ATC_INV, P PREFETCH_CFG, R RESUME. */
  readonly commands: readonly {
    readonly step: number;
    readonly letter: "C" | "T" | "A" | "P" | "R";
    readonly text: string;
    /** Its two qwords as they stand in the queue, each of 16 hexadecimal digits. */
    readonly qwords: readonly string[];
  }[];
  /** What the SMMU recorded: four qwords each. */
  readonly events: readonly {
    readonly step: number;
    readonly text: string;
    readonly qwords: readonly string[];
    /** There was no room for it in the event queue. */
    readonly lost: boolean;
  }[];
}

export interface ActionView {
  /** Opaque; give it back in an `act` request. */
  readonly id: string;
  /** `pasid` where it concerns one stream of a device: 0 is the RID. */
  readonly target: { readonly kind: "device" | "group" | "domain"; readonly id: string; readonly pasid?: number };
  /** What it concerns, as a heading over its like: "Requests of the function". */
  readonly topic: string;
  /** "Replace the RID domain with D2" */
  readonly label: string;
  readonly caller: string;
  readonly enabled: boolean;
  /** Why not, when it is not enabled. */
  readonly reason?: string;
}

/** One switch from a thread to another, and why it is there. */
export interface SwitchView {
  /** The first step of the thread that goes on. */
  readonly step: number;
  /** `CPU1` */
  readonly thread: string;
  readonly why: string;
}

/** What a run to a violation takes: its switches, and who must be able to call what. */
export interface Explanation {
  readonly switches: readonly SwitchView[];
  /** What the threads that ran were asked to do, and through whom. */
  readonly callers: readonly {
    readonly thread: string;
    readonly title: string;
    readonly caller: string;
    /** Its outer locks and checks. */
    readonly note: string;
    /** Whether user space can get there. */
    readonly reachable: boolean;
  }[];
  /** Locks that are held where the run stands. */
  readonly locks: readonly { readonly thread: string; readonly name: string }[];
  /** What was made to fail. */
  readonly failures: readonly { readonly step: number; readonly thread: string; readonly text: string }[];
  readonly assumptions: readonly string[];
}

/** A command or an event between CONS and PROD. */
export interface QueuedView {
  /** Its number, counted from the first step. */
  readonly number: number;
  readonly name: string;
  /** In words, decoded from the qwords. */
  readonly text: string;
  /** `%016llx` each. */
  readonly qwords: readonly string[];
  /** The CPU that waits for this CMD_SYNC, the function whose request stalls; empty for all others. */
  readonly waiter: string;
}

/** The command queue of an SMMU that takes its commands one by one, or its event queue; the oldest row first. */
export interface QueueView {
  /** The SMMU. */
  readonly id: string;
  readonly kind: "cmd" | "event";
  /** Rows taken, and rows inserted, since the first step. */
  readonly cons: number;
  readonly prod: number;
  /** How many fit. */
  readonly room: number;
  /** What is wrong with it, as a predicate: it stands still, it overflowed. Empty where nothing is. */
  readonly error: string;
  readonly rows: readonly QueuedView[];
}

export interface Snapshot {
  readonly scenario: Named & { readonly about: string };
  readonly design: Named & {
    readonly about: string;
    readonly source: string;
    /** Which driver it carries, and what of it was reconstructed. */
    readonly driver: string;
    readonly open: readonly string[];
    readonly options: readonly OptionView[];
    /** What this run's design and world have changed, by the word in a link (`scenarios/toggles.ts`), in words. */
    readonly toggles: readonly Named[];
  };
  /** `topic`: the heading under which it is offered. */
  readonly scenarios: readonly (Named & {
    readonly topic: string;
    /** A unit test of the driver: nothing is judged in it. */
    readonly unitTest?: true;
  })[];
  readonly designs: readonly Named[];
  readonly position: number;
  readonly total: number;
  /** What this step did, one sentence; at position 0 the question of the scenario. */
  readonly sentence: string;
  /** The thread that made this step, 0 at position 0. */
  readonly ran: number;
  readonly threads: readonly ThreadView[];
  readonly groups: readonly GroupView[];
  readonly devices: readonly DeviceView[];
  readonly domains: readonly DomainView[];
  /** Empty in worlds whose SMMUs take no commands by themselves, and whose events are moments. */
  readonly queues: readonly QueueView[];
  readonly changes: readonly ChangeView[];
  readonly properties: readonly PropertyView[];
  readonly timeline: TimelineView;
  readonly actions: readonly ActionView[];
  /** Callers of this run with the locks they hold, and what is not shown reachable from user space. */
  readonly callers: readonly string[];
  readonly assumptions: readonly string[];
  readonly notModelled: readonly string[];
  /** What the design's source does not speak of and this world is about; what the code of its day does there. */
  readonly silences: readonly string[];
  /**
   * The address is `#` + head + look + tail. `look` is the page's own short word for panes and selection, of
   * [A-Za-z0-9_-] only; the worker hands back what a link brought along and never reads it.
   */
  readonly link: { readonly head: string; readonly tail: string };
}

/**
 * Events as the driver of Linux 7.3 takes them: drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c. Its event thread takes records
 * off the queue; a stalled request among them is reported and answered with a CMD_RESUME, all others go to a guest or to
 * the log.
 */
import { CMD, hasQueue } from "./cmdq.ts";
import { EVENTS } from "../hw/event-fields.ts";
import { eventAt, hasEventQueue, HOW, popEvent, resume, stagOf } from "./evtq.ts";
import { COMMAND, define, EOPNOTSUPP, firstStream, smmuOf } from "./structs.ts";

const source = { file: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c" };

/** The events that `arm_smmu_handle_event` goes on with. */
const HANDLED: ReadonlySet<number> = new Set(
  (
    [
      "C_BAD_STE",
      "F_STREAM_DISABLED",
      "C_BAD_SUBSTREAMID",
      "C_BAD_CD",
      "F_TRANSLATION",
      "F_ADDR_SIZE",
      "F_ACCESS",
      "F_PERMISSION",
    ] as const
  ).map((name) => EVENTS[name] ?? 0),
);

const arm_smmu_page_response = define("arm_smmu_page_response: void", source, ["dev", "resp"], [], (b) => [
  b.warnOn("arm_smmu_page_response", "{dev} never stalls", (l, w) => !(w.device[l.dev]?.stall_enabled ?? false), [
    b.return(0, "return"),
  ]),
  b.when("", (_l, w) => hasQueue(w), [
    b.call(
      "arm_smmu_cmdq_issue_cmd",
      (l, w) => [smmuOf(w, l.dev), CMD.RESUME, firstStream(w, l.dev), stagOf(w, firstStream(w, l.dev)), l.resp],
      null,
      "`arm_smmu_cmdq_issue_cmd`: CMD_RESUME {resp:RESP}",
    ),
  ]),
  // without queues nobody but the log sees what it does
  b.when("", (_l, w) => !hasQueue(w) && hasEventQueue(w), [
    b.step("CMD_RESUME {resp:RESP}", (s, l, w) => {
      resume(s, w, firstStream(w, l.dev), l.dev, l.resp);
    }),
  ]),
  b.moment("command", (l, w) => [COMMAND.RESUME, l.dev, l.resp, 0, firstStream(w, l.dev)]),
]);

const arm_smmu_handle_event = define(
  "arm_smmu_handle_event",
  { ...source, note: "What gets past its first question comes from a StreamID that has a master." },
  ["dev", "pasid", "event", "how"],
  ["ret", "vmaster"],
  (b) => [
    b.when("is it an event that nobody but the log takes?", (l) => !HANDLED.has(l.event), [
      b.return(EOPNOTSUPP, "return -EOPNOTSUPP"),
    ]),
    b.lock("streams_mutex", (l, w) => smmuOf(w, l.dev), "lock `streams_mutex`"),
    b.when(
      "did the transaction stall?",
      (l) => (l.how & HOW.STALL) !== 0,
      [b.call("iommu_report_device_fault", (l) => [l.dev, l.pasid], "ret")],
      [
        b.step("has {dev} a vmaster? {vmaster:yes}", (s, l) => {
          l.vmaster = s.master[l.dev].vmaster === 0 ? 0 : 1;
          l.ret = l.vmaster === 1 && (l.how & HOW.S2) === 0 ? 0 : EOPNOTSUPP;
        }),
        b.when(
          "does a guest want its events, and is it one of stage 1?",
          (l) => l.ret === 0,
          [b.local("`arm_vmaster_report_event`: with the StreamID that the guest knows", () => {})],
          [b.local("log it: nobody else will", () => {})],
        ),
      ],
    ),
    b.unlock("streams_mutex", (l, w) => smmuOf(w, l.dev), "unlock `streams_mutex`"),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const arm_smmu_decode_event = define(
  "arm_smmu_decode_event",
  { ...source, note: "It takes a reference to the device, which is not modelled." },
  ["smmu", "stream"],
  ["dev"],
  (b) => [
    b.lock("streams_mutex", (l) => l.smmu, "lock `streams_mutex`"),
    b.local("`arm_smmu_find_master` of {stream}: {dev}", (l, w) => {
      l.dev = w.stream[l.stream]?.device ?? 0;
    }),
    b.unlock("streams_mutex", (l) => l.smmu, "unlock `streams_mutex`"),
    b.return((l) => l.dev, "return {dev}"),
  ],
);

const arm_smmu_evtq_thread = define(
  "arm_smmu_evtq_thread: void",
  source,
  ["smmu"],
  ["known", "event", "stream", "ssid", "how", "of", "dev", "ret", "ovflg", "news"],
  (b) => [
    b.label("again"),
    b.when("does it know of a record that it has not read?", (l) => l.known > 0, [
      b.step("read the oldest record: {ev}; CONS moves on", (s, l) => {
        Object.assign(l, eventAt(s, l.smmu, 0));
        popEvent(s, l.smmu);
        l.known--;
      }),
      b.moment("event_read", (l) => [l.smmu]),
      b.call("arm_smmu_decode_event", (l) => [l.smmu, l.stream], "dev"),
      b.call("arm_smmu_handle_event", (l) => [l.dev, l.ssid, l.event, l.how], "ret"),
      b.when("is it nobody's?", (l) => l.ret !== 0, [b.local("`arm_smmu_dump_event`: log it", () => {})]),
      b.local("", (l) => Object.assign(l, { event: 0, stream: 0, ssid: 0, how: 0, of: 0, dev: 0, ret: 0 })),
      b.goto("again"),
    ]),
    b.step("read `EVENTQ_PROD`: {known} to read{ovflg:OVFLG}", (s, l) => {
      const { length, ovflg, ovackflg } = s.evtq[l.smmu];
      l.known = length;
      l.news = ovflg !== ovackflg && l.ovflg === 0 ? 1 : 0;
      l.ovflg = ovflg === ovackflg ? 0 : 1;
    }),
    b.when("did the queue overflow since it last looked?", (l) => l.news === 1, [
      b.local("log it: events are lost", () => {}),
    ]),
    b.when("is there a record to read?", (l) => l.known > 0, [b.goto("again")]),
    b.when("is the overflow to be acknowledged?", (l) => l.ovflg === 1, [
      b.step("`EVENTQ_CONS.OVACKFLG` := `OVFLG`", (s, l) => {
        s.evtq[l.smmu].ovackflg = s.evtq[l.smmu].ovflg;
      }),
    ]),
  ],
);

/** The interrupt of the event queue, whenever it becomes non-empty. */
const evtq_irq = define("evtq_irq: void", { file: "the interrupt controller" }, ["smmu"], [], (b) => [
  b.label("again"),
  b.rest("an interrupt when the event queue is not empty", (s, l) => s.evtq[l.smmu].length > 0),
  b.call("arm_smmu_evtq_thread", (l) => [l.smmu]),
  b.goto("again"),
]);

export const eventQueue = {
  arm_smmu_page_response,
  arm_smmu_handle_event,
  arm_smmu_decode_event,
  arm_smmu_evtq_thread,
  evtq_irq,
};

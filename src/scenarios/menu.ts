/**
 * What there is to choose from, by id and title, in the order in which it is shown: a first visit lists it, and loads next to
 * none of it. `menu.test.ts` holds it to the worlds and the designs themselves.
 */

const titlesOf = (titles: Readonly<Record<string, string>>) =>
  Object.entries(titles).map(([id, title]) => ({ id, title }));

/** The designs, oldest first. */
export const designMenu = titlesOf({
  "linux-6.17": "Linux 6.17",
  "rfc-v1-hold-mutex": "RFC v1, hold the mutex",
  "rfc-v2-defer": "RFC v2, defer",
  "v3-defer": "v3, defer",
  "v4-ebusy": "v4, -EBUSY",
  "test-dev-v1": "test_dev v1",
  "cd-copy": "a copy of STE and CDs",
  "park-in-blocking": "park in blocking",
  "fake-attach": "attach but really don't",
  "driver-suspend": "suspend in the driver",
  "wait-until-done": "wait until done",
  "linux-7.0": "Linux 7.0",
  "linux-7.3": "Linux 7.3",
});

const topics: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "The question": {
    "used-ssids": "used_ssids vs FLR",
    "attach-flr": "attach during FLR",
    "unmap-flr": "unmap during FLR",
    "identity-pasid": "identity RID with a PASID",
    "s2-ssids": "S2 while SSIDs are in use",
    "two-devices": "two devices in one group",
    "foreign-smmu": "foreign SMMU",
  },
  "The whole subject": {
    "nested-vdevice": "nested, with a vDEVICE",
    "nested-no-vdevice": "nested, without a vDEVICE",
    "sva-exit": "SVA: the process exits during a reset",
    "sva-unbind-exit": "SVA: unbind against exit",
    "sva-munmap": "SVA: munmap during a reset",
    "iopf-streams": "page requests with several streams",
    coherency: "cache coherency",
    "claim-flr": "ownership claimed during a reset",
    "release-flr": "ownership released during a reset",
    "ats-always-on": "ATS that must stay on",
    "nested-reset": "a reset inside a reset",
    "device-specific": "a device-specific reset",
    "destroy-flr": "detach and destroy during FLR",
    "no-default": "no default domain",
    "incompatible-flr": "an incompatible domain during FLR",
    "detach-pasid-flr": "a PASID detached during FLR",
    "old-array-flr": "an unmap that holds an old array",
    "unmap-ats": "unmap while ATS is switched on",
    "atc-timeout": "an invalidation that is never answered",
    "unmap-detach": "unmap against detach, with a command queue",
    "reset-twice": "two resets of one function",
    "reset-fails": "a function that never answers",
    "enomem-done": "no memory at done",
  },
  "Around a reset": {
    "reset-method": "asking for reset methods",
    "pf-vfs": "a PF with a VF",
    "dma-alias": "DMA aliases",
    "hot-reset": "a hot reset of two functions",
    dpc: "a contained error",
    "hot-add": "hot-add during a reset",
    deferred: "another driver's deferred attach",
    "rmr-flr": "direct mappings and a reset",
    "page-requests-flr": "a page request across a reset",
    "vdevice-create": "a vDEVICE made during a reset",
    enomem: "no memory anywhere",
    "enomem-sva": "no memory for SVA",
    "enomem-default": "no memory for a default domain",
    "fence-store": "a fence by one store",
  },
  "What the SMMU holds": {
    "cached-ste": "a DMA on a cached STE",
    "cached-fence": "a fence by one store, on a cached STE",
    "cached-unmap": "a TLB entry against an unmap",
    "cached-l1cd": "a CD table's descriptor, cached as invalid",
  },
  "What the SMMU records": {
    "recorded-switch": "requests while the STE is switched",
    "recorded-stall": "a stalled request across a reset",
  },
  "The checks of test_dev": {
    "check-fwspec": "check: no fwspec",
    "check-nested-pasid": "check: nested on a PASID",
    "check-nested-smmu": "check: vSMMU of another SMMU",
    "check-nested-ssids": "check: nested while SSIDs are in use",
    "check-sva-feature": "check: an SMMU without SVA",
    "check-smmu": "check: a domain of another SMMU",
    "check-ssids": "check: stage 2 while SSIDs are in use",
    "check-pasid-stage": "check: stage 2 on a PASID",
    "check-in-ste": "check: a PASID beside a stage 2 RID",
    "check-config-sva": "check: page requests without CONFIG_ARM_SMMU_V3_SVA",
    "check-streams": "check: page requests with two streams",
    "check-coherency": "check: enforced coherency without CANWBS",
  },
};

/** The worlds of the kernel by what they are about. */
export const worldMenu = Object.entries(topics).flatMap(([topic, of]) =>
  titlesOf(of).map((world) => ({ ...world, topic })),
);

/** The driver's unit tests, in which nothing is judged. */
export const unitTestMenu = [
  ...titlesOf({
    "ste-bypass-abort": "STE: bypass to abort",
    "ste-abort-bypass": "STE: abort to bypass",
    "ste-cdtable-abort": "STE: cdtable to abort",
    "ste-abort-cdtable": "STE: abort to cdtable",
    "ste-cdtable-bypass": "STE: cdtable to bypass",
    "ste-bypass-cdtable": "STE: bypass to cdtable",
    "ste-cdtable-s1dss-change": "STE: cdtable s1dss change",
    "ste-s1dssbypass-stebypass": "STE: s1dssbypass to stebypass",
    "ste-stebypass-s1dssbypass": "STE: stebypass to s1dssbypass",
    "ste-s2-abort": "STE: s2 to abort",
    "ste-abort-s2": "STE: abort to s2",
    "ste-s2-bypass": "STE: s2 to bypass",
    "ste-bypass-s2": "STE: bypass to s2",
    "ste-s1-s2": "STE: s1 to s2",
    "ste-s2-s1": "STE: s2 to s1",
    "ste-non-hitless": "STE: non hitless",
    "cd-s1-clear": "CD: s1 clear",
    "cd-s1-change-asid": "CD: s1 change asid",
    "ste-s1-s2-stall": "STE: s1 to s2 stall",
    "ste-s2-s1-stall": "STE: s2 to s1 stall",
    "ste-nested-s1dssbypass-s1bypass": "STE: nested s1dssbypass to s1bypass",
    "ste-nested-s1bypass-s1dssbypass": "STE: nested s1bypass to s1dssbypass",
    "cd-sva-clear": "CD: sva clear",
    "cd-sva-release": "CD: sva release",
  }).map((world) => ({ ...world, topic: "The entry writer" })),
  { id: "invs", title: "invs: merge, unref, purge", topic: "The invalidation array" },
];

// Links made with earlier models, never edited: each must for ever open to its own state or say that it no longer does.
// New ones are appended when the model or the format changes.
export const corpus: readonly [string, ...string[]] = [
  "#1/used-ssids/test-dev-v1/IgsBaDE/_/Kv7Ur1xf",
  "#1/used-ssids/test-dev-v1/MGQjoqpAkA/_/pCaOt1xf",
  "#1/used-ssids/linux-7_3/EBkgRWiqkD2/_/Ufb6ORiZ",
  "#1/attach-flr/test-dev-v1/OBFeiqgJkGw/_/8d6-EAdZ",
  "#1/attach-flr/linux-7_3/EAa0VLFQECBC/_/j3xekJR8",
  "#1/unmap-flr/test-dev-v1--retest-yes/OCEZoqSqQWA/_/Qpc-7avE",
  "#1/unmap-flr/linux-7_3/EBEYE0VUSDo/_/QdeXK4HI",
  "#1/identity-pasid/test-dev-v1/EJAboqAoQ2pHg/_/1LXzELmQ",
  "#1/identity-pasid/linux-7_3/EoX0VJFIFUGJACM/_/axlfU7wd",
  "#1/s2-ssids/test-dev-v1/OVBdFSVQ/_/_smB_1xf",
  "#1/s2-ssids/linux-7_3/YKTg/_/fJoOIRiZ",
  "#1/two-devices/test-dev-v1--retest-yes/CKEgpeiroEJpEEyRSBcKQBEQIg/_/Gg5zzxux",
  "#1/two-devices/linux-7_3/CRKmClaKuQICDxSBQRaRBSgZAqQB4/_/bk9dgDaj",
  "#1/foreign-smmu/test-dev-v1/YZI/_/QNrdgc1s",
  "#1/foreign-smmu/linux-7_3/KCJKI/_/ErdoILRG",
];

/**
 * A world in a link: its JSON without what is left out anyway, compressed, in the letters of a link.
 *
 * `_1` and base64url; 1 is the dictionary, which never changes: another one gets another number.
 */
import { deflate, inflate } from "./deflate.ts";
import { MAX_BYTES } from "./file.ts";
import { ScenarioError } from "./refused.ts";
import { readScenario, type Scenario } from "./schema.ts";
import { ALPHABET, giveWord, wordOf } from "./word.ts";

/** What a world in a link begins with; no id does. */
const MARK = "_1";

/** Longest world in a link, in characters. */
export const MAX_PACKED = 12_000;

/** What most worlds say, the commonest last; for ever as it is. */
const DICTIONARY = bytesOf(
  '"vsmmus":[{"name":"vsmmu0","smmu":"smmu0","s2_parent":"S2"}],"mms":[{"name":"mm1","pasid":1}],"config_sva":false,' +
    '"type":"NESTED","vsmmu":"vsmmu0","vste":"bypass","vste_ats":true,"type":"SVA","mm":"mm1","type":"DMA",' +
    '"enforce_cache_coherency":true,"iopf":true,"stall":true,"canwbs":false,"fwspec":false,"ats_always_on":true,' +
    '"bridge":"00:01.0","reset_methods":["device_specific","acpi","flr","af_flr","pm","bus","cxl_bus"],' +
    '"op":"alloc_vdevice","op":"destroy_vdevice","op":"bind_sva","caller":"sva","op":"unbind_sva","op":"munmap",' +
    '"caller":"the process","op":"exit","op":"enforce_coherency","op":"event","caller":"the SMMU","op":"respond",' +
    '"caller":"fault handler","op":"free","op":"destroy","op":"dma","caller":"the function","op":"ats",' +
    '"op":"set_type","caller":"type","op":"claim_owner","op":"release_owner","op":"bind","op":"unbind","op":"detach",' +
    '"op":"detach_pasid","caller":"iommufd","device":"0000:02:00.0","op":"unmap","caller":"unmap","domain":"D1"}]},' +
    '{"ops":[{"op":"reset","caller":"reset via vfio","device":"0000:01:00.0"}]}],' +
    '"may_fail":["cd_table","master_domain","invs","pasid_array","default_domain","reset","vmaster","vdevice",' +
    '"fault_param","iommu_mm","sva_handle","sva_domain"],"failures":1}' +
    '{"id":"my-world","title":"","about":"","smmus":[{"name":"smmu0"},{"name":"smmu1"}],' +
    '"devices":[{"name":"0000:01:00.0","smmu":"smmu0","sids":["0x100"],"ats":false,"max_pasids":32},' +
    '{"name":"0000:02:00.0","smmu":"smmu0","sids":["0x200"],"max_pasids":32}],' +
    '"groups":[{"name":"group 7","devices":["0000:01:00.0"],"default_domain":"identity","owned":true},' +
    '{"name":"group 8","devices":["0000:02:00.0"],"default_domain":"identity","owned":true}],' +
    '"domains":[{"name":"D0","stage":1,"smmu":"smmu0","pasid_compat":true},' +
    '{"name":"D1","stage":1,"smmu":"smmu0","pasid_compat":true},{"name":"D2","stage":2,"smmu":"smmu0"}],' +
    '"attached":[{"op":"attach","caller":"iommufd","group":"group 7","domain":"D0"},' +
    '{"op":"attach_pasid","caller":"iommufd","device":"0000:01:00.0","domain":"D1","pasid":1}],' +
    '"threads":[{"ops":[{"op":"replace_pasid","caller":"core","device":"0000:01:00.0","domain":"D2","pasid":1}]},' +
    '{"ops":[{"op":"replace","caller":"core","group":"group 7","domain":"D2"}]},' +
    '{"ops":[{"op":"reset","caller":"reset via sysfs","device":"0000:01:00.0"}]}]}',
);

/** A text in UTF-8; JSON has no half of a surrogate pair in it. */
function bytesOf(text: string): Uint8Array {
  const escaped = encodeURIComponent(text);
  const bytes: number[] = [];
  for (let i = 0; i < escaped.length; i++) {
    const isEscape = escaped[i] === "%";
    bytes.push(isEscape ? Number.parseInt(escaped.slice(i + 1, i + 3), 16) : escaped.charCodeAt(i));
    if (isEscape) i += 2;
  }
  return Uint8Array.from(bytes);
}

/** Throws for bytes that are no UTF-8. */
function textOf(bytes: Uint8Array): string {
  let escaped = "";
  for (const byte of bytes) escaped += `%${byte.toString(16).padStart(2, "0")}`;
  return decodeURIComponent(escaped);
}

function lettersOf(bytes: Uint8Array): string {
  let word = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [bytes[i] as number, bytes[i + 1], bytes[i + 2]];
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    const count = b === undefined ? 2 : c === undefined ? 3 : 4;
    for (let j = 0; j < count; j++) word += ALPHABET[(bits >> (18 - 6 * j)) & 63];
  }
  return word;
}

function bytesOfLetters(word: string): Uint8Array | null {
  const bytes: number[] = [];
  let hold = 0;
  let count = 0;
  for (const letter of word) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) return null;
    hold = ((hold << 6) | value) & 0xffff;
    count += 6;
    if (count >= 8) bytes.push((hold >> (count -= 8)) & 0xff);
  }
  return (hold & ((1 << count) - 1)) === 0 ? Uint8Array.from(bytes) : null;
}

/** Members that are needed wherever they are. */
const NEEDED: ReadonlySet<string> = new Set(["id", "name", "smmu", "op", "caller"]);

type Members = Record<string, unknown>;

/** The world with every member left out that need not be there. */
function shortened(scenario: Scenario): unknown {
  const whole = JSON.stringify(scenario);
  const copy = JSON.parse(whole) as Members;
  delete copy.$schema;
  const objects: Members[] = [];
  const collect = (value: unknown) => {
    if (typeof value !== "object" || value === null) return;
    if (!Array.isArray(value)) objects.push(value as Members);
    for (const inner of Object.values(value)) collect(inner);
  };
  collect(copy);
  const wanted = JSON.stringify({ ...scenario, $schema: undefined });
  for (const object of objects) {
    for (const key of Object.keys(object)) {
      if (NEEDED.has(key)) continue;
      const value = object[key];
      delete object[key];
      if (!saysTheSame(copy, wanted)) object[key] = value;
    }
  }
  return copy;
}

function saysTheSame(copy: Members, wanted: string): boolean {
  try {
    return JSON.stringify(readScenario(copy)) === wanted;
  } catch (error) {
    if (error instanceof ScenarioError) return false;
    throw error;
  }
}

/** A world as a word of a link; null if it is too large for one. */
export function packWorld(scenario: Scenario): string | null {
  let word = wordOf(scenario);
  if (word === undefined) {
    word = MARK + lettersOf(deflate(bytesOf(JSON.stringify(shortened(scenario))), DICTIONARY));
    if (word.length > MAX_PACKED) word = null;
    giveWord(scenario, word);
  }
  return word;
}

/** The world in such a word. Throws a ScenarioError with one sentence if it is damaged, or no world. */
export function unpackWorld(word: string): Scenario {
  const refuse = (why: string): never => {
    throw new ScenarioError(`The link's world ${why}.`);
  };
  if (!word.startsWith(MARK)) refuse(`has form "${word.slice(0, 2)}"; this explorer reads form "${MARK}"`);
  if (word.length > MAX_PACKED) refuse(`has ${word.length} characters, at most ${MAX_PACKED} are read`);
  const bytes = bytesOfLetters(word.slice(MARK.length));
  const text = bytes === null ? null : inflate(bytes, DICTIONARY, MAX_BYTES);
  if (text === null) return refuse("is damaged: some character of it was lost or changed");
  let value: unknown;
  try {
    value = JSON.parse(textOf(text as Uint8Array));
  } catch {
    refuse("is damaged: some character of it was changed");
  }
  const scenario = readScenario(value);
  giveWord(scenario, word);
  return scenario;
}

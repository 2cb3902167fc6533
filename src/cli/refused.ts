/** What cannot be done, in one sentence: exit status 1. */
export class Refused extends Error {}

/** What `check` was asked for is not there, or the design of another command: a sentence, status 2. Its 1 is a difference. */
export class CheckError extends Error {}

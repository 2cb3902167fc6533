/** What cannot be done, in one sentence: exit status 1. */
export class Refused extends Error {}

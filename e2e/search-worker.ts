/** Asked for it, a browser's worker searches once and says how long it took. */
import { secondsOfSearch } from "./search.ts";

self.onmessage = () => self.postMessage(secondsOfSearch());

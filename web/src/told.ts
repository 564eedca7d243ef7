// What is said aloud to those who do not see the page change, and counted for those who look elsewhere.
import { cell } from "./cell";

export const said = cell("");

/** The same sentence twice is said twice. */
export function say(sentence: string): void {
  said.set(said.get() === sentence ? sentence + "\u00a0" : sentence);
}

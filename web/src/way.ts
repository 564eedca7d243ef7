// Why a mail could not be accused, in words.
import type { Texts } from "./i18n";
import type { MailStory, Way } from "./types";
import { visible } from "./visible";

/** "nothing shows that mx.example.jp takes mail in for your provider" */
export function wayText(w: Way, t: Texts): string {
  const say = t.unseen[w.way];
  return say ? say(w.way_host ? `\u2068${visible(w.way_host)}\u2069` : t.unseenHost) : t.unseenOther(visible(w.way));
}

/** Nothing proves it, and if it were forged, nothing could have shown it. */
export const isUnseen = (m: MailStory): boolean => m.verdict === "unverified" && m.way !== "" && m.way !== "certain";

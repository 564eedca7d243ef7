// Whether a mail got its verdict later than its results.
import type { MailStory } from "./types";

/** The results stay those of the time when the mail came; where the DNS gave no answer then, the verdict may be of a later day. */
export function wasJudgedAgain(m: Pick<MailStory, "dkim" | "dmarc" | "results">): boolean {
  const of = (method: string) => m.results.filter((r) => r.method === method).map((r) => r.result);
  const open = [...of("dkim"), ...of("spf"), ...of("dmarc")].includes("temperror");
  const dmarc = of("dmarc")[0];
  const isOtherDmarc = dmarc !== undefined && dmarc !== m.dmarc;
  const isOtherDkim = (m.dkim === "pass" || m.dkim === "fail") && !of("dkim").includes(m.dkim);
  return open && (isOtherDmarc || isOtherDkim);
}

// Unproven mail that carries a signature which does not fit it: more than a mail without one.
import type { Mail } from "./types";

export const doesNotFit = (m: Pick<Mail, "verdict" | "code">): boolean => m.verdict === "unverified" && (m.code === "dkim-fail" || m.code === "changed-on-the-way");

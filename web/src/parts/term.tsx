// A technical term that tells what it means when it is touched, clicked, or opened by the keyboard.
import type { ComponentChildren } from "preact";
import { useTexts } from "../preferences";
import type { Texts } from "../i18n";

export type TermName = keyof Texts["terms"];
export const isTerm = (name: string, t: Texts): name is TermName => name in t.terms;

export function Term({ name, children }: { name: TermName; children: ComponentChildren }) {
  const t = useTexts();
  return (
    <details class="term">
      <summary>{children}<span class="sr"> ({t.whatIsThis})</span></summary>
      <p>{t.terms[name]}</p>
    </details>
  );
}

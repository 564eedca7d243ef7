// Language and colours, wherever one is.
import { useCell } from "../cell";
import { language, theme, themes, useLanguage, useTexts } from "../preferences";
import { Icon } from "./icon";

export function LanguageButton() {
  const lang = useLanguage();
  const other = lang === "en" ? "ja" : "en";
  return (
    <button type="button" class="button button-quiet tool tool-text smaller nowrap" lang={other} onClick={() => language.set(other)}>
      {other === "ja" ? "日本語" : "English"}
    </button>
  );
}

export function ThemeButton() {
  const t = useTexts();
  const now = useCell(theme);
  const label = t.menu.theme + t.colon + t.menu.themes[now];
  const next = themes[(themes.indexOf(now) + 1) % themes.length] ?? "auto";
  return (
    <button type="button" class="button button-quiet tool" aria-label={label} title={label} onClick={() => theme.set(next)}>
      <Icon name={now} />
    </button>
  );
}

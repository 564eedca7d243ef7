// Settings as they stand in the file: by section, and as TOML.
import type { Setting } from "./types";

export const differs = (s: Setting): boolean => s.value !== s.default;

export interface Section {
  name: string; // "": in front of all sections
  settings: Setting[];
}

const sectionOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf(".")));
/** "provider": not a value, but as many sections [[provider]] as the file has. */
export const isTable = (s: Setting): boolean => !/^(["[\d-]|true$|false$)/.test(s.default);

/** In the order of the settings. */
export function sectionsOf(settings: readonly Setting[]): Section[] {
  const found = new Map<string, Setting[]>();
  for (const s of settings) {
    const name = isTable(s) ? `[${s.name}]` : sectionOf(s.name);
    found.set(name, [...(found.get(name) ?? []), s]);
  }
  return [...found].map(([name, list]) => ({ name, settings: list }));
}

/** What each [[table]] of the file says is not known here: a remark stands for them. */
export function asToml(settings: readonly Setting[]): string {
  return sectionsOf(settings)
    .sort((a, b) => Number(b.name === "") - Number(a.name === ""))
    .map(({ name, settings: list }) => {
      const lines = list.map((s) => (isTable(s) ? `# [[${s.name}]]: ${s.value}` : `${s.name.slice(name ? name.length + 1 : 0)} = ${s.value}`));
      return (name && !list.some(isTable) ? `[${name}]\n` : "") + lines.join("\n") + "\n";
    })
    .join("\n");
}

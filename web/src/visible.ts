// What strangers wrote is shown as text; what cannot be seen is made visible.
const names: Record<number, string> = {
  0x00: "NUL", 0x07: "BEL", 0x08: "BS", 0x09: "TAB", 0x0a: "LF", 0x0d: "CR", 0x1b: "ESC", 0x7f: "DEL",
  0x00ad: "SHY", 0x061c: "ALM", 0x180e: "MVS", 0x200b: "ZWSP", 0x200c: "ZWNJ", 0x200d: "ZWJ", 0x200e: "LRM", 0x200f: "RLM",
  0x2028: "LSEP", 0x2029: "PSEP", 0x202a: "LRE", 0x202b: "RLE", 0x202c: "PDF", 0x202d: "LRO", 0x202e: "RLO", 0x2060: "WJ",
  0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI", 0xfeff: "BOM",
};

const unseen = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/g;

function symbol(char: string): string {
  const code = char.charCodeAt(0);
  // Not U+2400 and on: many fonts lack these pictures.
  return "\u27e8" + (names[code] ?? "U+" + code.toString(16).toUpperCase().padStart(4, "0")) + "\u27e9";
}

/** In one line: folds and tabs are symbols, too. */
export const visible = (text: string): string => text.replace(unseen, symbol);

/** Lines and tabs stay what they are. */
export const visibleLines = (text: string): string =>
  text.replace(/\r\n/g, "\n").replace(unseen, (c) => (c === "\n" || c === "\t" ? c : symbol(c)));

// Addresses are "#/mails?verdict=forged": path in segments, and what is asked for.
// All that a page shows follows from its address, so that back and links work.
export interface Route {
  path: string[];
  query: Record<string, string>;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // somebody typed a lone "%"
  }
}

export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#?\/?/, "");
  const mark = text.indexOf("?");
  const path = (mark < 0 ? text : text.slice(0, mark)).split("/").filter(Boolean).map(decode);
  const query: Record<string, string> = {};
  if (mark >= 0) for (const [name, value] of new URLSearchParams(text.slice(mark + 1))) query[name] = value;
  return { path, query };
}

/** Empty values are left out, so that one page has one address. */
export function href(path: readonly string[], query: Readonly<Record<string, string | undefined>> = {}): string {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) asked.set(name, value);
  const tail = asked.toString();
  return "#/" + path.map(encodeURIComponent).join("/") + (tail ? "?" + tail : "");
}

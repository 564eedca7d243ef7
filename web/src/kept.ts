// Choices of this browser. Storage may be off or full: then they last as long as the page.
export function read(name: string): string | null {
  try {
    return localStorage.getItem("mekiki." + name);
  } catch {
    return null;
  }
}

export function keep(name: string, value: string): void {
  try {
    localStorage.setItem("mekiki." + name, value);
  } catch {
    // nothing to do about it
  }
}

/**
 * A change of the text from `start` to `end` (bytes) of a file: what stands there, with the changes inside of it made, is
 * given to `wrap`. Of two at the same place the one that comes first is outside.
 */
export type Site = { start: number; end: number; wrap(inner: string): string };

/** The file with all sites changed. Sites lie inside of each other or apart, as nodes of a syntax tree do. */
export function weave(source: string, sites: readonly Site[]): string {
  const bytes = Buffer.from(source);
  const order = new Map(sites.map((site, at) => [site, at]));
  const sorted = [...sites].sort(
    (a, b) => a.start - b.start || b.end - a.end || (order.get(a) ?? 0) - (order.get(b) ?? 0),
  );
  let next = 0;
  const text = (start: number, end: number): string => {
    let done = start;
    let woven = "";
    for (let site = sorted[next]; site && site.start < end; site = sorted[next]) {
      if (site.end > end) throw new Error(`sites overlap at byte ${site.start}`);
      next += 1;
      woven += bytes.toString("utf8", done, site.start) + site.wrap(text(site.start, site.end));
      done = site.end;
    }
    return woven + bytes.toString("utf8", done, end);
  };
  return text(0, bytes.length);
}

import { match, ok } from "node:assert/strict";
import { createMetrics } from "../../../server/core/metrics.ts";

describe("metrics", () => {
  it("keep the values of several sources under one name apart by their labels", async () => {
    const metrics = createMetrics();
    metrics.gauge("test_height", "Height", () => 7, { chain: "1" });
    metrics.gauge("test_height", "Height", async () => 9, { chain: "2" });
    const text = await metrics.registry.metrics();
    match(text, /^test_height\{chain="1"\} 7$/m);
    match(text, /^test_height\{chain="2"\} 9$/m);
  });

  it("leave out what cannot be read, and tell the rest", async () => {
    const metrics = createMetrics();
    let failing = false;
    const fail = () => (failing ? Promise.reject(new Error("no database")) : 3);
    metrics.gauge("test_rows", "Rows", fail, { chain: "1" });
    metrics.gauge("test_rows", "Rows", () => 4, { chain: "2" });
    metrics.gauge("test_age", "Age", () => (failing ? undefined : 1));
    match(await metrics.registry.metrics(), /^test_rows\{chain="1"\} 3$/m);
    failing = true;
    const text = await metrics.registry.metrics();
    ok(!text.includes('test_rows{chain="1"}'), text);
    match(text, /^test_rows\{chain="2"\} 4$/m);
    ok(!/^test_age /m.test(text), text);
  });

  it("give the same counter and histogram to everybody who names them", async () => {
    const metrics = createMetrics();
    for (const chain of ["1", "2"]) {
      metrics.counter("test_total", "Things", ["chain"]).inc({ chain });
      metrics.histogram("test_depth", "Depth", { labels: ["chain"], buckets: [1, 5] }).observe({ chain }, 2);
    }
    const text = await metrics.registry.metrics();
    match(text, /^test_total\{chain="1"\} 1$/m);
    match(text, /^test_total\{chain="2"\} 1$/m);
    match(text, /^test_depth_count\{chain="2"\} 1$/m);
  });
});

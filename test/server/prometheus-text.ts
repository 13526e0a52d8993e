/** Reads Prometheus' text format, as strictly as the tests need it: https://prometheus.io/docs/instrumenting/exposition_formats/ */
import assert from 'node:assert/strict';

/** By name with labels, e.g. `parley_submissions_total{environment="prod",outcome="success"}`. Each series stands there once. */
export function samplesOf(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  const described = new Set<string>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, type] = /^# TYPE (\w+) (?:counter|gauge|histogram|summary)$/.exec(line) ?? [];
    if (type !== undefined) {
      assert.ok(!described.has(type), `${type} is described twice`);
      described.add(type);
    }
    if (line.startsWith('#')) continue;
    const [, series, value] = /^([a-zA-Z_:][\w:]*(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
    assert.ok(series !== undefined, `no sample: ${line}`);
    assert.ok(!samples.has(series), `${series} stands there twice`);
    samples.set(series, value === 'Nan' ? NaN : Number(value));
  }
  return samples;
}

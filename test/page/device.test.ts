import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deviceOf, type DeviceHints } from '../../widget/page/device.ts';

interface Row {
  readonly name: string;
  readonly hints: Partial<DeviceHints>;
  readonly system: string | undefined;
  readonly type: 'desktop' | 'mobile';
}

const hinted = (platform: string, mobile: boolean): Partial<DeviceHints> => ({
  userAgentData: { platform, mobile },
});
const agent = (userAgent: string, maxTouchPoints = 0): Partial<DeviceHints> => ({
  userAgent,
  maxTouchPoints,
});

const SAFARI = 'AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5';

/** User agents as the browsers' makers document their form. */
const ROWS: Row[] = [
  { name: 'Chromium on Windows', hints: hinted('Windows', false), system: 'Windows', type: 'desktop' },
  { name: 'Chromium on macOS', hints: hinted('macOS', false), system: 'macOS', type: 'desktop' },
  { name: 'Chromium on Linux', hints: hinted('Linux', false), system: 'Linux', type: 'desktop' },
  { name: 'Chromium on ChromeOS', hints: hinted('Chrome OS', false), system: 'ChromeOS', type: 'desktop' },
  { name: 'Chromium on an Android phone', hints: hinted('Android', true), system: 'Android', type: 'mobile' },
  {
    name: 'hints that know nothing',
    hints: { ...hinted('Unknown', false), ...agent('Mozilla/5.0 (X11; Linux x86_64)') },
    system: 'Linux',
    type: 'desktop',
  },
  {
    name: 'Firefox on Windows',
    hints: agent('Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0'),
    system: 'Windows',
    type: 'desktop',
  },
  {
    name: 'Firefox on Linux',
    hints: agent('Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0'),
    system: 'Linux',
    type: 'desktop',
  },
  {
    name: 'Firefox on an Android phone',
    hints: agent('Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0', 5),
    system: 'Android',
    type: 'mobile',
  },
  {
    name: 'Safari on macOS',
    hints: agent(`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${SAFARI} Safari/605.1.15`),
    system: 'macOS',
    type: 'desktop',
  },
  {
    name: 'Safari on an iPhone',
    hints: agent(
      `Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) ${SAFARI} Mobile/15E148 Safari/604.1`,
      5,
    ),
    system: 'iOS',
    type: 'mobile',
  },
  {
    name: 'Safari on an iPad, which says Macintosh',
    hints: agent(`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${SAFARI} Safari/605.1.15`, 5),
    system: 'iOS',
    type: 'mobile',
  },
  {
    name: 'an old Chrome on ChromeOS',
    hints: agent('Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/88.0.0.0 Safari/537.36'),
    system: 'ChromeOS',
    type: 'desktop',
  },
  { name: 'a browser that says nothing', hints: agent(''), system: undefined, type: 'desktop' },
];

describe('the device', () => {
  for (const { name, hints, system, type } of ROWS) {
    it(`${name}: ${system ?? 'no operating system'}, ${type}`, () => {
      const device = deviceOf(
        { userAgent: '', language: 'en-GB', maxTouchPoints: 0, ...hints },
        'Europe/London',
      );
      assert.deepEqual(device, {
        type,
        language: 'en-GB',
        time_zone: 'Europe/London',
        ...(system !== undefined && { operating_system: system }),
      });
    });
  }

  it('has no time zone where the browser tells none', () => {
    const device = deviceOf({ userAgent: '', language: 'en', maxTouchPoints: 0 }, undefined);
    assert.ok(!('time_zone' in device));
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deviceOf, type DeviceHints } from '../../widget/page/device.ts';
import { OBSERVED_BROWSERS } from './user-agents.ts';

const WINDOWS_AGENT = 'Mozilla/5.0 (Windows NT 6.1; Win64; x64; rv:47.0) Gecko/20100101 Firefox/47.0';
/** As it is sent. */
const device = (hints: Partial<DeviceHints>, timeZone?: string) => {
  const told = deviceOf({ userAgent: '', language: 'en-GB', maxTouchPoints: 0, ...hints }, () => timeZone);
  return JSON.parse(JSON.stringify(told)) as typeof told;
};

describe('the device', () => {
  for (const { name, hints, system, type, source } of OBSERVED_BROWSERS) {
    it(`${name}: ${system ?? 'no operating system'}, ${type} (${source})`, () => {
      assert.deepEqual(device(hints, 'Europe/London'), {
        type,
        language: 'en-GB',
        time_zone: 'Europe/London',
        ...(system !== undefined && { operating_system: system }),
      });
    });
  }

  it('is known by fifty observed browsers and more, each with its source and none twice', () => {
    assert.ok(OBSERVED_BROWSERS.length >= 50);
    assert.equal(
      new Set(OBSERVED_BROWSERS.map(({ hints }) => JSON.stringify(hints))).size,
      OBSERVED_BROWSERS.length,
    );
    for (const { source } of OBSERVED_BROWSERS) assert.match(source, /^https:\/\//);
  });

  it('has the name of each platform that the specification and Chromium know, by the hint alone', () => {
    const systems = {
      Android: 'Android',
      'Chrome OS': 'ChromeOS',
      'Chromium OS': 'ChromeOS',
      iOS: 'iOS',
      Linux: 'Linux',
      macOS: 'macOS',
      Windows: 'Windows',
      Fuchsia: undefined,
      Unknown: undefined,
      '': undefined,
    };
    for (const [platform, system] of Object.entries(systems)) {
      assert.equal(device({ userAgentData: { platform, mobile: false } }).operating_system, system, platform);
    }
  });

  it('is told by the user agent where the hint tells nothing', () => {
    for (const platform of ['', 'Unknown', 'Fuchsia', '<script>', 'Win', 'constructor', undefined, null]) {
      const { operating_system } = device({ userAgent: WINDOWS_AGENT, userAgentData: { platform } });
      assert.equal(operating_system, 'Windows', String(platform));
    }
  });

  it('is told by the user agent where userAgentData is another’s, and nothing is thrown', () => {
    for (const userAgentData of [
      undefined,
      null,
      {},
      [],
      '',
      'Linux',
      0,
      true,
      { platform: 5 },
      { platform: {} },
    ]) {
      const hints = { userAgent: WINDOWS_AGENT, userAgentData } as Partial<DeviceHints>;
      assert.deepEqual(device(hints), { type: 'desktop', language: 'en-GB', operating_system: 'Windows' });
    }
  });

  it('has no operating system where there is no user agent, and none but those six', () => {
    assert.deepEqual(device({}), { type: 'desktop', language: 'en-GB' });
    assert.deepEqual(device({ userAgentData: { platform: 'me@example.com', mobile: true } }), {
      type: 'mobile',
      language: 'en-GB',
    });
  });

  it('stays a Mac if a touch screen is tied to it, for its hints tell', () => {
    const mac = OBSERVED_BROWSERS.filter(({ hints }) => hints.userAgentData?.platform === 'macOS');
    assert.notEqual(mac.length, 0);
    for (const { hints } of mac)
      assert.equal(device({ ...hints, maxTouchPoints: 5 }).operating_system, 'macOS');
  });

  it('has no time zone where the browser knows none', () => {
    for (const timeZone of [undefined, '', 'Etc/Unknown']) assert.ok(!('time_zone' in device({}, timeZone)));
  });
});

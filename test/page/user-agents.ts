/**
 * What browsers say of themselves, each with where it was published or observed. User agents and hints are as they stand there
 * (`?1` of `Sec-CH-UA-Mobile` is `mobile: true`: header and property are the same hint by
 * https://wicg.github.io/ua-client-hints/), but a line that was folded is one line again. A server does not see touch points: unless
 * the source tells them, they are those of the kind of device, 5 for a phone or a tablet, 0 without a touch screen, 10 for a PC with one (Android:
 * https://github.com/chromium/chromium/blob/2e586724ada2b94a1bc89f2ec4b89f3d62cdf910/ui/android/java/src/org/chromium/ui/base/TouchDevice.java;
 * in general: https://developer.mozilla.org/ko/docs/Web/API/Navigator/maxTouchPoints). Sources were looked up in November 2026.
 */
import type { DeviceHints } from '../../widget/page/device.ts';

interface ClientHints {
  readonly platform: string;
  readonly mobile: boolean;
}

export interface ObservedBrowser {
  readonly name: string;
  readonly hints: Omit<DeviceHints, 'language'>;
  readonly system: string | undefined;
  readonly type: 'desktop' | 'mobile';
  readonly source: string;
}

const MDN = 'https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/User-Agent';
const MDN_FIREFOX = `${MDN}/Firefox`;
const CHROME = 'https://developer.chrome.com/docs/multidevice/user-agent';
const CHROME_IOS = 'https://chromium.googlesource.com/chromium/src/+/HEAD/docs/ios/user_agent.md';
/** Sets of headers from the logs of sites. */
const MATOMO =
  'https://github.com/matomo-org/device-detector/blob/0143847737b220c66552d5293b455bddeeefe82c/Tests/fixtures/clienthints.yml';
const UA_PARSER = 'https://github.com/faisalman/ua-parser-js/blob/master/test/data/ua';
const UAP_CORE =
  'https://github.com/ua-parser/uap-core/blob/014b28505f0b51b86f5260454c38aa482ddc8a1b/tests/test_os.yaml';
/** `navigator.userAgent` with `navigator.userAgentData` of each browser. */
const METAMASK = 'https://github.com/MetaMask/metamask-extension/pull/39705';
/** `SetDesktopUserAgentOverride`: `platform` is `Linux`, `mobile` is `false` where the desktop site is asked for on Android. */
const CHROMIUM_DESKTOP_SITE =
  'https://github.com/chromium/chromium/blob/f24a8e130d36c035286d0b664743111ac6b10749/components/embedder_support/user_agent_utils.cc';

const NO_TOUCH = 0;
const PHONE_OR_TABLET = 5;
const TOUCH_PC = 10;

type Row = readonly [name: string, userAgent: string, source: string, userAgentData?: ClientHints];

function observed(
  system: ObservedBrowser['system'],
  type: ObservedBrowser['type'],
  maxTouchPoints: number,
  rows: readonly Row[],
): ObservedBrowser[] {
  return rows.map(([name, userAgent, source, userAgentData]) => ({
    name,
    hints: { userAgent, maxTouchPoints, ...(userAgentData && { userAgentData }) },
    system,
    type,
    source,
  }));
}

const hinted = (platform: string, mobile: boolean): ClientHints => ({ platform, mobile });

export const OBSERVED_BROWSERS: readonly ObservedBrowser[] = [
  ...observed('Windows', 'desktop', NO_TOUCH, [
    [
      'Chrome on Windows 10',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/97.0.4692.99 Safari/537.3',
      MATOMO,
      hinted('Windows', false),
    ],
    [
      'Edge on Windows 11 (Sec-CH-UA-Platform-Version "14.0.0")',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/95.0.4638.69 Safari/537.36 Edg/95.0.1020.44',
      MATOMO,
      hinted('Windows', false),
    ],
    [
      'Opera on Windows 10',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/98.0.4758.82 Safari/537.36 OPR/84.0.4316.19',
      MATOMO,
      hinted('Windows', false),
    ],
    [
      'Edge on an Xbox',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/97.0.4692.71 Safari/537.36 Edg/97.0.1072.66',
      MATOMO,
      hinted('Windows', false),
    ],
    [
      'a browser on Windows with the user agent of a Macintosh',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_10_2) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0.6167.5881 Safari/537.36',
      MATOMO,
      hinted('Windows', false),
    ],
    [
      'Chrome on Windows on a page without TLS, which gets no hints',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36',
      MDN,
    ],
    [
      'Opera developer on Windows',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 OPR/124.0.0.0 (Edition developer)',
      MDN,
    ],
    [
      'Firefox on Windows',
      'Mozilla/5.0 (Windows NT 6.1; Win64; x64; rv:47.0) Gecko/20100101 Firefox/47.0',
      MDN,
    ],
    [
      'Samsung Internet on Windows',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Safari/537.36',
      'https://github.com/webcompat/web-bugs/issues/198910',
    ],
  ]),
  ...observed('Windows', 'desktop', TOUCH_PC, [
    [
      'Edge on a Windows tablet: as on a PC, with touch',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0',
      MDN,
    ],
    [
      'Internet Explorer on a Windows RT tablet',
      'Mozilla/5.0 (Windows NT 6.3; ARM; Trident/7.0; Touch; rv:11.0) like Gecko',
      `${UA_PARSER}/os/windows-rt.json`,
    ],
  ]),
  ...observed('Windows', 'mobile', PHONE_OR_TABLET, [
    [
      'a Windows phone, which says Android, iPhone and Mac OS X, too',
      'Mozilla/5.0 (Mobile; Windows Phone 8.1; Android 4.0; ARM; Trident/7.0; Touch; rv:11.0; IEMobile/11.0; NOKIA; Lumia 635) like iPhone OS 7_0_3 Mac OS X AppleWebKit/537 (KHTML, like Gecko) Mobile Safari/537',
      `${UA_PARSER}/os/windows-phone.json`,
    ],
  ]),
  ...observed('macOS', 'desktop', NO_TOUCH, [
    [
      'Chrome on macOS',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Safari/537.36',
      METAMASK,
      hinted('macOS', false),
    ],
    [
      'Opera on macOS on ARM',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/98.0.4758.102 Safari/537.36 OPR/84.0.4316.21',
      MATOMO,
      hinted('macOS', false),
    ],
    [
      'Firefox on macOS',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:147.0) Gecko/20100101 Firefox/147.0',
      METAMASK,
    ],
    [
      'Safari on macOS',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
      MDN,
    ],
    [
      'Edge on macOS without hints',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0',
      MDN,
    ],
    [
      'the Slack app on macOS',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Slack/4.39.90 Chrome/127.0.6533.72 Electron/13.1.9 Safari/537.36',
      `${UA_PARSER}/extension/inapp.json`,
    ],
  ]),
  ...observed('Linux', 'desktop', NO_TOUCH, [
    [
      'Chromium on Linux',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/98.0.4758.102 Safari/537.36',
      MATOMO,
      hinted('Linux', false),
    ],
    [
      'Chromium on Fedora',
      'Mozilla/5.0 (X11; Fedora; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/98.0.4758.121 Safari/537.36',
      MATOMO,
      hinted('Linux', false),
    ],
    [
      'WebPageTest, whose hint is "Unknown"',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/98.0.4758.102 Safari/537.36 PTST/220216.200657',
      MATOMO,
      hinted('Unknown', false),
    ],
    [
      'Headless Chrome',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/125.0.6422.76 Safari/537.36',
      'https://github.com/medama-io/go-useragent/issues/3',
    ],
    ['Firefox on Linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:10.0) Gecko/20100101 Firefox/10.0', MDN_FIREFOX],
    [
      'Opera on Linux',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/51.0.2704.106 Safari/537.36 OPR/38.0.2220.41',
      MDN,
    ],
  ]),
  ...observed('Linux', 'desktop', TOUCH_PC, [
    [
      'Chrome on a Linux laptop with a touch screen',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/51.0.2704.103 Safari/537.36',
      MDN,
    ],
  ]),
  ...observed('Linux', 'mobile', PHONE_OR_TABLET, [
    [
      'a phone with Ubuntu Touch, which is "like Android"',
      'Mozilla/5.0 (Linux; Ubuntu 16.04 like Android 4.4) AppleWebKit/537.36 Chromium/65.0.3325.151 Mobile Safari/537.36',
      `${UA_PARSER}/os/ubuntu-touch.json`,
    ],
    [
      'a phone with Sailfish',
      'Mozilla/5.0 (Linux; U; Sailfish 3.0; Mobile; rv:45.0) Gecko/45.0 Firefox/45.0 SailfishBrowser/1.0',
      `${UA_PARSER}/os/sailfish.json`,
    ],
  ]),
  ...observed('ChromeOS', 'desktop', NO_TOUCH, [
    [
      'a Chromebook whose hint is "Chromium OS"',
      'Mozilla/5.0 (X11; CrOS x86_64 14150.90.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.4606.126 Safari/537.36',
      'https://github.com/mdn/content/pull/13584',
      hinted('Chromium OS', false),
    ],
    [
      'a Chromebook whose hint is "Linux"',
      'Mozilla/5.0 (X11; CrOS armv7l 13597.84.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/92.0.4515.98 Safari/537.36',
      MATOMO,
      hinted('Linux', false),
    ],
    [
      'a Chromebook without a version',
      'Mozilla/5.0 (X11; CrOS x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/100.0.0.0 Safari/537.36',
      'https://github.com/faisalman/ua-parser-js/issues/601',
    ],
  ]),
  ...observed('ChromeOS', 'desktop', TOUCH_PC, [
    [
      'a Pixel Slate',
      'Mozilla/5.0 (X11; CrOS x86_64 12371.46.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/77.0.3865.63 Safari/537.36',
      'https://github.com/bowser-js/bowser/issues/357',
    ],
  ]),
  ...observed('Android', 'mobile', PHONE_OR_TABLET, [
    [
      'Chrome on a phone',
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/117.0.0.0 Mobile Safari/537.36',
      MATOMO,
      hinted('Android', true),
    ],
    [
      'Chrome on a tablet: mobile by no word of its own',
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/117.0.0.0 Safari/537.36',
      MATOMO,
      hinted('Android', false),
    ],
    [
      'Silk on a Fire tablet',
      'Mozilla/5.0 (Linux; Android 9; KFKAWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/98.1.148 like Chrome/98.0.4758.101 Safari/537.36',
      MATOMO,
      hinted('Android', false),
    ],
    [
      'Opera on a phone',
      'Mozilla/5.0 (Linux; Android 8.1.0; ZC554KL) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0.4664.104 Mobile Safari/537.36 OPR/67.1.3508.63168',
      MATOMO,
      hinted('Android', true),
    ],
    [
      'Brave on a phone',
      'Mozilla/5.0 (Linux; Android 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/106.0.0.0 Mobile Safari/537.36',
      MATOMO,
      hinted('Android', true),
    ],
    [
      'Aloha, an Android WebView with hints',
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/123.0.0.0 Mobile Safari/537.36 AlohaBrowser/5.10.4',
      MATOMO,
      hinted('Android', true),
    ],
    ['Avast Secure Browser with no user agent at all', '', MATOMO, hinted('Android', true)],
    [
      'Edge on a phone without hints',
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36 EdgA/141.0.0.0',
      MDN,
    ],
    ['Firefox on a phone', 'Mozilla/5.0 (Android 4.4; Mobile; rv:41.0) Gecko/41.0 Firefox/41.0', MDN_FIREFOX],
    [
      'Firefox on a tablet',
      'Mozilla/5.0 (Android 4.4; Tablet; rv:41.0) Gecko/41.0 Firefox/41.0',
      MDN_FIREFOX,
    ],
    [
      'Firefox Focus on a tablet',
      'Mozilla/5.0 (Linux; Android 7.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Focus/1.0 Chrome/59.0.3029.83 Safari/537.36',
      MDN_FIREFOX,
    ],
    [
      'Samsung Internet on a phone',
      'Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36',
      'https://github.com/Shopify/browser_sniffer/pull/54',
    ],
    [
      'Samsung Internet in desktop mode',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Safari/537.36',
      'https://github.com/medama-io/go-useragent/issues/24',
    ],
    [
      'Samsung Internet in desktop mode, with the hints of the desktop site',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.0 Chrome/115.0.0.0 Safari/537.36',
      `https://github.com/Shopify/browser_sniffer/pull/54, hints: ${CHROMIUM_DESKTOP_SITE}`,
      hinted('Linux', false),
    ],
    [
      'Chrome on a tablet that asks for the desktop site',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/535.19 (KHTML, like Gecko) Chrome/18.0.1025.45 Safari/535.19',
      'https://github.com/arouel/uadetector/issues/14',
    ],
    [
      'Android WebView',
      'Mozilla/5.0 (Linux; Android 5.1.1; Nexus 5 Build/LMY48B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/43.0.2357.65 Mobile Safari/537.36',
      CHROME,
    ],
    [
      'Facebook',
      'Mozilla/5.0 (Linux; Android 7.0; SM-G930F Build/NRD90M; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/58.0.3029.83 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/127.0.0.22.69;]',
      'https://github.com/allinurl/goaccess/issues/804',
    ],
    [
      'Instagram on a phone',
      'Mozilla/5.0 (Linux; Android 7.1.2; Pixel XL Build/NJH47F; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/60.0.3112.107 Mobile Safari/537.36 Instagram 11.0.0.12.20 Android (25/7.1.2; 476dpi; 1440x2417; Google/google; Pixel XL; marlin; marlin; en_GB)',
      'https://github.com/ua-parser/uap-core/issues/268',
    ],
    [
      'Instagram on a tablet',
      'Mozilla/5.0 (Linux; Android 8.1.0; SM-T580 Build/M1AJQ; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/80.0.3987.149 Safari/537.36 Instagram 136.0.0.34.124 Android (27/8.1.0; 240dpi; 1200x1920; samsung; SM-T580; gtaxlwifi; samsungexynos7870; en_GB; 208061721)',
      'https://github.com/ua-parser/uap-core/issues/476',
    ],
    [
      'Huawei Browser on HarmonyOS 2, which is an Android',
      'Mozilla/5.0 (Linux; Android 10; HarmonyOS; YAL-AL10; HMSCore 6.3.0.327; GMSCore 21.48.15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/92.0.4515.105 HuaweiBrowser/12.0.3.310 Mobile Safari/537.36',
      `${UA_PARSER}/os/harmonyos.json`,
    ],
    [
      'Googlebot as a phone',
      'Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/41.0.2272.96 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
      'https://github.com/browscap/browscap/issues/957',
    ],
  ]),
  ...observed('Android', 'desktop', NO_TOUCH, [
    [
      'a television with Google TV',
      'Mozilla/5.0 (Linux; Android 12.0; Build/STTL.240206.002) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/92.0.4515.0 Safari/537.36 CrKey/1.56.500000 DeviceType/AndroidTV',
      `${UA_PARSER}/os/chromecast-android.json`,
    ],
  ]),
  ...observed('iOS', 'mobile', PHONE_OR_TABLET, [
    [
      'Safari on an iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1',
      MDN,
    ],
    [
      'Safari on an iPad, which says Macintosh',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/14.0 Safari/605.1.15',
      'https://github.com/matomo-org/device-detector/issues/6398',
    ],
    [
      'Safari on an iPad with the mobile site',
      'Mozilla/5.0 (iPad; CPU OS 13_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0 Mobile/15E148 Safari/604.1',
      'https://github.com/matomo-org/device-detector/issues/5978',
    ],
    [
      'Firefox on an iPad',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_4) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1 Safari/605.1.15',
      MDN_FIREFOX,
    ],
    [
      'Firefox on an iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 8_3 like Mac OS X) AppleWebKit/600.1.4 (KHTML, like Gecko) FxiOS/1.0 Mobile/12F69 Safari/600.1.4',
      MDN_FIREFOX,
    ],
    [
      'Firefox on an iPod',
      'Mozilla/5.0 (iPod touch; CPU iPhone OS 8_3 like Mac OS X) AppleWebKit/600.1.4 (KHTML, like Gecko) FxiOS/1.0 Mobile/12F69 Safari/600.1.4',
      MDN_FIREFOX,
    ],
    [
      'Chrome on an iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 10_3 like Mac OS X) AppleWebKit/602.1.50 (KHTML, like Gecko) CriOS/56.0.2924.75 Mobile/14E5239e Safari/602.1',
      CHROME_IOS,
    ],
    [
      'Chrome on an iPhone that asks for the desktop site',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_5) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/85 Version/11.1.1 Safari/605.1.15',
      CHROME,
    ],
    [
      'Opera on an iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 7_1_1 like Mac OS X) AppleWebKit/537.51.2 (KHTML, like Gecko) OPiOS/8.0.1.80062 Mobile/11D201 Safari/9537.53',
      UAP_CORE,
    ],
    [
      'Facebook',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 10_3_2 like Mac OS X) AppleWebKit/603.2.4 (KHTML, like Gecko) Mobile/14F89 [FBAN/FBIOS;FBAV/96.0.0.45.70;FBBV/60548545;FBDV/iPhone7,2;FBMD/iPhone;FBSN/iOS;FBSV/10.3.2;FBSS/2;FBCR/E-Plus;FBID/phone;FBLC/de_DE;FBOP/5;FBRV/0]',
      'https://github.com/allinurl/goaccess/issues/804',
    ],
    [
      'Instagram',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 13_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 159.0.0.28.123 (iPhone11,8; iOS 13_7; cs_CZ; cs-CZ; scale=2.00; 828x1792; 244425769)',
      'https://github.com/donatj/PhpUserAgent/issues/67',
    ],
    [
      'Yahoo Japan on an iPad',
      'Mozilla/5.0 (iPad; CPU OS 18_1_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 YJApp-IOS jp.co.yahoo.ipn.appli/4.131.0',
      `${UA_PARSER}/extension/inapp.json`,
    ],
  ]),
  ...observed(undefined, 'mobile', PHONE_OR_TABLET, [
    [
      'OpenHarmony on a phone',
      'Mozilla/5.0 (Phone; OpenHarmony 4.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Mobile',
      `${UA_PARSER}/os/openharmony.json`,
    ],
    ['Firefox OS on a tablet', 'Mozilla/5.0 (Tablet; rv:26.0) Gecko/26.0 Firefox/26.0', MDN_FIREFOX],
    [
      'Tizen on a phone',
      'Mozilla/5.0 (Linux; Tizen 2.3; SAMSUNG SM-Z130H) AppleWebKit/537.3 (KHTML, like Gecko) Version/2.3 Mobile Safari/537.3',
      `${UA_PARSER}/os/tizen.json`,
    ],
  ]),
  ...observed(undefined, 'mobile', NO_TOUCH, [
    [
      'KaiOS on a phone with keys',
      'Mozilla/5.0 (Mobile; Nokia_8110_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5',
      `${UA_PARSER}/os/kaios.json`,
    ],
    [
      'KaiOS, written as if it were an iOS',
      'Mozilla/5.0 (Mobile; rv:37.0; 4044V) Gecko/68.0 Firefox/101.0 KaiOS/1.0',
      'https://github.com/Shopify/quilt/issues/2673',
    ],
  ]),
  ...observed(undefined, 'desktop', NO_TOUCH, [
    [
      'Samsung’s browser on a Tizen television',
      'Mozilla/5.0 (SMART-TV; Linux; Tizen 5.0) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/2.2 Chrome/63.0.3239.84 TV Safari/537.36',
      'https://gist.github.com/jakub-g/b7b54852011dfd8d708fa88300452f5a',
    ],
    [
      'a web app on a Tizen television',
      'Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) 76.0.3809.146/6.0 TV Safari/537.36',
      'https://github.com/whichbrowser/parser-javascript/issues/70',
    ],
    [
      'a webOS television',
      'Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.270 Safari/537.36 WebAppManager',
      'https://app.unpkg.com/@enact/webos@5.1.0/files/platform/tests/platform-specs.js',
    ],
    [
      'a NetCast television whose hint is "Linux"',
      'Mozilla/5.0 (Linux; NetCast; U) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.4606.128 Safari/537.36 SmartTV/10.0 Colt/2.0',
      MATOMO,
      hinted('Linux', false),
    ],
    [
      'a Nest Hub, which runs Fuchsia',
      'Mozilla/5.0 (Fuchsia) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 CrKey/1.56.500000',
      `${UA_PARSER}/os/chromecast-fuchsia.json`,
    ],
    [
      'Chrome on Fuchsia',
      'Mozilla/5.0 (X11; Fuchsia x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/71.0.3557.0 Safari/537.36',
      `${UA_PARSER}/os/fuchsia.json`,
    ],
    [
      'Chrome on FreeBSD',
      'Mozilla/5.0 (X11; U; FreeBSD x86_64; en-US) AppleWebKit/534.16 (KHTML, like Gecko) Chrome/10.0.648.204 Safari/534.16',
      `${UA_PARSER}/os/freebsd.json`,
    ],
    [
      'a PlayStation 5',
      'Mozilla/5.0 (PlayStation 5/SmartTV) AppleWebKit/605.1.15 (KHTML, like Gecko)',
      `${UA_PARSER}/os/playstation.json`,
    ],
    [
      'HarmonyOS 5 on a PC',
      'Mozilla/5.0 (PC; OpenHarmony 5.0; HarmonyOS 5.0) AppleWebKit/537.36 (KHTML,like Gecko) Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Browser/harmony360Browser/1.0.0',
      `${UA_PARSER}/os/harmonyos.json`,
    ],
    ['Googlebot', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', MDN],
    [
      'Bingbot',
      'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
      'https://gist.github.com/olragon/25b28fed2c1e969223e8199d35cd5786',
    ],
  ]),
];

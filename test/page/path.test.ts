import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cut, tellablePath } from '../../widget/page/path.ts';

/** Told as they are. */
const TELLABLE = [
  '/',
  '/pricing',
  '/pricing/',
  '/shoes/trail-running-shoes',
  '/summer-collection-2026',
  '/Summer-Collection-2026/Sale',
  '/blog/2026/11/21/winter-tyres',
  '/news/2026-11-21',
  '/archive/2025-2026',
  '/p/iphone-15-pro-max-256gb',
  '/p/iPhone15ProMax',
  '/p/MacBookPro14M3',
  '/p/mp3-player-ipx7-usb-c-3-5mm',
  '/b2b-and-b2c-marketing-web3-4you',
  '/en-gb/customer-service/returns-and-refunds-for-orders-from-abroad',
  '/wiki/TheQuickBrownFoxJumpsOverTheLazyDog',
  '/wiki/Internationalisation_and_localisation',
  '/docs/api/v2.3/getting-started.html',
  '/deadbeef-cafe',
  '/product/1234',
  '/color/ff00aa',
  '/%E9%9D%B4/%E5%A4%8F%E3%81%AE%E3%82%B3%E3%83%AC%E3%82%AF%E3%82%B7%E3%83%A7%E3%83%B3',
  '/靴/夏のコレクション2026',
  '/caf%C3%A9-au-lait',
  // In the encoding of long ago.
  '/caf%E9',
  '/100%-cotton',
  '/a//b',
  '/Donaudampfschifffahrtsgesellschaft',
  '/Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz',
  '/weihnachtsschmuck/angstschweiss/HerbstSchmuckKollektion',
  '/lentokonesuihkuturbiinimoottoriapumekaanikkoaliupseerioppilas',
  '/kolmivaihekilowattituntimittari',
  '/p/iPhone15ProMax256GB',
  '/p/MacBookPro16M3Max',
  '/p/SamsungGalaxyS24Ultra5G',
  '/p/PlayStation5ProBundle',
  '/p/ThinkPadX1CarbonGen12',
  '/p/SonyWH1000XM5',
  '/p/GeForceRTX4090Ti',
  '/p/LGOLED65C3',
  '/p/covid19testcentre2022',
  '/p/winterreifen-225-45-r17-94w',
  '/docs/XMLHttpRequest/HTTPServerConfiguration',
  '/docs/html5css3javascript',
  '/sale/blackfridaysale2026boots',
  '/sale/springsale2026week12boots',
  '/sale/Q4_2026_BLACKFRIDAY_EMEA_Boots_vip',
  '/SLOVAKIA/sk_SK/pk-schuhe/keyJewels',
  '/Eyjafjallajokull',
] as const;

/** With `:id` for what may be somebody's. */
const PERSONAL: readonly (readonly [string, string])[] = [
  ['/users/anna@example.com', '/users/:id'],
  ['/users/anna%40example.com/orders', '/users/:id/orders'],
  ['/users/anna%2540example.com', '/users/:id'],
  ['/unsubscribe/anna%40example.com%', '/unsubscribe/:id'],
  ['/users/anna%EF%BC%A0example.com', '/users/:id'],
  ['/@anna', '/:id'],
  ['/orders/12345', '/orders/:id'],
  ['/orders/order-2026-12345678/track', '/orders/:id/track'],
  ['/orders/A1234567', '/orders/:id'],
  ['/orders/%31%32%33%34%35', '/orders/:id'],
  ['/orders/%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95', '/orders/:id'],
  ['/orders/%D9%A1%D9%A2%D9%A3%D9%A4%D9%A5', '/orders/:id'],
  ['/call/555-123-4567', '/call/:id'],
  ['/call/+44%20(20)%207946%200958', '/call/:id'],
  ['/ssn/123-45-6789', '/ssn/:id'],
  ['/u/3f2b8c1e-9d4a-4e6f-8a7b-1c2d3e4f5a6b', '/u/:id'],
  ['/u/3F2B8C1E-9D4A-4E6F-8A7B-1C2D3E4F5A6B/edit', '/u/:id/edit'],
  ['/file-3f2bacde-9d4a-4e6f-8a7b-1c2d3e4f5a6b.pdf', '/:id'],
  ['/reset/9f86d081884c7d65', '/reset/:id'],
  ['/reset/d41d8cd98f00b204e9800998ecf8427e', '/reset/:id'],
  ['/o/507f1f77bcf86cd799439011', '/o/:id'],
  ['/o/01ARZ3NDEKTSV4RRFFQ69G5FAV', '/o/:id'],
  ['/o/cjld2cjxh0000qzrmn831i7rn', '/o/:id'],
  ['/o/V1StGXR8_Z5jdHi6B-myT', '/o/:id'],
  ['/c/cus_NffrFeUfNV2Hib', '/c/:id'],
  ['/verify/dGhpcyBpcyBhIHRlc3Q_x-9aBcDeFgHiJ', '/verify/:id'],
  ['/verify/QWxhZGRpbjpvcGVuIHNlc2FtZQ', '/verify/:id'],
  ['/verify/k7Jx-2mQpR_9sLwZ-4tVbN', '/verify/:id'],
  ['/t/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVPmB92K27uhbUJU1p1r_wW1g', '/t/:id'],
  ['/t/eyJhbGciOiJub25lIn0', '/t/:id'],
  ['/account/sk_live_51H8abcdEFGH', '/account/:id'],
  ['/account/pk_test_abc/edit', '/account/:id/edit'],
  ['/k/ghp_16C7e42F292c69C2E7C10c838347Ae178B4a', '/k/:id'],
  ['/k/AKIAIOSFODNNXEXAMPLE', '/k/:id'],
  ['/k/xoxb-263594206564-FGqddMF8t08v8N7Oq4i57vs1', '/k/:id'],
  ['/t/MFRGGZDFMZTWQ2LK', '/t/:id'],
  ['/t/JBSWY3DPEHPK3PXP', '/t/:id'],
  ['/u/ABCDEFGHJKLMNPQRSTUVWXYZ', '/u/:id'],
  ['/t/aGVsbG93b3JsZA', '/t/:id'],
  ['/t/reset-of-the-password-aGVsbG93b3JsZA', '/t/:id'],
  ['/QWxhZGRpbjpvcGVu', '/:id'],
  ['/YW5uYUBleGFtcGxl/dXNlcjEyMw', '/:id/:id'],
  ['/index.jsp;jsessionid=1A530637289A03B07199A44E8D531427', '/:id'],
  ['/IMG_20260731.jpg', '/:id'],
];

describe('the path that is told', () => {
  for (const path of TELLABLE) it(`is ${path}`, () => assert.equal(tellablePath(path), path));
  for (const [path, told] of PERSONAL)
    it(`of ${path} is ${told}`, () => assert.equal(tellablePath(path), told));

  it('has 255 characters', () => {
    assert.equal(tellablePath(`/${'long-'.repeat(100)}`), `/${'long-'.repeat(100)}`.slice(0, 255));
  });

  it('is soon found, however long the path', () => {
    const started = performance.now();
    for (const part of ['a', 'b', 'B', 'aB', 'b.', '1-', 'a1', '%', '-', 'A'])
      tellablePath(`/${part.repeat(500_000)}`);
    // A pattern that looks at each place from each place takes hours.
    assert.ok(performance.now() - started < 10_000);
  });
});

describe('a cut', () => {
  it('leaves no half of a character', () => {
    assert.equal(cut('👟👟', 3), '👟');
    assert.equal(cut('👟👟', 4), '👟👟');
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { datedByRelay, isExpired } from '../../server/clock-offset.ts';
import { createSubmission } from './relay-fixture.ts';

/** When the request arrives, by the relay's clock. */
const NOW = '2026-01-15T10:00:00.000Z';

const dated = (times: readonly string[], sent: string | undefined): readonly string[] =>
  datedByRelay(
    {
      submissions: times.map((time) => createSubmission({ time })),
      ...(sent !== undefined && { sent }),
    },
    Date.parse(NOW),
  ).map(({ time }) => time);

const CASES: readonly {
  readonly name: string;
  readonly sent: string | undefined;
  readonly time: string;
  readonly becomes: string;
}[] = [
  {
    name: 'of a clock that is right stays',
    sent: NOW,
    time: '2026-01-15T09:59:58.500Z',
    becomes: '2026-01-15T09:59:58.500Z',
  },
  {
    name: 'of a week ago by a clock that is right stays: it has waited',
    sent: '2026-01-15T09:59:59.700Z',
    time: '2026-01-08T10:00:01.000Z',
    becomes: '2026-01-08T10:00:01.000Z',
  },
  {
    name: 'of a clock a minute behind stays',
    sent: '2026-01-15T09:59:00.000Z',
    time: '2026-01-15T09:58:00.000Z',
    becomes: '2026-01-15T09:58:00.000Z',
  },
  {
    name: 'of a clock more than a minute behind is moved by as much',
    sent: '2026-01-15T09:58:59.999Z',
    time: '2026-01-15T09:58:00.000Z',
    becomes: '2026-01-15T09:59:00.001Z',
  },
  {
    name: 'of a clock a minute ahead stays, in the future as it is',
    sent: '2026-01-15T10:01:00.000Z',
    time: '2026-01-15T10:01:00.000Z',
    becomes: '2026-01-15T10:01:00.000Z',
  },
  {
    name: 'of a clock more than a minute ahead is moved by as much',
    sent: '2026-01-15T10:01:00.001Z',
    time: '2026-01-15T10:00:30.001Z',
    becomes: '2026-01-15T09:59:30.000Z',
  },
  {
    name: 'of a clock three days ahead that has waited for a week has waited for a week',
    sent: '2026-01-18T10:00:00.000Z',
    time: '2026-01-11T10:00:00.000Z',
    becomes: '2026-01-08T10:00:00.000Z',
  },
  {
    name: 'of a clock that began in 1970 is of today',
    sent: '1970-01-01T00:10:00.000Z',
    time: '1970-01-01T00:05:00.000Z',
    becomes: '2026-01-15T09:55:00.000Z',
  },
  {
    name: 'after the request left, by a clock that was set back in between, is not in the future',
    sent: '2026-01-15T09:00:00.000Z',
    time: '2026-01-15T09:30:00.000Z',
    becomes: NOW,
  },
  {
    name: 'of a clock that was a year ahead and is right by now is not in the future',
    sent: NOW,
    time: '2027-01-15T09:00:00.000Z',
    becomes: NOW,
  },
  {
    name: 'of a clock that has gone from 1970 to the year 9999 is now',
    sent: '9999-12-31T23:59:59.999Z',
    time: '1970-01-01T00:05:00.000Z',
    becomes: NOW,
  },
  {
    name: 'of a clock that stood at 1970 and is right by now is now',
    sent: NOW,
    time: '1970-01-01T00:05:00.000Z',
    becomes: NOW,
  },
  {
    name: 'of a clock that has gone from the year 9999 to 1970 is not in the future',
    sent: '1970-01-01T00:00:00.000Z',
    time: '9999-12-31T23:59:59.999Z',
    becomes: NOW,
  },
  {
    name: 'of a request that does not say when it was sent stays, whatever it is',
    sent: undefined,
    time: '2031-01-15T10:00:00.000Z',
    becomes: '2031-01-15T10:00:00.000Z',
  },
];

describe('the time of a submission', () => {
  for (const { name, sent, time, becomes } of CASES) {
    it(name, () => assert.deepEqual(dated([time], sent), [becomes]));
  }

  it('keeps its distance to the others of the request', () => {
    const times = ['2026-02-01T10:00:00.000Z', '2026-02-01T10:00:07.250Z', '2026-02-03T00:00:00.000Z'];
    assert.deepEqual(dated(times, '2026-02-03T00:00:01.000Z'), [
      '2026-01-13T19:59:59.000Z',
      '2026-01-13T20:00:06.250Z',
      '2026-01-15T09:59:59.000Z',
    ]);
  });
});

describe('a submission that is too old to be taken on as new', () => {
  const DAYS_AGO = (days: number) => new Date(Date.parse(NOW) - days * 86_400_000).toISOString();
  for (const [name, time, sent, is] of [
    ['is one of more than 13 days', '2026-01-02T09:59:59.999Z', NOW, true],
    ['is none of 13 days', DAYS_AGO(13), NOW, false],
    ['is none of now', NOW, NOW, false],
    ['is none of an unknown age', DAYS_AGO(400), undefined, false],
  ] as const) {
    it(name, () => {
      const request = { submissions: [createSubmission({ time })], ...(sent !== undefined && { sent }) };
      const [submission = createSubmission()] = datedByRelay(request, Date.parse(NOW));
      assert.equal(isExpired(submission, request.submissions[0] ?? submission, request, Date.parse(NOW)), is);
    });
  }
  it('is none that a right clock has dated which was set ahead since', () => {
    const ahead = '2026-02-15T10:00:00.000Z';
    const [made, sent] = [createSubmission({ time: '2026-01-15T09:59:50.000Z' }), ahead];
    const [submission = made] = datedByRelay({ submissions: [made], sent }, Date.parse(NOW));
    assert.equal(isExpired(submission, made, { sent }, Date.parse(NOW)), false);
  });
  it('is one of a clock that has been ahead all the time', () => {
    const [made, sent] = [createSubmission({ time: '2026-01-20T10:00:00.000Z' }), '2026-02-15T10:00:00.000Z'];
    const [submission = made] = datedByRelay({ submissions: [made], sent }, Date.parse(NOW));
    assert.equal(isExpired(submission, made, { sent }, Date.parse(NOW)), true);
  });
  it('is none whose age is that of a clock which has jumped since', () => {
    const request = { submissions: [createSubmission({ time: '1970-01-01T00:05:00.000Z' })], sent: NOW };
    const [submission = createSubmission()] = datedByRelay(request, Date.parse(NOW));
    assert.equal(
      isExpired(submission, request.submissions[0] ?? submission, request, Date.parse(NOW)),
      false,
    );
  });
});

/** What there is to read besides the answers: `SubmissionContext` in `contract/wire.ts`. */

/** Those of one value, by which one that is mistyped is recognised. */
export const CONTEXT_PATHS: readonly string[] = [
  'page.path',
  'page.referrer',
  'page.tags',
  'page.title',
  'page.utm.source',
  'page.utm.medium',
  'page.utm.campaign',
  'page.utm.term',
  'page.utm.content',
  'device.operating_system',
  'device.type',
  'device.language',
  'device.time_zone',
  'visitor.returning',
  'visitor.visits',
  'entry.cohort',
  'entry.campaign',
];

/** Whether it is one of the context: of the query's keys nobody knows all. */
export const isContextPath = (path: string): boolean =>
  CONTEXT_PATHS.includes(path) || /^page\.(?:utm|query)\.\w+$/.test(path);

/** As they are told to who reads another one. */
export const KNOWN_PATHS: readonly string[] = [
  ...CONTEXT_PATHS.filter((path) => !path.startsWith('page.utm.')),
  'page.utm.<key>',
  'page.query.<key>',
];

/** What there is to read besides the answers: the fields of `SubmissionContext` in `contract/wire.ts`. */
export const CONTEXT_PATHS: readonly string[] = [
  'page.path',
  'device.operating_system',
  'device.type',
  'device.language',
  'device.time_zone',
];

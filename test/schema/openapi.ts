/**
 * The OpenAPI description of the relay, made of the schemas with which it reads and answers. It is made when the code is written
 * and not when the relay runs: the relay then serves a text, and carries neither a generator nor its libraries to the edge.
 */
import { toJsonSchemaDefs, type JsonSchema } from '@valibot/to-json-schema';
import { format, resolveConfig } from 'prettier';
import { BODY_LIMITS } from '../../server/body.ts';
import { EntryLinkGrantSchema, EntryLinkOrderSchema } from '../../server/entry-link-order.ts';
import { INHERITED } from '../../server/record.ts';
import {
  DepartureSchema,
  HealthSchema,
  ProblemSchema,
  PublishedFlowSchema,
  ReadinessSchema,
  ReceiptSchema,
  ReceiptsSchema,
  SessionGrantSchema,
  SessionSchema,
  SubmissionSchema,
  SubmissionsSchema,
  WithdrawalSchema,
} from '../../server/schema.ts';
import { VERSION } from '../../server/version.ts';

export const OPENAPI_FILE = 'server/openapi.json';

/** The schemas, by the names of their types in `widget/contract`. */
const SCHEMAS = {
  Submission: SubmissionSchema,
  SubmissionsRequest: SubmissionsSchema,
  Receipt: ReceiptSchema,
  SubmissionsResponse: ReceiptsSchema,
  SessionRequest: SessionSchema,
  SessionGrant: SessionGrantSchema,
  DepartureRequest: DepartureSchema,
  WithdrawalRequest: WithdrawalSchema,
  PublishedFlow: PublishedFlowSchema,
  EntryLinkOrder: EntryLinkOrderSchema,
  EntryLinkGrant: EntryLinkGrantSchema,
  Health: HealthSchema,
  Readiness: ReadinessSchema,
  Problem: ProblemSchema,
};

/** Checks that the schema says in its metadata too, or that JSON cannot fail. */
const SAID_OTHERWISE = ['check', 'finite'];

function schemas(): Record<string, JsonSchema> {
  return toJsonSchemaDefs(SCHEMAS, {
    target: 'draft-2020-12',
    // A record is a check and then the record itself (`server/record.ts`).
    typeMode: 'output',
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
    overrideSchema: ({ valibotSchema, jsonSchema }) => {
      if (valibotSchema.type !== 'record') return undefined;
      return {
        ...jsonSchema,
        propertyNames: { ...(jsonSchema.propertyNames as JsonSchema), not: { enum: [...INHERITED] } },
      };
    },
    overrideAction: ({ valibotAction, jsonSchema }) =>
      SAID_OTHERWISE.includes(valibotAction.type) ? jsonSchema : undefined,
  });
}

const ref = (name: keyof typeof SCHEMAS) => ({ $ref: `#/components/schemas/${name}` });

const json = (name: keyof typeof SCHEMAS, example: unknown) => ({
  'application/json': { schema: ref(name), example },
});

const REQUEST_ID = { $ref: '#/components/headers/RequestId' };
const NO_STORE = { 'Cache-Control': { $ref: '#/components/headers/NoStore' } };

const REFUSALS = {
  400: [
    'BadRequest',
    'Not the JSON that is asked for. Sent again, it is refused again.',
    'Bad Request',
    'submissions.0.id: should be <conversation UUID>.<step>',
  ],
  401: [
    'Unauthorized',
    'The session is missing, has ended, or belongs to another page; or the visitor credential does not hold there.',
    'Unauthorized',
    'The session is missing or has ended; get one at POST /v1/sessions.',
  ],
  403: [
    'Forbidden',
    'The page’s origin is not on the relay’s list. With the `type` `urn:parley:problem:challenge-required`: a new visitor has to bring a new `challenge`.',
    'Forbidden',
    'This page’s origin is not on the relay’s list of origins.',
  ],
  404: ['NotFound', 'There is nothing of that name.', 'Not Found', 'There is no flow "other".'],
  405: [
    'MethodNotAllowed',
    'The path has other methods.',
    'Method Not Allowed',
    '/v1/sessions takes POST, OPTIONS, not GET.',
  ],
  408: [
    'RequestTimeout',
    'The body took too long. To be sent again.',
    'Request Timeout',
    'The body was not whole after 20 s.',
  ],
  413: [
    'ContentTooLarge',
    `The body has more bytes than the path takes: ${BODY_LIMITS.submissions} at \`/v1/submissions\`, ${BODY_LIMITS.departure} at \`/v1/departures\`, ${BODY_LIMITS.session} at \`/v1/sessions\`, ${BODY_LIMITS.others} elsewhere.`,
    'Content Too Large',
    `The body is larger than ${BODY_LIMITS.submissions} bytes.`,
  ],
  415: [
    'UnsupportedMediaType',
    'The body is not `application/json`.',
    'Unsupported Media Type',
    'The body should be application/json.',
  ],
  422: [
    'UnprocessableContent',
    'The relay’s copy of the flow has no such action or node, or asks for no such answer. Sent again, it is refused again.',
    'Unprocessable Content',
    'submission 019a0000-0000-7000-8000-000000000001.4: there is no flow "other"',
  ],
  429: [
    'TooManyRequests',
    'Over a limit of the address, the visitor or the site. To be kept and sent again, after `Retry-After`. With the `type` `urn:parley:problem:challenge-required`: with a `challenge` there may be room at once.',
    'Too Many Requests',
    'Too many requests and submissions of this address: more than 1200 in 60 s. Keep it and send it again after Retry-After.',
  ],
  500: [
    'InternalServerError',
    'The relay failed. To be sent again.',
    'Internal Server Error',
    'The relay failed; it is not the request’s fault. Try again.',
  ],
  503: [
    'ServiceUnavailable',
    'Not taken on. To be kept and sent again, after `Retry-After`.',
    'Service Unavailable',
    'Not delivered yet. Keep it and send it again.',
  ],
} as const;

type Refusal = keyof typeof REFUSALS;

/** Headers of a refusal, besides those of every one. */
const HEADERS_OF: Partial<Record<Refusal, object>> = {
  405: {
    Allow: { description: 'The methods that the path has.', required: true, schema: { type: 'string' } },
  },
  429: {
    'Retry-After': { $ref: '#/components/headers/RetryAfter' },
    'RateLimit-Policy': {
      description: 'The limit, and its window in seconds (draft-ietf-httpapi-ratelimit-headers-09).',
      schema: { type: 'string' },
      example: '"address";q=600;w=60',
    },
    RateLimit: {
      description: 'What is left of it, and the seconds until the window ends.',
      schema: { type: 'string' },
      example: '"address";r=0;t=17',
    },
  },
  503: { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } },
};

function problemResponses() {
  return Object.fromEntries(
    Object.entries(REFUSALS).map(([status, [name, description, title, detail]]) => [
      name,
      {
        description,
        headers: { 'X-Request-Id': REQUEST_ID, ...NO_STORE, ...HEADERS_OF[Number(status) as Refusal] },
        content: {
          'application/problem+json': {
            schema: ref('Problem'),
            example: { title, status: Number(status), detail, request_id: REQUEST },
          },
        },
      },
    ]),
  );
}

/** What any path may answer besides. */
const ALWAYS: readonly Refusal[] = [405, 500];

const refusals = (...statuses: readonly Refusal[]) =>
  Object.fromEntries(
    [...statuses, ...ALWAYS].map((status) => [
      status,
      { $ref: `#/components/responses/${REFUSALS[status][0]}` },
    ]),
  );

const cached = (maxAge: string) => ({
  'X-Request-Id': REQUEST_ID,
  ETag: { $ref: '#/components/headers/ETag' },
  'Cache-Control': { description: maxAge, schema: { type: 'string' } },
});

const IF_NONE_MATCH = { $ref: '#/components/parameters/IfNoneMatch' };
const TRACING = [
  { $ref: '#/components/parameters/RequestId' },
  { $ref: '#/components/parameters/TraceParent' },
];
const ORIGIN = { $ref: '#/components/parameters/Origin' };
const NO_CONTENT = { $ref: '#/components/responses/NoContent' };
const NOT_MODIFIED = { $ref: '#/components/responses/NotModified' };

const REQUEST = '4f0d5c0e-6a0f-4c7d-9c0b-2f6f3f1f8b11';
const SUBMISSION = '019a0000-0000-7000-8000-000000000001.4';
const TOKEN = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2lnbmF0dXJl';

const paths = {
  '/v1/sessions': {
    post: {
      operationId: 'openSession',
      summary: 'A session for this browser at this page',
      description: 'For who brings the credential of an earlier visit it is of the same visitor.',
      tags: ['submissions'],
      parameters: [ORIGIN, ...TRACING],
      requestBody: { required: true, content: json('SessionRequest', {}) },
      responses: {
        200: {
          description: 'The two credentials.',
          headers: { 'X-Request-Id': REQUEST_ID, ...NO_STORE },
          content: json('SessionGrant', { visitor: TOKEN, session: TOKEN, expires_in: 600, deadline: 2500 }),
        },
        ...refusals(400, 403, 408, 413, 415, 429, 503),
      },
    },
  },
  '/v1/submissions': {
    post: {
      operationId: 'submit',
      summary: 'Runs submissions, and answers with their receipts',
      description:
        'The same submission may be sent any number of times: it is run once, and its receipt is the same.',
      tags: ['submissions'],
      security: [{ session: [] }],
      parameters: [ORIGIN, ...TRACING],
      requestBody: {
        required: true,
        content: json('SubmissionsRequest', {
          submissions: [
            {
              id: SUBMISSION,
              flow: 'welcome',
              revision: '5f1d7a84',
              node: 'save',
              time: '2026-11-21T10:00:00.000Z',
              answers: { first_name: 'Ada', email: 'ada@example.com' },
              page: { path: '/boots' },
              device: {
                operating_system: 'macOS',
                type: 'desktop',
                language: 'en-GB',
                time_zone: 'Europe/London',
              },
            },
          ],
          sent: '2026-11-21T10:00:02.000Z',
          losses: { age: 1 },
        }),
      },
      responses: {
        200: {
          description:
            'The receipts of what is settled or queued. The losses, if any were told, are counted, and not to be told again.',
          headers: { 'X-Request-Id': REQUEST_ID, ...NO_STORE },
          content: json('SubmissionsResponse', {
            receipts: [{ id: SUBMISSION, outcome: 'success', next: 'thanks' }],
          }),
        },
        ...refusals(400, 401, 403, 408, 413, 415, 422, 429, 503),
      },
    },
  },
  '/v1/departures': {
    post: {
      operationId: 'depart',
      summary: 'The visitor has left a page, or is back',
      description:
        'Who leaves and does not come back within the idle time of the site has abandoned the conversation, which is told to Braze once at most. Where the site does not have it told, this does nothing.',
      tags: ['submissions'],
      parameters: [ORIGIN, ...TRACING],
      requestBody: {
        required: true,
        content: json('DepartureRequest', {
          visitor: TOKEN,
          sent: '2026-11-21T10:00:02.000Z',
          left: {
            id: `${SUBMISSION}.abandoned`,
            flow: 'welcome',
            revision: '5f1d7a84',
            node: 'email',
            reason: 'refused',
            time: '2026-11-21T10:00:02.000Z',
            answers: {},
            page: { path: '/boots' },
            device: { type: 'desktop', language: 'en-GB' },
          },
        }),
      },
      responses: { 204: NO_CONTENT, ...refusals(400, 401, 403, 408, 413, 415, 422, 429, 503) },
    },
  },
  '/v1/withdrawals': {
    post: {
      operationId: 'withdraw',
      summary: 'The visitor takes their consent back',
      description:
        'What is kept of departures is dropped. What was submitted before and not delivered yet is delivered.',
      tags: ['submissions'],
      parameters: [ORIGIN, ...TRACING],
      requestBody: { required: true, content: json('WithdrawalRequest', { visitor: TOKEN }) },
      responses: { 204: NO_CONTENT, ...refusals(400, 401, 403, 408, 413, 415, 429, 503) },
    },
  },
  '/v1/visitor': {
    delete: {
      operationId: 'eraseVisitor',
      summary: 'The relay erases all that it holds of the visitor',
      description:
        'What was not delivered yet is dropped. The session and the visitor credential hold no more: another session is another visitor’s. Asked again with the same session, the answer is the same. What becomes of the profile at Braze is a setting of the site.',
      tags: ['submissions'],
      security: [{ session: [] }],
      parameters: [ORIGIN, ...TRACING],
      responses: { 204: NO_CONTENT, ...refusals(401, 403, 429, 503) },
    },
  },
  '/v1/flows/{id}': {
    get: {
      operationId: 'getFlow',
      summary: 'A flow, as a browser may see it',
      tags: ['assets'],
      parameters: [
        {
          name: 'id',
          in: 'path',
          required: true,
          description: 'Id of the flow.',
          schema: { type: 'string' },
          example: 'welcome',
        },
        {
          name: 'locale',
          in: 'query',
          description: 'BCP 47 tag that the visitor prefers. The nearest there is, is taken.',
          schema: { type: 'string' },
          example: 'pt-BR',
        },
        {
          name: 'entry',
          in: 'query',
          description:
            'Token of an entry link. Where it holds at the page’s origin, the flow is the one that it leads to, and nothing of the answer is to be kept by caches.',
          schema: { type: 'string' },
        },
        IF_NONE_MATCH,
        ...TRACING,
      ],
      responses: {
        200: {
          description:
            'The flow in one locale, without its mapping; with the site’s settings, to its pages, and with what the entry link tells.',
          headers: {
            ...cached('As the operator has set it.'),
            'Content-Language': { description: 'Locale of the texts.', schema: { type: 'string' } },
          },
          content: json('PublishedFlow', {
            id: 'welcome',
            revision: '5f1d7a84',
            locale: 'en',
            start: 'hello',
            nodes: { hello: { type: 'end', text: 'Hello' } },
          }),
        },
        304: NOT_MODIFIED,
        ...refusals(404, 429),
      },
    },
  },
  '/v1/entry-links': {
    post: {
      operationId: 'makeEntryLink',
      summary: 'An entry link, for who sends messages',
      description: 'For servers alone. Where the relay has no ENTRY_LINK_KEY there is no such path.',
      tags: ['entry links'],
      security: [{ entryLinkKey: [] }],
      parameters: TRACING,
      requestBody: {
        required: true,
        content: json('EntryLinkOrder', { flow: 'vip', cohort: 'spring', page: 'https://www.example.com/' }),
      },
      responses: {
        200: {
          description: 'The link, and the token in it.',
          headers: { 'X-Request-Id': REQUEST_ID, ...NO_STORE },
          content: json('EntryLinkGrant', {
            link: 'https://www.example.com/#parley=eyJhbGciOiJkaXIifQ..aXY.dGV4dA.dGFn',
            token: 'eyJhbGciOiJkaXIifQ..aXY.dGV4dA.dGFn',
            expires: '2026-12-21T10:00:00.000Z',
          }),
        },
        ...refusals(400, 401, 408, 413, 415, 422, 429),
      },
    },
  },
  '/flow.schema.json': {
    get: {
      operationId: 'getFlowSchema',
      summary: 'The JSON Schema of flow files, for editors',
      tags: ['assets'],
      parameters: [IF_NONE_MATCH, ...TRACING],
      responses: {
        200: {
          description: 'JSON Schema, draft 07.',
          headers: cached('A day.'),
          content: { 'application/schema+json': { schema: { type: 'object' } } },
        },
        304: NOT_MODIFIED,
        ...refusals(),
      },
    },
  },
  '/openapi.json': {
    get: {
      operationId: 'getDescription',
      summary: 'This description',
      tags: ['assets'],
      parameters: [IF_NONE_MATCH, ...TRACING],
      responses: {
        200: {
          description: 'OpenAPI 3.1.',
          headers: cached('A day.'),
          content: { 'application/json': { schema: { type: 'object' } } },
        },
        304: NOT_MODIFIED,
        ...refusals(),
      },
    },
  },
  '/healthz': {
    get: {
      operationId: 'getHealth',
      summary: 'Whether the relay is alive',
      tags: ['operation'],
      parameters: TRACING,
      responses: {
        200: {
          description: 'It is.',
          headers: { 'X-Request-Id': REQUEST_ID, ...NO_STORE },
          content: json('Health', { status: 'ok', version: VERSION }),
        },
        ...refusals(),
      },
    },
  },
  '/readyz': {
    get: {
      operationId: 'getReadiness',
      summary: 'Whether the relay can do its work now, and if not, what is wrong',
      description:
        'Names what is wrong. Since when, and what would be right, is told at the operator’s port alone.',
      tags: ['operation'],
      parameters: TRACING,
      responses: {
        200: {
          description: 'It can.',
          headers: { 'X-Request-Id': REQUEST_ID, ...NO_STORE },
          content: json('Readiness', {
            status: 'ready',
            checks: [],
          }),
        },
        503: {
          description: 'Not all of it. Visitors go on: what they submit is kept.',
          headers: { 'X-Request-Id': REQUEST_ID, ...NO_STORE },
          content: json('Readiness', {
            status: 'not ready',
            checks: [{ name: 'store', ok: false, detail: 'Takes no writes.' }],
          }),
        },
        ...refusals(),
      },
    },
  },
  '/{asset}': {
    get: {
      operationId: 'getAsset',
      summary: 'A file of the built widget',
      description:
        'The loader is `/parley.js`. What it fetches lies in a folder, so that the name may have slashes.',
      tags: ['assets'],
      parameters: [
        {
          name: 'asset',
          in: 'path',
          required: true,
          description: 'Path of the file.',
          schema: { type: 'string' },
          example: 'parley.js',
        },
        IF_NONE_MATCH,
        ...TRACING,
      ],
      responses: {
        200: {
          description: 'The file.',
          headers: cached('A year for a file with a hash in its name.'),
          content: { 'text/javascript': { schema: { type: 'string' } } },
        },
        304: NOT_MODIFIED,
        ...refusals(404),
      },
    },
  },
};

const components = {
  securitySchemes: {
    session: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description:
        'The `session` of `POST /v1/sessions`. It holds for ten minutes, at the origin that got it.',
    },
    entryLinkKey: {
      type: 'http',
      scheme: 'bearer',
      description: 'The relay’s `ENTRY_LINK_KEY`.',
    },
  },
  headers: {
    RequestId: {
      description: 'Names the request in the relay’s log.',
      required: true,
      schema: { type: 'string' },
      example: REQUEST,
    },
    RetryAfter: {
      description: 'Seconds to wait.',
      required: true,
      schema: { type: 'integer', minimum: 0 },
      example: 5,
    },
    ETag: { description: 'For `If-None-Match`.', schema: { type: 'string' }, example: '"5f1d7a84"' },
    NoStore: { description: 'Never kept.', required: true, schema: { const: 'no-store' } },
  },
  parameters: {
    Origin: {
      name: 'Origin',
      in: 'header',
      required: true,
      description: 'The page’s origin, as browsers send it. It says whose page it is.',
      schema: { type: 'string' },
      example: 'https://www.brand.example',
    },
    IfNoneMatch: {
      name: 'If-None-Match',
      in: 'header',
      description: 'ETags of what is there already.',
      schema: { type: 'string' },
      example: '"5f1d7a84"',
    },
    RequestId: {
      name: 'X-Request-Id',
      in: 'header',
      description: 'Taken over where it is of these characters; else the relay draws one.',
      schema: { type: 'string', pattern: '^[\\w=-]{1,64}$' },
      example: REQUEST,
    },
    TraceParent: {
      name: 'traceparent',
      in: 'header',
      description: 'W3C Trace Context: its trace id stands in the relay’s log.',
      schema: { type: 'string' },
      example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    },
  },
};

/** The text of the file. */
export async function openApiText(): Promise<string> {
  const description = {
    openapi: '3.1.1',
    info: {
      title: 'Parley relay',
      version: VERSION,
      description:
        'What the Parley widget sends, and what the relay answers. Every refusal is RFC 9457 problem details.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'submissions', description: 'For browsers at the pages of a brand.' },
      { name: 'assets', description: 'For any page and any editor.' },
      { name: 'operation', description: 'For who runs the relay.' },
    ],
    security: [],
    paths,
    components: {
      ...components,
      schemas: schemas(),
      responses: {
        NoContent: {
          description: 'It is noted. There is nothing to say.',
          headers: { 'X-Request-Id': REQUEST_ID },
        },
        NotModified: {
          description: 'What is there already is still right.',
          headers: { 'X-Request-Id': REQUEST_ID, ETag: { $ref: '#/components/headers/ETag' } },
        },
        ...problemResponses(),
      },
    },
  };
  return format(JSON.stringify(description), { ...(await resolveConfig(OPENAPI_FILE)), parser: 'json' });
}

/** What a site's settings let its pages know: unknown JSON -> `PublishedSite`. It is published as it stands here, so nothing else may. */
import * as v from 'valibot';
import type { PublishedSite } from '../widget/contract/site.ts';

/** More rules than any site has, and few enough for a page to run through. */
const MAX_RULES = 200;

/** Tags that a page keeps (`widget/page/tags.ts`): more of one rule would drop each other. */
const MAX_TAGS = 20;

const flag = v.optional(v.boolean('should be true or false'));

const words = (what: string, most: number) =>
  v.pipe(
    v.array(
      v.pipe(v.string(`should be ${what}`), v.minLength(1, `should be ${what}`)),
      `should be a list of ${what}`,
    ),
    v.maxLength(most, `should be ${most} at most`),
  );

const PATH_WORDS = 'should be a path such as "/shoes/*" or "/journal/**"';

const pathTags = v.strictObject(
  {
    path: v.pipe(v.string(PATH_WORDS), v.regex(/^\/[^?#\s]*$/, PATH_WORDS)),
    tags: words('tags', MAX_TAGS),
  },
  'should be {"path": "/shoes/*", "tags": ["shoes"]}',
);

const purpose = v.pipe(
  v.number('should be a number'),
  v.integer('should be a whole number'),
  v.minValue(1, 'should be 1 or more'),
);

/** Each part of a site's settings that is published. */
export const SITE_SETTINGS = {
  tags: v.optional(
    v.strictObject(
      {
        meta: flag,
        elements: flag,
        json_ld: flag,
        open_graph: flag,
        paths: v.optional(
          v.pipe(
            v.array(pathTags, 'should be a list of rules'),
            v.maxLength(MAX_RULES, `should be ${MAX_RULES} at most`),
          ),
        ),
        data_layer: v.optional(words('keys, such as "page.category"', MAX_RULES)),
      },
      'should be an object such as {"paths": [{"path": "/shoes/*", "tags": ["shoes"]}]}',
    ),
  ),
  page: v.optional(
    v.strictObject(
      { query: v.optional(words('keys of the query', MAX_RULES)), title: flag },
      'should be an object such as {"query": ["size"], "title": true}',
    ),
  ),
  entry: v.optional(v.strictObject({ query: flag }, 'should be an object such as {"query": true}')),
  consent: v.optional(
    v.strictObject(
      {
        google: v.optional(words('types of Google Consent Mode, such as "analytics_storage"', MAX_RULES)),
        tcf: v.optional(
          v.strictObject(
            {
              purposes: v.pipe(
                v.array(purpose, 'should be a list of purposes'),
                v.minLength(1, 'should have one purpose at least, such as [1]'),
              ),
              vendor: v.optional(purpose),
            },
            'should be an object such as {"purposes": [1, 3]}',
          ),
        ),
      },
      'should be an object such as {"google": ["analytics_storage"]}',
    ),
  ),
} as const;

type Parsed = { readonly [Part in keyof typeof SITE_SETTINGS]?: v.InferOutput<(typeof SITE_SETTINGS)[Part]> };

/** Of a site whose settings name none of these: `undefined`. What is absent stays absent in JSON. */
export function publishedSiteOf({ tags, page, entry, consent }: Parsed): PublishedSite | undefined {
  const site = { tags, page, entry, consent };
  if (Object.values(site).every((part) => part === undefined)) return undefined;
  return JSON.parse(JSON.stringify(site)) as PublishedSite;
}

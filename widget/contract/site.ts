/**
 * What a brand sets for its site and a browser may know: it comes with the published flow, to pages of that site alone. Widget and
 * relay agree on these shapes; this file imports nothing.
 */

/** Tags for the pages under a path. */
export interface PathTags {
  /** Such as `/shoes/*` (one segment) or `/journal/**` (all that follows, if anything). */
  readonly path: string;
  readonly tags: readonly string[];
}

/** Where page tags are read. What is not named here is read, but for `data_layer`. */
export interface TagSettings {
  /** `<meta name="parley:tag" content="pricing, suv">`. */
  readonly meta?: boolean;
  /** `data-parley-tag` of elements. */
  readonly elements?: boolean;
  /** `@type` and `category` of JSON-LD. */
  readonly json_ld?: boolean;
  /** `og:type`. */
  readonly open_graph?: boolean;
  readonly paths?: readonly PathTags[];
  /** Keys of what the page pushes to `dataLayer`, such as `page.category`: their values are tags. */
  readonly data_layer?: readonly string[];
}

export interface PageSettings {
  /** Keys of the query that are told besides `utm_*`. */
  readonly query?: readonly string[];
  /** Whether the page's title is told. */
  readonly title?: boolean;
}

export interface EntrySettings {
  /** Whether an entry link may stand in the query, for mail tools that lose the fragment. */
  readonly query?: boolean;
}

/** Consent tools on the page that the widget listens to. */
export interface ConsentSettings {
  /** Types of Google Consent Mode that have to be granted, all of them: such as `analytics_storage`. */
  readonly google?: readonly string[];
  /** IAB TCF: purposes that have to be consented to, all of them, and the brand's vendor id where it has one. */
  readonly tcf?: { readonly purposes: readonly number[]; readonly vendor?: number };
}

/**
 * What may be told of a conversation beside what its flow writes. `started`: the visitor has given their first answer. `completed`: it has
 * come to an `end`. `handed_off`: it has come to a `handoff`. `abandoned`: the visitor has left and not come back. `page`: the visitor has
 * come to a page, from `started` to the end.
 */
export type LifecycleEvent = 'started' | 'completed' | 'handed_off' | 'abandoned' | 'page';

/** `passed`: where it has been, together with all else that is sent of it. */
export type Told = LifecycleEvent | 'passed';

export interface PublishedSite {
  /** What is to be told of conversations. Under which names, only the relay knows. */
  readonly events?: readonly Told[];
  readonly consent?: ConsentSettings;
  readonly tags?: TagSettings;
  readonly page?: PageSettings;
  readonly entry?: EntrySettings;
}

/** How much Braze takes. Where a page leaves open what a unit is, the smaller reading counts. */

/** Bytes of a request's body, 4 MB: above it is a 413 (`api/api_limits#payload-size-limits`). */
export const MAX_REQUEST_BYTES = 4_000_000;

/**
 * Bytes of an object, of a nested attribute and of an event's properties, 100 kB (`nested_custom_attribute_support`,
 * `array_of_objects`, `api/objects_filters/event_object`).
 */
export const MAX_OBJECT_BYTES = 100_000;

/** Bytes of what goes along with a triggered send, 50 kB (`post_send_triggered_canvases`, `context`; `…_campaigns`, `trigger_properties`). */
export const MAX_CONTEXT_BYTES = 50_000;

/**
 * Characters of a text, a name and a key (`attributes/data_types`, `developer_guide/analytics/logging_events`). Counted in UTF-16
 * units: no reading of "character" counts more, so that nothing is sent that Braze would drop without a word.
 */
export const MAX_CHARACTERS = 255;

/** Elements of an array of scalars; where there are more, the oldest are dropped (`attributes/data_types`). */
export const MAX_ELEMENTS = 500;

/** Distinct properties of an event; only the first are kept (`api/objects_filters/event_object`). */
export const MAX_PROPERTIES = 256;

/** Characters of an `image_url` (`attributes/standard_attributes`). */
export const MAX_URL_CHARACTERS = 1_024;

const encoder = new TextEncoder();

/** Bytes of a value as JSON in UTF-8. */
export function bytesOf(value: unknown): number {
  return encoder.encode(JSON.stringify(value)).byteLength;
}

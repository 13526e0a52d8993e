/**
 * The object that messages are made with: `context` of a Canvas, `trigger_properties` of a campaign.
 * Sources: `api/objects_filters/context_object`, `api/objects_filters/trigger_properties_object`.
 */
import { byteSize, isGiven, isObject, type Judged, type JsonObject } from '../json.ts';

/** What it is called in a request, the current name first. */
export type PropertiesNames = readonly [string, ...string[]];

/** "50 KB": read as the smaller, 1 KB = 1,000 bytes. */
const MAX_BYTES = 50_000;

/** Empty if there is none. That it may come under one name only is a choice: no page says. */
export function judgeSendProperties(object: JsonObject, names: PropertiesNames): Judged<JsonObject> {
  const given = names.filter((name) => isGiven(object[name]));
  if (given.length > 1) return { problem: `Only one of '${given.join("' and '")}' may be given` };
  const [name = names[0]] = given;
  const properties = object[name] ?? {};
  if (!isObject(properties)) return { problem: `'${name}' must be an object` };
  return byteSize(properties) > MAX_BYTES
    ? { problem: `'${name}' must be 50 KB or less` }
    : { value: properties };
}

/**
 * What a recipient gets: its own override those of all recipients "that conflict", key by key. Whether both together
 * may be more than 50 KB is not said: here they may not.
 */
export function judgeOwnProperties(
  recipient: JsonObject,
  shared: JsonObject,
  names: PropertiesNames,
): Judged<JsonObject> {
  const own = judgeSendProperties(recipient, names);
  if ('problem' in own) return own;
  const joined = { ...shared, ...own.value };
  return byteSize(joined) > MAX_BYTES
    ? { problem: `'${names[0]}' must be 50 KB or less together with that of the request` }
    : { value: joined };
}

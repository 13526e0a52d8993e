/** A store in Redis, as commands are given it: its address, or that it stands in a variable, for it may have a password in it; and how it is divided. */
import { readFileSync } from 'node:fs';
import { UsageError } from './usage.ts';

/** What is given for the address of REDIS_URL. */
const BY_VARIABLE = 'redis';

/** @throws {UsageError} for what is meant for Redis, and would be the name of a file */
export function isOfRedis(place: string): boolean {
  if (/^[\w.-]+:\d{1,5}(\/\d*)?$/.test(place))
    throw new UsageError(
      `--store is "${place}"; if it is a Redis, it should be redis://${place}, and if a file, ./${place}.`,
    );
  return isByVariable(place) || /^rediss?:/i.test(place);
}

const isByVariable = (place: string): boolean => place.toLowerCase() === BY_VARIABLE;

/** @throws {UsageError} where there is none. Nothing in its words is of the address */
export function redisUrlOf(place: string, env: Readonly<Record<string, string | undefined>>): string {
  if (!isByVariable(place)) return place;
  const { REDIS_URL: url, REDIS_URL_FILE: file } = env;
  if (url !== undefined && file !== undefined)
    throw new UsageError('Both REDIS_URL and REDIS_URL_FILE are set; keep one of them.');
  const found = (file === undefined ? url : readUrl(file))?.trim();
  if (found === undefined || found === '')
    throw new UsageError(
      '--store is "redis", and there is no REDIS_URL; set it, or REDIS_URL_FILE, to an address like redis://user:password@host:6379/0.',
    );
  return found;
}

/** More would make each look into all of them a long script. */
const MOST_PARTITIONS = 1_024;

/** @returns `undefined` where nothing is said. @throws {UsageError} */
export function redisPartitionsOf({
  REDIS_PARTITIONS: value,
}: Readonly<Record<string, string | undefined>>): number | undefined {
  if (value === undefined || value === '') return undefined;
  if (/^[1-9]\d{0,3}$/.test(value) && Number(value) <= MOST_PARTITIONS) return Number(value);
  throw new UsageError(
    `REDIS_PARTITIONS is "${value}"; it should be a number from 1 to ${MOST_PARTITIONS}, the same for all processes of a store.`,
  );
}

function readUrl(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new UsageError(
      'REDIS_URL_FILE cannot be read; it should be the path of a file that holds the address alone.',
    );
  }
}

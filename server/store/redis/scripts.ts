/**
 * What runs inside Redis: to read many things as of one moment, and to write them all or none. None of the store's rules is here
 * (`docs/decisions/0040-rules-in-one-language.md`). Arguments are flat lists: they are read one after the other.
 */

const TAKE = `
  local at = 0
  local function take() at = at + 1; return ARGV[at] end
  local function number() return tonumber(take()) end
`;

/**
 * Each script is given first what the caller takes the store for, `<meta> <version> <partitions> <owner>`, of which no owner is anybody: a Redis that was emptied, or is another one
 * by now, or that somebody else has made a store of in another way, is not read as if it were the same, and nothing is written to it.
 */
const LAYOUT = `
  local function otherLayout()
    local found = redis.call('HMGET', take(), 'version', 'partitions', 'owner')
    local version, partitions, owner = take(), take(), take()
    local isOwn = owner == '' or found[3] == owner
    if found[1] == version and found[2] == partitions and isOwn then return nil end
    return redis.error_reply('LAYOUT version ' .. (found[1] or 'none') .. ', partitions ' .. (found[2] or 'none'))
  end
`;

/**
 * Makes a store where there is none: `<meta> <version> <partitions> <owner> <shares>`. Where there is one, or what looks as if it were left of one, it
 * writes nothing: `shares` is there from the first submission on.
 * A store of nobody becomes the caller's.
 * @returns its version, its partitions, and whose it is
 */
export const FOUND = `${TAKE}
  local meta, version, partitions, owner, shares = take(), take(), take(), take(), take()
  if redis.call('EXISTS', meta, shares) == 0 then
    redis.call('HSET', meta, 'version', version, 'partitions', partitions)
  end
  local found = redis.call('HMGET', meta, 'version', 'partitions', 'owner')
  if owner == '' or found[3] or found[1] ~= version or found[2] ~= partitions then return found end
  redis.call('HSET', meta, 'owner', owner)
  return redis.call('HMGET', meta, 'version', 'partitions', 'owner')
`;

/**
 * Reads, each `<kind> <key> <field>`.
 * @returns the time of Redis as `TIME` has it, and what was read, in order
 */
export const LOAD = `${TAKE}${LAYOUT}
  local other = otherLayout()
  if other then return other end
  local answer = { redis.call('TIME') }
  while at < #ARGV do
    local kind, key, field = take(), take(), take()
    if kind == 'hash' then answer[#answer + 1] = redis.call('HGETALL', key)
    elseif kind == 'field' then answer[#answer + 1] = redis.call('HGET', key, field)
    elseif kind == 'string' then answer[#answer + 1] = redis.call('GET', key)
    else return redis.error_reply('Unknown read ' .. kind) end
  end
  return answer
`;

/**
 * Writes units, each of which is done as a whole or not at all: `<checks> (<kind> <key> <field> <expected>)… <commands> (<words> <word>…)…`.
 * What it has done it remembers under the name that it is given first, for so many milliseconds: who has not heard the answer asks again
 * with the same words, and nothing is done twice. After the deadline, microseconds since 1970 by the clock of Redis, it does nothing that it
 * has not done: it was read too long ago, and who asks again then learns for certain. What it remembers is its first write, too, and one that Redis refuses where its memory is full: then
 * nothing of the rest is done.
 * @returns a letter for each unit: `y` where it is done, `n` where a check has failed; `late` where the deadline is over
 */
export const COMMIT = `${TAKE}${LAYOUT}
  local other = otherLayout()
  local name, life, deadline = take(), take(), number()
  local known = redis.call('GET', name)
  if known then return known end
  if other then return other end
  local time = redis.call('TIME')
  if time[1] * 1000000 + time[2] > deadline then return 'late' end
  redis.call('SET', name, '', 'PX', life)

  local function holds(kind, key, field, expected)
    if kind == 'sum' then
      local sum = 0
      for each in string.gmatch(field, '%S+') do sum = sum + (tonumber(redis.call('HGET', key, each)) or 0) end
      return sum <= tonumber(expected)
    end
    if kind == 'string' then return (redis.call('GET', key) or '') == expected end
    local found = redis.call('HGET', key, field) or ''
    if kind == 'most' then return (tonumber(found) or 0) <= tonumber(expected) end
    return found == expected
  end

  local own = {}
  -- Takes settlements out that are over: <hash> <now>
  own['prune'] = function(words)
    local all = redis.call('HGETALL', words[2])
    for index = 1, #all, 2 do
      local ends = string.sub(all[index], 1, 1) == 's' and tonumber(string.match(all[index + 1], '^%S+'))
      if ends and ends <= tonumber(words[3]) then redis.call('HDEL', words[2], all[index]) end
    end
  end

  local answer = {}
  for unit = 1, number() do
    local isDone = true
    for check = 1, number() do
      local kind, key, field, expected = take(), take(), take(), take()
      isDone = isDone and holds(kind, key, field, expected)
    end
    for command = 1, number() do
      local words = {}
      for word = 1, number() do words[word] = take() end
      if isDone then (own[words[1]] or function() redis.call(unpack(words)) end)(words) end
    end
    answer[unit] = isDone and 'y' or 'n'
  end
  local text = table.concat(answer)
  redis.call('SET', name, text, 'PX', life)
  return text
`;

/** Redis takes it also where its memory is full (`maxmemory`): the flag is for the whole script. */
const ALSO_WHERE_FULL = '#!lua flags=allow-oom\n';

/** The same for what makes room, or leads to it. Of all else Redis takes nothing where its memory is full. */
export const DRAINING_COMMIT = `${ALSO_WHERE_FULL}${COMMIT}`;

/**
 * Looks into partitions for members of sorted sets: `<token> <life> <limit> <now> <age> <ahead> <partitions> (<lease> <sets> <set>…)…`. Of
 * a partition in which there is anything it takes the lease, if nobody has it and one is named.
 * @param now milliseconds since 1970; that of Redis if empty. Looked for are scores of so long before that, and those of further ahead
 * than can be, which were written before a clock was set back, unless that is empty
 * A lease is a few bytes for a moment, and without it a full Redis would never drain.
 * @returns how many partitions somebody else reads, and of each other its lease, and members and scores
 */
export const LOOK = `${ALSO_WHERE_FULL}${TAKE}${LAYOUT}
  local other = otherLayout()
  if other then return other end
  local token, life, limit, now, age, ahead = take(), take(), take(), take(), number(), take()
  if now == '' then
    local time = redis.call('TIME')
    now = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  now = tonumber(now)
  local ranges = { { '-inf', string.format('%.3f', now - age) } }
  if ahead ~= '' then ranges[2] = { string.format('(%.3f', now + tonumber(ahead)), '+inf' } end
  local busy, answer = 0, {}
  for partition = 1, number() do
    local lease, found = take(), {}
    for set = 1, number() do
      local key = take()
      for _, range in ipairs(ranges) do
        local members = redis.call('ZRANGEBYSCORE', key, range[1], range[2], 'WITHSCORES', 'LIMIT', 0, limit)
        for _, member in ipairs(members) do found[#found + 1] = member end
      end
    end
    if #found > 0 then
      if lease == '' or redis.call('SET', lease, token, 'NX', 'PX', life) then answer[#answer + 1] = { lease, found }
      else busy = busy + 1 end
    end
  end
  return { busy, answer }
`;

/**
 * Adds to a count: `<commit> <life> <key> <window> <amount> <now> <name> <margin>`. Without a time it is that of Redis. What it has counted it
 * remembers under the name that it is given first, for so many milliseconds: who asks again with the same words counts nothing more.
 * @returns the count
 */
export const COUNT = `${TAKE}${LAYOUT}
  local other = otherLayout()
  if other then return other end
  local asked, life, key, window, amount, now, name, margin =
    take(), take(), take(), number(), number(), take(), take(), number()
  local known = amount ~= 0 and redis.call('GET', asked)
  if known then return tonumber(known) end
  if now == '' then
    local time = redis.call('TIME')
    now = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  local ends = (math.floor(tonumber(now) / window) + 1) * window
  local whole = key .. string.format('%.0f', window) .. ':' .. string.format('%.0f', ends) .. ':' .. name
  local count = redis.call('INCRBY', whole, string.format('%.0f', amount))
  if amount ~= 0 then redis.call('SET', asked, string.format('%.0f', count), 'PX', life) end
  redis.call('PEXPIRE', whole, string.format('%.0f', math.ceil(ends - tonumber(now)) + margin))
  return count
`;

/** The same, also where the memory of Redis is full. */
export const DRAINING_COUNT = `${ALSO_WHERE_FULL}${COUNT}`;

/** Of what harms nobody however late it is done: a lease that is somebody else's by now is left alone, and a probe is on keys of its own. */
export const NO_DEADLINE = '1e18';

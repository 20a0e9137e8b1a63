import { createHash } from 'node:crypto';
import type { RedisArgument } from './names.ts';
import { recordHeaderBytes } from './record.ts';

/** Sends one command; strings in the reply come as bytes. */
export type Send = (args: readonly RedisArgument[]) => Promise<unknown>;

export interface Script {
  readonly text: string;
  readonly hash: string;
}

const script = (text: string): Script => ({ text, hash: createHash('sha1').update(text).digest('hex') });

/** Names kept in each sorted set. What is forgotten raises the member `floor`: all from before it is uncertain. */
const mostNames = 10_000;

/**
 * KEYS: 1 the sequence, 2 the keys, 3 the scopes. Numbers are the server's clock in microseconds, or one more than the last
 * where that is higher. Counting from 1 would, after Redis lost its data, give numbers that entries and processes already
 * carry, and nobody could tell. A sequence or a set that is missing begins anew with everything before it uncertain; the
 * tags of entries only where there may be such entries.
 */
const prelude = `
if redis.replicate_commands then redis.replicate_commands() end
local function text(number) return string.format('%.0f', number) end
local function following(last)
  local time = redis.call('TIME')
  return math.max(last + 1, time[1] * 1000000 + time[2])
end
local function state(hasEntries)
  local last, lastScope = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%d+)$')
  last = tonumber(last or 0)
  if last > 0 and redis.call('EXISTS', KEYS[2], KEYS[3]) == 2 then return last, tonumber(lastScope) end
  local number = following(last)
  redis.call('DEL', KEYS[2], KEYS[3])
  redis.call('ZADD', KEYS[2], text(number), 'floor')
  redis.call('ZADD', KEYS[3], (last > 0 or not hasEntries or hasEntries()) and text(number) or '0', 'floor')
  redis.call('SET', KEYS[1], text(number) .. ' ' .. text(number))
  return number, number
end
local function trim(set)
  local extra = redis.call('ZCARD', set) - ${mostNames}
  if extra <= 0 then return end
  local gone = redis.call('ZPOPMIN', set, extra + 1)
  redis.call('ZADD', set, gone[#gone], 'floor')
end
local function publish(last, lastScope, from)
  local number = following(last)
  local members = {}
  for index = from, #ARGV, 2 do
    local member = ARGV[index + 1]
    members[#members + 1] = member
    if ARGV[index] == 'key' then
      redis.call('ZADD', KEYS[2], text(number), member)
    else
      if ARGV[index] == 'all' then redis.call('DEL', KEYS[3]) end
      redis.call('ZADD', KEYS[3], text(number), member)
      lastScope = number
    end
  end
  trim(KEYS[2])
  trim(KEYS[3])
  redis.call('SET', KEYS[1], text(number) .. ' ' .. text(lastScope))
  redis.call('PUBLISH', ARGV[1], text(last) .. ' ' .. text(number) .. ' ' .. ARGV[2] .. ' [' .. table.concat(members, ',') .. ']')
  return number
end
`;

/**
 * Reads what stands in front of an envelope: when it expires, its version, the token of its lease, and the number below
 * which a load knew too little to replace it. A number that was never given is not ours, and binds nobody.
 */
const record = `
local function read(key, most)
  local head = redis.pcall('GETRANGE', key, 0, ${recordHeaderBytes - 1})
  if type(head) ~= 'string' then
    redis.call('UNLINK', key)
    return nil, 0, 0, 0, 0
  end
  if #head < ${recordHeaderBytes} or string.byte(head, 1) ~= 247 then return nil, 0, 0, 0, 0 end
  local expiresAt, version, fence, barrier = struct.unpack('>dddd', head, 3)
  if not (barrier >= 0 and barrier <= most) then barrier = 0 end
  if not (fence >= 0 and fence <= 9007199254740991) then fence = 0 end
  return string.sub(head, 2, 2), expiresAt, version, fence, barrier
end
local function bury(key, fence, barrier)
  redis.call('SET', key, '\\247T' .. struct.pack('>dddd', 0, 0, fence, barrier), 'PX', 600000)
end
`;

const floor = `
local function floorOf()
  local all = tonumber(redis.call('ZSCORE', KEYS[3], '["all",""]') or 0)
  return math.max(all, tonumber(redis.call('ZSCORE', KEYS[3], 'floor') or 0))
end
`;

/**
 * KEYS 4: the entry. ARGV: 1 channel, 2 origin, 3 "1" where a caller set it, 4 its life in milliseconds ("0" none, ""
 * no end), 5 version ("" that of its arrival), 6 fence, 7 expiry as packed, 8 envelope, 9 and 10 the invalidation. Answers 0 where the entry was
 * refused, else 1, and for what a caller set the number before and its own.
 */
export const writeScript: Script = script(`${prelude}${record}
local last, lastScope = state()
local _, _, _, fence, barrier = read(KEYS[4], last)
local isSet, version, token = ARGV[3] == '1', tonumber(ARGV[5]) or 0, tonumber(ARGV[6])
if (not isSet and barrier > version) or (token > 0 and token < fence) then return {0} end
fence = math.max(fence, token)
local number = version
if isSet then
  number = publish(last, lastScope, 9)
  if ARGV[5] == '' then version = number end
end
if ARGV[4] == '0' then
  bury(KEYS[4], fence, number)
else
  local value = '\\247E' .. ARGV[7] .. struct.pack('>ddd', version, fence, number) .. ARGV[8]
  if ARGV[4] == '' then redis.call('SET', KEYS[4], value) else redis.call('SET', KEYS[4], value, 'PX', ARGV[4]) end
end
if isSet then return {1, text(last), text(number)} end
return {1}
`);

/** KEYS 4 on: the entries of the keys. ARGV: 1 channel, 2 origin, 3 now, 4 on: kind and member of each. Answers the number before, its own, and how many of the keys were there. */
export const invalidateScript: Script = script(`${prelude}${record}${floor}
local last, lastScope = state()
local least = floorOf()
local number = publish(last, lastScope, 4)
local found = 0
for index = 4, #KEYS do
  local kind, expiresAt, version, fence = read(KEYS[index], last)
  if kind == 'E' and expiresAt > tonumber(ARGV[3]) and version >= least then found = found + 1 end
  bury(KEYS[index], fence, number)
end
return {text(last), text(number), found}
`);

/** Looking further for entries would hold up the server for long; then there may be some. */
const longestSearchKeys = 20_000;

/**
 * ARGV: 1 the last number known, 2 pattern of the entries, 3 the number since which keys matter ("" for none). Answers the
 * last of all, and what came since: scopes and keys, each with its number.
 */
export const sinceScript: Script = script(`${prelude}
local last = state(function()
  local cursor, looked = '0', 0
  repeat
    local reply = redis.call('SCAN', cursor, 'MATCH', ARGV[2], 'COUNT', 1000)
    if #reply[2] > 0 then return true end
    cursor = reply[1]
    looked = looked + 1000
  until cursor == '0' or looked >= ${longestSearchKeys}
  return cursor ~= '0'
end)
local from = '(' .. ARGV[1]
local scopes = redis.call('ZRANGEBYSCORE', KEYS[3], from, '+inf', 'WITHSCORES')
local keys = {}
if ARGV[3] ~= '' then keys = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[3], '+inf', 'WITHSCORES') end
return {text(last), scopes, keys}
`);

/**
 * ARGV: 1 cursor, 2 pattern, 3 keys to look at, 4 now, 5 "1" to remove what is older than the last clear. Answers the next
 * cursor, how many entries are alive and their bytes, then their names.
 */
export const scanScript: Script = script(`${record}${floor}
if redis.replicate_commands then redis.replicate_commands() end
local least, now = floorOf(), tonumber(ARGV[4])
local reply = redis.call('SCAN', ARGV[1], 'MATCH', ARGV[2], 'COUNT', ARGV[3])
local answer = {reply[1], 0, 0}
for _, key in ipairs(reply[2]) do
  local head = redis.pcall('GETRANGE', key, 0, ${recordHeaderBytes - 1})
  if type(head) == 'string' and #head == ${recordHeaderBytes} and string.sub(head, 1, 2) == '\\247E' then
    local expiresAt, version = struct.unpack('>dd', head, 3)
    if version < least then
      if ARGV[5] == '1' then redis.call('UNLINK', key) end
    elseif expiresAt > now then
      answer[2] = answer[2] + 1
      answer[3] = answer[3] + #key + redis.call('STRLEN', key)
      answer[#answer + 1] = key
    end
  end
end
return answer
`);

/** KEYS: 1 the lease, 2 the last token. ARGV: 1 milliseconds. Tokens come from the clock as invalidations do. */
export const acquireScript: Script = script(`
if redis.replicate_commands then redis.replicate_commands() end
if redis.call('EXISTS', KEYS[1]) == 1 then return false end
local time = redis.call('TIME')
local token = string.format('%.0f', math.max((tonumber(redis.call('GET', KEYS[2]) or 0) or 0) + 1, time[1] * 1000000 + time[2]))
redis.call('SET', KEYS[2], token)
redis.call('SET', KEYS[1], token, 'PX', ARGV[1])
return token
`);

/** KEYS: 1 the lease. ARGV: 1 token, 2 milliseconds, "0" to end it. */
export const holdScript: Script = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then return redis.call('DEL', KEYS[1]) end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`);

/** An answer that says nothing about the server's health. */
export const isUnknownScript = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('NOSCRIPT');

/** Runs a script by its hash, and by its text where the server does not know it (yet, or any more after a restart). */
export const runScript = async (
  send: Send,
  { text, hash }: Script,
  keys: readonly RedisArgument[],
  args: readonly RedisArgument[],
): Promise<unknown> => {
  const rest = [`${keys.length}`, ...keys, ...args];
  try {
    return await send(['EVALSHA', hash, ...rest]);
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
    return send(['EVAL', text, ...rest]);
  }
};

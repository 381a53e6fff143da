-- One claim, in one step. All keys share a hash tag, so that a cluster has them in one place.
--
-- KEYS: the claim; how many its key id has, by span; what is known of the past; the spans that were opened; the mark of
--       this claim's span, which goes before any claim of the span does.
-- ARGV: now; the claim's end; the request's date; its span's end; milliseconds until that has passed for every instance;
--       a key's share; the earliest date that is believed if everything was lost; what the marks of spans begin with.
local claim, shares, state, spans, mark = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local now, ends, dated = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local span, stay, share = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])

local held = redis.call('GET', claim)
if held and tonumber(held) >= now then return 'replayed' end

local known = redis.call('HMGET', state, 'since', 'forgotten')
local since, forgotten = known[1], tonumber(known[2]) or -math.huge
if not since then
  since = ARGV[7]
  redis.call('HSET', state, 'since', since)
end
if dated < tonumber(since) then return 'before ' .. since end

-- A span that was opened and has no mark has passed: its claims may be gone.
local open = redis.call('EXISTS', mark) == 1
if ends <= forgotten or (not open and redis.call('ZSCORE', spans, span)) then return 'forgotten' end

local taken, passed = 0, {}
local counts = redis.call('HGETALL', shares)
for at = 1, #counts, 2 do
  if tonumber(counts[at]) < now then
    passed[#passed + 1] = counts[at]
  else
    taken = taken + tonumber(counts[at + 1])
  end
end
if taken >= share then return 'over' end

-- No claim goes before its span's mark does.
local longest = math.max(stay, redis.call('PTTL', mark))
if held then -- ended: one nonce, signed again after its window
  forgotten = math.max(forgotten, tonumber(held))
  redis.call('DEL', claim)
end
-- The first to write: where memory is full, it fails, and nothing of the claim is left.
redis.call('SET', claim, ARGV[2], 'NX', 'PX', longest)
redis.call('HINCRBY', shares, span, 1)
if #passed > 0 then redis.call('HDEL', shares, unpack(passed)) end
if redis.call('PTTL', shares) < longest then redis.call('PEXPIRE', shares, longest) end
if not open then
  for _, old in ipairs(redis.call('ZRANGE', spans, 0, 7)) do
    if redis.call('EXISTS', ARGV[8] .. old) == 0 then
      forgotten = math.max(forgotten, tonumber(old))
      redis.call('ZREM', spans, old)
    end
  end
  redis.call('SET', mark, '', 'PX', stay)
  redis.call('ZADD', spans, span, span)
end
if forgotten > (tonumber(known[2]) or -math.huge) then
  redis.call('HSET', state, 'forgotten', string.format('%.0f', forgotten))
end
return 'fresh'

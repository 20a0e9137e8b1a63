-- wrk.lua PATH BODY_FILE TAG [HEADER: VALUE]...
-- Sends the body of BODY_FILE. With a TAG of six characters other than "fixed-", the sixteen zeros in it become the tag
-- and a counter, so that every request is its own.
local counter, head, tail, whole = 0, nil, nil, nil

function init(args)
  local file = assert(io.open(args[2], "rb"))
  local body = file:read("*a")
  file:close()
  local headers = { ["content-type"] = "application/json" }
  for index = 4, #args do
    local name, value = args[index]:match("^([^:]+): (.*)$")
    headers[name] = value
  end
  whole = wrk.format("POST", args[1], headers, body)
  if args[3] == "fixed-" then return end
  local from, to = whole:find("0000000000000000", 1, true)
  head = whole:sub(1, from - 1) .. args[3]
  tail = whole:sub(to + 1)
end

function request()
  if not head then return whole end
  counter = counter + 1
  return head .. string.format("%010d", counter) .. tail
end

function done(summary, latency)
  io.write(string.format(
    'RESULT {"requests":%d,"durationUs":%d,"failures":%d,"p50Us":%d,"p99Us":%d,"maxUs":%d}\n',
    summary.requests, summary.duration,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.max))
end

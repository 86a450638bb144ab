-- POST /v1/sync, 25 check-ins and 25 orders of 12 lines a request.
local here = os.getenv("BENCH_FOLDER")
package.path = here .. "/?.lua;" .. package.path
local forms = require("forms")
local delivery, threads, turn, sequences, handhelds = os.getenv("BENCH_DELIVERY"), 0, 0, {}, nil

function setup(thread)
  thread:set("first", threads)
  threads = threads + 1
end

function init()
  handhelds = forms.handhelds(os.getenv("BENCH_HANDHELDS"), first)
  turn = math.random(#handhelds) -- other reps in each round
end

function request()
  turn = turn + 1
  local index = 1 + turn % #handhelds
  local device, now, events = handhelds[index], forms.at(0), {}
  local sequence = sequences[index] or 0
  for i = 1, 25 do
    local outlet = device.outlets[1 + (turn + i) % #device.outlets]
    events[2 * i - 1] = forms.check_in(outlet, 10 * (25 - i) + 2, sequence + 2 * i - 1)
    events[2 * i] = forms.order(outlet, 10 * (25 - i), delivery, sequence + 2 * i)
  end
  sequences[index] = sequence + 50
  local body = string.format('{"sent_at":"%s","monotonic_ms":%d,"boot_id":"bench","sequence_to":%d,"events":[%s]}', now, forms.MONOTONIC, sequence + 50, table.concat(events, ","))
  local headers = {["Authorization"] = "Bearer " .. device.token, ["Content-Type"] = "application/json"}
  return wrk.format("POST", "/v1/sync", headers, body)
end

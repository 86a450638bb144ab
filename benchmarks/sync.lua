-- POST /v1/sync, 25 check-ins and 25 orders of 12 lines a request.
local here = os.getenv("BENCH_FOLDER")
package.path = here .. "/?.lua;" .. package.path
local forms = require("forms")
local delivery, threads, turn, handhelds = os.getenv("BENCH_DELIVERY"), 0, 0, nil

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
  local device, events = handhelds[index], {}
  local now, monotonic = forms.at(0)
  for i = 1, 25 do
    local outlet = device.outlets[1 + (turn + i) % #device.outlets]
    events[2 * i - 1] = forms.check_in(outlet, 10 * (25 - i) + 2, 0)
    events[2 * i] = forms.order(outlet, 10 * (25 - i), delivery, 0)
  end
  local body = string.format('{"sent_at":"%s","monotonic_ms":%d,"boot_id":"bench","events":[%s]}', now, monotonic, table.concat(events, ","))
  local headers = {["Authorization"] = "Bearer " .. device.token, ["Content-Type"] = "application/json"}
  return wrk.format("POST", "/v1/sync", headers, body)
end

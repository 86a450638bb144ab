-- POST /v1/orders, one order of 12 lines a request.
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
  local device = handhelds[1 + turn % #handhelds]
  local outlet = device.outlets[#device.outlets] -- where the rep checked in last
  local headers = {["Authorization"] = "Bearer " .. device.token, ["Content-Type"] = "application/json"}
  return wrk.format("POST", "/v1/orders", headers, forms.order(outlet, 0, delivery, 0))
end

-- The requests of a file, each once: a line each, its token, path and body, by tabs. Each thread has every other line.
local threads = 0

function setup(thread)
  thread:set("first", threads)
  threads = threads + 1
end

local requests, turn = {}, 0
local scheme = os.getenv("BENCH_SCHEME")

function init()
  local number = 0
  for line in io.lines(os.getenv("BENCH_REQUESTS")) do
    if number % 2 == first then
      local token, path, body = line:match("([^\t]+)\t([^\t]+)\t(.+)")
      local headers = {["Authorization"] = scheme .. " " .. token, ["Content-Type"] = "application/json"}
      requests[#requests + 1] = wrk.format("POST", path, headers, body)
    end
    number = number + 1
  end
end

-- Sent again, a request would be answered as a duplicate: where all were sent, the round is void.
function request()
  turn = turn + 1
  return requests[turn] or wrk.format("POST", "/the-file-was-too-short")
end

-- Forms for wrk: makes orders of 12 lines and check-ins with new ids. Each thread has handhelds of its own.
local forms = {}

-- each thread its own numbers: the address of a new table differs
math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 2147483647)

-- Every second handheld of the file, from `first` on: the other thread has the rest.
function forms.handhelds(path, first)
  local found, number = {}, 0
  for line in io.lines(path) do
    if number % 2 == first then
      local device = {outlets = {}}
      for field in line:gmatch("[^\t]+") do
        if device.token then
          local code, lat, lon = field:match("(%S+) (%S+) (%S+)")
          device.outlets[#device.outlets + 1] = {code, tonumber(lat), tonumber(lon)}
        else
          device.token = field
        end
      end
      found[#found + 1] = device
    end
    number = number + 1
  end
  return found
end

function forms.uuid()
  local random = math.random
  return string.format("%08x-%04x-4%03x-a%03x-%06x%06x", random(0, 2147483647), random(0, 65535), random(0, 4095), random(0, 4095),
    random(0, 16777215), random(0, 16777215))
end

-- All phones were switched on at once, long ago: their clocks contradict nothing from round to round.
local SWITCHED_ON = 1780000000

-- An instant so many minutes ago, and what the handheld's monotonic clock showed then.
function forms.at(minutes_ago)
  local at = os.time() - 60 * minutes_ago
  return os.date("!%Y-%m-%dT%H:%M:%S+00:00", at), (at - SWITCHED_ON) * 1000
end

-- What one line of a product says, but for the packs: at the price that the product has for a grocery.
local products = {}
for n = 1, 200 do
  products[n] = string.format('{"product_code":"P%d","unit_price":"%.4f","quantity":"%%d"}', n, (1 + n * 0.01) * (n % 2 == 0 and 0.9 or 1))
end

-- Twelve lines: the two must-stock items and ten products more, as a handheld sends them that has the prices.
local template = {}
for first = 1, 180 do
  local lines = {products[1], products[2]}
  for n = first + 3, first + 12 do
    lines[#lines + 1] = products[n]
  end
  template[first] = table.concat(lines, ",")
end

function forms.lines()
  local random = math.random
  return string.format(template[random(180)], 6 * random(9), 6 * random(9), 6 * random(9), 6 * random(9), 6 * random(9), 6 * random(9),
    6 * random(9), 6 * random(9), 6 * random(9), 6 * random(9), 6 * random(9), 6 * random(9))
end

function forms.order(outlet, minutes_ago, delivery, sequence)
  local at, monotonic = forms.at(minutes_ago)
  return string.format(
    '{"type":"order","id":"%s","sequence":%d,"outlet_code":"%s","captured_at":"%s","monotonic_ms":%d,"delivery_date":"%s","lines":[%s],"comment":""}',
    forms.uuid(), sequence, outlet[1], at, monotonic, delivery, forms.lines())
end

function forms.check_in(outlet, minutes_ago, sequence)
  local at, monotonic = forms.at(minutes_ago)
  local lat, lon = outlet[2] + (math.random() - 0.5) * 0.0004, outlet[3] + (math.random() - 0.5) * 0.0004
  return string.format(
    '{"type":"check_in","id":"%s","sequence":%d,"outlet_code":"%s","kind":"arrival","captured_at":"%s","monotonic_ms":%d,"fix":{"lat":%.7f,"lon":%.7f,"accuracy_m":8.5,"fix_at":"%s","provider":"fused","mock":false}}',
    forms.uuid(), sequence, outlet[1], at, monotonic, lat, lon, at)
end

return forms

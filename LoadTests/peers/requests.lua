-- wrk sends the requests that tremolo-load made: a file of whole heads, one after the other, round and round.
--
--   wrk -s LoadTests/peers/requests.lua http://127.0.0.1:8080 -- HEADS
local heads = {}
local next_head = 0

function init(arguments)
   local file = assert(io.open(arguments[1], "rb"), "the file of heads is missing")
   local text = file:read("*a")
   file:close()
   for head in text:gmatch("(.-\r\n\r\n)") do
      heads[#heads + 1] = head
   end
   assert(#heads > 0, "the file has no head")
end

function request()
   next_head = next_head % #heads + 1
   return heads[next_head]
end

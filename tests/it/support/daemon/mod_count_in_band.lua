-- Counts what of files comes in-band (XEP-0047) from the senders themselves: a line for each block, which outlives a kill.
local counted = assert(io.open("@FOLDER@/in-band", "a"));
counted:setvbuf("line");

module:hook("pre-iq/full", function(event)
	local block = event.stanza:get_child("data", "http://jabber.org/protocol/ibb");
	if block then
		local text = block:get_text() or "";
		counted:write(string.format("%d\n", #text // 4 * 3 - #text:match("=*$")));
	end
end, 100);

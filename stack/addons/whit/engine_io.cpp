// SPDX-License-Identifier: MIT
#include "whit/engine_io.h"

#include "whit/json_text.h"
#include "whit/packet_writer.h"

namespace whit {

namespace {

constexpr uint32_t kLongestMs = uint32_t{1} << 30;  // two of them can be added, and compared on a clock that wraps

bool read_time(Text value, uint32_t* ms) { return json_number(value, ms) && *ms != 0 && *ms <= kLongestMs; }

size_t find(Text text, char wanted) {
  size_t at = 0;
  while (at < text.size && text[at] != wanted) ++at;
  return at;
}

}  // namespace

bool parse_engine_io_open(Text json, EngineIoOpen* open) {
  open->sid = json_plain_string(json_member(json, "sid"));
  const Text max_payload = json_member(json, "maxPayload");
  open->max_payload = 0;
  return !open->sid.empty() && read_time(json_member(json, "pingInterval"), &open->ping_interval_ms) &&
         read_time(json_member(json, "pingTimeout"), &open->ping_timeout_ms) &&
         (max_payload.empty() || json_number(max_payload, &open->max_payload));
}

Text engine_io_url(Text base, MutableBytes memory) {
  const size_t scheme = find(base, ':');  // and two slashes
  const size_t host = base.size - scheme > 3 ? scheme + 3 : base.size;
  const size_t query = find(base, '?');
  PacketWriter url(memory);
  url.put(base);
  if (query == base.size && find(base.from(host), '/') == base.size - host) url.put("/socket.io/");
  url.put(query == base.size ? "?" : "&");
  url.put("EIO=4&transport=websocket");
  return url.fits() ? url.text() : Text{};
}

}  // namespace whit
